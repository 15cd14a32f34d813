"""What a kernel takes on trust is checked here, at every call: it reads as far as the sizes say, whatever is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from torch import Tensor

from softgate.cpu.prepare import Size
from softgate.equations import Cell
from softgate.errors import ShapeError
from softgate.reference import Weights

Form = tuple[int, ...]


@lru_cache(maxsize=1024)
def forms(cell: Cell, size: Size, batch: int) -> tuple[tuple[str, Form, bool], ...]:
    """Name, shape and whether it may be missing: of every weight, in the order of :class:`Weights`; of the states."""
    H, P = size.units, size.hidden
    x, h, fed = len(cell.x_gates) * H, len(cell.h_gates) * H, len(cell.feedback) * H
    rows: list[tuple[str, Form, bool]] = [
        ("weight_ih", (x, size.inputs), not x),
        ("weight_hh", (h, P), not h),
        ("bias_ih", (x,), True),
        ("bias_hh", (h,), True),
        ("weight_hr", (P, H), not size.projected),
        ("weight_fb", (fed, fed), not fed),
    ]
    rows += [(name, (H,), False) for name in cell.weights]
    rows += [(name, (H,) if kind == "unit" else (), False) for name, kind in cell.given.items()]
    rows += [(f"the initial state {s}", (batch, H if k else P), False) for k, s in enumerate(cell.states)]
    return tuple(rows)


def check(cell: Cell, size: Size, batch: int, weights: Weights, states: Sequence[Tensor]) -> None:
    """Whether weights and states have the shapes that the sizes of the call want.

    Raises:
        ShapeError: naming the tensor, the shape wanted and the shape that came.
    """
    wanted = forms(cell, size, batch)
    given = (*weights[:6], *weights.units, *states)
    if len(given) != len(wanted):
        count = len(cell.weights) + len(cell.given)
        raise ShapeError(
            f"cell {cell.name}: expected {count} weights a unit and {len(cell.states)} states, "
            f"got {len(weights.units)} and {len(states)}"
        )
    for (name, form, optional), t in zip(wanted, given):  # noqa: B905 - as long as each other, and this is a hot path
        if t is None:
            if not optional:
                raise ShapeError(f"{name}: expected {list(form)}, got none")
        elif t.shape != form and form != () and not (name.startswith("the initial") and t.shape == (1, *form)):
            raise ShapeError(f"{name}: expected {list(form)}, got {list(t.shape)}")


def check_given(cell: Cell, units: int, leading: Form, weights: Weights) -> None:
    """Whether values given from outside have a row for each of the input's, whose leading sizes are ``leading``."""
    for (name, kind), t in zip(cell.given.items(), weights.units[len(cell.weights) :], strict=True):
        form = (*leading, units if kind == "full" else 1)
        if kind != "unit" and t.shape != form:
            raise ShapeError(f"{name}: expected {list(form)}, got {list(t.shape)}")


def check_lengths(lengths: Sequence[int]) -> None:
    """Whether active rows may go with the steps like this: at least one, never more than before.

    Raises:
        ShapeError: saying at which step they do not.
    """
    for t, n in enumerate(lengths):
        if n < 1 or (t and n > lengths[t - 1]):
            before = f" after {lengths[t - 1]}" if t else ""
            raise ShapeError(f"batch_sizes: expected 1 or more, never growing; got {n} at step {t}{before}")


def check_rows(name: str, came: int, rows: int) -> None:
    """Whether an array has a row for each sequence at each of its steps."""
    if came != rows:
        raise ShapeError(f"{name}: expected {rows} rows, as many as all steps have together; got {came}")
