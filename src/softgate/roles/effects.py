"""What a unit's memory does to what the model gives: ablation, transplant, specificity, and other units beside it.

All are edits ``c * S + A`` of the whole model, one row of a batch for each trial, so that every unit, way and sequence
is one call of the compiled path.

* **ablation**: c is zero, its mean, or a value from elsewhere, at all steps; for a unit with two modes also the other
  mode, from one step on. Measured: the change of the output, root mean square as a share of its spread, or of the loss.
* **transplant**: at one step, c is what another sequence has there. What the model then says of the label (a linear
  reading of its output) is compared with a transplant of all units at once: 1 is as good as all, 0 does nothing.
* **specificity**: how much of the change is in what the label is read from, against as much of everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.changes import add, scale
from softgate.edit import edit
from softgate.roles.measured import Effects, figure
from softgate.roles.observe import Observed, Run, output_of
from softgate.roles.reading import Outputs, Reading, share

__all__ = ["Bench", "measure_effects"]

Floats = NDArray[np.float64]

SEQUENCES, LENGTH, LATER = 8, 64, 8
"""Sequences and steps of an ablation, and for how many steps a transplant is followed."""
READ_ON = 64
"""Sequences, whole, that a reading of the output is fitted and judged on."""
ROOM = 1 << 23
ABLATIONS = ("zero", "mean", "elsewhere", "other mode")


@dataclass(eq=False)
class Bench:
    """A model and one batch of it, to be run with edits of one place.

    Attributes:
        offset: where the batch's sequences are among all.
        loss: from output and target rows to a loss for each row, or None to measure the output itself.
    """

    model: torch.nn.Module
    run: Run
    seen: Observed
    offset: int
    loss: Callable[[Tensor, Tensor], Tensor] | None = None
    target: Tensor | None = None

    def rows(self, picked: NDArray[np.int64], steps: int) -> Tensor:
        """The data of some sequences, cut to so many steps."""
        index = torch.from_numpy(picked)
        if self.run.time == 0:
            return self.run.data[:steps, index]
        return self.run.data[index, :steps]

    def edited(self, picked: NDArray[np.int64], S: Tensor, A: Tensor) -> Tensor:
        """Outputs [T, R, n] of sequences [R] whose memory is made ``c * S + A``, [T, R, H] each."""
        name = self.seen.prefix + self.seen.memory
        turned = (S.flip(0), A.flip(0)) if self.seen.place.reverse else (S, A)
        each = max(1, ROOM // max(1, S.shape[0] * S.shape[2]))
        found = []
        for k in range(0, len(picked), each):
            s, a = (value[:, k : k + each].contiguous() for value in turned)
            with torch.no_grad(), edit(self.model, {name: [scale(s), add(a)]}):
                y = output_of(self.model(self.rows(picked[k : k + each], S.shape[0])))
            found.append(self.run.time_first(y.float(), S.shape[0], s.shape[1]))
        return torch.cat(found, 1)

    def change(self, plain: Tensor, y: Tensor, picked: NDArray[np.int64], spread: float) -> Floats:
        """How much outputs differ, row by row, [R]."""
        if self.loss is not None and self.target is not None:
            target = self.target[: y.shape[0], torch.from_numpy(picked)]
            found = self.loss(y, target) - self.loss(plain, target)
        else:
            found = ((y - plain) ** 2).mean((0, 2)).sqrt() / spread
        return found.numpy().astype(np.float64)


def measure_effects(
    bench: Bench,
    units: Sequence[int],
    modes: Sequence[tuple[float, float] | None],
    labels: Sequence[Floats | None],
    seed: int,
) -> list[Effects]:
    """Effects of some units of a place, without the figures of others.

    Args:
        bench: the model, a batch and the place.
        units: which.
        modes: the two modes of each, where it has them.
        labels: what each is said to stand for, [T, B] of the whole batch; None for its own value.
    """
    random = np.random.default_rng(seed)
    T = min(bench.run.steps, LENGTH)
    order = random.permutation(bench.run.size)
    picked = order[:SEQUENCES]
    c = bench.seen.states[bench.seen.memory][: bench.run.steps, bench.offset : bench.offset + bench.run.size]
    if bench.seen.place.reverse:
        c = c.flip(0)
    H = bench.seen.units
    plain = bench.edited(picked, *(c.new_full((T, len(picked), H), fill) for fill in (1.0, 0.0)))
    spread = float((plain - plain.mean((0, 1))).square().mean().sqrt()) or 1.0
    told, rows = _told(bench, order, plain.shape[-1])
    outputs = Outputs(told.numpy().astype(np.float64))
    readings = [Reading(outputs, _target(labels[j], c, u, rows)) for j, u in enumerate(units)]
    ablated = _ablated(bench, c, units, modes, picked, T, random)
    moved = _transplanted(bench, c, units, picked, T, random)
    changes = [(ways["elsewhere"] - plain).numpy().astype(np.float64) for ways in ablated]
    found = []
    for j, reading in enumerate(readings):
        across = {u: reading.ratio(*m) for u, m in zip(units, moved, strict=True)} if moved else {}
        ways = {way: figure(bench.change(plain, y, picked, spread), random) for way, y in ablated[j].items()}
        alone = figure(reading.sums(*moved[j]) if moved else np.zeros((3, 1)), random, share)
        untold = _untold(bench) if math.isnan(alone.value) else ""
        specific = dict(zip(units, reading.specificities(plain, changes), strict=True))
        one = Effects(ways, alone, specific[units[j]], reading.quality, across=across, specific=specific, untold=untold)
        found.append(one)
    return found


def _untold(bench: Bench) -> str:
    """Why the share of a whole transplant is none."""
    if bench.run.size < 2:
        return "there is one sequence only, and no other to take a value from"
    return "putting in the values of all units of another sequence changes nothing, as where all sequences are in step"


def _told(bench: Bench, order: NDArray[np.int64], width: int) -> tuple[Tensor, NDArray[np.int64]]:
    """Outputs [T, R, n] that readings are fitted and judged on, many rows for each column, and which sequences."""
    steps = bench.run.steps
    rows = order[: max(SEQUENCES, min(READ_ON, ROOM // max(1, steps * width)))]
    kept = torch.ones(steps, len(rows), bench.seen.units, dtype=bench.seen.states[bench.seen.memory].dtype)
    return bench.edited(rows, kept, torch.zeros_like(kept)), rows


def _target(label: Floats | None, c: Tensor, unit: int, picked: NDArray[np.int64]) -> Floats:
    own = c[:, torch.from_numpy(picked), unit].double().numpy() if label is None else label[: len(c), picked]
    return np.asarray(own, np.float64)


def _ablated(
    bench: Bench,
    c: Tensor,
    units: Sequence[int],
    modes: Sequence[tuple[float, float] | None],
    picked: NDArray[np.int64],
    T: int,
    random: np.random.Generator,
) -> list[dict[str, Tensor]]:
    """Outputs [T, R, n] for each unit and way, all from one batch."""
    R, H = len(picked), c.shape[-1]
    jobs = [
        (u, way, pair) for u, pair in zip(units, modes, strict=True) for way in ABLATIONS if pair or way != ABLATIONS[3]
    ]
    S, A = (c.new_full((T, len(jobs) * R, H), fill) for fill in (1.0, 0.0))
    flat = c.reshape(-1, H)
    for n, (u, way, pair) in enumerate(jobs):
        rows = slice(n * R, (n + 1) * R)
        if way == "other mode" and pair is not None:
            t = T // 2
            S[t, rows, u], A[t, rows, u] = -1, sum(pair)
            continue
        S[:, rows, u] = 0
        if way == "mean":
            A[:, rows, u] = flat[:, u].mean()
        elif way == "elsewhere":
            A[:, rows, u] = flat[torch.from_numpy(random.integers(len(flat), size=(T, R))), u]
    y = bench.edited(np.tile(picked, len(jobs)), S, A)
    found: list[dict[str, Tensor]] = [{} for _ in units]
    at = {u: j for j, u in enumerate(units)}
    for n, (u, way, _) in enumerate(jobs):
        found[at[u]][way] = y[:, n * R : (n + 1) * R]
    return found


def _transplanted(
    bench: Bench, c: Tensor, units: Sequence[int], picked: NDArray[np.int64], T: int, random: np.random.Generator
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """For each unit: outputs plain, with this unit and with all units of a donor, over the steps that follow [L, R, n].

    Each sequence receives from every other, at one of a few steps.
    """
    if len(picked) < 2 or T < 2:
        return []
    H, pairs = c.shape[-1], [(r, d) for r in picked for d in picked if r != d]
    pairs = [pairs[k] for k in random.permutation(len(pairs))[: 3 * SEQUENCES]]
    to, giver = np.array([r for r, _ in pairs]), np.array([d for _, d in pairs])
    R, times = len(pairs), random.integers(T // 4, max(T // 4 + 1, T - LATER), size=len(pairs))
    rows, at = torch.arange(R), torch.from_numpy(times)
    difference = c[at, torch.from_numpy(giver)] - c[at, torch.from_numpy(to)]
    A = c.new_zeros(T, R * (len(units) + 2), H)
    A[at, rows + R] = difference  # all units; rows before are left as they were
    for j, u in enumerate(units):
        A[at, rows + (j + 2) * R, u] = difference[:, u]
    y = bench.edited(np.tile(to, len(units) + 2), torch.ones_like(A), A)
    steps = (at + torch.arange(LATER)[:, None]).clamp(max=y.shape[0] - 1)  # [L, R]
    parts = [y[steps, rows + k * R] for k in range(len(units) + 2)]
    return [(parts[0], part, parts[1]) for part in parts[2:]]
