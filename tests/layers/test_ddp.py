"""DistributedDataParallel over gloo, two processes: the gradient is that of the whole batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORKER = """
import sys
import torch
import torch.distributed as dist
import softgate as sg

rank, meeting = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=2)
torch.manual_seed(0)
plain = torch.nn.Sequential()
plain.add_module("a", sg.LSTM(3, 4, num_layers=2, bidirectional=True))
plain.add_module("b", sg.open(torch.nn.GRU(8, 4)))
plain.add_module("c", sg.Recurrent("peephole", 4, 4))

class Chain(torch.nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts
    def forward(self, x):
        for part in self.parts:
            x = part(x)[0]
        return x

model = Chain(plain)
x = torch.randn(6, 4, 3)
model(x).square().mean().backward()
want = [p.grad.clone() for p in model.parameters()]
model.zero_grad()
both = torch.nn.parallel.DistributedDataParallel(model)
for _ in range(2):
    model.zero_grad()
    both(x[:, 2 * rank : 2 * rank + 2]).square().mean().backward()
for p, w in zip(model.parameters(), want, strict=True):
    torch.testing.assert_close(p.grad, w)
dist.destroy_process_group()
"""


def test_two_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", WORKER]
    workers = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting")], stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    errors = [worker.communicate(timeout=120)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(errors)
