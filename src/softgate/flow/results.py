"""What a flow shows: the gradient of a state in its parts, and of a gate with what goes back through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.errors import ShapeError
from softgate.flow.linear import Linear
from softgate.flow.sweep import Parts, named, through_gates, within
from softgate.flow.trace import Trace


@dataclass(frozen=True, repr=False)
class StateFlow:
    """The gradient of a state at every step, [T, B, H] each ([T, B, P] for a projected output), zero behind the end
    of a packed sequence. total = direct + cell_path + hidden_path. Two states that are one value (h = c of a JANET)
    have one gradient.

    Attributes:
        total: dL/ds_t, of everything that depends on the state, as ``s_t.retain_grad()`` in a loop would give it.
        direct: the part from outside the layer, which arrives at step t itself: from dL/dy_t through the readout, and
            at the last step from dL/d(last state).
        cell_path: the part from step t + 1 unit by unit: through f, through peepholes, through z of a GRU.
        hidden_path: the part from step t + 1 through the hidden weights (for c: h_t = o tanh(c_t), then U), and through
            weights of fed-back gates.
    """

    total: Tensor
    direct: Tensor
    cell_path: Tensor
    hidden_path: Tensor

    def __repr__(self) -> str:
        size = self.total.norm()
        shares = [f"{getattr(self, n).norm():.3g} {n}" for n in ("direct", "cell_path", "hidden_path")]
        return f"{list(self.total.shape)}, norm {size:.3g}: {', '.join(shares)}"


@dataclass(frozen=True, repr=False)
class GateFlow:
    """The gradient of a gate before its activation, at every step.

    Attributes:
        total: dL/d(pre-activation), [T, B, H]: what the input weights and their bias see.
        recurrent: the same for the hidden part, which differs where the cell treats it differently (n of a GRU); None
            if the gate has no hidden weights.
        hidden_path: by state, the share of ``flow["l0.c"].hidden_path`` that came back through this gate: at step t,
            through the gate of the step after. These sum over the gates to the hidden path.
    """

    total: Tensor
    recurrent: Tensor | None
    hidden_path: Mapping[str, Tensor]

    def __repr__(self) -> str:
        shares = [f"{v.norm():.3g} to {s}" for s, v in self.hidden_path.items() if bool(v.any())]
        return f"{list(self.total.shape)}, norm {self.total.norm():.3g}, goes back {', '.join(shares) or 'nowhere'}"


def gate_path(linear: Linear, found: Parts, gate: str) -> dict[str, Tensor]:
    """By state [T, B, N], what arrives at it from the step after through one gate and its matrices."""
    arrived = {s: torch.zeros_like(v[0]) for s, v in found.states.items()}
    for state, value in through_gates(linear, slice(None), found.slots).get(gate, {}).items():
        if linear.cut is not None:
            value = torch.where(linear.cut[..., None], 0.0, value)
        here, reverse = arrived[state], linear.steps[:1] != (0,)
        if reverse:
            here[1:] = value[:-1]
        else:
            here[:-1] = value[1:]
    with torch.no_grad():
        total = named(linear, within(linear, slice(None), arrived))
    if linear.there is not None:
        total = {s: torch.where(linear.there[..., None], v, 0.0) for s, v in total.items()}
    return total


def in_order(value: Tensor, found: Trace, batch: int) -> Tensor:
    """A value with its batch in the order it had before a packed sequence sorted it."""
    back = found.unsorted
    return value if back is None else value.index_select(batch, back)


def joined(name: str, pieces: list[Tensor], along: int) -> Tensor:
    """Several calls, one after the other along T, which is axis ``along``."""
    if len({p.shape[along + 1 :] for p in pieces}) > 1:
        came = ", ".join(str(list(p.shape[along:])) for p in pieces)
        raise ShapeError(f"{name}: {len(pieces)} calls of different sizes, {came}; look at one run at a time")
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, along)
