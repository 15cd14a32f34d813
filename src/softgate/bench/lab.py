"""A whole small study on all cores: a fleet in each of as many processes as torch has threads, against the same nets
one after the other, each with its optimiser, in as many processes.

A run is a few training steps of every net, on batches that are there already; both sides start from the same weights.
Where the other side is slow it has fewer nets, and its time counts for so many more.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from softgate.bench.cases import Case
from softgate.bench.sides import Loop, Results, Side
from softgate.lab.fleet import Fleet
from softgate.lab.net import Net

NETS, STEPS = 32, 4
"""Nets of a process, and the steps of each in one run."""
FEW = 2
"""Nets of a process that trains loops in Python."""
BUDGET = 2000
"""Steps after which a net counts as trained, where nets an hour are said."""

Round = Callable[[], Tensor]


@dataclass(frozen=True)
class Batch:
    """What a net sees in a step, as the tasks have it."""

    x: Any
    target: Any
    mask: Any


@dataclass(frozen=True)
class Task:
    """What ``Case.option`` says, as in ``numbers 1 last``: kind, outputs, and whether the last step alone counts."""

    kind: str
    outputs: int
    last: bool

    @staticmethod
    def of(case: Case) -> Task:
        """The task of a case."""
        kind, outputs, *rest = case.option.split()
        return Task(kind, int(outputs), bool(rest))


def others(case: Case) -> int:
    """How many nets of a process the other side has."""
    return NETS if case.cell == "lstm" else FEW


def data(case: Case, seed: int) -> Batch:
    """Random numbers, with the shapes of a task."""
    rng, task = np.random.default_rng(seed), Task.of(case)
    mask = np.ones((case.T, case.B), bool)
    mask[: case.T - 1] = not task.last
    shape = (case.T, case.B, task.outputs)
    target: Any
    if task.kind == "classes":
        target = rng.integers(0, task.outputs, shape[:2])
    elif task.kind == "bits":
        target = rng.integers(0, 2, shape).astype(np.float32)
    else:
        target = rng.standard_normal(shape, np.float32)
    return Batch(rng.standard_normal((case.T, case.B, case.I), np.float32), target, mask)


def ours(case: Case, dtype: torch.dtype = torch.float32) -> Round:
    """A fleet: its losses, [steps, nets]."""
    task = Task.of(case)
    fleet = Fleet(case.made, case.I, case.H, task.outputs, range(NETS), [1e-3] * NETS, kind=task.kind, dtype=dtype)
    batches = [[data(case, step * NETS + net) for net in range(NETS)] for step in range(STEPS)]
    return lambda: torch.stack([fleet.step(now) for now in batches])


def theirs(case: Case, dtype: torch.dtype = torch.float32) -> Round:
    """nn.LSTM, or the cell as a loop in Python; Linear, a loss of torch's, autograd, clip_grad_norm_ and Adam."""
    nets = [_Alone(case, net, dtype) for net in range(others(case))]
    batches = [[_tensors(data(case, step * NETS + net), dtype) for net in range(len(nets))] for step in range(STEPS)]

    def run() -> Tensor:
        found = [[net.step(given) for net, given in zip(nets, now, strict=True)] for now in batches]
        return torch.tensor(found, dtype=dtype)

    return run


def _tensors(given: Batch, dtype: torch.dtype) -> Batch:
    x, target, mask = (torch.from_numpy(part) for part in (given.x, given.target, given.mask))
    return Batch(x.to(dtype), target.to(dtype) if target.is_floating_point() else target, mask)


class _Alone:
    """One net as one writes it with torch."""

    def __init__(self, case: Case, seed: int, dtype: torch.dtype) -> None:
        task = Task.of(case)
        net = Net(case.made, case.I, case.H, task.outputs, seed=seed).to(dtype)
        layer = nn.LSTM(case.I, case.H, dtype=dtype) if case.cell == "lstm" else None
        if layer is not None:
            layer.load_state_dict(net.rnn.state_dict())
        self.layer = layer or Loop(case.made, dict(net.rnn.named_parameters()))
        self.head = net.head
        self.all = [*self.layer.parameters(), *self.head.parameters()]
        self.adam = torch.optim.Adam(self.all, lr=1e-3)
        functions = nn.functional
        self.loss: Any = {
            "classes": functions.cross_entropy,
            "bits": functions.binary_cross_entropy_with_logits,
            "numbers": functions.mse_loss,
        }[task.kind]
        self.last = task.last

    def step(self, given: Batch) -> float:
        y = self.layer(given.x)[0]
        target = given.target
        if self.last:
            y, target = y[-1:], target[-1:]
        loss = self.loss(self.head(y).flatten(0, 1), target.flatten(0, 1))
        self.adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.all, 1.0)
        self.adam.step()
        found: float = loss.item()
        return found


MAKE: dict[str, Callable[..., Round]] = {"ours": ours, "other": theirs}


def side(case: Case, which: str) -> Side:
    """One side: timed in processes of its own, which live as long as it does; judged here."""
    count = torch.get_num_threads()
    few = others(case)

    def results() -> Results:
        return {"losses": MAKE[which](case)()[:, :few]}

    if count == 1:
        return Side(MAKE[which](case), results)
    given = (which, asdict(case))
    crew = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_begin, initargs=given)

    def run() -> None:
        for done in [crew.submit(_go) for _ in range(count)]:
            done.result()

    return Side(run, results)


def exact(case: Case) -> Results:
    """What both sides should give, in float64."""
    return {"losses": theirs(case, torch.float64)()}


_round: list[Round] = []


def _begin(which: str, case: dict[str, Any]) -> None:
    """What a process does first."""
    torch.set_num_threads(1)
    _round[:] = [MAKE[which](Case(**case))]


def _go() -> None:
    _round[0]()


def said(case: Case, ours_ms: float, other_ms: float) -> str:
    """Nets an hour of both sides, from the times of a run on all processes."""
    count = torch.get_num_threads()
    mine, its = (nets * count * STEPS / BUDGET * 3.6e6 / ms for nets, ms in ((NETS, ours_ms), (others(case), other_ms)))
    return f"nets an hour, of {BUDGET} steps each, in {count} processes: {mine:.0f}, the other side {its:.0f}"
