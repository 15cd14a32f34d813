"""The two kinds of processes that pieces of work go to, as backends of joblib in which a death is a result.

For Ray, joblib's own backend is a pool of actors, of which a dead one is never replaced and fails every piece it is
given; pieces are Ray tasks here instead, which go to whatever node is alive.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from softgate.errors import MissingExtraError, SoftgateError

IDLE = 300
"""Seconds after which a process without work ends, as joblib has it."""

_MORE_THAN_ONE = 2
"""What joblib is told of one process: at 1 it would work in this one, which is not to die of anything."""


class PoolError(SoftgateError, RuntimeError):
    """The processes that a study was to run on cannot be had."""


@dataclass(frozen=True)
class Died:
    """In the place of a result: the worker died. ``why`` says how; ``guilty`` whether the piece may be the reason."""

    why: str
    guilty: bool = True


def cores() -> int:
    """How many processes may run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _joblib() -> Any:
    try:
        import joblib
    except ImportError:
        raise MissingExtraError("joblib", "lab", "a study on several processes") from None
    return joblib


def local() -> Any:
    """Local processes, as joblib has them, in which a death is a result."""
    _joblib()
    from joblib.executor import get_memmapping_executor
    from joblib.parallel import LokyBackend

    class Local(LokyBackend):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(inner_max_num_threads=1)
            self.broken, self.ended = threading.Event(), list[Died]()

        def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
            if n_jobs > 1:
                return int(super().configure(n_jobs, parallel, **options))
            environment = self._prepare_worker_env(n_jobs=1)
            self._workers = get_memmapping_executor(1, timeout=IDLE, env=environment, context_id=parallel._id)
            self.parallel = parallel
            return _MORE_THAN_ONE

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


def ray_backend() -> Any:
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
            return max(n_jobs, _MORE_THAN_ONE)

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
def cluster(address: str | None, jobs: int | None) -> Iterator[int]:
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
