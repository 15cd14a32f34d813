"""The two sides of a case, built: what is timed, what both must agree with, and what it costs.

``BUILD`` has one function for each kind of case. Both sides have the same weights and the same input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

import softgate as sg
from softgate.bench import lab, study
from softgate.bench.cases import Case
from softgate.bench.sides import Loop, Results, Side, data, double, ours, side, stepping, theirs

_STEPS = 12
"""Steps that a stepping side is judged by."""


@dataclass(frozen=True)
class Subject:
    """A case, built.

    Attributes:
        ours, other: the two sides.
        plain, exact: results of a plain implementation in the same dtype, and in float64.
        scale: work of the other side over ours, by which its time is divided: 1 unless compared per FLOP.
        identical: whether the two sides must agree to the last bit.
        note: what a reader of the row should know.
    """

    ours: Side
    other: Side
    plain: Callable[[], Results]
    exact: Callable[[], Results]
    scale: float = 1.0
    identical: bool = False
    note: str = ""
    runs: int = 1
    """How many times the work of the case one run of our side is, on one thread."""


def build(case: Case) -> Subject:
    """Build a case. Weights and data are random, of a fixed seed."""
    torch.manual_seed(0)
    return BUILD[case.kind](case)


def _exact(case: Case, module: torch.nn.Module, x: Any) -> Callable[[], Results]:
    """Results of a copy of the module in float64, which is made and dropped when they are asked for."""
    return lambda: side(case, double(module), x.to(torch.float64)).results()


def _layer(case: Case) -> Subject:
    """Our layer against torch's."""
    x, other, mine = data(case), theirs(case), ours(case)
    mine.load_state_dict(other.state_dict())
    there = side(case, other, x)
    return Subject(side(case, mine, x), there, there.results, _exact(case, other, x), note=_path(mine, x))


def _cell(case: Case) -> Subject:
    """Any cell against our lstm, per FLOP."""
    x, mine, lstm = data(case), ours(case), sg.LSTM(case.I, case.H)
    loop = Loop(case.made, dict(mine.named_parameters()))
    scale = case.needed_by(lstm.cell) / case.needed
    plain = side(case, loop, x).results
    return Subject(side(case, mine, x), side(case, lstm, x), plain, _exact(case, loop, x), scale, note=_path(mine, x))


def _loop(case: Case) -> Subject:
    """Any cell against the same as a loop in Python."""
    x, mine = data(case), ours(case)
    loop = Loop(case.made, dict(mine.named_parameters()))
    there = side(case, loop, x)
    return Subject(side(case, mine, x), there, there.results, _exact(case, loop, x), note=_path(mine, x))


def _record(case: Case) -> Subject:
    """Our layer with every signal recorded, against the same without: not one bit may differ."""
    x, mine, other = data(case), ours(case), theirs(case)
    mine.load_state_dict(other.state_dict())

    def recorded(x: Any) -> Any:
        with sg.record(mine):
            return mine(x)

    plain = side(case, other, x).results
    twice = (side(case, mine, x, recorded), side(case, mine, x))
    return Subject(*twice, plain, _exact(case, other, x), identical=True, note=_path(mine, x))


def _edit(case: Case) -> Subject:
    """Our layer with two signals edited, against the same without: edits that change nothing, so not one bit may."""
    x, mine, other = data(case), ours(case), theirs(case)
    mine.load_state_dict(other.state_dict())
    some = range(0, case.H, 4)
    now = torch.rand(case.T, case.B) < 0.5
    changes = {"l0.f": sg.scale(1.0, units=some), "l0.c": sg.add(torch.zeros(len(some)), units=some, where=now)}

    def edited(x: Any) -> Any:
        with sg.edit(mine, changes):
            return mine(x)

    plain = side(case, other, x).results
    twice = (side(case, mine, x, edited), side(case, mine, x))
    return Subject(*twice, plain, _exact(case, other, x), identical=True, note=_path(mine, x))


def _statistics(case: Case) -> Subject:
    """A layer with a head of 100 characters, read with all statistics counted, against the same without."""
    mine, other = ours(case).eval(), theirs(case).eval()
    mine.load_state_dict(other.state_dict())
    ids = torch.randint(100, (case.T, case.B))
    embedding, head = torch.nn.Embedding(100, case.I), torch.nn.Linear(case.H, 100)
    names = [case.option] if case.option else None

    def by(layer: Any, embedding: Any = embedding, head: Any = head) -> Callable[[Any], Any]:
        def run(ids: Any) -> Any:
            y, state = layer(embedding(ids))
            return head(y), state

        return run

    def counted(ids: Any) -> Any:
        with sg.collect(mine, names, classes=lambda *_: ids):
            return by(mine)(ids)

    def exact() -> Results:
        module = double(other)
        return side(case, module, ids, by(module, double(embedding), double(head))).results()

    twice = (side(case, mine, ids, counted), side(case, mine, ids, by(mine)))
    plain = side(case, other, ids, by(other)).results
    return Subject(*twice, plain, exact, identical=True, note=_path(mine, embedding(ids)))


def _step(case: Case) -> Subject:
    """One step at a time: ``stream`` against nn.LSTM on one step, or against nn.LSTMCell."""
    x, other, mine = torch.randn(_STEPS, case.B, case.I), theirs(case).eval(), ours(case).eval()
    mine.load_state_dict(other.state_dict())
    stream = mine.stream(batch_size=case.B)  # type: ignore[operator]
    if case.option == "cell":
        step = torch.nn.LSTMCell(case.I, case.H).eval()
        step.load_state_dict({n.removesuffix("_l0"): w for n, w in other.state_dict().items()})
        there = stepping(step, x, one=True)
    else:
        there = stepping(other, x)

    def streamed() -> Results:
        stream.reset()
        return {"y": torch.stack([stream(row) for row in x])}

    now = x[0]
    exact = stepping(double(other), x.double()).results
    return Subject(Side(lambda: stream(now), streamed), there, there.results, exact, note=_path(mine, x))


def _lab(case: Case) -> Subject:
    """Many nets in many processes, against the same net by net."""
    there, scale = lab.side(case, "other"), lab.others(case) / lab.NETS
    runs = lab.NETS * lab.STEPS * torch.get_num_threads()
    return Subject(lab.side(case, "ours"), there, there.results, lambda: lab.exact(case), scale, runs=runs)


def _study(case: Case) -> Subject:
    """The laboratory's runner, against the same study net by net."""
    there, runs = study.side(case, "other"), study.nets(case, "ours")
    scale = study.nets(case, "other") / runs
    exact = partial(study.exact, case)
    return Subject(study.side(case, "ours"), there, there.results, exact, scale, runs=runs * study.STEPS)


def _path(layer: Any, x: Any) -> str:
    """A remark if it is not our kernel that runs."""
    path = sg.explain_path(layer, x)
    return "" if path.fast else f"not the fast path: {path}"


BUILD: dict[str, Callable[[Case], Subject]] = {
    "layer": _layer,
    "cell": _cell,
    "loop": _loop,
    "record": _record,
    "edit": _edit,
    "statistics": _statistics,
    "step": _step,
    "first": _layer,
    "memory": _layer,
    "lab": _lab,
    "study": _study,
}
"""For ``first`` and ``memory``, which new processes measure, this is what is judged before."""
