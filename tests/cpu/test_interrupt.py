"""Ctrl-C during a long call: it is answered soon, and the layer works afterwards. And other signals meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

import softgate as sg
from cpu.memory import real
from softgate.cpu import launch, sweep, workspace
from softgate.testing import assert_equal

LATENCY = 5.0
"""Seconds at most, on a machine with other things to do; a second is what is promised, and what it took is printed."""

PROGRAM = """
import os, signal, sys, threading, time
import torch
import softgate as sg

what, wait, T, B, inputs, H = sys.argv[1], float(sys.argv[2]), *map(int, sys.argv[3:])
layer = sg.LSTM(inputs, H)
small = torch.randn(3, B, inputs)
want = layer(small)[0].detach()
x = torch.randn(1, B, inputs).expand(T, B, inputs)
if what == "backward":
    y = layer(x)[0]
    seed = torch.ones_like(y)
begun = threading.Event()
sent = []

def interrupt():
    begun.wait()
    time.sleep(wait)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    begun.set()
    if what == "backward":
        y.backward(seed)
    else:
        with torch.no_grad():
            layer(x)
    print("it was over before the signal came")
except KeyboardInterrupt:
    print("latency", time.perf_counter() - sent[0])
assert torch.equal(layer(small)[0], want)
"""

CASES = {
    "forward": ("forward", 0.5, 30_000, 16, 256, 256),
    "products with the input, for all steps": ("forward", 0.3, 40_000, 1, 1024, 1024),
    "backward": ("backward", 1.0, 6_000, 16, 256, 256),
    "weight gradients": ("backward", 3.5, 6_000, 16, 256, 256),
}


@pytest.mark.parametrize("name", CASES)
def test_ctrl_c_is_answered(name: str) -> None:
    command = [sys.executable, "-c", PROGRAM, *map(str, CASES[name])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    word, _, rest = done.stdout.strip().partition(" ")
    if name == "weight gradients" and word != "latency":
        return  # a quick machine is through by then
    assert word == "latency", done.stdout
    print(f"{name}: Ctrl-C answered after {float(rest):.3f} s")
    assert float(rest) < LATENCY


def interrupted(times: int) -> int:
    """Run a layer while a handler runs another; returns how often it came to that. Raises if a value changes."""
    torch.manual_seed(0)
    layer, other = sg.LSTM(16, 16), sg.LSTM(16, 16)
    x = torch.randn(64, 3, 16)
    calls = 0

    def handler(*_: object) -> None:
        nonlocal calls
        calls += 1
        with torch.enable_grad():
            other(x)[0].sum().backward()

    def everything() -> list[torch.Tensor]:
        layer.zero_grad()
        given = x.clone().requires_grad_()
        y = layer(given)[0]
        y.sin().sum().backward()
        return [y.detach(), given.grad, *(p.grad.clone() for p in layer.parameters())]

    want = everything()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        for k in range(times):
            signal.setitimer(signal.ITIMER_REAL, 2e-4 + 1e-5 * (k % 80))
            got = everything()
            signal.setitimer(signal.ITIMER_REAL, 0)
            for n, (g, w) in enumerate(zip(got, want, strict=True)):
                assert_equal(g, w, name=f"value {n} of an interrupted call")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return calls


@pytest.fixture
def _a_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python runs handlers between two pieces of a call: here each piece is one step."""
    monkeypatch.setattr(sweep, "piece", lambda schedule: 1)
    launch.forget()
    with real():
        yield
    launch.forget()


@pytest.mark.usefixtures("_a_step_at_a_time")
def test_a_signal_handler_may_run_a_layer() -> None:
    assert interrupted(80) > 20


@pytest.mark.usefixtures("_a_step_at_a_time")
def test_scratch_that_is_shared_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, torch.Tensor] = {}

    def scratch(name: str, count: int, dtype: torch.dtype) -> torch.Tensor:
        if name not in kept or kept[name].numel() < count:
            kept[name] = torch.empty(count, dtype=dtype)
        return kept[name]

    monkeypatch.setattr(workspace, "scratch", scratch)
    with pytest.raises(AssertionError, match="of an interrupted call: got"):
        interrupted(400)
