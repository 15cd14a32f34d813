"""What a task is: options, facts about them, and batches that are the same on every machine.

A task is a frozen dataclass whose fields are its options, so it is compared, hashed and sent to another process by
value. Its numbers come from a Philox generator, keyed by task, seed and index: a batch needs none of those before it,
and costs the same wherever it is in a training.

Known imperfection: the stream of a Philox generator is fixed for all time, what ``numpy.random.Generator`` makes of it
is so from one release of NumPy to the next in practice, but not by promise.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from softgate.errors import ShapeError, SoftgateError, UnknownNameError
from softgate.native import native, whole
from softgate.tasks import measure as measures

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Batch", "Task", "TaskError"]

Array = NDArray[Any]
T_ = TypeVar("T_", bound="Task")


class TaskError(SoftgateError, ValueError):
    """A value that an option of a task cannot have; the message says which it can."""


class Batch(NamedTuple):
    """x float32 [T, B, I]; target int64 [T, B] or float32 [T, B, O]; mask bool [T, B], the steps that count."""

    x: Array
    target: Array
    mask: Array


class Task(ABC):
    """A task; its options are the fields of the dataclass.

    Attributes:
        name: as :func:`softgate.tasks.get` knows it.
        demands: what it demands of a memory, in a sentence.
        source: who published it, and what is different here.
        kind: ``classes`` (integer targets), ``bits`` (0 or 1 for each output) or ``numbers``.
        measure: the name of its score.
        higher_is_better: false where the score is an error.
        criterion: from which score it counts as solved, in words.
        exact: whether some function of x alone has the best score there is.
        varies: whether T differs from batch to batch.
        ranges: the least and greatest value of options that are numbers.
        words: the values of options that are one of a few words.
    """

    name: ClassVar[str]
    demands: ClassVar[str]
    source: ClassVar[str]
    kind: ClassVar[str]
    measure: ClassVar[str] = measures.RIGHT
    higher_is_better: ClassVar[bool] = True
    criterion: ClassVar[str] = "95 % of the test sequences are right at every step that counts"
    exact: ClassVar[bool] = True
    varies: ClassVar[bool] = False
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {}
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __post_init__(self) -> None:
        for key, value in self.options.items():
            default = type(self).__dataclass_fields__[key].default  # type: ignore[attr-defined]
            plain = whole(value) if type(default) is int else native(value)
            self._check(key, plain)
            object.__setattr__(self, key, plain)

    def _check(self, key: str, value: Any) -> None:
        default = type(self).__dataclass_fields__[key].default  # type: ignore[attr-defined]
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise TaskError(
                f"{self.name}: {key}: expected {type(default).__name__}, as {default!r}, got {value!r}; "
                f"as in sg.tasks.get({self.name!r}, {key}={default!r})"
            )
        low, high = self.ranges.get(key, (-np.inf, np.inf))
        if isinstance(value, int | float) and not low <= value <= high:
            raise TaskError(f"{self.name}: {key}: expected {low:g} to {high:g}, got {value}")
        if key in self.words and value not in self.words[key]:
            raise UnknownNameError(f"{key} (of {self.name})", value, self.words[key])

    @property
    def options(self) -> dict[str, Any]:
        """The options with their values, as a new dict."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]

    @property
    def spec(self) -> dict[str, Any]:
        """The task in the types of JSON: ``sg.tasks.get(**task.spec) == task``."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in self.options.items()}
        return {"task": self.name, **plain}

    @property
    @abstractmethod
    def inputs(self) -> int:
        """I, the size of x."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """O, the size of y."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """T of a training batch."""

    @property
    @abstractmethod
    def chance(self) -> float:
        """The score of the best guess: one fixed answer for all sequences, made without looking at them."""

    @property
    def solved(self) -> float:
        """The score from which the task counts as solved."""
        return 0.95

    @property
    def input_names(self) -> tuple[str, ...]:
        """What each input stands for where x is one-hot; nothing where it is numbers."""
        return ()

    @property
    def output_names(self) -> tuple[str, ...]:
        """What each output stands for, where it has a name."""
        return ()

    @property
    def disjoint(self) -> bool:
        """Whether nothing of a test is ever trained on: no sequence, and of text no file."""
        return True

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Options of harder test sets: ``task.batch(0, 0, 100, test=True, **task.longer[0])``."""
        return ()

    def batch(self, seed: int, index: int, size: int, *, test: bool = False, **harder: Any) -> Batch:
        """One batch of ``size`` sequences.

        Args:
            seed: of the data: another seed, other sequences.
            index: the number of the batch; batches may be asked for in any order.
            size: B.
            test: from the side of the tests.
            **harder: other values of options, such as a set of :attr:`longer`; inputs and outputs stay as they are.

        Raises:
            UnknownNameError: there is no such option.
            TaskError: a value that it cannot have.
            ShapeError: a size below 1, or options with other inputs or outputs.
        """
        if size < 1:
            raise ShapeError(f"{self.name}: size: expected 1 sequence or more, got {size}")
        task = self.replace(**harder) if harder else self
        harder = {key: task.options[key] for key in harder}
        if (task.inputs, task.outputs) != (self.inputs, self.outputs):
            raise ShapeError(
                f"{self.name}: {harder} makes it a task of {task.inputs} inputs and {task.outputs} outputs; "
                f"a net for {self.inputs} and {self.outputs} cannot be tested on it"
            )
        return task._make(_generator(self, seed, index, test, tuple(sorted(harder.items()))), size, test)

    def replace(self: T_, **options: Any) -> T_:
        """The task with other values of some options."""
        for key in options:
            if key not in self.options:
                raise UnknownNameError(f"option (of {self.name})", key, self.options)
        plain = {k: native(v) for k, v in options.items()}
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return dataclasses.replace(self, **tuples)  # type: ignore[type-var]

    @abstractmethod
    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        """A batch from random numbers."""

    def score(self, y: Array, batch: Batch) -> NDArray[np.float64]:
        """The score of each sequence, [B], of an answer y [T, B, O]: :attr:`measure` says which.

        Raises:
            ShapeError: y has another shape.
        """
        wanted = (*batch.mask.shape, self.outputs)
        if y.shape != wanted:
            raise ShapeError(f"{self.name}: y: expected {list(wanted)} [T, B, O], got {list(y.shape)}")
        return measures.score(self.measure, y, batch.target, batch.mask)

    def loss(self, y: Tensor, target: Any, mask: Any) -> Tensor:
        """What training makes small: :func:`softgate.tasks.measure.loss` of this kind; [N, T, B, O] gives [N]."""
        return measures.loss(self.kind, y, target, mask)


@lru_cache(maxsize=256)
def _key(task: Task, harder: tuple[tuple[str, Any], ...]) -> Any:
    """The hash of what does not change from batch to batch, to be gone on with."""
    return hashlib.sha256(json.dumps([task.spec, dict(harder)], sort_keys=True).encode())


def _generator(task: Task, seed: int, index: int, test: bool, harder: tuple[tuple[str, Any], ...]) -> Any:
    """The random numbers of one batch."""
    digest = _key(task, harder).copy()
    digest.update(f"|{int(seed)}|{int(index)}|{bool(test)}".encode())
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest.digest()[:16], "little")))
