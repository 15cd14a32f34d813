"""All units of a place tried at once: each one alone with itself, and what the others say to it comes as input.

In a trial one unit is set and its own answer is read one step later. What the others do in that step is what they did
in the data, so it can be handed in with the input: beside the place stands a twin of the same cell whose hidden weights
are diagonal. Of one row of the twin every unit is a trial of its own, so H trials cost what one costs on the place
itself. It is exact, but for the rounding of a sum that is taken in another order.

A gate that is used in two parts (the candidate of a GRU) cannot be given its hidden part from outside; places of such
cells, of cells with feedback or a projection, and those in 16 bits, are tried unit by unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.layers import Recurrent
from softgate.reference import Weights
from softgate.roles.experiment import ROOM, Spots, states_at, steer
from softgate.roles.observe import Observed

__all__ = ["alone", "can_be_alone"]

Floats = NDArray[np.float64]


def can_be_alone(seen: Observed) -> bool:
    """Whether the units of a place can be tried at once."""
    cell, own = seen.probe.cell, seen.probe
    whole = all(gate in cell.x_gates and (gate, "h") not in _parts(seen) for gate in cell.gates)
    plain = not (cell.feedback or cell.through or cell.given or own.proj_size)
    return whole and plain and seen.x.dtype in (torch.float32, torch.float64)


def alone(seen: Observed, spots: Spots, levels: Floats) -> Floats:
    """What each unit holds one step after its memory was set, whatever the others then are.

    Args:
        seen: a place of which :func:`can_be_alone` is true.
        spots: where the trials begin, [R].
        levels: what each unit is set to, [H, V].

    Returns:
        [H, R, V].
    """
    twin, own = _twin(seen)
    H, V = levels.shape
    wanted = torch.as_tensor(levels.T, dtype=seen.x.dtype)  # [V, H]
    each = max(1, ROOM // (2 * V * H * len(twin.cell.x_gates)))
    found = np.empty((H, len(spots.t), V))
    for k in range(0, len(spots.t), each):
        t, b = (torch.from_numpy(place[k : k + each]) for place in (spots.t, spots.b))
        R = len(t)
        told = torch.stack([_told(seen, own, t - 1, b), _told(seen, own, t, b)])
        start = tuple(s.repeat_interleave(V, 1) for s in states_at(seen, t - 2, b))
        S, A = torch.ones(2, R * V, H, dtype=told.dtype), torch.zeros(2, R * V, H, dtype=told.dtype)
        S[0], A[0] = 0, wanted.repeat(R, 1)
        answers = steer(seen, told.repeat_interleave(V, 1), start, S, A, twin)[1]
        found[:, k : k + each] = answers.reshape(R, V, H).permute(2, 0, 1).numpy()
    return found


def _parts(seen: Observed) -> Sequence[tuple[str, str]]:
    return [(slot.gate, slot.part) for slot in seen.probe.cell.slots]


def _twin(seen: Observed) -> tuple[Recurrent, Tensor]:
    """The same cell with nothing but its own last output before each unit, and those weights [h_gates, H]."""
    probe, cell = seen.probe, seen.probe.cell
    H, weights = probe.hidden_size, _weights(seen)
    twin = Recurrent(cell, len(cell.x_gates) * H, H, bias=False, dtype=seen.x.dtype)
    own = torch.zeros(0, H, dtype=seen.x.dtype)
    into = dict(twin.named_parameters())
    with torch.no_grad():
        into["weight_ih_l0"].copy_(torch.eye(len(cell.x_gates) * H))
        if weights.weight_hh is not None:
            own = weights.weight_hh.reshape(-1, H, H).diagonal(dim1=1, dim2=2)
            into["weight_hh_l0"].copy_(torch.diag_embed(own).flatten(0, 1))
        for name, values in zip(cell.weights, weights.units, strict=True):
            into[f"{name}_l0"].copy_(values)
        for p in into.values():
            p.requires_grad_(False)
    return twin.eval(), own


def _weights(seen: Observed) -> Weights:
    return seen.probe._weights(0, False)


def _told(seen: Observed, own: Tensor, t: Tensor, b: Tensor) -> Tensor:
    """What reaches each gate of each unit at step t from all but itself, [R, x_gates * H]."""
    cell, w, H = seen.probe.cell, _weights(seen), seen.units
    assert w.weight_ih is not None
    x, h = seen.x[t, b].double(), states_at(seen, t - 1, b)[0][0].double()
    told = (x @ w.weight_ih.double().T).reshape(len(t), -1, H)
    if w.bias_ih is not None:
        told += w.bias_ih.double().reshape(-1, H)
    if w.weight_hh is not None:
        hidden = (h @ w.weight_hh.double().T).reshape(len(t), -1, H) - own.double() * h[:, None]
        if w.bias_hh is not None:
            hidden += w.bias_hh.double().reshape(-1, H)
        told[:, [cell.x_gates.index(gate) for gate in cell.h_gates]] += hidden
    return told.flatten(1).to(seen.x.dtype)
