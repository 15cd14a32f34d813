"""Rows in the order of their classes, so that the sums of a class are taken up once for all its rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from softgate.streaming.buffers import Array


class Runs(NamedTuple):
    """Rows that have a class, class by class, and in the order of time within one.

    order: [counted rows] row numbers; kinds: [runs] the classes that occur; ends: [runs] where each ends in ``order``;
    counts: [classes], rows of each. Whole numbers of 64 bits.
    """

    order: Array
    kinds: Array
    ends: Array
    counts: Array


def runs_of(classes: Array) -> Runs:
    """The runs of ``classes`` [rows], each below 65536; rows below 0 have none."""
    counted = np.flatnonzero(classes >= 0)
    numbers = classes[counted].astype(np.uint16)  # of 16 bits, which numpy sorts in linear time
    counts = np.bincount(numbers)
    kinds = np.flatnonzero(counts)
    return Runs(counted[np.argsort(numbers, kind="stable")], kinds, np.cumsum(counts[kinds]), counts)
