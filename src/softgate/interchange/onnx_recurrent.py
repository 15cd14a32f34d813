"""LSTM, GRU and RNN nodes of an ONNX graph: attributes and weights in, softgate layers and how to call them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.equations import Cell
from softgate.errors import InterchangeError, ShapeError
from softgate.interchange import lengths
from softgate.interchange.onnx_cells import DEFAULTS, ORDER, PEEPHOLES, Operator, to_ours
from softgate.interchange.squashes import from_onnx
from softgate.interchange.weights import Arrays, build

KINDS = tuple(ORDER)
_ATTRIBUTES = {
    *("activations", "activation_alpha", "activation_beta", "clip", "direction", "hidden_size", "layout"),
    *("input_forget", "linear_before_reset"),
}
_INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")


@dataclass(frozen=True)
class Way:
    """One direction of a node: the operator and its cell."""

    operator: Operator
    cell: Cell
    reverse: bool


@dataclass(frozen=True)
class Recurrence:
    """How a node is called.

    Attributes:
        where: ``"LSTM node '/encoder/LSTM'"``, for errors.
        ways: its directions.
        modules: the modules that run it, by name: one for all directions, or one each.
        batch_first: ONNX's ``layout=1``.
        given: whether W, R, B and P are inputs of the model, so that they come with every call.
    """

    where: str
    ways: tuple[Way, ...]
    modules: tuple[str, ...]
    batch_first: bool
    given: bool

    def run(self, modules: Mapping[str, Module], x: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
        """Y, Y_h and, of an LSTM, Y_c, in ONNX's shapes, from the node's inputs in ONNX's order."""
        inputs: list[Tensor | None] = [*x]
        inputs += [None] * (len(_INPUTS) - len(x))
        X, W, R, B, lens, h0, c0, P = inputs
        if X is None or X.dim() != 3:
            raise ShapeError(f"{self.where}: X must have 3 dimensions, got {None if X is None else list(X.shape)}")
        states = [h0, c0] if self.ways[0].operator.kind == "LSTM" else [h0]
        if self.batch_first:
            X, states = X.transpose(0, 1), [None if s is None else s.transpose(0, 1) for s in states]
        starts = self._starts(X, states, modules)
        arrays = self._arrays(W, R, B, P) if self.given else None
        if len(self.modules) == 1:
            y, last = self._call(modules[self.modules[0]], X, lens, starts, arrays)
            outs, finals = list(y.chunk(len(self.ways), -1)), [last]
        else:
            outs, finals = [], []
            for d, name in enumerate(self.modules):
                first = None if starts is None else [s[d : d + 1] for s in starts]
                y, last = self._call(modules[name], X, lens, first, arrays and arrays[d : d + 1])
                outs.append(y)
                finals.append(last)
        Y, ends = torch.stack(outs, 1), [torch.cat(column) for column in zip(*finals, strict=True)]
        if self.batch_first:
            Y, ends = Y.permute(2, 0, 1, 3), [e.transpose(0, 1) for e in ends]
        return (Y, *ends)

    def _starts(self, X: Tensor, states: list[Tensor | None], modules: Mapping[str, Module]) -> list[Tensor] | None:
        if all(s is None for s in states):
            return None
        H: Any = modules[self.modules[0]].hidden_size
        return [X.new_zeros(len(self.ways), X.shape[1], H) if s is None else s for s in states]

    def _call(
        self, module: Any, X: Tensor, lens: Tensor | None, starts: list[Tensor] | None, arrays: list[Arrays] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        hx = None if starts is None else starts[0] if len(starts) == 1 else tuple(starts)
        if arrays is None:
            return lengths.run(module, X, lens, hx)
        state = _named(arrays)
        return lengths.run(lambda x, h: torch.func.functional_call(module, state, (x, h)), X, lens, hx)

    def _arrays(self, W: Tensor | None, R: Tensor | None, B: Tensor | None, P: Tensor | None) -> list[Arrays]:
        return arrays_of(self.ways, (W, R, B, P), self.where)


def _named(arrays: list[Arrays]) -> dict[str, Tensor]:
    ends = ("_l0", "_l0_reverse")
    return {name + end: value for one, end in zip(arrays, ends, strict=False) for name, value in one.items()}


def read(
    kind: str, attributes: Mapping[str, Any], weights: Sequence[Tensor | None], where: str, given: bool
) -> tuple[list[Module], Recurrence]:
    """The modules of a node and how to call them; names are for the graph to give.

    Args:
        kind: the operator.
        attributes: the node's.
        weights: W [D, G H, I], R [D, G H, H], B [D, 2 G H] or None, P [D, 3 H] or None.
        where: the node, for errors.
        given: the weights are stand-ins, and the true ones come with every call.

    Raises:
        InterchangeError: naming the attribute or input that has no meaning.
    """
    ways = _ways(kind, attributes, weights[3] is not None, where)
    arrays = arrays_of(ways, weights, where)
    H = arrays[0]["weight_hh"].shape[-1]
    if attributes.get("hidden_size", H) != H:
        raise InterchangeError(f"{where}: attribute hidden_size is {attributes['hidden_size']}, and R says {H}")
    if len({way.cell.key for way in ways}) == 1:
        modules: list[Module] = [build(ways[0].cell, [arrays], ways[0].reverse, where)]
    else:
        modules = [build(w.cell, [[a]], w.reverse, where) for w, a in zip(ways, arrays, strict=True)]
    layout = attributes.get("layout", 0)
    if layout not in (0, 1):
        raise InterchangeError(f"{where}: attribute layout must be 0 or 1, got {layout}")
    return modules, Recurrence(where, ways, (), layout == 1, given)


def named(recurrence: Recurrence, names: Sequence[str]) -> Recurrence:
    """The same, with its modules under their names in the graph."""
    return replace(recurrence, modules=tuple(names))


def _ways(kind: str, attributes: Mapping[str, Any], peephole: bool, where: str) -> tuple[Way, ...]:
    for name in attributes:
        if name not in _ATTRIBUTES:
            raise InterchangeError(f"{where}: attribute {name} is not known")
    direction = attributes.get("direction", "forward")
    turns = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}.get(direction)
    if turns is None:
        raise InterchangeError(f"{where}: attribute direction is {direction!r}: forward, reverse or bidirectional")
    n = len(DEFAULTS[kind])
    names = list(attributes.get("activations") or DEFAULTS[kind] * len(turns))
    if len(names) != n * len(turns):
        raise InterchangeError(f"{where}: attribute activations must have {n * len(turns)} names, got {names}")
    found = from_onnx(names, attributes.get("activation_alpha", ()), attributes.get("activation_beta", ()), where)
    clip = attributes.get("clip")
    if clip is not None and not clip > 0:
        clip = None  # ONNX Runtime: 0 is no bound
    coupled, linear = bool(attributes.get("input_forget", 0)), bool(attributes.get("linear_before_reset", 0))
    ways = []
    for d, reverse in enumerate(turns):
        squashes = tuple(found[n * d : n * (d + 1)])
        operator = Operator(kind, squashes, clip, peephole, coupled, linear or kind != "GRU")
        ways.append(Way(operator, operator.cell(), reverse))
    return tuple(ways)


def arrays_of(ways: Sequence[Way], weights: Sequence[Tensor | None], where: str) -> list[Arrays]:
    """W, R, B and P of a node as parameters of each direction.

    Raises:
        InterchangeError: naming the input whose shape is wrong.
    """
    W, R, B, P = weights
    kind, D = ways[0].operator.kind, len(ways)
    if W is None or R is None:
        raise InterchangeError(f"{where}: inputs W and R must be there")
    H, G = R.shape[-1] if R.dim() else 0, len(ORDER[kind])
    if H == 0:
        raise InterchangeError(f"{where}: input R must be [{D}, {G} H, H], got {list(R.shape)}")
    wanted = {"W": (W, (D, G * H, None)), "R": (R, (D, G * H, H)), "B": (B, (D, 2 * G * H)), "P": (P, (D, 3 * H))}
    for name, (value, shape) in wanted.items():
        if value is None:
            continue
        came = tuple(value.shape)
        if len(came) != len(shape) or any(w is not None and w != c for w, c in zip(shape, came, strict=True)):
            said = ["I" if w is None else w for w in shape]
            raise InterchangeError(f"{where}: input {name} must be {said}, got {list(came)}")
    rows: list[Arrays] = []
    for d, way in enumerate(ways):
        gates = way.cell.gates
        found = {"weight_ih": to_ours(W[d], kind, gates), "weight_hh": to_ours(R[d], kind, gates)}
        if B is not None:
            ih, hh = B[d].chunk(2)
            found |= {"bias_ih": to_ours(ih, kind, gates), "bias_hh": to_ours(hh, kind, gates)}
        if P is not None:
            peepholes = dict(zip((f"p_{g}" for g in PEEPHOLES), P[d].chunk(3), strict=True))
            found |= {name: peepholes[name] for name in way.cell.weights}
        rows.append(found)
    return rows
