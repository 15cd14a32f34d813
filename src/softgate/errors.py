"""Every error softgate raises on purpose, as one tree.

Each error is also the built-in that torch or Python would have raised in its place, so code that catches
`ValueError` or `KeyError` today goes on working. A message says what was expected, what came, and the smallest right
thing to write; the wording is part of the contract and has tests.

All of them are rebuilt from `args`, so they survive pickling on the way out of a worker process.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CacheError",
    "CellDefinitionError",
    "DtypeError",
    "GradientWarning",
    "InterchangeError",
    "MissingExtraError",
    "NotRecordedError",
    "RecordingFolderError",
    "RecordingTooLargeError",
    "ShapeError",
    "SoftgateError",
    "UnknownNameError",
]


class SoftgateError(Exception):
    """The root of the tree: `except softgate.SoftgateError` catches all of them."""


class CellDefinitionError(SoftgateError, ValueError):
    """A cell's equations do not make a cell.

    Points at the place in the user's file, where it is known: `file`, `line` (from 1) and `source`, the text of it.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None, source: str | None = None):
        super().__init__(message, file, line, source)
        self.message, self.file, self.line, self.source = message, file, line, source

    def __str__(self) -> str:
        text = self.message
        if self.file is not None:
            text += f"\n  in {self.file}" + (f", line {self.line}" if self.line is not None else "")
        if self.source:
            text += f"\n    {self.source.strip()}"
        return text


class ActivationError(CellDefinitionError, TypeError):
    """A formula does not make an activation; the place as in a :class:`CellDefinitionError`, which it is too."""


class UnknownNameError(SoftgateError, KeyError, ValueError):
    """A name nothing answers to. `kind` says of what (`"cell"`, `"signal"`), `known` what would have been right."""

    def __init__(self, kind: str, name: object, known: Iterable[str] = ()):
        known = tuple(known)
        super().__init__(kind, name, known)
        self.kind, self.name, self.known = kind, name, known

    @property
    def near(self) -> list[str]:
        """Up to three known names that look like the one asked for, the likeliest first."""
        lowered = {name.lower(): name for name in self.known}
        return [lowered[match] for match in difflib.get_close_matches(str(self.name).lower(), lowered, n=3)]

    def __str__(self) -> str:  # KeyError's own would print the repr of the message
        text = f"unknown {self.kind} {self.name!r}"
        if self.near:
            text += f"; did you mean {' or '.join(map(repr, self.near))}?"
        if self.known:
            text += f"\n  known: {', '.join(self.known)}"
        return text


class NotRecordedError(SoftgateError, KeyError, ValueError):
    """There is nothing to record, or nothing was recorded: the message says what to do first."""

    def __str__(self) -> str:  # KeyError's own would print the repr of the message
        return str(self.args[0])


class RecordingFolderError(SoftgateError, ValueError):
    """A folder that holds no recording, or one that was damaged, or one that a new recording would overwrite."""


class RecordingTooLargeError(SoftgateError, MemoryError):
    """A recording would not fit. The message has the bytes it needs and there are, and what would make it smaller."""


class ShapeError(SoftgateError, ValueError, RuntimeError):
    """An array of the wrong shape or layout. The message names the argument, what was wanted and what came."""


class DtypeError(SoftgateError, TypeError, ValueError, RuntimeError):
    """An array of a dtype, or on a device, that does not fit the others."""


class StateError(DtypeError, AttributeError):
    """Something that is no tensor, or no tuple of them, in the place of initial states."""


class InterchangeError(SoftgateError, ValueError):
    """A file of another library that cannot be opened, or a model that the other format cannot say.

    Names the file, and in it the operator, attribute, layer or node; nothing of the file has been run.
    """


class MissingExtraError(SoftgateError, ImportError):
    """An optional package is not installed; the message is the line that installs it."""

    def __init__(self, package: str, extra: str, purpose: str = "this"):
        super().__init__(package, extra, purpose)
        self.package, self.extra, self.purpose = package, extra, purpose

    def __str__(self) -> str:
        return f"{self.purpose} needs {self.package}, which is not installed: pip install 'softgate[{self.extra}]'"


class CacheError(SoftgateError, RuntimeError):
    """The kernel cache holds something that cannot be trusted. Deleting the cache is always safe."""


class GradientWarning(UserWarning):
    """A gradient vanishes or explodes inside of a layer; the message names the layer and the gate responsible."""


class WiringError(SoftgateError, ValueError):
    """A program that is none, or that one step of an LSTM cannot compute. Names the variable and what clashes."""
