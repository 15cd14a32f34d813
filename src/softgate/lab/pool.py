"""Pieces of work on processes that may die: joblib, with the two things that a study needs beside it.

joblib ends a whole call when one worker dies, and drops what other workers had finished but nobody had read yet. Here a
piece whose worker died comes back as :class:`Died`, and all others as they are; the caller hands out again what is
missing.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from softgate.errors import UnknownNameError
from softgate.lab.backends import Died, cluster, cores, local, ray_backend

BACKENDS = ("loky", "ray", "sequential")
BEAT = 1.0
"""Seconds between two looks at whether the process that gave the work is still there."""

Finished = tuple[int, Any]


@contextlib.contextmanager
def pool(backend: str, jobs: int | None, address: str | None = None) -> Iterator[tuple[Any, int]]:
    """A joblib backend to hand to :func:`finished`, and how many processes it has.

    Args:
        backend: one of :data:`BACKENDS`.
        jobs: how many processes; as many as there are cores, here or in the cluster, if None.
        address: of the Ray cluster; one on this machine is started, and ended, if there is none.

    Raises:
        UnknownNameError: no such backend.
        MissingExtraError: joblib or Ray is not installed.
    """
    if backend == "sequential":
        yield None, 1
    elif backend == "loky":
        yield local(), jobs or cores()
    elif backend == "ray":
        with cluster(address, jobs) as count:
            yield ray_backend(), jobs or count
    else:
        raise UnknownNameError("backend", backend, BACKENDS)


def finished(
    work: Callable[[Any], Any], pieces: Iterable[Any], backend: Any, jobs: int, alone: bool = False
) -> Iterator[Finished]:
    """The number of each piece and what ``work`` gave for it, or :class:`Died`, in the order in which they end.

    Not more pieces than processes are on their way at once. When a local worker dies, its whole pool does; pieces that
    had not begun then are not given. ``alone`` has one piece on its way at a time, so that it is known who died of it.
    """
    if backend is None:
        yield from ((k, work(piece)) for k, piece in enumerate(pieces))
        return
    from joblib import Parallel, delayed

    ended, away = backend.ended, dict[int, None]()
    ended.clear()

    def given() -> Iterator[Any]:
        for k, piece in enumerate(pieces):
            if backend.broken.is_set():
                return
            away[k] = None
            yield delayed(_one)(work, k, piece)

    backend.broken.clear()
    parallel = Parallel(
        n_jobs=jobs,
        backend=backend,
        return_as="generator_unordered",
        pre_dispatch=1 if alone else jobs,
        batch_size=1,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        for found in parallel(given()):
            if not isinstance(found, Died):
                del away[found[0]]
                yield found
    yield from zip(away, ended, strict=False)


def _one(work: Callable[[Any], Any], k: int, piece: Any) -> Finished:
    _leave_with(os.getppid())
    return k, work(piece)


_leaving: list[threading.Thread] = []


def _leave_with(parent: int) -> None:
    """End this process when the one that started it has gone: nobody would read what it finds."""
    if _leaving or not hasattr(os, "getppid"):
        return

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(BEAT)
        os._exit(1)

    _leaving.append(threading.Thread(target=look, daemon=True))
    _leaving[0].start()
