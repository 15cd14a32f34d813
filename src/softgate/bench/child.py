"""What a new process measures of itself: its first call, or the memory of a training step.

``python -m softgate.bench.child QUESTION`` with a question as JSON prints the answer as the last line, as JSON. Asked
by :mod:`softgate.bench.fresh`.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from softgate.bench import sides
from softgate.bench.cases import Case

_RUNS = 3
"""Training steps of which the highest memory is taken: a cache that grows is seen by then."""


@dataclass(frozen=True)
class Question:
    """What to measure (``"first"`` or ``"memory"``), of which side (``"ours"`` or ``"other"``), on how many threads."""

    what: str
    side: str
    threads: int
    case: Case

    def to_json(self) -> str:
        """The question as text."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Question:
        """And back."""
        raw = json.loads(text)
        return Question(**{**raw, "case": Case(**raw["case"])})


def answer(question: Question) -> dict[str, float]:
    """Measure."""
    torch.set_num_threads(question.threads)
    torch.manual_seed(0)
    started = time.perf_counter()
    if question.side == "ours":
        from softgate import dispatch

        dispatch.backend()
    imported = time.perf_counter() - started
    make = sides.ours if question.side == "ours" else sides.theirs
    if question.what == "first":
        return {"seconds": _first(question.case, make(question.case)), "imports": imported}
    return {"bytes": _memory(question.case, make(question.case))}


def _first(case: Case, module: torch.nn.Module) -> float:
    run = sides.side(case, module, sides.data(case)).run
    # What torch loads at its own first product and first backward pass (SymPy, for one) is no layer's cost.
    y = torch.nn.Linear(64, 64)(torch.ones(64, 64))
    y.backward(torch.ones_like(y))
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _memory(case: Case, module: torch.nn.Module) -> int:
    """Bytes above what the process has when layer and data are there and one short run has been made."""
    short = replace(case, T=2)
    sides.side(short, module, sides.data(short)).run()
    run = sides.side(case, module, sides.data(case)).run
    module.zero_grad(set_to_none=True)
    gc.collect()
    baseline = reset_peak()
    for _ in range(_RUNS):
        run()
    return max(0, peak() - baseline)


def reset_peak() -> int:
    """Begin a new peak where the system can; the bytes from which it counts."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return peak()
    return _status("VmRSS") or peak()


def peak() -> int:
    """The most bytes this process has had in memory."""
    found = _status("VmHWM")
    if found is not None:
        return found
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _status(name: str) -> int | None:
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    match = re.search(rf"^{name}:\s*(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(answer(Question.from_json(sys.argv[1]))) + "\n")
