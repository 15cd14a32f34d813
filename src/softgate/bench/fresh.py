"""Cases that need a process of their own: the first call after the imports, and the peak of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from softgate.bench.cases import Case
from softgate.bench.child import Question
from softgate.bench.measure import Pairs

FEWEST, MOST = 2, 7
"""Pairs of processes of a case."""
_LIMIT = 300.0


def ask(question: Question, cache: Path | None = None) -> dict[str, float]:
    """Have a new process answer; ``cache`` is its folder of compiled kernels.

    Raises:
        RuntimeError: it failed; the message is the last that it wrote.
    """
    environment = dict(os.environ) | ({"SOFTGATE_CACHE": str(cache)} if cache else {})
    command = [sys.executable, "-m", "softgate.bench.child", question.to_json()]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=_LIMIT, check=False)
    if run.returncode:
        said = " ".join(run.stderr.strip().splitlines()[-2:]) or "no message"
        raise RuntimeError(f"the process of this case exited with {run.returncode}: {said}")
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def first(case: Case, seconds: float) -> tuple[Pairs, str]:
    """Seconds of the first call on both sides, and a note. ``case.option`` is ``"compile"`` or ``"disk"``."""
    ours: list[float] = []
    other: list[float] = []
    imports: list[float] = []
    end = time.perf_counter() + seconds
    with tempfile.TemporaryDirectory(prefix="softgate-bench-") as folder:
        if case.option == "disk":
            ask(_question(case, "ours"), Path(folder, "0"))
        while len(ours) < FEWEST or (time.perf_counter() < end and len(ours) < MOST):
            # One folder a run where kernels are to be compiled, always the filled one where they are to be found.
            cache = Path(folder, str(0 if case.option == "disk" else len(ours)))
            got = ask(_question(case, "ours"), cache)
            ours.append(got["seconds"])
            imports.append(got["imports"])
            other.append(ask(_question(case, "other"))["seconds"])
    return Pairs(tuple(ours), tuple(other)), f"after {1e3 * min(imports):.0f} ms of imports"


def memory(case: Case) -> tuple[int, int]:
    """Peak bytes of a training step above the baseline: ours, the other side's."""
    return int(ask(_question(case, "ours"))["bytes"]), int(ask(_question(case, "other"))["bytes"])


def _question(case: Case, side: str) -> Question:
    return Question("memory" if case.kind == "memory" else "first", side, torch.get_num_threads(), case)
