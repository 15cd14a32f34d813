"""The classes of a call of a model, brought to the rows of each of its layers, in the order of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate.errors import DtypeError, ShapeError
from softgate.layers.packed import active
from softgate.pieces import Piece
from softgate.recording.layout import plain
from softgate.streaming.buffers import Array
from softgate.taps import Place

MOST_CLASSES = 1 << 16


class Rows:
    """Classes by place, and how many of their steps each place has used: a layer may run several times in one call.

    Args:
        classes: [T, B], [B, T] where layers have their batch first; [T] or [B] where the other is 1; or packed. None if
            there are none.
        time_first: they are [T, B] whatever the layers' layout.
    """

    def __init__(self, classes: Any = None, time_first: bool = False) -> None:
        self._time_first, self._packed = time_first, classes if isinstance(classes, PackedSequence) else None
        self._given = None if classes is None else _numbers(classes)
        self._rows: dict[str, Array] = {}
        self._size: dict[str, int] = {}
        self._used: dict[str, tuple[int, int]] = {}

    def begin(self, prefix: str, place: Place, sizes: Sequence[int], packed: bool) -> None:
        """A place is about to run, over steps with so many sequences each.

        Raises:
            ShapeError: there are classes, and of another shape.
        """
        self._size[prefix] = sum(sizes)
        if self._given is None:
            return
        self._rows[prefix] = self._packed_rows(prefix, place, sizes) if packed else self._dense(prefix, place, sizes)

    def size(self, prefix: str) -> int:
        """Rows of the run that is going on."""
        return self._size[prefix]

    def of(self, prefix: str, piece: Piece) -> Array | None:
        """The classes of a piece, [rows]."""
        return None if self._given is None else self._rows[prefix][piece.begin : piece.end]

    def end(self) -> None:
        """The model's call is over: no step may be left.

        Raises:
            ShapeError: a place has run over fewer steps than there are classes for.
        """
        for prefix, (used, there) in self._used.items():
            if used < there:
                raise ShapeError(
                    f"classes: layer {prefix[:-1]} ran over {used} steps and there are classes for {there}; give one "
                    f"for each step of the layers that are counted (names= says which these are)"
                )

    def _dense(self, prefix: str, place: Place, sizes: Sequence[int]) -> Array:
        T, B = len(sizes), sizes[0]
        found = self._two_axes(place, T, B)
        used, _ = self._used.get(prefix, (0, 0))
        if found is None or found.shape[1] != B or used + T > len(found):
            raise self._wrong(prefix, place, T, B, used)
        self._used[prefix] = used + T, len(found)
        return np.ascontiguousarray(found[used : used + T]).reshape(-1)

    def _packed_rows(self, prefix: str, place: Place, sizes: Sequence[int]) -> Array:
        assert self._given is not None
        T, B, rows = len(sizes), sizes[0], sum(sizes)
        if prefix in self._used:
            raise self._wrong(prefix, place, T, B, self._used[prefix][0])
        self._used[prefix] = T, T
        back = torch.arange(B) if place.unsorted is None else place.unsorted.cpu()
        if self._packed is not None:
            own = self._packed.unsorted_indices
            if self._packed.batch_sizes.tolist() != list(sizes) or not torch.equal(
                torch.arange(B) if own is None else own.cpu(), back
            ):
                raise ShapeError(
                    f"classes: layer {prefix[:-1]} ran over a packed sequence of other lengths, or of another order of "
                    f"the batch; pack the classes as the input was packed"
                )
            return self._given
        if self._given.shape == (rows,):
            return self._given
        found = self._two_axes(place, T, B)
        if found is None or found.shape != (T, B):
            raise self._wrong(prefix, place, T, B, 0)
        there: Array = active(torch.tensor(sizes)).numpy()
        return np.ascontiguousarray(found[:, torch.argsort(back).numpy()][there])

    def _two_axes(self, place: Place, T: int, B: int) -> Array | None:
        """What was given as [T, B]; None if it is nothing of the kind."""
        found = self._given
        if found is None or self._packed is not None or found.ndim not in (1, 2):
            return None
        if found.ndim == 1:
            return found[:, None] if B == 1 else found[None] if T == 1 else None
        return found.T if self._first_axis_is_batch(place) else found

    def _first_axis_is_batch(self, place: Place) -> bool:
        return bool(place.owner.batch_first) and not self._time_first

    def _wrong(self, prefix: str, place: Place, T: int, B: int, used: int) -> ShapeError:
        assert self._given is not None
        turned = self._first_axis_is_batch(place)
        layout, wanted = ("[B, T]", [B, T]) if turned else ("[T, B]", [T, B])
        came = "a packed sequence" if self._packed is not None else f"{list(self._given.shape)}"
        more = f", of which {used} steps are used" if used else ""
        return ShapeError(
            f"classes: layer {prefix[:-1]} ran over {layout} = {wanted}, so expected classes of that shape "
            f"(or a PackedSequence where the layer reads one), got {came}{more}"
        )


def _numbers(classes: Any) -> Array:
    """Classes as an array of whole numbers, of the shape in which they were given."""
    data = classes.data if isinstance(classes, PackedSequence) else classes
    if isinstance(data, Tensor):
        inner = plain({"classes": data}, "collect")["classes"]
        with torch._C._DisableFuncTorch():  # under a transform a tensor has no memory to show
            data = inner.detach().cpu().numpy()
    found = np.asarray(data)
    if found.dtype.kind not in "iub":
        raise DtypeError(f"classes: expected integers, [T, B], got {found.dtype}")
    if found.size and int(found.max()) >= MOST_CLASSES:
        raise ShapeError(f"classes: expected numbers below {MOST_CLASSES}, got {int(found.max())}")
    return found.astype(np.int64, copy=False)
