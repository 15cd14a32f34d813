"""What an edit does: the six kinds of :class:`Change`, and the arrays that a call of a layer reads for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.edit_layout import Layout, Steps, Where, whole_numbers
from softgate.errors import DtypeError, ShapeError
from softgate.rewriting import Recipe
from softgate.taps import Call

Units = Sequence[int] | None


@dataclass(frozen=True, eq=False)
class Change:
    """One change of a signal; made by :func:`fix`, :func:`scale`, :func:`add`, :func:`replace` and their like.

    Attributes:
        act: ``"replace"``, ``"scale"`` or ``"add"``.
        value: a number, an array, or one that is drawn for each call.
        units: which units; all if None.
        steps: which steps; all if None.
        where: which steps and sequences: bool [T, B], or a function of the layer's input that gives it.
        name: how it was made, for messages.
        masked: if the units came as a mask, its length.
    """

    act: str
    value: Any
    units: tuple[int, ...] | None
    steps: Steps
    where: Where
    name: str
    masked: int | None = None

    def check(self, signal: str, units: int) -> None:
        """Whether it fits a signal of so many units.

        Raises:
            ShapeError: a unit that there is not, a mask or a value of another size.
        """
        if self.masked is not None and self.masked != units:
            raise ShapeError(f"edit {signal}: {self.name}: a mask of {self.masked} units, but there are {units}")
        for u in self.units or ():
            if not -units <= u < units:
                raise ShapeError(f"edit {signal}: {self.name}: unit {u}, but there are {units}: 0 to {units - 1}")
        if len({u % units for u in self.units or ()}) < len(self.units or ()):
            raise ShapeError(f"edit {signal}: {self.name}: a unit is there twice in {list(self.units or ())}")
        value, count = self.value, units if self.units is None else len(self.units)
        if isinstance(value, _Draw) and value.rows.shape[-1] != count:
            raise ShapeError(f"edit {signal}: {self.name}: expected {count} units, got {value.rows.shape[-1]}")
        if (isinstance(value, Tensor) and value.is_complex()) or isinstance(value, complex):
            came = value.dtype if isinstance(value, Tensor) else value
            raise DtypeError(f"edit {signal}: {self.name}: expected real numbers, got {came}")
        if isinstance(value, Tensor) and value.dim():
            if value.dim() == 2 or value.dim() > 3:
                raise ShapeError(
                    f"edit {signal}: {self.name}: expected a number, [units] or [T, B, units], got {list(value.shape)}"
                )
            if value.shape[-1] not in (1, count):
                raise ShapeError(
                    f"edit {signal}: {self.name}: expected a last axis of {count}, one value for each unit that is "
                    f"changed, or 1; got {list(value.shape)}"
                )

    @property
    def learned_steps(self) -> bool:
        """Whether it has values for each step that want a gradient, which no kernel gives them."""
        return isinstance(self.value, Tensor) and self.value.dim() > 1 and self.value.requires_grad

    def arrays(self, call: Call, unsorted: Tensor | None) -> tuple[Recipe, tuple[Tensor, ...]]:
        """The recipe, and the arrays that it names, for one call of a layer."""
        layout = Layout(call, unsorted)
        value = self._value(layout)
        units, rows = self._unit_mask(layout), self._row_mask(layout)
        if units is None and rows is None:
            units = layout.x.new_ones(layout.units)
        wide = value.dim() > 1
        kind = "full" if wide else "weight" if value.requires_grad and torch.is_grad_enabled() else "unit"
        recipe = Recipe(self.act, kind, units is not None, rows is not None)
        return recipe, tuple(t for t in (value, units, rows) if t is not None)

    def _value(self, to: Layout) -> Tensor:
        """[H], or one for each row."""
        value = self.value.at(to.start, to.T, to.B) if isinstance(self.value, _Draw) else self.value
        given = torch.as_tensor(value, dtype=to.x.dtype, device=to.x.device)
        wide = given.expand(*given.shape[:-1], to.count(self.units)) if given.dim() else given
        if self.units is not None and wide.dim():
            whole = wide.new_zeros(*wide.shape[:-1], to.units)
            whole[..., list(self.units)] = wide
            wide = whole
        if wide.dim() == 0:
            return wide.expand(to.units).contiguous()
        return wide.contiguous() if wide.dim() == 1 else to.rows_of(wide, self.name)

    def _unit_mask(self, to: Layout) -> Tensor | None:
        if self.units is None:
            return None
        mask = to.x.new_zeros(to.units)
        mask[list(self.units)] = 1
        return mask

    def _row_mask(self, to: Layout) -> Tensor | None:
        """[T, B, 1] or [rows, 1], or None for all."""
        if self.steps is None and self.where is None:
            return None
        mask = torch.ones(to.T, to.B, 1, dtype=torch.bool, device=to.x.device)
        if self.steps is not None:
            mask &= to.steps(self.steps, self.name)[:, None, None]
        rows = to.rows_of(mask, self.name)
        if self.where is not None:
            rows = rows & to.where(self.where, self.name)
        return rows.to(to.x.dtype)


class _Draw:
    """Rows of a recording, drawn at random for each step and sequence of a call."""

    def __init__(self, rows: Tensor, seed: int) -> None:
        self.rows, self._seed = rows, seed

    def at(self, start: int, T: int, B: int) -> Tensor:
        """[T, B, units]; a stream draws at step ``start`` what a call would draw there."""
        blocks = -(-B // _PHILOX)
        numbers = np.random.Philox(key=self._seed).advance(start * blocks).random_raw(T * blocks * _PHILOX)
        drawn = (numbers % np.uint64(len(self.rows))).astype(np.int64).reshape(T, -1)[:, :B]
        return self.rows[torch.from_numpy(drawn).to(self.rows.device)]


_PHILOX = 4
"""Numbers of one count of that generator."""


def _made(act: str, value: Any, units: Any, steps: Steps, where: Where, name: str) -> Change:
    """A change whose units are numbers, and whose value is a number, an array or drawn."""
    if not isinstance(value, Tensor | _Draw | int | float):
        try:
            value = torch.as_tensor(np.array(value))
        except TypeError as error:
            raise DtypeError(f"edit: {name}: expected a number or an array, got {value!r}") from error
    if units is None:
        return Change(act, value, None, steps, where, name)
    if isinstance(units, slice):
        if units.stop is None or units.stop < 0 or (units.start or 0) < 0:
            raise ShapeError(f"edit: {name}: a slice of units has an end, as in slice(0, 8); got {units}")
        units = list(range(units.stop)[units])
    array = np.asarray(units.detach().cpu() if isinstance(units, Tensor) else units)
    if array.dtype == bool and array.ndim == 1:
        return Change(act, value, tuple(array.nonzero()[0].tolist()), steps, where, name, len(array))
    return Change(act, value, tuple(whole_numbers(units, name, "units")), steps, where, name)


def _some(source: Any, units: Any, name: str) -> Tensor:
    """The columns of a recording that ``units`` name."""
    if not isinstance(source, Tensor):
        source = torch.as_tensor(source)
    change = _made("replace", 0.0, units, None, None, name)
    change.check("", source.shape[-1])
    chosen: Tensor = source if change.units is None else source[..., list(change.units)]
    return chosen


def fix(value: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is ``value``: a number, or one for each of ``units``.

    Args:
        value: a number, or [units]. One that requires a gradient gets it.
        units: numbers of units, a slice, or a bool mask [H]; all if not given.
        steps: a step, a slice or several steps, counted from 0 along each call (a stream counts from its last reset).
        where: bool [T, B], time first, in the order of the batch; or a function of the layer's own input, [T, B, I]
            ([rows, I] if packed), that returns such a mask ([rows] if packed).
    """
    return _made("replace", value, units, steps, where, "fix")


def scale(factor: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal times ``factor``; the other arguments as for :func:`fix`."""
    return _made("scale", factor, units, steps, where, "scale")


def add(amount: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal plus ``amount``, a number, [units] or [T, B, units]; the other arguments as for :func:`fix`."""
    return _made("add", amount, units, steps, where, "add")


def replace(values: Tensor, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what ``values`` say, [T, B, units] (T or B may be 1); the other arguments as for :func:`fix`.

    A stream takes those of its step. Values that require a gradient get it, by the reference, which is slow.
    """
    return _made("replace", values, units, steps, where, "replace")


def transplant(source: Tensor, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what another run had at the same step: ``source`` is its recording, ``rec["l0.c"]`` [T, B, H].

    A donor of one sequence serves a whole batch. The other arguments as for :func:`fix`.
    """
    return _made("replace", _some(source, units, "transplant"), units, steps, where, "transplant")


def resample(source: Tensor, *, seed: int = 0, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what a recording had at some other, random step, so that its range stays and its meaning goes.

    All units that are changed come from one step of ``source`` [T', B', H], drawn anew for each step and sequence. The
    draws depend on ``seed``, the number of the step and the batch alone, so every call of the layer repeats them. Steps
    with NaN, behind the end of a packed sequence, are not drawn.

    Raises:
        ShapeError: there is nothing to draw from.
    """
    rows = _some(source, units, "resample").detach().flatten(0, -2)
    rows = rows[~rows.isnan().any(-1)]
    if not len(rows):
        raise ShapeError(f"edit: resample: expected a recording with steps in it, got {list(source.shape)}")
    return _made("replace", _Draw(rows, seed), units, steps, where, "resample")
