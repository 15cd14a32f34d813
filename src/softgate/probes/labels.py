"""Labels as they are given, laid out beside the steps of a model's data, or an error that says what is wrong.

A label is a number for every step: yes and no, a count, an amount. What cannot be judged is refused here: another
length, steps without a number that nobody left out, a label that never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import SoftgateError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


LARGEST = 1e100
FEWEST = 5
"""Steps of either kind that a label of yes and no must have."""


class LabelError(SoftgateError, ValueError):
    """A label that does not fit the data, or of which nothing can be said; the message has the figures."""


@dataclass(frozen=True)
class Series:
    """One label over all sequences, end to end.

    Attributes:
        name: what it is called.
        values: [N]; 0 and 1 where it is yes or no.
        binary: whether it takes two values only.
        valid: [N], which steps are judged.
    """

    name: str
    values: Floats
    binary: bool
    valid: Mask


def gather(
    labels: Any, batches: Sequence[Any], shapes: Sequence[tuple[int, int]], turned: Sequence[bool], where: Any = None
) -> list[Series]:
    """Every label, flattened sequence by sequence: all of T of the first sequence, then the second.

    Args:
        labels: by name, an array [T, B] (or [T], of one sequence), a list of such for several batches, or a function of
            the batch; or one function of the batch that returns such a mapping; or one array.
        batches: what the model was given.
        shapes: (T, B) of each.
        turned: for each batch, whether it came as [B, T]; its labels then do too.
        where: a mask laid out like a label: steps to be judged.

    Raises:
        LabelError: a label of another length, with NaN among the judged steps, or constant there.
    """
    if callable(labels):
        labels = _called(labels, batches)
    if not isinstance(labels, Mapping):
        labels = {"label": labels}
    if not labels:
        raise LabelError("labels: expected at least one, as in {'depth': array}, got none")
    mask = np.ones(sum(T * B for T, B in shapes), dtype=bool)
    if where is not None:
        flat = _flat("where", where, batches, shapes, turned)
        wrong = flat[(flat != 0) & (flat != 1)]
        if len(wrong):
            raise LabelError(f"where: expected a mask of yes and no, True where a step is judged; got {wrong[0]:g}")
        mask = flat == 1
    return [_series(str(n), _flat(str(n), v, batches, shapes, turned), mask) for n, v in labels.items()]


def _called(function: Callable[[Any], Any], batches: Sequence[Any]) -> Any:
    """What a function of a batch says of each, name by name."""
    found = [function(batch) for batch in batches]
    if not all(isinstance(one, Mapping) for one in found):
        return found
    names = list(found[0])
    if any(list(one) != names for one in found):
        raise LabelError(f"labels: expected the same names from every batch, got {[list(one) for one in found]}")
    return {name: [one[name] for one in found] for name in names}


def _flat(
    name: str, given: Any, batches: Sequence[Any], shapes: Sequence[tuple[int, int]], turned: Sequence[bool]
) -> Floats:
    if callable(given):
        given = [given(batch) for batch in batches]
    parts = list(given) if isinstance(given, list | tuple) and len(shapes) > 1 else [given]
    if isinstance(given, list | tuple) and len(shapes) == 1 and len(given) == 1 and np.ndim(_array(name, given[0])):
        parts = [given[0]]
    if len(parts) != len(shapes):
        raise LabelError(f"label {name!r}: expected a list of {len(shapes)} arrays, one for each batch")
    flat = []
    for k, (part, (T, B), turn) in enumerate(zip(parts, shapes, turned, strict=True)):
        array = _array(name, part)
        if array.ndim == 1 and B == 1:
            array = array[:, None]
        elif turn and array.ndim == 2:
            array = array.T
        if array.shape != (T, B):
            wanted = f"[{B}, {T}]" if turn else f"[{T}, {B}]" + (f" or [{T}]" if B == 1 else "")
            of = f" of batch {k}" if len(shapes) > 1 else ""
            raise LabelError(
                f"label {name!r}{of}: expected a number for every step, {wanted}, got {list(np.shape(part))}"
            )
        flat.append(array.T.reshape(-1))
    return np.concatenate(flat)


def _array(name: str, part: Any) -> Floats:
    if hasattr(part, "detach"):
        part = part.detach().cpu()
    try:
        if np.iscomplexobj(part):
            raise TypeError("complex numbers have two parts; give each a label of its own")
        found: Floats = np.asarray(part, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LabelError(f"label {name!r}: expected an array of numbers, got {type(part).__name__} ({error})") from None
    return found


def _series(name: str, values: Floats, mask: Mask) -> Series:
    judged = values[mask]
    wrong = np.flatnonzero(~np.isfinite(values) & mask)
    if len(wrong):
        raise LabelError(
            f"label {name!r}: {len(wrong):,} of {len(judged):,} steps have no finite number, the first is step "
            f"{wrong[0]:,}; leave steps out with where=, a mask of the steps to judge"
        )
    if not len(judged):
        raise LabelError(f"label {name!r}: expected steps to judge, got none of {len(values):,}")
    if np.abs(judged).max() > LARGEST:
        raise LabelError(
            f"label {name!r} has values up to {np.abs(judged).max():.3g}, whose squares are beyond double precision; "
            "give it another unit"
        )
    kinds = np.unique(judged)
    if len(kinds) < 2:
        held = f"{kinds[0]:g} at all of {len(judged):,} steps"
        raise LabelError(f"label {name!r} is {held}; nothing can be said of a constant")
    binary = len(kinds) == 2
    fewest = int(min((judged == kinds[0]).sum(), (judged == kinds[1]).sum()))
    if binary and fewest < FEWEST <= len(judged) // 2:
        raise LabelError(
            f"label {name!r} has {fewest} of one kind among {len(judged):,} steps; with fewer than {FEWEST} of either, "
            "a score says nothing"
        )
    return Series(name, (values == kinds[1]).astype(np.float64) if binary else values, binary, mask)
