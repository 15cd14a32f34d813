"""Kernels as text: what is generated for each cell at one schedule, kept in golden/ and reviewed like source.

A page has the program of a cell, what the kernels are told, and what their workers are made of; the instructions of
one cell are there in full. After a change that is meant: ``SOFTGATE_GOLDEN=write pytest tests/cpu/test_golden.py``,
and read the difference.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections import Counter
from pathlib import Path

import llvmlite.ir as ll
import pytest
import torch

import softgate as sg
from softgate import step as steps
from softgate.cpu import backward, forward, isa, prepare
from softgate.cpu.plan import Plan
from softgate.equations import Cell

GOLDEN = Path(__file__).parent / "golden"
SIZE = prepare.Size(units=8, hidden=8, inputs=8, projected=False)
WHOLE = ("lstm",)
"""Cells whose workers are kept as instructions."""
WIDTH = 120


def plans(cell: Cell) -> dict[str, Plan]:
    """The kernels of a training step in float32 for AVX2: whole vectors, one of units a tile."""
    saved = tuple(steps.adjoint(cell).saved)
    return {
        "forward": prepare.forward_plan(cell, isa.AVX2, torch.float32, SIZE, (False, False), saved),
        "backward": prepare.backward_plan(cell, isa.AVX2, torch.float32, SIZE, False),
    }


def worker(kind: str, plan: Plan) -> str:
    """The IR of what one thread does, in a form that does not depend on how LLVM's text is spaced and numbered."""
    module = ll.Module()
    {"forward": forward, "backward": backward}[kind].build(plan, module)
    text = str(module)
    start = text.index(f'define internal void @"{kind}.worker"')
    text = text[start : text.index("\n}", start) + 2]
    names: dict[str, str] = {}
    text = re.sub(r'%"(\.\d+)"', lambda m: names.setdefault(m[1], f"%{len(names)}"), text)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line if line[-1] in "{}:" or line.startswith("define") else f"  {line}" for line in lines) + "\n"


def instructions(text: str) -> str:
    """How many of each kind, in a paragraph."""
    kinds = re.findall(r"^  (?:%\S+ = )?([a-z]+)", text, re.MULTILINE)
    calls = re.findall(r'call .*?@"?([\w.]+)', text)
    counts = Counter(k for k in kinds if k != "call") + Counter(calls)
    return wrapped([f"{name} {n}" for name, n in sorted(counts.items())])


def wrapped(words: list[str]) -> str:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) + 2 > WIDTH:
            lines.append("")
        lines[-1] += f"  {word}"
    return "\n".join(lines)


def page(cell: Cell) -> str:
    """What is kept of a cell."""
    made = plans(cell)
    parts = [cell.text, *prepare._program(made["forward"]).values()][1:]
    for kind, plan in made.items():
        text = worker(kind, plan)
        tile = (plan.rows, plan.groups) if kind == "forward" else (plan.rows_back, plan.groups_back)
        names = list({"forward": forward, "backward": backward}[kind].arguments(plan).names)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        parts.append(f"{kind}: tiles of {tile[0]} rows and {tile[1]} vectors, {plan.isa.name} {plan.real.name}\n")
        parts.append(f"arguments\n{wrapped(names)}\ninstructions of the worker, {digest}\n{instructions(text)}\n")
    return "\n".join(parts)


def pages(name: str) -> dict[str, str]:
    """File name to content."""
    cell = sg.cells.get(name)
    found = {f"{name}.txt": page(cell)}
    if name in WHOLE:
        found |= {f"{name}.{kind}.ll": worker(kind, plan) for kind, plan in plans(cell).items()}
    return found


def compare(path: Path, text: str) -> None:
    """Raise with a short difference if the file does not say this; write it if that is what was asked for."""
    if os.environ.get("SOFTGATE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if kept == text:
        return
    lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "generated now", lineterm="", n=1)
    shown = "\n".join(list(lines)[:40])
    raise AssertionError(
        f"the kernels of {path.name} have changed; if that is meant, run the tests with SOFTGATE_GOLDEN=write and read "
        f"the difference; SOFTGATE_DUMP=folder writes the whole text of what runs\n{shown}"
    )


@pytest.mark.parametrize("name", sg.cells.names())
def test_as_it_was_reviewed(name: str) -> None:
    for file, text in pages(name).items():
        compare(GOLDEN / file, text)


def test_the_same_text_twice() -> None:
    assert page(sg.cells.lstm()) == page(sg.cells.lstm())


def test_nothing_else_is_kept_and_it_is_small() -> None:
    expected = {f"{name}.txt" for name in sg.cells.names()}
    expected |= {f"{name}.{kind}.ll" for name in WHOLE for kind in ("forward", "backward")}
    files = list(GOLDEN.iterdir())
    assert {f.name for f in files} == expected
    assert sum(f.stat().st_size for f in files) < 300_000


def test_a_change_is_seen_and_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOFTGATE_GOLDEN", raising=False)
    kept = tmp_path / "lstm.txt"
    kept.write_text(page(sg.cells.lstm()))
    compare(kept, page(sg.cells.lstm()))
    with pytest.raises(AssertionError, match=r"kernels of lstm.txt have changed.*SOFTGATE_GOLDEN=write"):
        compare(kept, page(sg.cells.lstm(forget_gate="hard_sigmoid")))
    monkeypatch.setenv("SOFTGATE_GOLDEN", "write")
    compare(kept, "new")
    assert kept.read_text() == "new"
