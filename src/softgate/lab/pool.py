"""Pieces of work on processes that may die: joblib, with the two things that a study needs beside it.

joblib ends a whole call when one worker dies, and drops what other workers had finished but nobody had read yet. Here a
piece whose worker died comes back as :class:`Died`, and all others as they are; the caller hands out again what is
missing. For Ray, joblib's own backend is a pool of actors, of which a dead one is never replaced and fails every piece
it is given; pieces are Ray tasks here instead, which go to whatever node is alive.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from softgate.errors import MissingExtraError, SoftgateError, UnknownNameError


class PoolError(SoftgateError, RuntimeError):
    """The processes that a study was to run on cannot be had."""


BACKENDS = ("loky", "ray", "sequential")
BEAT = 1.0
"""Seconds between two looks at whether the process that gave the work is still there."""


@dataclass(frozen=True)
class Died:
    """In the place of a result: the worker died. ``why`` says how; ``guilty`` whether the piece may be the reason."""

    why: str
    guilty: bool = True


Finished = tuple[int, Any]


def cores() -> int:
    """How many processes may run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        yield _loky(), jobs or cores()
    elif backend == "ray":
        with _cluster(address, jobs) as count:
            yield _ray(), jobs or count
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
    # A pool of one process would be no pool but this process itself, which is not to die of anything.
    parallel = Parallel(
        n_jobs=max(jobs, 2),
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


def _joblib() -> Any:
    try:
        import joblib
    except ImportError:
        raise MissingExtraError("joblib", "lab", "a study on several processes") from None
    return joblib


def _loky() -> Any:
    """Local processes, as joblib has them, in which a death is a result."""
    _joblib()
    from joblib.parallel import LokyBackend

    class Local(LokyBackend):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(inner_max_num_threads=1)
            self.broken, self.ended = threading.Event(), list[Died]()

        def submit(self, func: Any, callback: Any = None) -> Any:
            try:
                return super().submit(func, callback)
            except BrokenExecutor as error:  # between the death and the word of it
                future: Future[Any] = Future()
                future.add_done_callback(callback)
                future.set_exception(error)
                return future

        def retrieve_result_callback(self, future: Any) -> Any:
            try:
                return super().retrieve_result_callback(future)
            except BrokenExecutor as error:
                self.broken.set()
                self.ended.append(Died(_line(error)))
                return self.ended[-1:]

    return Local()


def _ray() -> Any:
    """Processes of a Ray cluster, one task a piece, in which a death is a result."""
    import ray

    ParallelBackendBase = _joblib().ParallelBackendBase
    remote = ray.remote(num_cpus=1, max_retries=0)(_call)

    class Cluster(ParallelBackendBase):  # type: ignore[misc, valid-type]
        supports_retrieve_callback = True

        def __init__(self) -> None:
            super().__init__()
            self.broken, self.ended = threading.Event(), list[Died]()  # a cluster does not break as a whole
            self.threads: Any = None

        def effective_n_jobs(self, n_jobs: int) -> int:
            return n_jobs

        def start_call(self) -> None:
            self.threads = ThreadPoolExecutor(self.parallel.n_jobs)

        def stop_call(self) -> None:
            self.threads.shutdown(wait=False, cancel_futures=True)

        def submit(self, func: Any, callback: Any = None) -> Any:
            future = self.threads.submit(lambda: ray.get(remote.remote(func)))
            future.add_done_callback(callback)
            return future

        def retrieve_result_callback(self, future: Any) -> Any:
            try:
                return future.result()
            except ray.exceptions.RayTaskError:
                raise
            except ray.exceptions.RayError as error:
                of_node = isinstance(error, ray.exceptions.NodeDiedError | ray.exceptions.ObjectLostError)
                self.ended.append(Died(_line(error), guilty=not of_node))
                return self.ended[-1:]

    return Cluster()


def _call(func: Any) -> Any:
    return func()


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"


@contextlib.contextmanager
def _cluster(address: str | None, jobs: int | None) -> Iterator[int]:
    """A connection to the cluster, and how many CPUs it has."""
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "ray", "a study on a Ray cluster") from None
    began = not ray.is_initialized()
    before = signal.getsignal(signal.SIGTERM)
    if began:
        here: dict[str, Any] = {"num_cpus": jobs or cores(), "include_dashboard": False} if address is None else {}
        try:
            ray.init(address=address, log_to_driver=False, **here)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise PoolError(f"no Ray cluster answers at {address or 'this machine'}: {_line(error)}") from None
    try:
        resources: Any = ray.cluster_resources()  # type: ignore[no-untyped-call]
        yield max(1, int(resources.get("CPU", 1)))
    finally:
        if began:
            ray.shutdown()
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, before)  # Ray has put its own there, and leaves it
