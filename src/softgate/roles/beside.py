"""Effects of every unit with those of other units beside them: some at random, and those of similar variance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import ShapeError
from softgate.roles.effects import Bench, measure_effects
from softgate.roles.measured import Effects
from softgate.roles.observe import Observed, Run
from softgate.roles.role import Role
from softgate.roles.words import PLAIN

__all__ = ["with_effects"]

Floats = NDArray[np.float64]

MOST = 48
"""In wider layers, effects are measured of the units with a role, of so many that track a label, the strongest first,
of the best on each label, and of so many others by lot."""
FOREMOST = 2
"""So many of the best on each label are measured, whether or not it is the label that they track best."""
PEERS, NEAR = 20, float(np.log(4))
"""At most so many units count as of similar variance: none whose variance is over four times as great or as small."""
LEAST = 3
"""Of fewer such units than this nothing is said of what most of them stay under."""


class Settings(Protocol):
    """What is needed of the settings of a search."""

    @property
    def loss(self) -> Callable[[Tensor, Tensor], Tensor] | None: ...
    @property
    def targets(self) -> list[Tensor] | None: ...
    @property
    def seed(self) -> int: ...


def with_effects(
    model: torch.nn.Module,
    runs: Sequence[Run],
    seen: Observed,
    roles: Sequence[Role],
    labels: Mapping[str, Floats],
    settings: Settings,
) -> list[Role]:
    """The same roles with their effects, measured on the batch with most sequences."""
    which = int(np.argmax([run.size for run in runs]))
    offset = sum(run.size for run in runs[:which])
    bench = Bench(model, runs[which], seen, offset, *_loss(settings, which, runs[which]))
    units = _chosen(roles, settings.seed)
    here = slice(offset, offset + runs[which].size)
    told = [_own_label(roles[u], labels, here) for u in units]
    modes = [roles[u].modes for u in units]
    found = dict(zip(units, measure_effects(bench, units, modes, told, settings.seed), strict=True))
    variance = seen.c[seen.classes >= 0].var(0)
    plain = {r.unit for r in roles if r.role in PLAIN}
    return [
        replace(r, effects=_compared(r.unit, found, plain, variance, settings.seed)) if r.unit in found else r
        for r in roles
    ]


def _loss(settings: Settings, which: int, run: Run) -> tuple[Callable[[Tensor, Tensor], Tensor] | None, Tensor | None]:
    """The loss of each sequence, and the targets, time first."""
    if settings.targets is None:
        return None, None
    target = settings.targets[which]
    target = target if run.time == 0 else target.transpose(0, 1)
    if settings.loss is not None:
        return _one_each(settings.loss), target
    return (_squares if target.is_floating_point() else _cross_entropy), target


def _one_each(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """The same loss, refused unless it gives one number for each sequence."""

    def checked(y: Tensor, target: Tensor) -> Tensor:
        found: object = loss(y, target)
        if not isinstance(found, Tensor) or found.shape != y.shape[1:2]:
            came = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise ShapeError(f"find_roles: loss: expected one loss for each sequence, [{y.shape[1]}]; got {came}")
        return found

    return checked


def _cross_entropy(y: Tensor, target: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(y.movedim(-1, 1), target, reduction="none").mean(0)


def _squares(y: Tensor, target: Tensor) -> Tensor:
    return ((y - target.reshape(y.shape)) ** 2).mean((0, 2))


def _own_label(role: Role, labels: Mapping[str, Floats], here: slice) -> Floats | None:
    return labels[role.stands_for][:, here] if role.stands_for is not None else None


def _chosen(roles: Sequence[Role], seed: int) -> list[int]:
    if len(roles) <= MOST:
        return [r.unit for r in roles]
    wanted = {r.unit for r in roles if r.role not in PLAIN}
    told = [(r.tracking, r.unit) for r in roles if r.tracking is not None]
    # The least p that draws can give is that of every good unit, so it is the strength that tells them apart.
    told.sort(key=lambda one: (math.inf if math.isnan(one[0].p) else one[0].p, -one[0].strength))
    wanted |= {unit for _, unit in told[:MOST]}
    for label in dict.fromkeys(name for t, _ in told for name in t.standings):
        standing = [(t.standings[label], unit) for t, unit in told]
        ahead = sorted((-s.found, unit) for s, unit in standing if s.ahead)
        wanted |= {unit for _, unit in ahead[:FOREMOST]}
    others = [r.unit for r in roles if r.unit not in wanted]
    drawn = np.random.default_rng(seed).permutation(len(others))[:MOST]
    return sorted(wanted | {others[k] for k in drawn})


def _compared(unit: int, found: Mapping[int, Effects], plain: Set[int], variance: Floats, seed: int) -> Effects:
    """With medians over other units. Without others the figures are left out.

    Units of similar variance are to show what a unit does that has no function: one with a role, as another bit of the
    same register, is no such control.
    """
    others = [u for u in found if u != unit]
    if not others:
        return found[unit]
    away = {u: abs(float(np.log(variance[u] + 1e-12) - np.log(variance[unit] + 1e-12))) for u in others}
    near = [u for u in sorted(others, key=away.__getitem__) if away[u] <= NEAR and u in plain][:PEERS]
    drawn = np.random.default_rng(seed + unit).permutation(others)[:16]
    bar = _over(unit, found, near, _most) if len(near) >= LEAST else {}
    random, peers = (_over(unit, found, units, _median) for units in (drawn.tolist(), near))
    return replace(found[unit], random=random, peers=peers, bar=bar, alike=len(near))


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _most(values: Sequence[float]) -> float:
    """What 19 of 20 stay at or under."""
    return float(np.quantile(values, 0.95, method="inverted_cdf"))


def _over(
    unit: int, found: Mapping[int, Effects], units: Sequence[int], of: Callable[[Sequence[float]], float]
) -> dict[str, float]:
    """Of other units' effects on the output, and of what they do to what this unit stands for."""
    rows = [{way: f.value for way, f in found[u].ablation.items()} for u in units]
    across = found[unit].across
    for u, row in zip(units, rows, strict=True):
        row["transplant"] = across.get(u, 0.0)
        row["specificity"] = found[unit].specific[u]
    told: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            if not math.isnan(value):
                told.setdefault(name, []).append(value)
    return {name: of(values) for name, values in sorted(told.items())}
