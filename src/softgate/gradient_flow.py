"""``flow = sg.gradient_flow(model, run)``: dL/dc_t and dL/dh_t of every step, and the ways they came.

The model runs as it always does. What torch's autograd brings to the output of each layer is then followed back through
the layer's equations, step by step: :mod:`softgate.flow` has the parts. Known imperfection: of a layer that is called
several times, each call is looked at by itself, and what a later call hands back through the state is direct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from softgate.errors import NotRecordedError, ShapeError, UnknownNameError
from softgate.flow.capture import Follower, Names, not_transformed, with_gradients
from softgate.flow.horizon import Horizon, Sources, horizon
from softgate.flow.linear import Linear
from softgate.flow.results import GateFlow, StateFlow, gate_path, in_order, joined
from softgate.flow.sweep import parts
from softgate.flow.trace import Trace, pull, trace, upstream
from softgate.recording.eager import not_compiled
from softgate.taps import Call, Place


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
        return {name: self._state(*where) for name, where in self._where("states").items()}

    @cached_property
    def gates(self) -> dict[str, GateFlow]:
        """Every gate by name, ``"l0.f"``."""
        return {name: self._gate(*where) for name, where in self._where("gates").items()}

    def __getitem__(self, name: str) -> Any:
        """A state, :class:`StateFlow`, or a gate, :class:`GateFlow`; of several calls, one after the other along T.

        Raises:
            UnknownNameError: there is none of that name.
            ShapeError: several calls with batches of different sizes.
        """
        states, gates = self._where("states"), self._where("gates")
        if name in states:
            return self._state(*states[name])
        short = name if name in gates else name.replace("pre.", "", 1)
        if short not in gates:
            raise UnknownNameError("state or gate", name, self.names)
        return self._gate(*gates[short])

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
        places = self._where("states")
        if name not in places:
            raise UnknownNameError("state", name, places)
        prefix, state = places[name]
        found = self._traces[prefix]
        if len(found) > 1:
            raise ShapeError(
                f"horizon: {name} ran {len(found)} times; look at one call: gradient_flow of a run with one"
            )
        sources = Sources(found[0], self._losses, [o for o, above in self._upstream.items() if found[0] in above])
        return horizon(sources, name, state, t)

    def _where(self, kind: str) -> dict[str, tuple[str, str]]:
        """Prefix and short name of every state, or gate, by its whole name."""
        return {p + n: (p, n) for p, found in self._traces.items() for n in getattr(found[0].linear.cell, kind)}

    def _names(self, linear: Linear) -> list[str]:
        cell = linear.cell
        return [*cell.states, *(g if g not in cell.states else f"pre.{g}" for g in cell.gates)]

    def _state(self, prefix: str, state: str) -> StateFlow:
        pieces = [in_order(self._parts[t].states[state], t, 2) for t in self._traces[prefix]]
        direct, cell_path, hidden_path = joined(prefix + state, pieces, 1)
        return StateFlow(direct + cell_path + hidden_path, direct, cell_path, hidden_path)

    def _gate(self, prefix: str, gate: str) -> GateFlow:
        calls = self._traces[prefix]
        slots = {s.part: s.symbol for s in calls[0].linear.cell.slots if s.gate == gate}

        def whole(symbol: str) -> Tensor:
            return joined(prefix + gate, [in_order(self._parts[t].slots[symbol], t, 1) for t in calls], 0)

        first = slots.get("xh", slots.get("x", slots.get("h")))
        second = slots.get("xh", slots.get("h"))
        assert first is not None
        back = [gate_path(t.linear, self._parts[t], gate) for t in calls]
        paths = {
            s: joined(prefix + gate, [in_order(b[s], t, 1) for b, t in zip(back, calls, strict=True)], 0)
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

    def before(self, place: Place, call: Call) -> None:
        """Refuses what could not be followed, before anything is computed."""
        not_transformed("gradient_flow")

    def took(self, place: Place, call: Call, states: Mapping[str, Tensor], outputs: tuple[Tensor, ...]) -> None:
        prefix = self.places.prefix(place)
        if outputs[0].numel() and not any(t.requires_grad for t in outputs):
            raise NotRecordedError(
                f"gradient_flow: {prefix[:-1]} ran without a graph, so no gradient comes back to it: under "
                f"torch.no_grad() or torch.inference_mode(), or in torch.utils.checkpoint with use_reentrant=True; "
                f"there, use_reentrant=False has one, and a part of the model that is to have none is left out by "
                f"sg.gradient_flow(the other part, run)"
            )
        self.traces.setdefault(prefix, []).append(trace(call, dict(states), outputs, place.unsorted))


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
        NotRecordedError: the model has no softgate layer, or run() did not call one, or the loss has no gradient; or a
            layer ran without a graph: under ``torch.no_grad()``, or in a reentrant checkpoint; or this is called in
            ``torch.inference_mode()`` or a transform of ``torch.func``.
        ShapeError: the loss is neither a scalar nor [T].
        SoftgateError: in a function that ``torch.compile`` compiles with ``fullgraph=True``.
    """
    not_compiled("gradient_flow", "call it outside, with a run that calls what was compiled")
    not_transformed("gradient_flow")
    if torch.is_inference_mode_enabled():
        raise NotRecordedError(
            "gradient_flow: inside torch.inference_mode() nothing has a gradient; call it outside, "
            "or use torch.no_grad(), in which it may be called"
        )
    tracer = _Tracer(Names(model, "gradient_flow"))
    with with_gradients(tracer):
        loss: object = run()
    if not isinstance(loss, Tensor) or loss.dim() > 1:
        came = list(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ShapeError(f"gradient_flow: run() is to return the loss, a scalar tensor or [T], got {came}")
    if not tracer.traces:
        raise NotRecordedError("gradient_flow: run() called no softgate layer of this model; call the model in it")
    return GradientFlow(loss, tracer.traces)
