"""Ctrl-C during a long call comes through within a second, and the process goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

WORKER = """
import sys, time
import torch
import softgate as sg

torch.set_num_threads(1)
what = sys.argv[1]
layer = sg.LSTM(256, 256)
layer(torch.randn(2, 32, 256))[0].sum().backward()  # compiled
assert sg.explain_path(layer, torch.randn(2, 32, 256)).fast
x = torch.randn({"forward": 12000, "backward": 6000}[what], 32, 256)
y = layer(x)[0].sum() if what == "backward" else None
print("ready", flush=True)
try:
    if what == "forward":
        with torch.no_grad():
            layer(x)
    else:
        y.backward()
    print("finished", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
assert layer(x[:3])[0].isfinite().all()
print("goes on", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["forward", "backward"])
def test_interrupt(what: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER, what], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "ready"
        time.sleep(0.4)
        sent = time.monotonic()
        worker.send_signal(signal.SIGINT)
        said = worker.stdout.readline().strip()
        took = time.monotonic() - sent
        assert said == "interrupted", f"{said} after {took:.1f} s"
        assert took < 1.0
        assert worker.stdout.readline().strip() == "goes on"
