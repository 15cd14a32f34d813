"""dL/d(signal) of every step, from dL/dy and dL/d(last states) of a place and the states that were recorded there.

Backwards through time, one step at once: the reference computes the step again from the state before it, and torch's
autograd gives the gradient of that step's states with respect to the state before and to each signal. What comes from
later steps comes through the states. So a derivative is the total one, by the equations as their author wrote them: it
says what the loss does if this value, and all that is made of it, changes. That of ``c`` has what goes to ``h`` at this
step and what goes to the next; that of ``i`` in a cell with ``f = 1 - i`` has what goes through ``f``. Two names of one
value (``h = c`` of a JANET) have one derivative, as autograd gives it for a tensor that is used as both. A value that
no state is made of has a gradient of zero: ``pre.n`` of a GRU, whose two parts go into the equations apart.

Cost: memory for a copy of the input and of every state, and time as for the reference, forward and backward; both only
where gradients were asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from softgate import reference
from softgate.calculus import expand
from softgate.composite import flat, unflat
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.reference import Weights
from softgate.symbols import Expr
from softgate.taps import Call, Place


class Trace:
    """One run of a place: what went in, its states, and the gradients that came back so far.

    Everything is copied: an optimiser changes the weights, and a training loop may fill the input anew, before anybody
    asks.
    """

    def __init__(self, call: Call, states: dict[str, Tensor], names: tuple[str, ...], place: Place) -> None:
        self.place, self.names = place, names
        plain = [t.detach().clone() for t in (call.x, *call.states)]
        self.call = call._replace(
            x=plain[0],
            states=tuple(plain[1:]),
            weights=_copied(call.weights),
            reset=None if call.reset is None else call.reset.clone(),
        )
        self._states = states
        self._seeds: dict[int, Tensor] = {}
        self._done: dict[str, Tensor] | None = None
        self.differentiable = False

    @property
    def bytes(self) -> int:
        """What it holds, with the gradient of the output that will come."""
        held = [self.call.x, *self._states.values(), self._states[self.call.cell.states[0]]]
        return sum(t.numel() * t.element_size() for t in held)

    @property
    def reached(self) -> bool:
        """Whether a backward pass has come here."""
        return bool(self._seeds)

    def follow(self, y: Tensor, finals: Sequence[Tensor]) -> None:
        """Listens for the gradients of what the place gave."""
        for number, out in enumerate((y, *finals)):
            if out.requires_grad:
                self.differentiable = True
                out.register_hook(partial(self._came, number))  # type: ignore[no-untyped-call]

    def _came(self, number: int, grad: Tensor | None) -> None:
        if grad is None:  # of what the loss does not depend on
            return
        # Several backward passes add up, as in torch's own .grad.
        before = self._seeds.get(number)
        self._seeds[number] = grad.detach() if before is None else before + grad.detach()
        self._done = None

    def gradients(self) -> dict[str, Tensor]:
        """dL/d of each of ``names``, [T, B, H], or [rows, H] if packed. Zero where no gradient came."""
        if self._done is None:
            with torch.no_grad():
                self._done = self._backwards()
        return self._done

    def _backwards(self) -> dict[str, Tensor]:
        call, seeds = self.call, self._seeds
        cell = call.cell
        packed = call.lengths is not None
        steps = list(call.lengths) if call.lengths is not None else [call.x.shape[1]] * call.x.shape[0]
        starts = [0, *itertools.accumulate(steps)]
        rows = _Rows(call, self._states, steps, starts)
        dy = seeds[0].reshape(starts[-1], seeds[0].shape[-1]) if 0 in seeds else None
        first = [s.reshape(s.shape[-2:]) for s in call.states]
        carried = [seeds[n].reshape(s.shape) if n in seeds else torch.zeros_like(s) for n, s in enumerate(first, 1)]
        found: dict[str, list[Tensor]] = {name: [torch.empty(0)] * len(steps) for name in self.names}
        for t in range(len(steps)) if call.reverse else reversed(range(len(steps))):
            n, here = steps[t], slice(starts[t], starts[t + 1])
            down = [d[:n] for d in carried]
            if dy is not None:
                down[0] = down[0] + dy[here]
            prev, mask = rows.before(t), rows.mask(t)
            now = call._replace(weights=reference.at_step(cell, call.weights, t, here, not packed))
            to_prev, to_names = _step(now, rows.x[here], prev, mask, down, self.names)
            carried = [torch.cat([d, c[n:]]) if n < len(c) else d for d, c in zip(to_prev, carried, strict=True)]
            for name, d in zip(self.names, to_names, strict=True):
                found[name][t] = d
        shaped = {}
        for name, pieces in found.items():
            width = self._states[name].shape[-1] if name in cell.states else first[-1].shape[-1]
            whole = torch.cat(pieces) if pieces else call.x.new_zeros(0, width)
            shaped[name] = whole if packed else whole.reshape(*call.x.shape[:2], whole.shape[-1])
        return shaped


class _Rows:
    """The recorded rows of a call, and what was there before each step."""

    def __init__(self, call: Call, states: dict[str, Tensor], steps: list[int], starts: list[int]) -> None:
        self._call, self._steps, self._starts = call, steps, starts
        self.x = call.x.reshape(starts[-1], call.x.shape[-1])
        self._first = [s.reshape(s.shape[-2:]) for s in call.states]
        self._kept = [states[n].reshape(starts[-1], states[n].shape[-1]) for n in call.cell.states]
        self._reset = None if call.reset is None else call.reset.reshape(starts[-1], 1)

    def before(self, t: int) -> list[Tensor]:
        """Each state before step t, [n, H]; a sequence that begins here has its initial one."""
        n, last = self._steps[t], t + 1 if self._call.reverse else t - 1
        there = range(len(self._steps))
        m = min(n, self._steps[last]) if last in there else 0
        start = self._starts[last] if last in there else 0
        pairs = zip(self._kept, self._first, strict=True)
        return [torch.cat([kept[start : start + m], first[m:n]]) for kept, first in pairs]

    def mask(self, t: int) -> Tensor | None:
        """Where the state is zeroed before step t, [n, 1]."""
        return None if self._reset is None else self._reset[self._starts[t] : self._starts[t + 1]]


def _step(
    call: Call, x: Tensor, prev: list[Tensor], mask: Tensor | None, down: list[Tensor], names: tuple[str, ...]
) -> tuple[list[Tensor], list[Tensor]]:
    """From the gradients of a step's states, those of the states before it and of its signals."""
    with torch.enable_grad():
        own = [p.detach().requires_grad_() for p in prev]
        # Whatever a signal is made of must be a leaf here: the input, too, and the weights a unit, one row a sequence.
        units = tuple(u.expand(len(x), -1).clone().requires_grad_() for u in call.weights.units)
        begun = own if mask is None else [torch.where(mask, torch.zeros_like(p), p) for p in own]
        values = _signals(call.cell, x.detach().requires_grad_(), begun, call.weights._replace(units=units))
    outs = [(values[s], d) for s, d in zip(call.cell.states, down, strict=True) if values[s].requires_grad]
    live = [values[name] for name in names if values[name].requires_grad]
    found: list[Any] = [None] * (len(own) + len(live))
    if outs:
        ends, seeds = zip(*outs, strict=True)
        found = list(torch.autograd.grad(ends, [*own, *live], seeds, allow_unused=True))
    each = iter(found)
    to_prev = [_or_zero(next(each), p) for p in own]
    to_names = [_or_zero(next(each) if values[n].requires_grad else None, values[n]) for n in names]
    return to_prev, to_names


def _signals(cell: Cell, x: Tensor, prev: list[Tensor], weights: Weights) -> dict[str, Tensor]:
    """The signals of one step, each computed from those before it.

    Two names of one value (``h`` and ``c`` of JANET) are one tensor: what is made of either is made of both.
    """
    values = reference.symbols(cell, x, prev, weights)
    found = {f"pre.{g}": values[f"z.{g}"] for g in cell.gates}
    like = (len(x), found[f"pre.{cell.gates[0]}"].shape[-1])
    for name, equation in _equations(cell):
        if equation.op == "sym" and equation.attr in found:
            values[name] = found[name] = found[str(equation.attr)]
            continue
        (value,) = evaluate([equation], values, x)
        values[name] = found[name] = value.expand(like)
        for symbol, product in reference.products_of(cell, name, found[name], values, weights).items():
            values[symbol] = product
            if symbol[2:] in cell.gates:
                found[f"pre.{symbol[2:]}"] = product
    if weights.weight_hr is not None:
        found[cell.states[0]] = found[cell.states[0]] @ weights.weight_hr.T
    return found


@lru_cache(maxsize=256)
def _equations(cell: Cell) -> tuple[tuple[str, Expr], ...]:
    return tuple(zip(cell.equations, expand(cell.equations.values()), strict=True))


def _or_zero(grad: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if grad is None else grad


def _copied(weights: Weights) -> Weights:
    return unflat([None if w is None else w.detach().clone() for w in flat(weights)])
