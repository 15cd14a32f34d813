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


@dataclass(frozen=True)
class Recipe:
    """What is done to a signal.

    Attributes:
        act: ``"replace"``, ``"scale"`` or ``"add"``.
        value: the kind of the value, ``"unit"`` or ``"full"``.
        units, rows: whether only some units, and only some steps and sequences, are changed.
    """

    act: str
    value: str
    units: bool
    rows: bool

    @property
    def given(self) -> dict[str, str]:
        """What it reads, by its last name, with the kind."""
        kinds = {"value": self.value, "units": "unit" if self.units else "", "rows": "row" if self.rows else ""}
        return {name: kind for name, kind in kinds.items() if kind}


@lru_cache(maxsize=1024)
def rewritten(cell: Cell, signal: str, recipe: Recipe) -> Cell:
    """The cell with a signal changed.

    Raises:
        CellDefinitionError: a gate before its activation whose two parts the cell uses one by one, as GRU's n.
    """
    names = {last: f"edit{len(cell.given)}.{last}" for last in recipe.given}
    signals = dict(cell.signals)
    target = _target(cell, signal)
    after = _changed(target, recipe, {last: sym(f"w.{n}") for last, n in names.items()})
    order = [*signals]
    here = order.index(signal) if signal in order else -1
    for k, (name, e) in enumerate(list(signals.items())):
        # A state that only bears another name (h = c) is later if it was given later, else it is what it was.
        if e is not target or k >= here:
            signals[name] = _around(e, target, after)
    signals[signal] = after
    given = {names[last]: kind for last, kind in recipe.given.items()}
    return replace(cell, name=f"{cell.name}, edited", signals=signals, given={**cell.given, **given})


def _around(e: Expr, target: Expr, after: Expr) -> Expr:
    """``e`` with the target replaced wherever it stands, once."""
    (found,) = rewrite([e], lambda n: after if n is target else None)
    return found


def _target(cell: Cell, signal: str) -> Expr:
    if signal in cell.signals:
        return cell.signals[signal]
    gate = signal.removeprefix("pre.")
    parts = [slot.symbol for slot in cell.slots if slot.gate == gate]
    if len(parts) > 1:
        raise CellDefinitionError(
            f"edit: {signal} of cell {cell.name} is the sum of {' and '.join(parts)}, which the cell uses one by one; "
            f"edit the gate after its activation, {gate!r}"
        )
    return sym(parts[0])


def _changed(e: Expr, recipe: Recipe, given: dict[str, Expr]) -> Expr:
    value = given["value"]
    changed = {"replace": lambda: value, "scale": lambda: e * value, "add": lambda: e + value}[recipe.act]()
    masks = [given[m] for m in ("units", "rows") if m in given]
    if not masks:
        return changed
    mask = masks[0] if len(masks) == 1 else masks[0] * masks[1]
    return node("where", node("lt", const(0.0), mask), changed, e)
