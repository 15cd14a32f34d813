"""``flow = sg.gradient_flow(model, run)``: dL/dc_t and dL/dh_t of every step, and the ways they came.

The model runs as it always does. What torch's autograd brings to the output of each layer is then followed back through
the layer's equations, step by step: :mod:`softgate.flow` has the parts. Known imperfection: of a layer that is called
several times, each call is looked at by itself, and what a later call hands back through the state is direct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from softgate import taps
from softgate.errors import NotRecordedError, ShapeError, UnknownNameError
from softgate.flow.capture import Follower, Names
from softgate.flow.horizon import Horizon, Sources, horizon
from softgate.flow.linear import Linear
from softgate.flow.sweep import Parts, named, parts, through_gates, within
from softgate.flow.trace import Trace, pull, trace, upstream
from softgate.taps import Call, Place


@dataclass(frozen=True, repr=False)
class StateFlow:
    """The gradient of a state at every step, [T, B, H] each ([T, B, P] for a projected output), zero behind the end
    of a packed sequence. total = direct + cell_path + hidden_path.

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


class GradientFlow:
    """The gradients inside a model for one loss; ``flow["l0.c"]`` is a state, ``flow["l0.f"]`` a gate.

    Attributes:
        loss: the loss, a number.
        names: the states and the gates there are; where a state has the name of a gate, the gate is ``"l0.pre.f"``
            alone, a name that every gate has.
    """

    def __init__(self, loss: Tensor, traces: Mapping[str, list[Trace]]) -> None:
        self.loss = float(loss.detach().sum())
        self._traces = {prefix: traces[prefix] for prefix in traces}
        every = [t for found in traces.values() for t in found]
        self._upstream = upstream(every)
        keep = loss.dim() > 0 or any(self._upstream.values())
        try:
            got = pull([loss], [torch.ones_like(loss)], every, keep)
        except RuntimeError as error:
            raise NotRecordedError(
                f"gradient_flow: no gradient of the loss that run() returned ({error}); "
                "run() is to return the loss and not to call backward()"
            ) from error
        told = {id(t): replace(t, found=found) for t, found in zip(every, got, strict=True)}
        self._traces = {prefix: [told[id(t)] for t in found] for prefix, found in traces.items()}
        self._upstream = {told[id(t)]: {told[id(u)] for u in above} for t, above in self._upstream.items()}
        self._losses = loss if loss.dim() else None
        self._parts = {t: parts(t.linear, t.inject) for t in told.values()}

    @cached_property
    def names(self) -> list[str]:
        """States first, then gates, place by place."""
        return [p + n for p, found in self._traces.items() for n in self._names(found[0].linear)]

    @cached_property
    def states(self) -> dict[str, StateFlow]:
        """Every state by name."""
        return {p + s: self._state(p, s) for p, t in self._traces.items() for s in t[0].linear.cell.states}

    @cached_property
    def gates(self) -> dict[str, GateFlow]:
        """Every gate by name, ``"l0.f"``."""
        return {p + g: self._gate(p, g) for p, t in self._traces.items() for g in t[0].linear.cell.gates}

    def __getitem__(self, name: str) -> StateFlow | GateFlow:
        """A state or a gate; of several calls of a layer, one after the other along T.

        Raises:
            UnknownNameError: there is none of that name.
            ShapeError: several calls with batches of different sizes.
        """
        if name in self.states:
            return self.states[name]
        short = name.replace("pre.", "", 1) if name not in self.gates else name
        if short not in self.gates:
            raise UnknownNameError("state or gate", name, self.names)
        return self.gates[short]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def norms(self) -> dict[str, Tensor]:
        """For each state the norm of dL/ds_t over batch and units, [T]."""
        return {name: found.total.flatten(1).norm(dim=1) for name, found in self.states.items()}

    def horizon(self, name: str, t: int | Iterable[int] | None = None) -> Horizon:
        """Of the loss at one step alone, how much arrives at each other step.

        The loss at step t is what the output of the last layer at step t adds to the loss, to first order: dL/dy_t y_t,
        and at the last step what the last states add. It goes to lower layers through the layers between. Where lower
        layers have readouts of their own, have ``run`` return the loss of each step, [T], instead of their sum: the
        loss at step t is then exactly that.

        Args:
            name: a state, ``"l0.c"``.
            t: a step, or several; all of them if not given: a heat map, [T, T].

        Raises:
            UnknownNameError: no such state.
            ShapeError: no such step; the layer was called several times; or layers have different numbers of steps.
        """
        prefix, state = self._place(name)
        found = self._traces[prefix]
        if len(found) > 1:
            raise ShapeError(
                f"horizon: {name} ran {len(found)} times; look at one call: gradient_flow of a run with one"
            )
        sources = Sources(found[0], self._losses, [o for o, above in self._upstream.items() if found[0] in above])
        return horizon(sources, name, state, t)

    def _place(self, name: str) -> tuple[str, str]:
        for prefix, found in self._traces.items():
            for state in found[0].linear.cell.states:
                if prefix + state == name:
                    return prefix, state
        raise UnknownNameError("state", name, self.states)

    def _names(self, linear: Linear) -> list[str]:
        cell = linear.cell
        return [*cell.states, *(g if g not in cell.states else f"pre.{g}" for g in cell.gates)]

    def _state(self, prefix: str, state: str) -> StateFlow:
        pieces = [_out(self._parts[t].states[state], t, 2) for t in self._traces[prefix]]
        direct, cell_path, hidden_path = _joined(prefix + state, pieces, 1)
        return StateFlow(direct + cell_path + hidden_path, direct, cell_path, hidden_path)

    def _gate(self, prefix: str, gate: str) -> GateFlow:
        calls = self._traces[prefix]
        slots = {s.part: s.symbol for s in calls[0].linear.cell.slots if s.gate == gate}

        def whole(symbol: str) -> Tensor:
            return _joined(prefix + gate, [_out(self._parts[t].slots[symbol], t, 1) for t in calls], 0)

        first = slots.get("xh", slots.get("x", slots.get("h")))
        second = slots.get("xh", slots.get("h"))
        assert first is not None
        back = [_gate_path(t.linear, self._parts[t], gate) for t in calls]
        paths = {
            s: _joined(prefix + gate, [_out(b[s], t, 1) for b, t in zip(back, calls, strict=True)], 0)
            for s in back[0]
        }  # fmt: skip
        return GateFlow(whole(first), None if second is None else whole(second), paths)

    def __repr__(self) -> str:
        rows = [*self.states.items(), *((f"{n} (gate)", g) for n, g in self.gates.items())]
        width = max(len(name) for name, _ in rows)
        return (
            "\n".join([f"<gradient flow of a loss of {self.loss:.4g}", *(f"  {n:<{width}}  {v!r}" for n, v in rows)])
            + ">"
        )


class _Tracer(Follower):
    """A tap that traces every call."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.traces: dict[str, list[Trace]] = {}

    def follow(self, place: Place, call: Call) -> tuple[Tensor, tuple[Tensor, ...]]:
        found = trace(call, place.unsorted)
        self.traces.setdefault(self.places.prefix(place), []).append(found)
        return found.call.y, found.call.finals


def gradient_flow(model: torch.nn.Module, run: Callable[[], Tensor]) -> GradientFlow:
    """The gradient of a loss with respect to every state and gate at every step, split into the ways it came.

    The model runs once, as fast as it always does and with the same output, bit for bit. ``.grad`` of the parameters is
    neither read nor changed. Then each layer is followed back, a loop over its steps; nothing is approximated: in
    float64 the parts sum to autograd's gradient to 1e-10.

    Args:
        model: any module with softgate layers in it, or such a layer.
        run: runs the model and returns the loss, a scalar; or the loss of each step, [T], whose sum is the loss.

    Returns:
        ``flow["l0.c"]`` with ``total``, ``direct``, ``cell_path``, ``hidden_path``, [T, B, H] each; ``flow["l0.f"]``
        for gates; ``flow.horizon("l0.c", t)``. Time is first whatever the layer's layout. It keeps torch's graph if
        there are several layers, so drop it when done.

    Raises:
        NotRecordedError: the model has no softgate layer, or run() did not call one, or the loss has no gradient.
        ShapeError: the loss is neither a scalar nor [T].
    """
    tracer = _Tracer(Names(model, "gradient_flow"))
    with torch.enable_grad(), taps.tapped(tracer), taps.eager():
        loss: object = run()
    if not isinstance(loss, Tensor) or loss.dim() > 1:
        came = list(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ShapeError(f"gradient_flow: run() is to return the loss, a scalar tensor or [T], got {came}")
    if not tracer.traces:
        raise NotRecordedError("gradient_flow: run() called no softgate layer of this model; call the model in it")
    return GradientFlow(loss, tracer.traces)


def _gate_path(linear: Linear, found: Parts, gate: str) -> dict[str, Tensor]:
    """By state [T, B, N], what arrives at it from the step after through one gate and its matrices."""
    arrived = {s: torch.zeros_like(v[0]) for s, v in found.states.items()}
    for state, value in through_gates(linear, found.slots).get(gate, {}).items():
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


def _out(value: Tensor, found: Trace, batch: int) -> Tensor:
    """A value with its batch in the order it had before a packed sequence sorted it."""
    back = found.unsorted
    return value if back is None else value.index_select(batch, back)


def _joined(name: str, pieces: list[Tensor], along: int) -> Tensor:
    if len({p.shape[along + 1 :] for p in pieces}) > 1:
        came = ", ".join(str(list(p.shape[along:])) for p in pieces)
        raise ShapeError(f"{name}: {len(pieces)} calls of different sizes, {came}; look at one run at a time")
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, along)
