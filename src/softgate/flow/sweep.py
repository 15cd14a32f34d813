"""Back through a linearised call, step by step: the whole gradient with its parts, or that of many sources at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.flow.linear import Linear, States

Where = int | slice


@dataclass(frozen=True)
class Parts:
    """What a sweep finds: by state [3, T, B, H], direct, cell path, hidden path; by slot [T, B, H] its gradient."""

    states: States
    slots: States


def within(linear: Linear, t: Where, arrived: Mapping[str, Tensor]) -> States:
    """The gradient of each state, [..., B, H], from what arrives at each from outside the step: h hands on to c."""
    total: States = {}
    for state in linear.jacobian.order:
        gradient = arrived[state]
        for made in linear.jacobian.order:
            if state in linear.inner[made]:
                gradient = gradient + linear.inner[made][state][t] * _raw(linear, made, total[made])
        total[state] = gradient
    return total


def named(linear: Linear, total: States) -> States:
    """The same where two states are one: either name has the gradient of both."""
    return total | {s: total[linear.jacobian.same[s]] for s in linear.jacobian.same}


def slot_gradients(linear: Linear, t: Where, total: Mapping[str, Tensor]) -> States:
    """The gradient of each slot of a step, [..., B, H], from those of its states."""
    found = _pulled(linear, linear.slots, t, total)
    for gate, signal in linear.cell.through.items():
        gradient = _of_product(linear, gate, found)
        for name, coefficient in linear.through[signal].items():
            if name.startswith("z.") and gradient is not None:
                part = coefficient[t] * gradient
                found[name] = found[name] + part if name in found else part
    return found


def _of_product(linear: Linear, gate: str, slots: Mapping[str, Tensor]) -> Tensor | None:
    """The gradient of the signal, or the state before, that a gate's hidden product is of; None if nothing comes."""
    cell, w = linear.cell, linear.weights
    slot = next((s.symbol for s in cell.slots if s.gate == gate and "h" in s.part), "")
    if w.weight_hh is None or slot not in slots:
        return None
    return slots[slot] @ w.weight_hh.chunk(len(cell.h_gates))[cell.h_gates.index(gate)]


def to_prev(linear: Linear, t: Where, total: Mapping[str, Tensor]) -> States:
    """What reaches the states before unit by unit, [..., B, H]."""
    return _pulled(linear, linear.prev, t, total)


def _pulled(
    linear: Linear, coefficients: Mapping[str, Mapping[str, Tensor]], t: Where, total: Mapping[str, Tensor]
) -> States:
    """Sums over the states of a step: the coefficient of what each was made of, times its gradient."""
    found: States = {}
    for made in linear.cell.states:
        gradient = _raw(linear, made, total[made])
        for name, coefficient in coefficients[made].items():
            part = coefficient[t] * gradient
            found[name] = found[name] + part if name in found else part
    return found


def through_gates(linear: Linear, t: Where, slots: Mapping[str, Tensor]) -> dict[str, States]:
    """What reaches the states before through matrices, by gate and state: [..., B, P] for h, [..., B, H] else."""
    cell, w = linear.cell, linear.weights
    found: dict[str, States] = {}
    for slot in cell.slots:
        if "h" not in slot.part or slot.symbol not in slots:
            continue
        gradient = slots[slot.symbol]
        part: States = {}
        back, read = _of_product(linear, slot.gate, slots), cell.through.get(slot.gate)
        if back is not None and read is None:
            part[cell.states[0]] = back
        elif back is not None:
            found_in = linear.through[str(read)].items()
            part |= {name[5:]: c[t] * back for name, c in found_in if name.startswith("prev.")}
        if w.weight_fb is not None and slot.gate in cell.feedback:
            rows = w.weight_fb.chunk(len(cell.feedback))[cell.feedback.index(slot.gate)]
            pieces = (gradient @ rows).chunk(len(cell.feedback), -1)
            part |= dict(zip(cell.feedback, pieces, strict=True))
        found[slot.gate] = part
    return found


@torch.no_grad()
def parts(linear: Linear, inject: Mapping[str, Tensor]) -> Parts:
    """The gradient of every state at every step, in three parts, and that of every slot.

    Args:
        linear: the call.
        inject: by state, [T, B, N], what arrives at each step from outside the recurrence.
    """
    cell, zero = linear.cell, {s: torch.zeros_like(v) for s, v in inject.items()}
    found = {s: torch.stack([v, v, v]) for s, v in zero.items()}
    shape = (linear.shape[0], linear.shape[1], linear.shape[2])
    slots = {s.symbol: inject[cell.states[0]].new_zeros(shape) for s in cell.slots}
    cell_in, hidden_in = ({s: v[0] for s, v in zero.items()} for _ in range(2)) if linear.steps else ({}, {})
    for t in reversed(linear.steps):
        arrived = {s: torch.stack([inject[s][t], cell_in[s], hidden_in[s]]) for s in cell.states}
        got = {s: _there(linear, t, v, torch.zeros_like(v)) for s, v in within(linear, t, arrived).items()}
        for s, v in named(linear, got).items():
            found[s][:, t] = v
        whole = {s: v.sum(0) for s, v in got.items()}
        here = slot_gradients(linear, t, whole)
        for slot, v in here.items():
            slots[slot][t] = _there(linear, t, v, torch.zeros_like(v))
        by_unit, by_matrix = to_prev(linear, t, whole), _summed(through_gates(linear, t, here))
        for carried, new in ((cell_in, by_unit), (hidden_in, by_matrix)):
            for s in carried:
                carried[s] = _across(linear, t, new.get(s, torch.zeros_like(carried[s])), carried[s])
    return Parts(found, slots)


@torch.no_grad()
def back(linear: Linear, inject: Mapping[str, Tensor]) -> Iterator[tuple[int, States]]:
    """The gradient of every state, [K, B, N], step by step from the last to the first.

    Args:
        linear: the call.
        inject: by state, [K, T, B, N]: what arrives from outside, for each of K sources.
    """
    carried = {s: torch.zeros_like(v[:, 0]) for s, v in inject.items()} if linear.steps else {}
    for t in reversed(linear.steps):
        arrived = {s: inject[s][:, t] + v for s, v in carried.items()}
        got = {s: _there(linear, t, v, torch.zeros_like(v)) for s, v in within(linear, t, arrived).items()}
        yield t, named(linear, got)
        by_unit = to_prev(linear, t, got)
        by_matrix = _summed(through_gates(linear, t, slot_gradients(linear, t, got)))
        for s, v in carried.items():
            new = torch.zeros_like(v)
            for source in (by_unit, by_matrix):
                new = new + source[s] if s in source else new
            carried[s] = _across(linear, t, new, v)


def _raw(linear: Linear, state: str, gradient: Tensor) -> Tensor:
    """The gradient of what a state's equation makes: of the output before its projection."""
    w = linear.weights.weight_hr
    return gradient if w is None or state != linear.cell.states[0] else gradient @ w


def _summed(gates: Mapping[str, States]) -> States:
    total: States = {}
    for part in gates.values():
        for s, v in part.items():
            total[s] = total[s] + v if s in total else v
    return total


def _there(linear: Linear, t: int, value: Tensor, other: Tensor) -> Tensor:
    """``value`` where the step is there, ``other`` where the sequence has ended or has not begun."""
    return value if linear.there is None else torch.where(linear.there[t][:, None], value, other)


def _across(linear: Linear, t: int, new: Tensor, old: Tensor) -> Tensor:
    """What goes on to the step before: nothing where the state was zeroed in between."""
    if linear.cut is not None:
        new = torch.where(linear.cut[t][:, None], 0.0, new)
    return _there(linear, t, new, old)
