"""Handwritten digits, read one pixel or one row at a time: the set of 1797 images of 8 x 8 that scikit-learn ships."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError
from softgate.tasks.drawn import last_step
from softgate.tasks.task import Batch, Task

__all__ = ["Digits"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Digits(Task):
    """x is [T, B, I], from 0 (white) to 1; the class counts at the last pixel. A quarter of the images is the tests'.

    By pixel there are 64 steps of 1 input, by row 8 steps of 8 inputs.
    """

    by: str = "pixel"
    name: ClassVar = "digits"
    demands: ClassVar = "evidence of different kinds from many steps, gathered until the end: no single bit will do"
    source: ClassVar = (
        "Alpaydin and Kaynak 1998, Optical recognition of handwritten digits, UCI Machine Learning Repository, as "
        "scikit-learn ships its test part; read pixel by pixel as in Le, Jaitly and Hinton 2015"
    )
    kind: ClassVar = "classes"
    criterion: ClassVar = "90 % of the test images are classified right"
    exact: ClassVar = False
    words: ClassVar = {"by": ("pixel", "row")}
    outputs: ClassVar = 10

    @property
    def inputs(self) -> int:
        """One pixel, or eight."""
        return 1 if self.by == "pixel" else 8

    @property
    def steps(self) -> int:
        """The pixels, or the rows."""
        return 64 // self.inputs

    @property
    def chance(self) -> float:
        """The share of the commonest digit among the test images."""
        return float(np.bincount(_sides()[True][1]).max() / len(_sides()[True][1]))

    @property
    def solved(self) -> float:
        """Nine of ten."""
        return 0.9

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        images, labels = _sides()[test]
        rounds = [random.permutation(len(images)) for _ in range(-(-size // len(images)))]
        chosen = np.concatenate(rounds)[:size]
        x = np.ascontiguousarray(images[chosen].reshape(size, self.steps, self.inputs).swapaxes(0, 1))
        mask = last_step(self.steps, size)
        return Batch(x, np.where(mask, labels[chosen], 0), mask)


@lru_cache(maxsize=1)
def _sides() -> dict[bool, tuple[Array, Array]]:
    """Images float32 [n, 64] and labels [n], of training and tests; an image that occurs twice is on one side."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "probes", "the task 'digits'") from error

    images, labels = load_digits(return_X_y=True)
    _, same = np.unique(images, axis=0, return_inverse=True)
    order = np.random.Generator(np.random.Philox(key=0)).permutation(int(same.max()) + 1)
    for_tests = order[same] < len(order) // 4
    x, y = (images / 16).astype(np.float32), labels.astype(np.int64)
    return {side: (x[for_tests == side], y[for_tests == side]) for side in (False, True)}
