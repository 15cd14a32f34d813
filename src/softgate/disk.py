"""Folders that are whole at every moment: one process at a time in them, and files that are replaced as a whole.

The lock is the operating system's, on a file that holds the number of the process: it ends with the process, however
that ends, so a lock that was left behind stops nobody. What a process that was killed had half written goes when the
next one sweeps.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from softgate.errors import SoftgateError

try:
    import fcntl
except ImportError:  # not a Unix: runs there are not guarded against each other
    fcntl = None  # type: ignore[assignment]

__all__ = ["LockedError", "alive", "locked", "replace_file", "sweep"]

NAME = ".lock"


class LockedError(SoftgateError, RuntimeError):
    """Another process is at work in the folder."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of `folder`, which exists."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                raise LockedError(
                    f"{folder} is in use by another process ({owner}); wait for it, stop it, or choose another folder "
                    "with --out"
                ) from None
            except OSError:  # a file system without locks
                pass
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def alive(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # there is one, and it is somebody else's
        return True
    return True


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that `path` holds either what it held before or all of `data`.

    Raises:
        OSError: it cannot be written; what was there is still there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what :func:`replace_file` left half written in a process that was killed."""
    for leftover in folder.glob(".*.tmp"):
        owner = leftover.name.split(".")[-2]
        if not owner.isdecimal() or int(owner) == os.getpid() or not alive(int(owner)):
            leftover.unlink(missing_ok=True)
