"""``with sg.record(model) as rec: model(x)``: every signal of every step, and the output as it was, bit for bit.

Names are ``[prefix.]l<k>[.reverse].<signal>``: the path of the layer in the model (nothing for the model itself), which
of its layers, and the signal: a gate, a state, or ``pre.<gate>``, a gate before its activation. The parts are in
:mod:`softgate.recording`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from softgate import taps
from softgate.equations import Cell
from softgate.errors import SoftgateError
from softgate.recording import folder as folders, plan as plans
from softgate.recording.budget import Budget
from softgate.recording.choice import choice
from softgate.recording.eager import eager, not_compiled
from softgate.recording.layout import laid_out, owned, plain, size_of
from softgate.recording.names import Catalogue, places, signals
from softgate.recording.plan import Plan
from softgate.recording.recorded import Recorded
from softgate.recording.traces import Traces
from softgate.taps import Call, Place


class Recording(Recorded):
    """What a model's layers computed while it was open; also the context in which they do.

    Attributes:
        names: every name there is to ask for, in the order of the model.
        calls: by name, what each call of the layer gave, [T, B, H] each.
        steps: which steps of each call are kept; None for all.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        names: Iterable[str] = ("*",),
        *,
        steps: Any = None,
        dtype: torch.dtype | None = None,
        to: str | os.PathLike[str] | None = None,
        limit: float | None = None,
        grad: bool | str | Iterable[str] = False,
    ) -> None:
        self._model, self._catalogue, self._choice = model, Catalogue(model), choice(steps, dtype)
        super().__init__(self._catalogue.fitting(names), self._catalogue.cells, self._choice.steps)
        asked = self.names if grad is True else [] if grad is False else self._catalogue.fitting(grad)
        self._traces = Traces(set(asked), self._catalogue, self._choice)
        self._watched = {
            id(layer)
            for layer in self._catalogue.layers
            for place in places(layer)
            if not (self._wanted | self._traces.names).isdisjoint(self._catalogue.names_at(place))
        }
        device = next((p.device for p in model.parameters()), torch.device("cpu"))
        folder = None if to is None else Path(os.fspath(to))
        self._budget = Budget(limit, folder, device)
        self._kept: dict[str, list[Tensor]] = {}
        self._chosen: dict[Any, tuple[str, ...]] = {}
        self._costs: dict[Any, Plan] = {}
        self._writer = None if folder is None else folders.Writer(folder, self.names, self._cells, self.steps)
        self._open: ExitStack | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Recording:
        not_compiled("record")
        with self._lock:
            if self._open is not None:
                raise SoftgateError("record: this recording is open already; sg.record(model) makes another one")
            self._open = ExitStack()
        self._budget.look()
        self._open.enter_context(taps.tapped(self))
        self._open.enter_context(eager())
        return self

    def __exit__(self, *error: object) -> None:
        stack, self._open = self._open, None
        if stack is not None:
            stack.close()

    @property
    def calls(self) -> Mapping[str, Sequence[Tensor]]:
        """By name, what each call of the layer gave, [T, B, H] each."""
        return self._kept if self._writer is None else folders.Calls(self._writer.folder, self._writer.pieces)

    def plan(self, *size: Any) -> Plan:
        """What a recording will cost, in bytes a signal and in all, before anything runs.

        Args:
            size: the input of the layers, [T, B, I] in their own layout (or of the model, if its first two axes are the
                same), or a packed sequence; or two numbers, T and B; or nothing, for one step of one sequence.

        Returns:
            Bytes by name, of one call of each layer; ``print`` shows it.

        Raises:
            ShapeError: time and batch cannot be told from the input.
        """
        T, B = plans.sizes_of(self._catalogue.layers, self._model, size)
        if self._open is None:
            self._budget.look()
        plan = self._cost(self._catalogue.layers, T, B)
        plan.limit = self._budget.limit
        return plan

    def grad(self, name: str) -> Tensor:
        """dL/d of a signal, [T, B, H], laid out as ``rec[name]``, of the backward passes so far, added up.

        The total derivative: that of ``c`` at a step has what comes from later steps, and two names of one value (``h``
        and ``c`` of a JANET) have one, that of everything the value is used for. Zero for a value that the states
        are not made of (``pre.n`` of a GRU), and where no gradient came. Asked for with ``grad=``, it is computed when
        it is asked for, by the reference in the dtype of the layer, and has no graph itself.

        Raises:
            UnknownNameError: no such signal, or its gradient was not asked for.
            NotRecordedError: the layer has not run, ran without a graph, or no backward pass came to it.
            ShapeError: several calls with batches of different sizes.
        """
        return self._traces.grad(name)

    def _cost(self, layers: Iterable[Any], T: int, B: int) -> Plan:
        plan = Plan(T, B, self._writer is not None)
        return plans.cost(self._catalogue, layers, self._wanted, self._traces.names, self._choice, plan)

    # A tap.

    def watches(self, owner: Any) -> bool:
        """Whether a layer is in this model and has a signal that is wanted; none is once the block has ended."""
        return self._open is not None and id(owner) in self._watched

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The signals to keep at a place; also every state where gradients are wanted."""
        key = (id(place.owner), place.layer, place.reverse, cell)
        if key not in self._chosen:
            prefix = self._catalogue.prefix(place)
            kept = [s for s in signals(cell) if prefix + s in self._wanted]
            self._chosen[key] = tuple(dict.fromkeys([*kept, *(cell.states if self._traces.of(place, cell) else ())]))
        return self._chosen[key]

    def before(self, place: Place, call: Call) -> None:
        """Refuses a layer that would not fit, at its first place, before anything of it is computed."""
        if place.layer or place.reverse:
            return
        T, B = call.x.shape[:2] if call.lengths is None else (len(call.lengths), max(call.lengths, default=0))
        self._choice.count(T)
        if self._budget.surely_has(plans.at_most(place.owner, T, B)):
            return
        key = (id(place.owner), int(T), int(B))
        if key not in self._costs:
            self._costs[key] = self._cost([place.owner], T, B)
        self._budget.check(self._costs[key])

    def take(self, place: Place, found: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """Keeps what came, padded to [T, B, H] where it was packed."""
        found, cell, prefix = plain(found), place.owner.cell, self._catalogue.prefix(place)
        output = found.get(cell.states[0])
        chosen = {
            prefix + signal: self._choice.of(laid_out(value, place, batch_sizes))
            for signal, value in found.items()
            if prefix + signal in self._wanted
        }
        self._budget.take(size_of(chosen), "memory" if self._writer is None else "disk")
        with self._lock:
            if self._writer is not None:
                self._writer.append(chosen)
            else:
                for name, value in owned(chosen, output).items():
                    self._kept.setdefault(name, []).append(value)
        if self._traces.of(place, cell):
            self._traces.states(place, owned({s: found[s] for s in cell.states}, output))

    def after(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
        """Listens for gradients, where they are wanted."""
        self._budget.take(self._traces.begin(place, call, y, finals), "memory")


def record(
    model: torch.nn.Module,
    names: Iterable[str] = ("*",),
    *,
    steps: slice | Iterable[int] | None = None,
    dtype: torch.dtype | None = None,
    to: str | os.PathLike[str] | None = None,
    limit: float | None = None,
    grad: bool | str | Iterable[str] = False,
) -> Recording:
    """Keep the signals of a model's softgate layers while it runs: ``with sg.record(model) as rec: model(x)``.

    Outputs and gradients stay as they are, bit for bit; what is kept has no graph.

    Recordings may be nested, of one model or of parts of it: each sees everything that is its own. A recording sees the
    calls that are made in its own context (:mod:`contextvars`): those of the thread that opened it, not those of other
    threads, which open their own; those of tasks of asyncio, and of ``asyncio.to_thread``, that were started in the
    block; none after the block has ended, whoever makes them. The block of a generator is open from its first step to
    its end, and sees what the caller does in between. Blocks may end in any order. While a recording is open, what
    ``torch.compile`` made runs eagerly, in all threads. A call that ``torch.utils.checkpoint`` repeats is two calls.

    Args:
        model: any module with softgate layers in it (``sg.open(model)`` makes them), or such a layer.
        names: which signals, as patterns: ``["*.f", "encoder.l0.*"]``; all of them if not given.
        steps: which steps, counted along each call, as a slice or integers; all of them if not given. The others are
            dropped as soon as a layer is done.
        dtype: to keep values in, as ``torch.float16``; that of the layer if not given.
        to: a folder to write to instead of memory, as the layers run: ``.npy`` files, read by
            :func:`softgate.load_recording` at any time, also when the process was killed. New, or empty.
        limit: the most bytes to keep, on disk with ``to``, else in memory. If not given, half of the memory that is
            free, nine tenths of the disk.
        grad: whose gradients ``rec.grad(name)`` gives after a backward pass: True for all that is kept, or patterns.
            Costs a copy of the input and of the states; gradients are kept in memory also with ``to``.

    Raises:
        NotRecordedError: the model has no softgate layer.
        UnknownNameError: a pattern fits none of its signals.
        RecordingFolderError: the folder is not empty.
        RecordingTooLargeError: (from the call of the model) it would not fit; ``rec.plan(x)`` tells beforehand.
        DtypeError, ShapeError, ValueError: ``dtype``, ``steps`` or ``limit`` is not one.
    """
    not_compiled("record")
    return Recording(model, names, steps=steps, dtype=dtype, to=to, limit=limit, grad=grad)


def load_recording(folder: str | os.PathLike[str]) -> Recorded:
    """A recording that ``sg.record(model, to=folder)`` wrote, or is writing: the calls that were complete.

    It has ``names``, ``calls``, ``steps``, ``rec[name]``, ``saturation()`` and ``horizon()`` as a recording has.
    Values stay on disk and are mapped into memory when they are asked for. Nothing in the folder is run.

    Raises:
        NotRecordedError: there is no recording in the folder.
        RecordingFolderError: it was damaged, or written by a later version.
    """
    return folders.Stored(Path(os.fspath(folder)))
