"""The runs of all places whose gradients were asked for, from the forward pass to ``rec.grad(name)``."""

from __future__ import annotations

import threading
from typing import Any

from torch import Tensor

from softgate.equations import Cell
from softgate.errors import NotRecordedError, UnknownNameError
from softgate.recording.adjoint import Trace
from softgate.recording.choice import Choice
from softgate.recording.layout import laid_out, sizes
from softgate.recording.names import Catalogue, signals
from softgate.recording.recorded import joined
from softgate.taps import Call, Place


class Traces:
    """Runs by place, in the order in which they were.

    Attributes:
        names: the signals whose gradients were asked for.
    """

    def __init__(self, names: set[str], catalogue: Catalogue, choice: Choice) -> None:
        self.names, self._catalogue, self._choice = names, catalogue, choice
        self._runs: dict[str, list[Trace]] = {}
        self._waiting: dict[Any, dict[str, Tensor]] = {}

    def of(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The signals of a place that are wanted."""
        if not self.names:
            return ()
        prefix = self._catalogue.prefix(place)
        return tuple(s for s in signals(cell) if prefix + s in self.names)

    def states(self, place: Place, states: dict[str, Tensor]) -> None:
        """The states of the run that is going on, which :meth:`begin` takes up."""
        self._waiting[self._here(place)] = states

    def begin(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> int:
        """Listens for the gradients of a run; returns the bytes that are held for it."""
        states = self._waiting.pop(self._here(place), None)
        if states is None:
            return 0
        trace = Trace(call, states, self.of(place, call.cell), place)
        trace.follow(y, finals)
        self._runs.setdefault(self._catalogue.prefix(place), []).append(trace)
        return trace.bytes

    def grad(self, name: str) -> Tensor:
        """See :meth:`softgate.record.Recording.grad`."""
        if name not in self.names:
            kind = "gradient" if self.names else "gradient (record with grad=True to have them)"
            raise UnknownNameError(kind, name, sorted(self.names))
        prefix = next(p for p in self._catalogue.cells if name in {p + s for s in signals(self._catalogue.cells[p])})
        signal, runs = name.removeprefix(prefix), self._runs.get(prefix, [])
        if not runs:
            raise NotRecordedError(
                f"{name}: its layer has not run inside the with block; call the model there (a stream has no gradient)"
            )
        if not any(run.differentiable for run in runs):
            raise NotRecordedError(
                f"{name}: its layer ran without a graph, under torch.no_grad() or with nothing that requires one"
            )
        if not any(run.reached for run in runs):
            raise NotRecordedError(f"{name}: no backward pass has come to its layer; first loss.backward()")
        pieces = [
            self._choice.of(laid_out(run.gradients()[signal], run.place, sizes(run.call.lengths))) for run in runs
        ]
        return joined(f"gradient of {name}", pieces, "a recording for each call")

    @staticmethod
    def _here(place: Place) -> Any:
        return threading.get_ident(), id(place.owner), place.layer, place.reverse
