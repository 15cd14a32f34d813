"""``sg.find_roles(model, data, labels)``: what each memory cell does, and how much of that is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import ShapeError, SoftgateError
from softgate.roles import beside, real
from softgate.roles.candidate import Candidate
from softgate.roles.classes import Classes, classify
from softgate.roles.confirm import confirm
from softgate.roles.detect import common_step, effect_of, faded, resets_to, role_of
from softgate.roles.given import SHORTEST, batches_of, check, labels_of, remarks, targets_of
from softgate.roles.judged import Thresholds, verdict_of
from softgate.roles.labels import adjusted, track_labels
from softgate.roles.maps import FIT, measure
from softgate.roles.natural import follow
from softgate.roles.observe import Observed, Run, observe
from softgate.roles.reach import reaches
from softgate.roles.role import Role
from softgate.roles.strengths import strengths
from softgate.roles.table import Roles
from softgate.roles.words import SWITCHING

__all__ = ["find_roles"]

Floats = NDArray[np.float64]

STILL = 1e-3
"""A range below this, or this share of its size, is no variation."""
FAINT = 0.05
"""A range below this is hardly any; where besides nothing depends on it, the unit is dead."""


@dataclass(frozen=True)
class _Settings:
    labels: Mapping[str, Floats]
    loss: Callable[[Tensor, Tensor], Tensor] | None
    targets: list[Tensor] | None
    thresholds: Thresholds
    seed: int
    notes: tuple[str, ...] = ()


def find_roles(
    model: torch.nn.Module,
    data: Any,
    labels: Mapping[str, Any] | None = None,
    *,
    events: Any = None,
    names: Sequence[str] | None = None,
    targets: Any = None,
    loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    effects: bool = True,
    rate: float = 0.01,
    seed: int = 0,
) -> Roles:
    """Judge what each unit of a model's softgate layers does with its memory.

    A role is read from how the memory moves at each class of input, measured by setting it, and confirmed by the
    interventions of its definition (:mod:`softgate.roles.confirm`). A label that a unit tracks is found on one half of
    the sequences and judged on the other. What the model does without the unit, or with its value from another
    sequence, decides the verdict (:mod:`softgate.roles.judged`).

    Args:
        model: any module with softgate layers in it, or such a layer. It is run in ``eval`` mode.
        data: what it takes, [T, B] symbols or [T, B, I] numbers (or batch first, if it reads that), or a list of such.
        labels: by name, what is known of each step: bool or numbers [T, B] as the data, a list of such, or a function
            of a batch. NaN where it is not known. One that does not vary is told of in the card and the table.
        events: the class of each step, whole numbers [T, B], -1 for none; a list of such, or a function of a batch. If
            not given, the symbols, or the different rows of the data if they are at most 256.
        names: what class k is called.
        targets: what the model should give, [T, B] classes or [T, B, n] numbers; then effects are on the loss.
        loss: from outputs [T, R, n] and targets [T, R, ...] to a loss for each sequence [R]; if not given, the cross
            entropy of classes, the squared error of numbers.
        effects: whether to measure ablations and transplants. Without, no verdict is above ``"correlates"``.
        rate: the false discovery rate of labels over the whole search.
        seed: of everything that is drawn.

    Returns:
        A :class:`Roles`: a sequence of :class:`Role`, one for each unit of each layer and direction.

    Raises:
        NotRecordedError: the model has no softgate layer; ``sg.open(model)`` makes torch's layers into such.
        ShapeError: data of fewer than 8 steps; data, labels, events or targets of shapes that do not fit; a layer that
            is not called once a batch; two classes of one name; a rate, seed or target class out of range.
        DtypeError: an argument of another kind, events or labels that are not numbers.
        SoftgateError: the memory is NaN or infinite, or a label infinite.
    """
    check(model, labels, names, targets, loss, rate, seed)
    batches = batches_of(data)
    was_training = model.training
    model.eval()
    try:
        runs, places = observe(model, batches)
        classes = classify(runs, events, names)
        _check(places, classes)
        told = labels_of(labels, runs)
        aims = targets_of(targets, loss, runs, effects)
        settings = _Settings(told, loss, aims, Thresholds(rate=rate), seed, remarks(told, seed))
        return Roles(_judge(model, runs, places, classes, settings, effects), classes.names, settings.notes)
    finally:
        model.train(was_training)


def _judge(
    model: torch.nn.Module,
    runs: Sequence[Run],
    places: Sequence[Observed],
    classes: Classes,
    settings: _Settings,
    effects: bool,
) -> list[Role]:
    """All units of all places: roles and labels, the q values over all, then effects, then verdicts."""
    seen = [classed(place, classes) for place in places]
    judged = [_of_place(model, runs, place, classes, settings) for place in seen]
    _adjust(judged)
    if effects:
        judged = [
            beside.with_effects(model, runs, s, j, settings.labels, settings) for s, j in zip(seen, judged, strict=True)
        ]
    return _with_verdicts([role for roles in judged for role in roles], settings, effects)


def _check(places: Sequence[Observed], classes: Classes) -> None:
    if len(classes.of) < SHORTEST:
        raise ShapeError(f"find_roles: data: expected {SHORTEST} steps or more, got {len(classes.of)}")
    if not (classes.of[1:] >= 0).any():
        raise ShapeError("find_roles: expected two steps or more with a class in the data; there are none")
    for seen in places:
        wrong = int((~np.isfinite(seen.c)).sum())
        if wrong:
            raise SoftgateError(f"find_roles: {seen.prefix}{seen.memory} is NaN or infinite {wrong} times in this run")


def classed(seen: Observed, classes: Classes) -> Observed:
    """The place with the class of each step, in the order of its own time."""
    return replace(seen, classes=classes.of[::-1].copy() if seen.place.reverse else classes.of)


def _of_place(
    model: torch.nn.Module, runs: Sequence[Run], seen: Observed, classes: Classes, settings: _Settings
) -> list[Role]:
    random = np.random.default_rng(settings.seed)
    candidates = _candidates(seen, classes, random, model, runs)
    checks = (follow if classes.given else confirm)(seen, candidates, random)
    labels = {n: y[::-1] for n, y in settings.labels.items()} if seen.place.reverse else settings.labels
    tracked = track_labels(seen.c, labels, seen.classes, settings.seed) if labels else [None] * seen.units
    roles = []
    for candidate, passed in zip(candidates, checks, strict=True):
        role = candidate.role if all(c.passed for c in passed) else "mixed"
        kept = candidate if role == candidate.role else replace(candidate, role=role)
        roles.append(
            Role(
                *(candidate.unit, seen.prefix.rstrip("."), seen.prefix + seen.memory, role, candidate.role),
                events=_events(kept, classes.names),
                maps=dict(zip(classes.names, candidate.maps, strict=False)),
                strengths=strengths(kept, candidate.maps, seen.x.dtype),
                checks=tuple(passed),
                tracking=tracked[candidate.unit],
                modes=kept.modes if role in ("latch", "toggle") else None,
                thresholds=settings.thresholds,
                notes=settings.notes,
            )
        )
    return roles


def _candidates(
    seen: Observed, classes: Classes, random: np.random.Generator, model: torch.nn.Module, runs: Sequence[Run]
) -> list[Candidate]:
    """Each unit with the role that its maps make."""
    units = range(seen.units)
    maps, levels, span = (
        real.measure(seen, random) if classes.real else measure(seen, units, len(classes.names), random)
    )
    late = seen.classes >= 0
    late[: min(32, len(late) // 4)] = False
    settled = np.ptp(seen.c[late], axis=0) if late.any() else span
    if not classes.real:
        maps = [faded(row, float(span[u])) for u, row in enumerate(maps)]
    found = []
    for u in units:
        least = STILL * max(1.0, float(np.abs(levels[u]).max()))
        role = real.role_of(maps[u][0]) if classes.real else role_of(maps[u], float(span[u]))
        if span[u] <= least or (role == "mixed" and settled[u] <= least):  # what changes at the start only is constant
            role = "constant" if float(np.abs(seen.c[late][:, u]).max(initial=0)) > FIT / 2 else "dead"
        found.append(Candidate(u, role, maps[u], levels[u], float(span[u]), classes.names))
    faint = [c.unit for c in found if c.role == "mixed" and settled[c.unit] <= FAINT]
    felt = reaches(model, runs, seen, faint) if faint else {}
    return [replace(c, role="dead") if felt.get(c.unit) is False else c for c in found]


def _events(found: Candidate, names: Sequence[str]) -> dict[str, str]:
    if found.role not in (*SWITCHING, "integrator", "sensor"):
        return {}
    if names == ("input",) and len(found.maps) == 1:
        return {"input": "adds" if found.role == "integrator" else "shows"}
    step = common_step([m.size for m in found.maps if m.kind == "step"]) if found.of("step") else None
    reset = resets_to(found.maps, found.span) is not None
    neutral = {"hold", "rare", "decay"} | ({"step"} if found.role == "timer" else set())
    return {
        name: effect_of(m, found.role, step, reset)
        for name, m in zip(names, found.maps, strict=False)
        if m.kind not in neutral
    }


def _adjust(judged: list[list[Role]]) -> None:
    """Sets the q values, over the units of all places together."""
    q = iter(adjusted(np.array([r.tracking.p if r.tracking else math.nan for roles in judged for r in roles])))
    for roles in judged:
        for n, role in enumerate(roles):
            value = float(next(q))
            if role.tracking is not None:
                roles[n] = replace(role, tracking=replace(role.tracking, q=value))


def _with_verdicts(roles: Sequence[Role], settings: _Settings, effects: bool) -> list[Role]:
    """Verdicts; a unit whose effects were not among those that were measured says so."""
    measured, found = sum(r.effects is not None for r in roles), []
    for role in roles:
        verdict, lacking = verdict_of(role, settings.targets is not None)
        if effects and role.effects is None and verdict != "nothing":
            lacking += f": they were for {measured} of {len(roles)} units, and this is not one of them"
        found.append(replace(role, verdict=verdict, lacking=lacking))
    return found
