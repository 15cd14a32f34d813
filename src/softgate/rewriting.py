"""An edit as a rewriting of a cell's equations: where its mask is set, a signal is another value.

A signal is changed where it is computed: whatever uses the value later in the step, the output and the next step see
the changed one. So every expression that contains the signal's is rebuilt around the new one. The values and masks are
``given`` from outside (:class:`softgate.celltype.Cell`): the equations, and the kernel made of them, depend on what
kind of change is made to which signals, not on units, steps or numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from softgate.equations import Cell
from softgate.errors import CellDefinitionError
from softgate.symbols import Expr, const, node, rewrite, sym

_MARK = ", edited"


@dataclass(frozen=True)
class Recipe:
    """What is done to a signal.

    Attributes:
        act: ``"replace"``, ``"scale"`` or ``"add"``.
        value: the kind of the value, ``"unit"`` or ``"full"``; ``"weight"`` for one a unit that gets a gradient.
        units, rows: which masks there are, of units and of steps and sequences; one at least.
    """

    act: str
    value: str
    units: bool
    rows: bool

    @property
    def given(self) -> dict[str, str]:
        """What it reads, by its last name, with the kind."""
        kinds = {"value": self.value, "units": "unit" * self.units, "rows": "row" * self.rows}
        return {name: kind for name, kind in kinds.items() if kind and kind != "weight"}

    @property
    def learned(self) -> bool:
        """Whether the value is a weight of the edited cell."""
        return self.value == "weight"


@lru_cache(maxsize=1024)
def rewritten(cell: Cell, signal: str, recipe: Recipe) -> Cell:
    """The cell with a signal changed.

    Raises:
        CellDefinitionError: the signal cannot be changed: see :func:`check`.
    """
    check(cell, signal)
    names = {last: f"edit{len(cell.given) + len(cell.weights)}.{last}" for last in ("value", *recipe.given)}
    target = _target(cell, signal)
    after = _changed(target, recipe, {last: sym(f"w.{n}") for last, n in names.items()})
    signals = dict(cell.signals)
    if signal == owner(cell, signal):
        signals = {name: _around(e, target, after) for name, e in signals.items()}
    signals[signal] = after
    given = {names[last]: kind for last, kind in recipe.given.items()}
    weights = (*cell.weights, names["value"]) if recipe.learned else cell.weights
    name = f"{cell.name.removesuffix(_MARK)}{_MARK}"
    return replace(cell, name=name, signals=signals, weights=weights, given={**cell.given, **given})


def owner(cell: Cell, signal: str) -> str:
    """The name that a signal's value goes by: another one where two names have one value, as JANET's h and c.

    What uses the value uses it under that name. It is a further state's if one has it (h only shows c), else the first.
    """
    e = cell.signals.get(signal)
    same = [name for name, other in cell.signals.items() if e is not None and other is e]
    return next((name for name in same if name in cell.states[1:]), same[0] if same else signal)


def check(cell: Cell, signal: str) -> None:
    """Whether a signal can be changed.

    Raises:
        CellDefinitionError: it is only another name for a signal, which others use under its own; or a gate before its
            activation whose two parts the cell uses one by one, as GRU's n.
    """
    name = owner(cell, signal)
    if name != signal and signal not in cell.states:
        raise CellDefinitionError(f"edit: {signal} of cell {cell.name} is another name for {name}; edit {name!r}")
    parts = [slot.symbol for slot in cell.slots if f"pre.{slot.gate}" == signal]
    if len(parts) > 1 and signal not in cell.signals:
        raise CellDefinitionError(
            f"edit: {signal} of cell {cell.name} is the sum of {' and '.join(parts)}, which the cell uses one by one; "
            f"edit the gate after its activation"
        )


def _around(e: Expr, target: Expr, after: Expr) -> Expr:
    """``e`` with the target replaced wherever it stands, once."""
    (found,) = rewrite([e], lambda n: after if n is target else None)
    return found


def _target(cell: Cell, signal: str) -> Expr:
    if signal in cell.signals:
        return cell.signals[signal]
    return sym(next(slot.symbol for slot in cell.slots if f"pre.{slot.gate}" == signal))


def _changed(e: Expr, recipe: Recipe, given: dict[str, Expr]) -> Expr:
    value = given["value"]
    # Always under a mask: what it was stays in the equations, and with it the gate whose weights the layer has.
    masks = [given[m] for m in ("units", "rows") if m in given]
    here = node("lt", const(0.0), masks[0] if len(masks) == 1 else masks[0] * masks[1])
    if recipe.act == "scale":  # the mask on the factor: one that is not finite elsewhere must not meet a gradient of 0
        return e * node("where", here, value, const(1.0))
    return node("where", here, value if recipe.act == "replace" else e + value, e)
