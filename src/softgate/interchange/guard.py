"""What stands between a file that somebody sent and this process: sizes are limited, and every failure is one error.

Nothing here or in the readers runs anything from a file. A reader works inside :func:`reading`, which turns whatever a
malformed file provokes in a parser into an :class:`InterchangeError` with the file's name.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from softgate.errors import InterchangeError, SoftgateError
from softgate.recording import room

MOST_BYTES = 4 << 30
"""The largest file, and the largest array in one, in bytes."""

MOST_COMPUTED = 256 << 20
"""What is computed while a file is read, in bytes; and four times what the file has."""

MOST_WORK = 1 << 36
"""What is computed while a file is read, in products: seconds."""

_limit: ContextVar[float | None] = ContextVar("softgate_interchange_limit", default=None)
"""The largest array that an operator may be asked for; None, when a model is called: a share of the memory free."""

_PROVOKED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    NotImplementedError,
    OSError,
    EOFError,
    MemoryError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Whatever goes wrong inside is an :class:`InterchangeError` about ``path``; ours pass, with the name in front."""
    name = Path(path).name
    try:
        with limited(MOST_COMPUTED):
            yield
    except InterchangeError as error:
        raise InterchangeError(f"{name}: {error}") from error
    except (SoftgateError, FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except _PROVOKED as error:
        reason = str(error).strip().splitlines()[:1] or [""]
        raise InterchangeError(
            f"{name}: it is damaged, or not what its name says ({type(error).__name__}: {reason[0][:300]})"
        ) from error


def read_bytes(path: str | os.PathLike[str], most: int = MOST_BYTES) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    Raises:
        FileNotFoundError: there is none.
        InterchangeError: it is larger, or not a regular file.
    """
    file = Path(path)
    if file.exists() and not file.is_file():
        raise InterchangeError("it is not a regular file")
    size = file.stat().st_size
    if size > most:
        raise InterchangeError(f"it has {size} bytes, and softgate reads at most {most}")
    return file.read_bytes()


def bounded(shape: Sequence[int], what: str, itemsize: int = 4, most: float | None = None) -> tuple[int, ...]:
    """``shape``, if an array of it may be made: of at most ``most`` bytes.

    Raises:
        InterchangeError: it has a negative size, or would take more.
    """
    if any(isinstance(n, torch.SymInt) for n in shape):  # an export, in which nothing is allocated
        return tuple(shape)
    sizes = tuple(int(n) for n in shape)
    if any(n < 0 for n in sizes):
        raise InterchangeError(f"{what}: a size is negative in {list(sizes)}")
    needed = math.prod(sizes) * itemsize
    most = _limit.get() if most is None else most
    if most is None:
        most = needed if needed < room.SMALL else room.SHARE * room.free_memory()
    if needed > most:
        raise InterchangeError(f"{what}: {list(sizes)} would take more than {most:.0f} bytes")
    return sizes


@contextmanager
def limited(most: float) -> Iterator[None]:
    """No array of more bytes is made inside."""
    token = _limit.set(most)
    try:
        yield
    finally:
        _limit.reset(token)


def broadcast(what: str, *shapes: Sequence[int], itemsize: int = 4) -> tuple[int, ...]:
    """The common shape of arrays that are put together elementwise, :func:`bounded`."""
    if any(isinstance(n, torch.SymInt) for shape in shapes for n in shape):
        return tuple(torch.broadcast_shapes(*map(tuple, shapes)))  # type: ignore[no-untyped-call]
    return bounded(np.broadcast_shapes(*map(tuple, shapes)), what, itemsize)


def visible(x: Tensor) -> bool:
    """Whether the values of a tensor may be looked at: not while torch compiles, exports, or maps over a batch."""
    if torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None:
        return False
    return not (torch._C._are_functorch_transforms_active() or type(x).__name__ == "FakeTensor" or x.is_meta)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes to a temporary name beside the path and renames, so that a broken write leaves the last good file."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
