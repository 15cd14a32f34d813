"""Statistics of a running model beside numpy, math.fsum and numpy's least squares over a whole recording."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from softgate import dispatch
from softgate.streaming import place as places


@pytest.fixture(params=["kernel", "twin"])
def counted_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """By the kernels, and as where there are none."""
    monkeypatch.setattr(places, "PIECE_BYTES", 20_000)
    if request.param == "twin":
        monkeypatch.setattr(dispatch, "backend", lambda: "none here")
    return request.param


def wide(layer: Any) -> Any:
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(4)
    return layer


def flat(rec: Any, name: str) -> Any:
    found = rec[name].double().flatten(0, 1).numpy()
    return found[~np.isnan(found[:, 0])]


@pytest.mark.parametrize("cell", ["lstm", "gru", "mgu", "lstm1997"])
@pytest.mark.parametrize("form", ["dense", "packed", "reset", "gradients"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_beside_a_recording(cell: str, form: str, dtype: torch.dtype, counted_by: str) -> None:
    torch.manual_seed(0)
    layer = wide(sg.Recurrent(sg.cells.get(cell), 3, 5, bidirectional=True, dtype=dtype))
    x: Any = torch.randn(150, 4, 3, dtype=dtype)
    ways: Any = {"reset": torch.rand(150, 4) < 0.05} if form == "reset" else {}
    if form == "packed":
        x = pack_padded_sequence(x, torch.tensor([90, 150, 1, 149]), enforce_sorted=False)
    with torch.set_grad_enabled(form == "gradients"):
        with sg.record(layer) as rec:
            want = layer(x, **ways)[0]
        with sg.collect(layer, "*") as stats:
            got = layer(x, **ways)[0]
    if form == "packed":
        got, want = got.data, want.data
    exact = form in ("dense", "reset") and counted_by == "kernel"
    torch.testing.assert_close(got, want, **({"rtol": 0, "atol": 0} if exact else {}))
    shares, half_lives = rec.saturation(), rec.horizon()
    assert stats.names == rec.names
    tiny = 1e-12 if exact or (form, counted_by) == ("packed", "kernel") else 1e-5 if dtype == torch.float32 else 1e-11
    for name in rec.names:
        values, found = flat(rec, name), stats[name]
        np.testing.assert_allclose(found.mean, values.mean(0), rtol=tiny, atol=tiny)
        np.testing.assert_allclose(found.variance, values.var(0), rtol=100 * tiny)
        np.testing.assert_allclose(found.low, values.min(0), rtol=tiny, atol=tiny)
        np.testing.assert_allclose(found.high, values.max(0), rtol=tiny, atol=tiny)
        assert found.n.tolist() == [len(values)] * 5
        assert (found.shut is None) == (name not in shares)
        assert found.histogram.counts.sum(1).tolist() == [len(values)] * 5
        if name in shares and found.shut is not None and found.open is not None:
            np.testing.assert_array_equal(found.shut, (values < 0.1).mean(0))
            np.testing.assert_array_equal(found.open, (values > 0.9).mean(0))
        if name in half_lives:
            np.testing.assert_allclose(found.half_life, half_lives[name], rtol=max(tiny, 1e-9))
        edges = found.histogram.edges
        for unit in range(5):
            counts = np.histogram(values[:, unit].clip(edges[0], edges[-1]), edges)[0]
            if exact:
                assert found.histogram.counts[unit].tolist() == counts.tolist()


@pytest.mark.parametrize("reverse", [False, True])
def test_signatures_beside_least_squares(reverse: bool, counted_by: str) -> None:
    torch.manual_seed(0)
    layer = wide(sg.LSTM(4, 6, bidirectional=True))
    ids, reset = torch.randint(4, (200, 3)), torch.rand(200, 3) < 0.1
    x = torch.eye(4)[ids]
    name = "l0.reverse.c" if reverse else "l0.c"
    with torch.no_grad(), sg.record(layer) as rec:
        layer(x, reset=reset)
    with (
        torch.no_grad(),
        sg.collect(layer, classes=lambda x, **_: torch.where(x.argmax(-1) == 3, -1, x.argmax(-1))) as s,
    ):
        layer(x, reset=reset)
    c = rec[name].double()
    before = torch.zeros_like(c)
    if reverse:
        before[:-1] = torch.where(reset[1:, :, None], 0, c[1:])
    else:
        before[1:] = torch.where(reset[1:, :, None], 0, c[:-1])
    assert s.states == ["l0.c", "l0.reverse.c"]
    assert s.classes(name).tolist() == [0, 1, 2]
    for kind in range(3):
        found = s.signature(name, kind)
        p, now = before[ids == kind].numpy(), c[ids == kind].numpy()
        assert found.n == len(p) > 20
        for unit in range(6):
            a, b = np.polyfit(p[:, unit], now[:, unit], 1)
            left = now[:, unit] - a * p[:, unit] - b
            assert (found.a[unit], found.b[unit]) == pytest.approx((a, b), rel=1e-9)
            assert found.r2[unit] == pytest.approx(1 - left.var() / now[:, unit].var(), rel=1e-9)
            assert found.residual[unit] == pytest.approx(left.std(), rel=1e-7)
    assert s.signature(name, 3).n == 0


def counter(H: int = 1) -> Any:
    """c grows by 1 at input 1, falls by 1 at input 2 and holds at 0; the gates are open to the last bit."""
    layer = sg.LSTM(3, H)
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
        layer.bias_ih_l0[: 2 * H] = 40
        layer.bias_ih_l0[3 * H :] = 40
        layer.weight_ih_l0[2 * H : 3 * H] = torch.tensor([0.0, 40.0, -40.0])
    return layer


def test_a_counter_counts() -> None:
    ids = torch.randint(3, (500, 2), generator=torch.Generator().manual_seed(3))
    with torch.no_grad(), sg.collect(counter(), classes=lambda x: x.argmax(-1), ranges={"*.c": (-64, 64)}) as stats:
        counter_in = stats  # filled while the model runs
        layer = counter()
    assert counter_in.names == []
    with torch.no_grad(), sg.collect(layer, classes=lambda x: x.argmax(-1), ranges={"*.c": (-64, 64)}) as stats:
        layer(torch.eye(3)[ids])
    for kind, step in enumerate((0, 1, -1)):
        found = stats.signature("l0.c", kind)
        assert (found.a[0], found.b[0], found.r2[0]) == (1.0, step, 1.0)
    assert stats["l0.c"].half_life is not None
    assert stats["l0.c"].half_life[0] == math.inf
    assert stats["l0.f"].open is not None
    assert stats["l0.f"].open.tolist() == [1.0]
    assert stats["l0.c"].histogram.edges[[0, -1]].tolist() == [-64, 64]
    assert stats["l0.f"].variance.tolist() == [0.0]


def test_a_large_mean_leaves_the_variance_its_digits(counted_by: str) -> None:
    """h near 1e6 with a spread of 1e-3, in float64: sums of squares would keep none of its digits without a shift."""
    cell = sg.cell(gates="g", state="h")(lambda z, prev: {"h": z.g})
    layer = sg.Recurrent(cell, 1, 1, dtype=torch.float64)
    with torch.no_grad():
        for p in layer.parameters():
            p.fill_(0.0)
        layer.weight_ih_l0[:] = 1.0
    x = 1e6 + 1e-3 * torch.randn(3000, 2, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), sg.collect(layer) as stats:
        layer(x)
    values = x.flatten().tolist()
    mean = math.fsum(values) / len(values)
    variance = math.fsum((v - mean) ** 2 for v in values) / len(values)
    assert stats["l0.h"].mean[0] == pytest.approx(mean, rel=1e-15)
    assert stats["l0.h"].variance[0] == pytest.approx(variance, rel=1e-7)


def test_what_is_no_number_is_seen_and_not_counted(counted_by: str) -> None:
    layer = sg.LSTM(2, 3)
    x = torch.randn(20, 1, 2)
    x[7:] = float("nan")
    with torch.no_grad(), sg.collect(layer, "*") as stats:
        layer(x)
    found = stats["l0.f"]
    assert found.n.tolist() == [7] * 3
    assert np.isnan(found.mean).all()
    assert np.isfinite(found.low).all()
    assert found.histogram.counts.sum(1).tolist() == [7] * 3


def test_steps_of_a_stream_count() -> None:
    layer = sg.GRU(2, 3)
    with sg.collect(layer) as stats:
        step = layer.stream(batch_size=2)
        ys = torch.stack([step(torch.randn(2, 2)) for _ in range(9)])
    np.testing.assert_allclose(stats["l0.h"].mean, ys.double().flatten(0, 1).mean(0), rtol=1e-6)
    assert stats["l0.h"].n.tolist() == [18] * 3
    assert stats.signature("l0.h").n == 0


def test_memory_does_not_grow_with_the_text() -> None:
    """What is handed over at a time has the same rows, however long the call is."""
    layer, seen = sg.LSTM(4, 64), []
    watched = sg.collect(layer, "*")
    taken = watched.take_piece
    watched.take_piece = lambda place, cell, piece: (seen.append(piece.end - piece.begin), taken(place, cell, piece))  # type: ignore[method-assign,assignment]
    with torch.no_grad(), watched:
        for T in (1000, 4000):
            layer(torch.randn(T, 8, 4))
    assert max(seen) * 10 * 64 * 4 <= places.PIECE_BYTES
    assert sum(seen) == 5000 * 8
