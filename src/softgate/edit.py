"""``with sg.edit(model, {"l0.c": sg.fix(0.0, units=[17])}): model(x)``: signals that are what you say they are.

An edit is a rewriting of a layer's equations (:mod:`softgate.rewriting`), compiled like any cell: it runs on the same
path, gradients go through it, and outside the block the layer is what it was, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor

from softgate import taps
from softgate.changes import Change
from softgate.equations import Cell
from softgate.errors import DtypeError, ShapeError
from softgate.recording.eager import eager, not_compiled
from softgate.recording.names import Catalogue
from softgate.rewriting import check, rewritten
from softgate.taps import Call, Place

Changes = Change | Sequence[Change]


class Editing:
    """Edits of a model, in force inside its ``with`` block.

    Attributes:
        names: the signals that are changed.
    """

    def __init__(self, model: torch.nn.Module, changes: Mapping[str, Changes]) -> None:
        known = Catalogue(model, "edit")
        self._by_place: dict[tuple[int, int, bool], list[tuple[str, Change]]] = {}
        self._kept = known.layers  # so that an id stays one layer's
        self.names: list[str] = []
        if not isinstance(changes, Mapping):
            raise DtypeError(f'edit: expected changes by signal, {{"l0.c": sg.fix(0.0)}}; got {type(changes).__name__}')
        for pattern, given in changes.items():
            for name in known.fitting([pattern]):
                self.names.append(name)
                for change in given if isinstance(given, list | tuple) else [given]:
                    self._add(name, *known.find(name), change)
        self.names = list(dict.fromkeys(self.names))
        self._open: list[ExitStack] = []

    def _add(self, name: str, place: Place, signal: str, change: object) -> None:
        if not isinstance(change, Change):
            came = type(change).__name__
            raise DtypeError(f"edit {name}: expected a change as sg.fix(0.0) makes it, or a list of them; got {came}")
        if signal == place.owner.cell.states[0] and place.owner.proj_size:
            raise ShapeError(
                f"edit {name}: the output of a layer with proj_size is made by its projection, not by the cell's "
                f"equations; edit a gate or c, or the tensor that the layer returns"
            )
        check(place.owner.cell, signal)
        change.check(name, place.owner.hidden_size)
        self._by_place.setdefault(place.key, []).append((signal, change))

    def __enter__(self) -> Editing:
        not_compiled("edit")
        with ExitStack() as stack:  # what was opened is closed again if the rest cannot be
            stack.enter_context(eager())
            stack.enter_context(taps.editing(self))
            self._open.append(stack.pop_all())
        return self

    def __exit__(self, *error: object) -> None:
        self._open.pop().close()

    def __repr__(self) -> str:
        return f"<edit of {', '.join(self.names)}>"

    # An editor.

    def watches(self, owner: object) -> bool:
        """Whether it changes anything in this layer at all."""
        return any(key[0] == id(owner) for key in self._by_place)

    def change(self, place: Place, call: Call) -> tuple[Cell, tuple[Tensor, ...]] | None:
        """The rewritten cell, and its weights a unit with the values and masks that it reads."""
        wanted = self._by_place.get(place.key)
        if not wanted:
            return None
        cell, units = call.cell, list(call.weights.units)
        for signal, change in wanted:
            recipe, arrays = change.arrays(call, place.unsorted)
            if recipe.learned:
                units.insert(len(cell.weights), arrays[0])
            units += arrays[recipe.learned :]
            cell = rewritten(cell, signal, recipe)
        return cell, tuple(units)

    def slow(self, owner: object) -> str | None:
        """Why a layer does not run as fast as without, if it does not."""
        for key, wanted in self._by_place.items():
            for signal, change in wanted:
                if key[0] == id(owner) and change.learned_steps:
                    return f"the edit of {signal} has a value for each step that wants a gradient"
        return None


def edit(model: torch.nn.Module, changes: Mapping[str, Changes]) -> Editing:
    """Change signals of a model's softgate layers while it runs: ``with sg.edit(model, {...}): model(x)``.

    Whatever uses a signal later in the step, the output and the next step see the changed value. Several changes of a
    signal are made one after the other; blocks inside each other add up, the outer one first. A recording inside shows
    the changed signals. What calls the model through ``torch.compile`` runs it eagerly meanwhile.

    Args:
        model: any module with softgate layers in it (``sg.open(model)`` makes them), or such a layer.
        changes: by signal, ``"encoder.l0.f"`` or a pattern ``"*.c"``, a change or a list of them: :func:`softgate.fix`,
            ``scale``, ``add``, ``replace``, ``resample``, ``transplant``.

    Raises:
        NotRecordedError: the model has no softgate layer.
        UnknownNameError: no such signal.
        ShapeError: units or values that do not fit the layer; at the call, values that do not fit its steps or batch.
    """
    not_compiled("edit")
    return Editing(model, changes)
