"""Units tried at once answer as units tried one by one do, and as torch's own cell does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import one_hot, symbols
from softgate.roles import maps
from softgate.roles.apart import alone, can_be_alone
from softgate.roles.classes import classify
from softgate.roles.experiment import Spots
from softgate.roles.find import classed
from softgate.roles.observe import Observed, observe


def observed(layer: torch.nn.Module) -> Observed:
    runs, (seen,) = observe(layer, [one_hot(symbols(30, 6)).to(next(layer.parameters()).dtype)])
    return classed(seen, classify(runs, None, None))


def spots(count: int = 9) -> Spots:
    """Places from the second step on, the second among them: there the states before are those of the start."""
    random = np.random.default_rng(0)
    t = random.integers(1, 30, size=count)
    t[:2] = 1, 2
    return Spots(t, random.integers(6, size=count))


def strong(layer: Any) -> Any:
    """With weights that make units depend on each other."""
    torch.manual_seed(1)
    with torch.no_grad():
        for p in layer.parameters():
            p.normal_()
    return layer


@pytest.mark.parametrize("cell", ["lstm", "peephole", "slstm", "rnn_tanh", "minlstm"])
@pytest.mark.parametrize("bias", [True, False])
def test_alone_is_one_by_one(cell: str, bias: bool) -> None:
    seen = observed(strong(sg.Recurrent(cell, 3, 5, bias=bias, dtype=torch.float64)))
    assert can_be_alone(seen)
    levels = np.random.default_rng(2).normal(size=(5, 4))
    expected = maps.one_by_one(seen, spots(), range(5), levels)
    np.testing.assert_allclose(alone(seen, spots(), levels), expected, rtol=1e-10, atol=1e-12)


def test_torchs_cell_gives_the_same() -> None:
    layer = strong(sg.LSTM(3, 4, dtype=torch.float64))
    seen, levels = observed(layer), np.random.default_rng(3).normal(size=(4, 2))
    at = spots()
    got = alone(seen, at, levels)
    cell = torch.nn.LSTMCell(3, 4, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = one_hot(symbols(30, 6)).double()
    with torch.no_grad():
        for r, (t, b) in enumerate(zip(at.t.tolist(), at.b.tolist(), strict=True)):
            h = c = torch.zeros(1, 4, dtype=torch.float64)
            for now in x[:t, b]:
                before = h
                h, c = cell(now[None], (h, c))
            gates = x[t - 1, b] @ cell.weight_ih.T + cell.bias_ih + before @ cell.weight_hh.T + cell.bias_hh
            o = torch.sigmoid(gates[:, 12:])
            for u in range(4):
                for v in range(2):
                    changed = c.index_fill(1, torch.tensor(u), levels[u, v])
                    _, after = cell(x[t, b][None], (o * changed.tanh(), changed))
                    assert got[u, r, v] == pytest.approx(after[0, u].item(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "layer", [sg.GRU(3, 4), sg.Recurrent("mgu", 3, 4), sg.LSTM(3, 4, proj_size=2), sg.LSTM(3, 4).bfloat16()]
)
def test_what_cannot_be_told_from_outside_is_tried_one_by_one(layer: torch.nn.Module) -> None:
    assert not can_be_alone(observed(layer))
    assert len(sg.find_roles(layer, one_hot(symbols(30, 6)).to(next(layer.parameters()).dtype), effects=False)) == 4


def test_many_places_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from softgate.roles import apart

    seen, levels = observed(strong(sg.LSTM(3, 4))), np.ones((4, 3)) / 2
    whole = alone(seen, spots(50), levels)
    monkeypatch.setattr(apart, "ROOM", 2 * 3 * 4 * 4 * 7)
    assert np.array_equal(alone(seen, spots(50), levels), whole)
