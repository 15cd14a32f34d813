"""For every test of the kernels: a cache of their own, and NaN in all memory that nobody has written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from cpu.memory import poisoned, replaced
from softgate.cpu import isa as instruction_sets


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled kernels are kept for the run of the tests, by all workers together; the user's cache is not touched."""
    folder = tmp_path_factory.getbasetemp().parent / "kernels"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTGATE_CACHE", str(folder))
        yield


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Most cases are too small for more, and on a busy machine several threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _poison() -> Iterator[None]:
    with replaced(poisoned):
        yield


@pytest.fixture(params=["avx512", "avx2", "plain"])
def isa(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Kernels for each instruction set that this processor has."""
    if request.param not in {i.name for i in instruction_sets.available()}:
        pytest.skip(f"this processor has no {request.param}")
    monkeypatch.setenv("SOFTGATE_ISA", request.param)
    return request.param
