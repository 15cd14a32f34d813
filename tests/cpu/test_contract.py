"""The contract on every instruction set, in both types, with memory poisoned."""

from __future__ import annotations

import pytest
import torch

import softgate as sg
from softgate.cpu import isa as instruction_sets
from softgate.equations import Cell


@sg.cell(gates="i f g r", state="h c n", weights="leak")
def own(z, prev, w):
    """Three states, split gates, a weight a unit, functions of all kinds."""
    i, f, r = sg.sigmoid(z.i), sg.sigmoid(z.f.x) * sg.tanh(z.f.h + 1), sg.softplus(z.r)
    n = sg.minimum(f * prev.n + i, 3.0) - w.leak * prev.n / (1 + prev.n * prev.n)
    c = f * prev.c + i * sg.sin(z.g) / (1 + r)
    return {"i": i, "f": f, "r": r, "n": n, "c": c, "h": sg.where(c > 0, c, sg.expm1(c)) * sg.cos(n)}


@sg.cell(gates="g h", state="h c", feedback="h")
def itself(z, prev):
    """Its output feeds back, besides its way through the hidden weights."""
    c = 0.5 * prev.c + sg.sigmoid(z.g)
    return {"c": c, "h": sg.tanh(z.h) + 0.5 * c * prev.h}


CHOSEN: dict[str, Cell] = {
    **{name: sg.cells.get(name) for name in ("lstm", "gru", "slstm", "fgr", "peephole", "mingru")},
    "own": own,
    "itself": itself,
}
CASES = [*((n, torch.float32) for n in CHOSEN), *((n, torch.float64) for n in ("lstm", "gru", "own"))]
"""All cells in both types on the widest instruction set are in tests/checks."""


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_every_instruction_set(name: str, dtype: torch.dtype, isa: str) -> None:
    problem = torch.zeros(1, 1, 1, dtype=dtype)
    layer = sg.Recurrent(CHOSEN[name], 1, 1, dtype=dtype)
    assert sg.explain_path(layer, problem).isa == isa
    sg.testing.check(CHOSEN[name], backend="cpu", dtype=dtype)


@pytest.mark.parametrize("name", sorted(set(sg.cells.names()) - set(CHOSEN)))
def test_the_other_cells(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On AVX2, which most machines have, or what there is."""
    names = [i.name for i in instruction_sets.available()]
    monkeypatch.setenv("SOFTGATE_ISA", "avx2" if "avx2" in names else names[0])
    sg.testing.check(sg.cells.get(name), backend="cpu")


def test_an_unknown_instruction_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTGATE_ISA", "avx51")
    with pytest.raises(sg.UnknownNameError, match="unknown instruction set 'avx51'; did you mean 'avx512'"):
        sg.testing.check(sg.cells.lstm(), backend="cpu", only=("without_biases",))
