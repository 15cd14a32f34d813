"""What is compared, as data. A case has a name; its row in the ledger has the same.

Training is forward and backward with a fixed random gradient of the output, into all parameters; the input wants none,
as for the first layer of a model (``dx/...`` are cases where it does). Inference is ``eval`` under ``no_grad``.

FLOPs: :attr:`Case.flops` is ``2 T B G H (I + H)`` for G gates, training three times that, the usual way to count, so
that figures compare with those of others. :attr:`Case.needed` counts the products that this case really asks for, and
the share of the peak is taken from it: without a gradient of the input, a third of the input's products is not made.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache

from softgate import cells
from softgate.equations import Cell
from softgate.errors import UnknownNameError

TRAINING, INFERENCE = "training", "inference"
_SHORT = {TRAINING: "train", INFERENCE: "infer"}
MODES = (TRAINING, INFERENCE)

MOST_SECONDS, _GFLOPS = 5.0, 100.0
"""The grid holds the cells where one training step of nn.LSTM takes less, at the speed it has on two cores."""


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        name: of the row.
        group: which target it counts for; see :mod:`softgate.bench.targets`.
        kind: how the two sides are built; a key of :data:`softgate.bench.subjects.BUILD`, ``"first"`` or ``"memory"``.
        cell: ``"lstm"``, another cell of the library, or one with options: ``"lstm candidate=softsign"``.
        T, B, I, H: steps, batch, input size, units.
        mode: ``"training"`` or ``"inference"``.
        against: what the other side is, in words.
        layers, directions, projection: of the layer; ``projection`` 0 is none.
        packed: a PackedSequence, its lengths spread evenly from 1 to T, so that half the steps are padding.
        dx: whether the input wants a gradient too.
        option: what a kind wants to know besides.
    """

    name: str
    group: str
    T: int
    B: int
    I: int  # noqa: E741 - the letter of the equations
    H: int
    mode: str = TRAINING
    kind: str = "layer"
    cell: str = "lstm"
    against: str = "nn.LSTM"
    layers: int = 1
    directions: int = 1
    projection: int = 0
    packed: bool = False
    dx: bool = False
    dtype: str = "float32"
    option: str = ""

    @property
    def made(self) -> Cell:
        """The cell."""
        name, *options = self.cell.split()
        return cells.get(name, **dict(o.split("=") for o in options))

    @property
    def lengths(self) -> list[int]:
        """The length of each sequence, [B], the longest first."""
        return [max(1, self.T - b * self.T // self.B) if self.packed else self.T for b in range(self.B)]

    @property
    def rows(self) -> int:
        """Steps that are computed, over the whole batch."""
        return sum(self.lengths)

    @property
    def flops(self) -> float:
        """Floating point operations of one run, as they are usually counted."""
        return self._flops(self.made, 3.0, 3.0)

    @property
    def needed(self) -> float:
        """Those that one run cannot do without."""
        return self.needed_by(self.made)

    def needed_by(self, cell: Cell) -> float:
        """The same for another cell of these sizes."""
        return self._flops(cell, 3.0 if self.dx else 2.0, 3.0)

    def _flops(self, cell: Cell, of_input: float, of_hidden: float) -> float:
        """Products with what comes in count ``of_input`` times in training, all others ``of_hidden`` times."""
        H, P, D = self.H, self.projection or self.H, self.directions
        hidden = H * (len(cell.h_gates) * P + len(cell.feedback) ** 2 * H) + (H * P if self.projection else 0)
        first, deeper = len(cell.x_gates) * H * self.I, len(cell.x_gates) * H * P * D
        if self.mode == INFERENCE:
            of_input = of_hidden = 1.0
        total = of_input * first + of_hidden * (deeper * (self.layers - 1) + hidden * self.layers)
        return 2.0 * self.rows * D * total


def _both(case: Case) -> Iterator[Case]:
    for mode in MODES:
        yield replace(case, name=f"{case.name}/{_SHORT[mode]}", mode=mode)


def _grid() -> Iterator[Case]:
    """Every size, in both modes: ``train/t128-b16-i256-h256``."""
    for H, B, T, part in itertools.product((32, 64, 128, 256, 512, 1024), (1, 4, 16, 64), (32, 128, 512), (1, 4)):
        for mode in MODES:
            size = Case("", "grid", T, B, H // part, H)
            if size.flops / (_GFLOPS * 1e9) < MOST_SECONDS:
                yield replace(size, name=f"{_SHORT[mode]}/t{T}-b{B}-i{H // part}-h{H}", mode=mode)


def _shapes() -> Iterator[Case]:
    """GRU, RNN, projection, directions, layers, packed sequences, and the gradient of the input."""
    lstm = Case("", "shape", 128, 32, 128, 256)
    yield from _both(replace(lstm, name="gru", cell="gru", against="nn.GRU"))
    yield from _both(replace(lstm, name="rnn", cell="rnn", against="nn.RNN"))
    yield from _both(replace(lstm, name="projection", projection=128))
    yield from _both(replace(lstm, name="bidirectional", directions=2))
    yield from _both(replace(lstm, name="two-layers", layers=2))
    yield from _both(replace(lstm, name="packed", group="packed", packed=True))
    yield replace(lstm, name="dx/train", group="extra", dx=True)
    yield replace(lstm, name="float64/train", group="extra", dtype="float64")


def _steps() -> Iterator[Case]:
    step = Case("step/stream-lstm", "step", 1, 1, 64, 64, mode=INFERENCE, kind="step", option="layer")
    yield step
    yield replace(step, name="step/stream-cell", against="nn.LSTMCell", option="cell")


def _firsts() -> Iterator[Case]:
    for option in ("compile", "disk"):
        yield from _both(Case(f"first/{option}", f"first {option}", 32, 4, 64, 64, kind="first", option=option))


@cache
def library() -> tuple[str, ...]:
    """Cells that differ from each other and from lstm, and lstm with other activations."""
    found = {cells.lstm().key: "lstm"}
    for name in cells.names():
        found.setdefault(cells.get(name).key, name)
    slots = ("candidate=softsign", "candidate=gelu", "readout=identity", "forget_gate=hard_sigmoid", "readout=relu")
    return (*(n for n in found.values() if n != "lstm"), *(f"lstm {s}" for s in slots))


def _cells() -> Iterator[Case]:
    for name in library():
        slug = name.replace(" ", "-").replace("=", "-")
        size = Case(f"cell/{slug}", "cell", 64, 32, 256, 256, kind="cell", cell=name, against="our lstm, per FLOP")
        yield from _both(size)
    for name in ("lstm", *library()):
        slug = name.replace(" ", "-").replace("=", "-")
        loop = Case(f"loop/{slug}", "loop", 100, 32, 64, 64, kind="loop", cell=name, against="loop in Python")
        yield loop
        if name in ("lstm", "gru", "peephole"):
            yield replace(loop, name=f"loop/{slug}-h256", T=128, I=128, H=256)


def _others() -> Iterator[Case]:
    yield Case("record/train", "record", 128, 32, 128, 256, kind="record", against="not recording")
    yield Case("record/train-h64", "record", 100, 32, 64, 64, kind="record", against="not recording")
    for case in (
        Case("edit", "edit", 128, 32, 128, 256, kind="edit", against="not editing"),
        Case("edit-h64", "edit", 100, 32, 64, 64, kind="edit", against="not editing"),
    ):
        yield from _both(case)
    for H in (128, 256):
        for option in ("", "*"):  # gates and states; everything
            name = f"statistics/{'all' if option else 'default'}-h{H}"
            size = Case(name, "statistics", 512, 64, 64, H, mode=INFERENCE, kind="statistics", option=option)
            yield replace(size, against="plain inference")
    for T, B, I, H in ((128, 64, 256, 256), (512, 16, 512, 512)):  # noqa: E741
        yield Case(f"memory/t{T}-b{B}-i{I}-h{H}", "memory", T, B, I, H, kind="memory")


def _lab() -> Iterator[Case]:
    """Studies of many small nets, on all cores; see :mod:`softgate.bench.lab` for the option."""
    alone, loop = "nn.LSTM and Adam, net by net", "loop in Python, net by net"
    count = Case("lab/count", "lab", 40, 32, 3, 8, kind="lab", against=alone, option="bits 3")
    yield count
    yield replace(count, name="lab/adding", T=50, I=2, H=16, option="numbers 1 last")
    yield replace(count, name="lab/symbols", T=30, B=16, I=7, H=16, option="classes 7")
    yield replace(count, name="lab/wide", T=60, I=2, H=32, option="numbers 1 last")
    for cell in ("lstm candidate=softsign", "peephole"):
        slug = cell.replace(" ", "-").replace("=", "-")
        yield replace(count, name=f"lab/{slug}", group="lab loop", cell=cell, against=loop)
    # The runner from end to end; the option is the task.
    whole = Case("lab/study", "lab", 30, 16, 2, 16, kind="study", against=alone, option="adding steps=30")
    yield whole
    yield replace(whole, name="lab/study-walk", T=24, I=1, option="signed_walk steps=24")
    yield replace(whole, name="lab/study-softsign", group="lab loop", cell="lstm candidate=softsign", against=loop)
    yield replace(whole, name="lab/study-fgr", group="lab loop", cell="fgr", against=loop)


@cache
def full() -> tuple[Case, ...]:
    """Everything, the small named cases before the grid."""
    return (*_steps(), *_firsts(), *_shapes(), *_others(), *_lab(), *_cells(), *_grid())


_QUICK = (
    "step/*", "first/*", "gru/*", "rnn/*", "projection/*", "bidirectional/*", "two-layers/*", "packed/*", "dx/*",
    "record/train", "edit/*", "memory/t128*", "cell/gru/*", "cell/peephole/train", "cell/slstm/train", "cell/rnn/train",
    "statistics/*", "lab/*",
    "cell/lstm-candidate-softsign/train", "loop/lstm-h256", "loop/lstm", "loop/peephole",
    *(f"*/t{T}-b{B}-i{N}-h{H}" for T, B, N, H in (
        (512, 1, 32, 32), (32, 64, 16, 64), (128, 16, 64, 64), (128, 1, 128, 128), (128, 4, 256, 256),
        (128, 16, 256, 256), (32, 64, 256, 256), (128, 16, 64, 256), (32, 1, 512, 512), (32, 16, 512, 512),
        (32, 64, 128, 512), (32, 16, 256, 1024),
    )),
)  # fmt: skip


@cache
def quick() -> tuple[Case, ...]:
    """One or a few of everything: two to three minutes."""
    return tuple(case for case in full() if any(fnmatchcase(case.name, pattern) for pattern in _QUICK))


GRIDS = {"quick": quick, "full": full}


def find(patterns: Iterable[str], among: Iterable[Case] = ()) -> tuple[Case, ...]:
    """The cases that one of the patterns names: a name, the start of one (``gru``), a group, or ``*/t128-b16-*``.

    Raises:
        UnknownNameError: a pattern fits nothing.
    """
    known = tuple(among) or full()
    wanted = list(patterns)
    for p in wanted:
        if not any(_fits(case, p) for case in known):
            starts = (case.name.partition("/")[0] for case in known)
            raise UnknownNameError("case", p, dict.fromkeys((*starts, *(case.name for case in known[:3]), "...")))
    return tuple(case for case in known if any(_fits(case, p) for p in wanted))


def _fits(case: Case, pattern: str) -> bool:
    return pattern == case.group or case.name.startswith(f"{pattern}/") or fnmatchcase(case.name, pattern)
