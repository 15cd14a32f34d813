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
def forms(cell: Cell, size: Size, batch: int) -> tuple[tuple[str, tuple[Form, ...], bool], ...]:
    """Name, shapes and whether it may be missing: of every weight, in the order of :class:`Weights`; of the states.

    No shapes: that depends on the input (:func:`check_given`).
    """
    H, P = size.units, size.hidden
    x, h, fed = len(cell.x_gates) * H, len(cell.h_gates) * H, len(cell.feedback) * H
    rows: list[tuple[str, tuple[Form, ...], bool]] = [
        ("weight_ih", ((x, size.inputs),), not x),
        ("weight_hh", ((h, P),), not h),
        ("bias_ih", ((x,),), True),
        ("bias_hh", ((h,),), True),
        ("weight_hr", ((P, H),), not size.projected),
        ("weight_fb", ((fed, fed),), not fed),
    ]
    rows += [(name, ((H,),), False) for name in cell.weights]
    rows += [(name, ((H,),) if kind == "unit" else (), False) for name, kind in cell.given.items()]
    for k, state in enumerate(cell.states):
        form = (batch, H if k else P)
        rows.append((f"the initial state {state}", (form, (1, *form)), False))
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
    for (name, shapes, optional), t in zip(wanted, given):  # noqa: B905 - as long as each other; this is a hot path
        if t is None:
            if not optional:
                raise ShapeError(f"{name}: expected {list(shapes[0])}, got none")
        elif shapes and t.shape not in shapes:
            raise ShapeError(f"{name}: expected {list(shapes[0])}, got {list(t.shape)}")


def check_given(cell: Cell, units: int, leading: Form, weights: Weights) -> None:
    """Whether values given from outside have a row for each of the input's, whose leading sizes are ``leading``."""
    for (name, kind), t in zip(cell.given.items(), weights.units[len(cell.weights) :], strict=True):
        form = (*leading, units if kind == "full" else 1)
        if kind != "unit" and t.shape != form:
            raise ShapeError(f"{name}: expected {list(form)}, got {list(t.shape)}")


def check_kept(y: Tensor, saved: Sequence[Tensor], size: Size, rows: int, count: int) -> None:
    """Whether what the forward pass kept is as it was: a hook of torch's may hand back something else.

    Args:
        y, saved: the output, and :attr:`softgate.cpu.run.Run.saved`.
        size, rows: of the call.
        count: how many states and signals of all rows there are at least: recorded ones follow.
    """
    wanted: list[Form] = [(count, rows, size.units)] * bool(count) + [(rows, size.units)] * size.projected
    came = [(min(len(t), count), *t.shape[1:]) if t.dim() == 3 else tuple(t.shape) for t in saved]
    came = came if count else [form for form in came if len(form) == 2]
    if y.numel() != rows * size.hidden or came != wanted:
        raise ShapeError(f"what was saved for the backward pass: expected {wanted}, got {came}")


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
