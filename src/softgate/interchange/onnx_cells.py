"""The recurrent operators of ONNX as cells, and cells as operators.

:class:`Operator` is what a node says apart from its weights. :meth:`Operator.cell` writes its equations;
:func:`recognise` proposes an operator for a cell and takes it only if the equations are the same.

Where ONNX's text leaves something open, the equations are ONNX Runtime's: ``clip`` bounds every gate before its
activation, peephole included, and not what goes into the readout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate import activations, cells
from softgate.activations import Activation
from softgate.calculus import expand
from softgate.equations import Cell, cell
from softgate.errors import InterchangeError
from softgate.functions import maximum, minimum
from softgate.symbols import Expr, sym, walk

ORDER = {"LSTM": "iofg", "GRU": "zrn", "RNN": "a"}
"""The gates in the order in which ONNX stacks their weights, by our names."""

PEEPHOLES = "iof"
DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}


@dataclass(frozen=True)
class Operator:
    """What an LSTM, GRU or RNN node computes in one direction, weights apart.

    Attributes:
        kind: ``"LSTM"``, ``"GRU"`` or ``"RNN"``.
        squashes: the activations, in ONNX's order: f g h, f g, f.
        clip: the bound of every gate before its activation, or None.
        peephole, coupled: LSTM's P and ``input_forget``.
        linear_before_reset: GRU's attribute. False: the product is of r * h, see :func:`_reset_before`.
    """

    kind: str
    squashes: tuple[Activation, ...]
    clip: float | None = None
    peephole: bool = False
    coupled: bool = False
    linear_before_reset: bool = True

    def cell(self) -> Cell:
        """The equations. One of the library's cells wherever it is one, so that it has torch's fast layers too."""
        if self.kind == "LSTM":
            f, g, h = self.squashes
            if self.clip is None:
                return cells.lstm(*(f, f, f, g, h), coupled=self.coupled, peephole=self.peephole)
            return _clipped_lstm(self)
        if self.kind == "GRU":
            if not self.linear_before_reset:
                return _reset_before(self)
            return cells.gru() if self == _TORCH_GRU else _gru(self)
        return cells.rnn(self.squashes[0]) if self.clip is None else _clipped_rnn(self)


_TORCH_GRU = Operator("GRU", (activations.sigmoid, activations.tanh))


def _clip(z: Any, bound: float | None) -> Any:
    return z if bound is None else maximum(minimum(z, bound), -bound)


def _clipped_lstm(op: Operator) -> Cell:
    f, g, h = op.squashes
    gates = "igo" if op.coupled else "ifgo"
    weights = [f"p_{n}" for n in gates if n != "g"] if op.peephole else []

    @cell(gates=list(gates), state="h c", weights=weights, name="lstm_clipped")
    def lstm(z: Any, prev: Any, w: Any = None) -> dict[str, Any]:
        def gate(n: str, seen: Any) -> Any:
            value = getattr(z, n)
            return f(_clip(value + getattr(w, f"p_{n}") * seen if op.peephole else value, op.clip))

        i = gate("i", prev.c)
        forget = 1.0 - i if op.coupled else gate("f", prev.c)
        candidate = g(_clip(z.g, op.clip))
        c = forget * prev.c + i * candidate
        o = gate("o", c)
        return {"i": i, "f": forget, "g": candidate, "c": c, "o": o, "h": o * h(c)}

    return lstm


def _gru(op: Operator) -> Cell:
    f, g = op.squashes

    @cell(gates="r z n", state="h", name="gru" if op.clip is None else "gru_clipped")
    def gru(z: Any, prev: Any) -> dict[str, Any]:
        r, hold = f(_clip(z.r, op.clip)), f(_clip(z.z, op.clip))
        n = g(_clip(z.n.x + r * z.n.h, op.clip))
        return {"r": r, "z": hold, "n": n, "h": (1.0 - hold) * n + hold * prev.h}

    return gru


def _reset_before(op: Operator) -> Cell:
    """The reset gate acts before the matrix product: n = g(W x + U (r * h) + b), as published (Cho et al., 2014).

    ONNX's ``linear_before_reset=0`` and Keras's ``reset_after=False``. The signal ``rh`` is what the product is of. The
    reference runs it, since kernels have no product of what the same step computes.
    """
    f, g = op.squashes
    r, hold, n = (s(_clip(sym(f"z.{gate}"), op.clip)) for s, gate in ((f, "r"), (f, "z"), (g, "n")))
    before = sym("prev.h")
    signals = {"r": r, "z": hold, "rh": r * before, "n": n, "h": (1.0 - hold) * n + hold * before}
    name = "gru_reset_before" if op.clip is None else "gru_reset_before_clipped"
    return Cell(name, ("r", "z", "n"), ("h",), signals, through={"n": "rh"})


def _clipped_rnn(op: Operator) -> Cell:
    @cell(gates="a", state="h", name="rnn_clipped")
    def rnn(z: Any, prev: Any) -> dict[str, Any]:
        return {"h": op.squashes[0](_clip(z.a, op.clip))}

    return rnn


def recognise(found: Cell) -> Operator:
    """The operator that computes what a cell computes.

    Raises:
        InterchangeError: there is none.
    """
    for op in _proposals(found):
        made = op.cell()
        if set(made.gates) == set(found.gates) and _same(made, found):
            return op
    raise InterchangeError(
        f"cell {found.name}: its equations are none of ONNX's operators LSTM, GRU and RNN, whatever their attributes, "
        "so ONNX cannot say it"
    )


def _same(a: Cell, b: Cell) -> bool:
    """Whether two cells carry the same states by the same equations, whatever else they show."""
    if a.states != b.states or set(a.weights) != set(b.weights) or a.feedback != b.feedback:
        return False
    if a.through.keys() != b.through.keys():
        return False
    mine, theirs = ([*c.states, *(c.through[g] for g in a.through)] for c in (a, b))
    return expand(a.step_signals[s] for s in mine) == expand(b.step_signals[s] for s in theirs)


def _proposals(found: Cell) -> list[Operator]:
    """Operators that might be it, by its gates and by the activations and numbers that its equations have."""
    acts = {id(e): e for e in walk(found.step_signals.values()) if e.op == "act"}
    squashed = _by_gate([*acts.values()])
    clips: list[float | None] = [None, *sorted({_number(e) for e in walk(found.step_signals.values())} - {0.0, 1.0})]
    identity = activations.identity
    if "h" in found.states[:1] and set(found.gates) in ({"a"}, {"r", "z", "n"}):
        kind = "RNN" if "a" in found.gates else "GRU"
        names = "a" if kind == "RNN" else "rn"
        squashes = tuple(squashed.get(n, identity) for n in names)
        return [Operator(kind, squashes, clip, linear_before_reset=not found.through) for clip in clips]
    if found.states == ("h", "c") and {"i", "g", "o"} <= set(found.gates):
        readout = squashed.get("c", identity)
        slots = (squashed.get("i", identity), squashed.get("g", identity), readout)
        coupled = "f" not in found.gates
        return [Operator("LSTM", slots, clip, bool(found.weights), coupled) for clip in clips]
    return []


def _by_gate(acts: list[Expr]) -> dict[str, Activation]:
    """By gate, the activation whose argument is that gate before it; by ``c``, the one that no gate is alone in."""
    table: dict[str, Activation] = {}
    for e in acts:
        inside = [str(s.attr) for s in walk(e.args) if s.op == "sym"]
        nested = any(s.op == "act" for s in walk(e.args))
        gates = sorted({n.split(".")[1] for n in inside if n.startswith("z.")})
        name = gates[0] if len(gates) == 1 and not nested else "n" if {"z.n", "z.n.x"} & set(inside) else "c"
        if name == "c" and "o" in gates:
            name = "o"
        table[name] = e.attr  # type: ignore[assignment]
    return table


def _number(e: Expr) -> float:
    return abs(float(e.attr)) if e.op == "const" else 0.0  # type: ignore[arg-type]


def to_ours(rows: Tensor, kind: str, gates: tuple[str, ...]) -> Tensor:
    """Rows that ONNX stacks, [G H, ...], in the order of a cell's gates; what the cell does not have is dropped."""
    blocks = dict(zip(ORDER[kind], rows.chunk(len(ORDER[kind])), strict=True))
    return torch.cat([blocks[g] for g in gates])


def to_theirs(rows: Tensor, kind: str, gates: tuple[str, ...]) -> Tensor:
    """The inverse of :func:`to_ours`; rows of a gate that the cell does not have are zero."""
    blocks = dict(zip(gates, rows.chunk(len(gates)), strict=True))
    first = next(iter(blocks.values()))
    return torch.cat([blocks.get(g, torch.zeros_like(first)) for g in ORDER[kind]])
