"""Nothing grows: not with the number of calls, not with that of different calls, not with threads that end."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import softgate as sg
from cpu.memory import real
from softgate.cpu import launch, workspace

MB = 1 << 20


@pytest.fixture(autouse=True)
def _as_users_have_it() -> Iterator[None]:
    with real():
        workspace.release()
        yield
        workspace.release()


def resident() -> int:
    """Bytes of this process in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) << 10
    raise AssertionError("the system does not say")


def tensors() -> int:
    gc.collect()
    return sum(issubclass(type(o), torch.Tensor) for o in gc.get_objects())


def train(layer: torch.nn.Module, x: torch.Tensor) -> None:
    layer.zero_grad()
    layer(x)[0].sum().backward()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not say how much memory is in use")
@pytest.mark.parametrize("cell", ["lstm", "fgr"])
def test_two_hundred_calls_need_no_more_than_ten(cell: str) -> None:
    layer = sg.Recurrent(sg.cells.get(cell), 64, 96)
    x = torch.randn(40, 16, 64, requires_grad=True)
    for _ in range(10):
        train(layer, x)
    before, objects = resident(), tensors()
    for _ in range(200):
        train(layer, x)
    assert tensors() <= objects + 2
    assert resident() - before < 8 * MB, f"{(resident() - before) / MB:.1f} MB more"


def test_what_a_call_kept_comes_back() -> None:
    """Memory of one pass is that of the next; what a graph still holds is not."""
    layer, x = sg.LSTM(64, 128), torch.randn(40, 16, 64)
    train(layer, x)
    kept = {size: len(blocks) for size, blocks in workspace._idle.items()}
    assert sum(kept.values()) >= 1
    for _ in range(5):
        train(layer, x)
    assert {size: len(blocks) for size, blocks in workspace._idle.items()} == kept
    first, second = layer(x)[0], layer(x * 2)[0]
    want = second.detach().clone()
    first.sum().backward()
    train(layer, -x)
    layer.zero_grad()
    second.sum().backward()
    got = layer.weight_hh_l0.grad.clone()
    layer.zero_grad()
    layer(x * 2)[0].sum().backward()
    sg.testing.assert_equal(second.detach(), want, name="y while other calls ran")
    sg.testing.assert_equal(layer.weight_hh_l0.grad, got, name="gradient while other calls ran")


def test_idle_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "_KEEP", 24 * MB)
    held = [workspace.lasting((4 * MB,), torch.float32) for _ in range(3)]
    held.extend(workspace.lasting((n * MB,), torch.float32) for n in (1, 2, 3))
    del held
    gc.collect()
    assert 0 < sum(size * len(blocks) for size, blocks in workspace._idle.items()) <= 24 * MB
    workspace.back("dz", torch.empty(7 * MB))
    assert ("dz", torch.float32) not in workspace._kept.__dict__
    workspace.release()
    assert not workspace._idle


def test_prepared_calls_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequences of ever new lengths leave no more than so many calls behind."""
    monkeypatch.setattr(launch, "_KEPT", 16)
    launch.forget()
    layer = sg.GRU(3, 4)
    for steps in range(1, 60):
        with torch.no_grad():
            layer(torch.zeros(steps, 2, 3))
    assert len(launch._local.kept) <= 16


def test_a_thread_that_ends_leaves_nothing() -> None:
    layer, x = sg.LSTM(64, 128), torch.randn(40, 16, 64)
    train(layer, x)

    def work() -> None:
        with torch.no_grad():
            layer(x)

    def run() -> None:
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()

    run()
    before = tensors()
    for _ in range(10):
        run()
    assert tensors() <= before + 2


def test_blocks_are_taken_by_several_threads_at_once() -> None:
    """Each block has one owner, however many threads take and return them."""
    wrong: list[str] = []

    def work(mark: int) -> None:
        for _ in range(200):
            block = workspace.lasting((MB,), torch.float32)
            block[:: MB // 8] = mark
            if not (block[:: MB // 8] == mark).all():
                wrong.append(f"thread {mark} was written over")
            del block

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert not wrong
