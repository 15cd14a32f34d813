"""What an edit does: the six kinds of :class:`Change`, and the arrays that a call of a layer reads for one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace as with_fields
from typing import Any

import torch
from torch import Tensor

from softgate.errors import DtypeError, ShapeError
from softgate.layers.packed import active
from softgate.rewriting import Recipe
from softgate.taps import Call

Units = Sequence[int] | None
Steps = int | slice | Sequence[int] | None
Where = Tensor | Callable[[Tensor], Tensor] | None


@dataclass(frozen=True, eq=False)
class Change:
    """One change of a signal; made by :func:`fix`, :func:`scale`, :func:`add`, :func:`replace` and their like.

    Attributes:
        act: ``"replace"``, ``"scale"`` or ``"add"``.
        value: a number or an array; or a function of the call that gives the array.
        units: which units; all if None.
        steps: which steps; all if None.
        where: which steps and sequences: bool [T, B], or a function of the layer's input that gives it.
        name: how it was made, for messages.
    """

    act: str
    value: Any
    units: tuple[int, ...] | None
    steps: Steps
    where: Where
    name: str

    def check(self, signal: str, units: int) -> None:
        """Whether it fits a signal of so many units.

        Raises:
            ShapeError: a unit that there is not, or a value whose last axis has another size.
        """
        for u in self.units or ():
            if not -units <= u < units:
                raise ShapeError(f"edit {signal}: {self.name}: unit {u}, but there are {units}: 0 to {units - 1}")
        count = units if self.units is None else len(self.units)
        if isinstance(self.value, Tensor) and self.value.dim() and self.value.shape[-1] not in (1, count):
            raise ShapeError(
                f"edit {signal}: {self.name}: expected a last axis of {count}, one value for each unit that is "
                f"changed, or 1; got {list(self.value.shape)}"
            )

    def arrays(self, call: Call, unsorted: Tensor | None) -> tuple[Recipe, tuple[Tensor, ...]]:
        """The recipe, and the arrays that it names, for one call of a layer."""
        layout = _Layout(call, unsorted)
        value = self._value(layout)
        units, rows = self._unit_mask(layout), self._row_mask(layout)
        recipe = Recipe(self.act, "unit" if value.dim() == 1 else "full", units is not None, rows is not None)
        return recipe, tuple(t for t in (value, units, rows) if t is not None)

    def _value(self, to: _Layout) -> Tensor:
        """[H], or one for each row."""
        value = self.value(to) if callable(self.value) else self.value
        given = torch.as_tensor(value, dtype=to.x.dtype, device=to.x.device).detach()
        if given.dim() == 2:
            raise ShapeError(f"edit: {self.name}: expected a number, [units] or [T, B, units], got {list(given.shape)}")
        wide = given.expand(*given.shape[:-1], to.count(self.units)) if given.dim() else given
        if self.units is not None and wide.dim():
            whole = wide.new_zeros(*wide.shape[:-1], to.units)
            whole[..., list(self.units)] = wide
            wide = whole
        if wide.dim() == 0:
            return wide.expand(to.units).contiguous()
        return wide.contiguous() if wide.dim() == 1 else to.rows_of(wide, self.name)

    def _unit_mask(self, to: _Layout) -> Tensor | None:
        if self.units is None:
            return None
        mask = to.x.new_zeros(to.units)
        mask[list(self.units)] = 1
        return mask

    def _row_mask(self, to: _Layout) -> Tensor | None:
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


class _Layout:
    """The layout of one call: sizes, and how arrays [T, B, ...] become rows."""

    def __init__(self, call: Call, unsorted: Tensor | None) -> None:
        self.x, self.units, self._start, self._unsorted = call.x, call.units, call.start, unsorted
        self.packed = call.lengths is not None
        self._sizes = torch.tensor(call.lengths) if call.lengths is not None else None
        self.T, self.B = (len(call.lengths), max(call.lengths, default=0)) if call.lengths else call.x.shape[:2]

    def count(self, units: tuple[int, ...] | None) -> int:
        """How many units are changed."""
        return self.units if units is None else len(units)

    def rows_of(self, a: Tensor, name: str) -> Tensor:
        """An array [T or 1, B or 1, K], in the order of the batch, as the kernels read it: [T, B, K] or [rows, K]."""
        for at, axis, size in ((0, "T", self.T), (1, "B", self.B)):
            if a.shape[at] not in (1, size):
                raise ShapeError(
                    f"edit: {name}: expected [T, B, units] with {axis} = {size} as in this call, or 1; "
                    f"got {list(a.shape)}"
                )
        a = a.expand(self.T, self.B, a.shape[-1])
        if self._sizes is None:
            return a
        if self._unsorted is not None:
            a = a.index_select(1, torch.argsort(self._unsorted))
        return a[active(self._sizes).to(a.device)]

    def steps(self, steps: Steps, name: str) -> Tensor:
        """Which of the call's steps are meant, bool [T]."""
        numbers = torch.arange(self._start, self._start + self.T, device=self.x.device)
        if isinstance(steps, slice):
            if any(n is not None and n < 0 for n in (steps.start, steps.stop)):
                raise ShapeError(f"edit: {name}: steps are counted from the first one; got {steps}")
            chosen = numbers >= (steps.start or 0)
            if steps.stop is not None:
                chosen &= numbers < steps.stop
            return chosen & ((numbers - (steps.start or 0)) % (steps.step or 1) == 0)
        wanted = torch.as_tensor([steps] if isinstance(steps, int) else list(steps or ()), device=self.x.device)
        if len(wanted) and int(wanted.min()) < 0:
            raise ShapeError(f"edit: {name}: steps are counted from the first one, 0; got {int(wanted.min())}")
        return torch.isin(numbers, wanted)

    def where(self, where: Where, name: str) -> Tensor:
        """The mask as rows, [T, B, 1] or [rows, 1]."""
        mask = where(self.x) if callable(where) else where
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
            came = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
            raise DtypeError(f"edit: {name}: where= is or gives a bool tensor [T, B], got {came}")
        if callable(where) and self.packed:
            if mask.shape != self.x.shape[:1]:
                raise ShapeError(
                    f"edit: {name}: where= expected [rows] = {list(self.x.shape[:1])}, got {list(mask.shape)}"
                )
            return mask[:, None]
        if mask.dim() == 1 and self.B == 1:
            mask = mask[:, None]
        if mask.dim() != 2:
            raise ShapeError(f"edit: {name}: where= expected [T, B] = {[self.T, self.B]}, got {list(mask.shape)}")
        return self.rows_of(mask[..., None].to(self.x.device), name)


def _units(units: Any) -> tuple[int, ...] | None:
    if units is None:
        return None
    if isinstance(units, Tensor) and units.dtype == torch.bool:
        return tuple(units.nonzero().flatten().tolist())
    return (units,) if isinstance(units, int) else tuple(int(u) for u in units)


def fix(value: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is ``value``: a number, or one for each of ``units``.

    Args:
        value: a number, or [units].
        units: numbers of units, or a bool mask [H]; all if not given.
        steps: a step, a slice or several steps, counted from 0 along each call (a stream counts from its last reset).
        where: bool [T, B], time first, in the order of the batch; or a function of the layer's own input, [T, B, I]
            ([rows, I] if packed), that returns such a mask ([rows] if packed).
    """
    return Change("replace", value, _units(units), steps, where, "fix")


def scale(factor: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal times ``factor``; the other arguments as for :func:`fix`."""
    return Change("scale", factor, _units(units), steps, where, "scale")


def add(amount: Any, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal plus ``amount``, a number, [units] or [T, B, units]; the other arguments as for :func:`fix`."""
    return Change("add", amount, _units(units), steps, where, "add")


def replace(values: Tensor, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what ``values`` say, [T, B, units] (T or B may be 1); the other arguments as for :func:`fix`."""
    return Change("replace", values, _units(units), steps, where, "replace")


def transplant(source: Tensor, *, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what another run had at the same step: ``source`` is its recording, ``rec["l0.c"]`` [T, B, H].

    A donor of one sequence serves a whole batch. The other arguments as for :func:`fix`.
    """
    chosen = _units(units)
    values = source if chosen is None else source[..., list(chosen)]
    return Change("replace", values, chosen, steps, where, "transplant")


def resample(source: Tensor, *, seed: int = 0, units: Any = None, steps: Steps = None, where: Where = None) -> Change:
    """The signal is what a recording had at some other, random step, so that its range stays and its meaning goes.

    All units that are changed come from one step of ``source`` [T', B', H], drawn anew for each step and sequence; the
    draws depend on ``seed`` alone. Steps with NaN, behind the end of a packed sequence, are not drawn.

    Raises:
        ShapeError: there is nothing to draw from.
    """
    chosen = _units(units)
    rows = source.detach().flatten(0, -2)
    rows = rows[~rows.isnan().any(-1)]
    if not len(rows):
        raise ShapeError(f"edit: resample: expected a recording with steps in it, got {list(source.shape)}")
    rows = rows if chosen is None else rows[:, list(chosen)]

    def draw(to: Any) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        which = torch.randint(len(rows), (to.T, to.B), generator=generator)
        return rows[which.to(rows.device)]

    return with_fields(Change("replace", rows, chosen, steps, where, "resample"), value=draw)
