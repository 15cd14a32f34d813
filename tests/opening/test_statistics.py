"""``rec.saturation()`` and ``rec.horizon()`` beside loops that a child could follow; ``stream()`` while recording."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from softgate.statistics import gates, half_life, holds
from softgate.symbols import sym


def naive_shares(values: torch.Tensor, unit: int) -> tuple[float, float]:
    found = [v for v in values[..., unit].flatten().tolist() if not math.isnan(v)]
    return sum(v < 0.1 for v in found) / len(found), sum(v > 0.9 for v in found) / len(found)


def naive_half_life(values: torch.Tensor, unit: int) -> float:
    found = [math.log(v) for v in values[..., unit].flatten().tolist() if not math.isnan(v)]
    return math.log(2) / -(sum(found) / len(found))


def wide(layer: Any) -> Any:
    """With weights so large that gates saturate."""
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(5)
    return layer


@pytest.mark.parametrize("packed", [False, True])
def test_beside_the_naive_twins(packed: bool) -> None:
    torch.manual_seed(0)
    layer = wide(sg.LSTM(3, 4, num_layers=2, bidirectional=True))
    x: Any = torch.randn(9, 3, 3)
    with sg.record(layer) as rec:
        layer(pack_padded_sequence(x, torch.tensor([4, 9, 2]), enforce_sorted=False) if packed else x)
    found, kept = rec.saturation(), rec.horizon()
    places = ["l0.", "l0.reverse.", "l1.", "l1.reverse."]
    assert list(found) == [p + g for p in places for g in "ifo"]
    assert list(kept) == [p + "c" for p in places]
    for name, shares in found.items():
        for unit in range(4):
            want = naive_shares(rec[name], unit)
            assert (float(shares.shut[unit]), float(shares.open[unit])) == pytest.approx(want)
    for p in places:
        want_steps = [naive_half_life(rec[p + "f"], unit) for unit in range(4)]
        assert kept[p + "c"].tolist() == pytest.approx(want_steps)
    assert "l1.reverse.o  shut" in repr(found)
    assert "l0.c          half-life" in repr(kept)


@pytest.mark.parametrize(
    ("cell", "shown", "held"),
    [
        (sg.cells.gru(), "rz", {"h": "z"}),
        (sg.cells.mgu(), "f", {"h": "1 - f"}),
        (sg.cells.janet(), "fi", {"c": "f"}),
        (sg.cells.lstm1997(), "io", {}),
        (sg.cells.rnn(), "", {}),
        (sg.cells.get("fgr"), "ifo", {"c": "f"}),
        (sg.cells.slstm(), "o", {"c": "f", "n": "f"}),
        (sg.cells.lstm(forget_gate="hard_sigmoid", candidate="sigmoid", input_gate="relu"), "fgo", {"c": "f"}),
    ],
    ids=lambda v: v.name if isinstance(v, sg.Cell) else None,
)
def test_gates_and_holds_of(cell: sg.Cell, shown: str, held: dict[str, str]) -> None:
    assert gates(cell) == tuple(shown)
    assert {state: str(factor) for state, factor in holds(cell).items()} == held


def test_half_lives_at_the_ends() -> None:
    values = torch.tensor([[[1.0, 0.0, 0.5, 2.0]]])
    assert half_life(sym("f"), {"f": [values]}).tolist() == [math.inf, 0.0, 1.0, math.inf]


def test_a_choice_of_signals_and_none() -> None:
    layer, x = sg.LSTM(3, 4), torch.randn(5, 2, 3)
    with sg.record(layer, ["*.f"]) as rec:
        layer(x)
        layer(x[:, :1])
    assert list(rec.saturation()) == ["l0.f"]
    assert list(rec.horizon()) == ["l0.c"]
    with sg.record(layer, ["*.c"]) as rec:
        layer(x)
    assert repr(rec.saturation()) == "<saturation: no gates>"
    assert not rec.horizon()
    with pytest.raises(sg.NotRecordedError, match="saturation: no layer has run"):
        sg.record(layer).saturation()


@pytest.mark.parametrize("name", ["lstm", "peephole", "gru"])
def test_steps_of_a_stream_are_recorded(name: str) -> None:
    layer, x = sg.Recurrent(name, 3, 4, num_layers=2), torch.randn(5, 2, 3)
    step = layer.stream(batch_size=2)
    plain = [step(row) for row in x]
    step.reset()
    with sg.record(layer) as rec:
        shown = [step(row) for row in x]
    assert all(torch.equal(a, b) for a, b in zip(plain, shown, strict=True))
    with sg.record(layer) as whole:
        layer(x)
    for signal in whole.names:
        torch.testing.assert_close(rec[signal], whole[signal])
    assert repr(step) == f"<stream of {name}: 2 layers of 4 units, batch_size=2>"
