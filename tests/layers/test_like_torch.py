"""Outputs, last states and all gradients are torch.nn's, over everything that torch.nn takes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from layers.twins import KINDS, double, everything, like, same, twins

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def states(layer: Any, batch: int | None, dtype: torch.dtype = torch.float32) -> Any:
    n, shape = layer.num_layers * (1 + layer.bidirectional), () if batch is None else (batch,)
    widths = [layer.proj_size or layer.hidden_size, layer.hidden_size]
    made = tuple(torch.randn(n, *shape, w).to(dtype) for w in widths)
    return made if isinstance(layer, torch.nn.LSTM) else made[0]


@given(
    kind=st.sampled_from(list(KINDS)),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 5), st.integers(4, 19)),
    num_layers=st.integers(1, 3),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    form=st.sampled_from(["dense", "unbatched", "packed", "packed, unsorted"]),
    initial=st.booleans(),
)
@settings(max_examples=60)
def test_options(kind: str, sizes: Any, num_layers: int, flags: Any, form: str, initial: bool) -> None:
    T, B, I, H = sizes  # noqa: E741
    bias, batch_first, bidirectional = flags
    options = {"num_layers": num_layers, "bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
    mine, theirs = twins(kind, I, H, **options)
    exact = copy.deepcopy(theirs).double()
    if form == "unbatched":
        x: Any = torch.randn(T, I)
    else:
        x = torch.randn(B, T, I) if batch_first else torch.randn(T, B, I)
    hx = states(mine, None if form == "unbatched" else B) if initial else None
    if form.startswith("packed"):
        lengths = torch.randint(1, T + 1, (B,))
        lengths = lengths if form.endswith("unsorted") else lengths.sort(descending=True).values
        x = pack_padded_sequence(x, lengths, batch_first, enforce_sorted=not form.endswith("unsorted"))
    like(everything(mine, x, hx), everything(theirs, x, hx), everything(exact, double(x), double(hx)))


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_draws_as_torch_does(kind: str) -> None:
    mine, theirs = twins(kind, 5, 7, num_layers=3, bidirectional=True, dropout=0.4)
    x = torch.randn(6, 3, 5)
    exact = copy.deepcopy(theirs)
    like(everything(mine, x), everything(theirs, x), everything(exact, x))
    mine.eval(), theirs.eval(), exact.eval()
    like(everything(mine, x), everything(theirs, x), everything(exact, x))
    assert torch.equal(mine(x)[0], mine(x)[0])


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_recurrent_is_torch_too(name: str) -> None:
    theirs = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}.get(name, torch.nn.RNN)
    options = {"nonlinearity": "relu"} if name == "rnn_relu" else {}
    torch.manual_seed(0)
    mine = sg.Recurrent(name, 4, 6, num_layers=2, bidirectional=True)
    torch.manual_seed(0)
    plain = theirs(4, 6, num_layers=2, bidirectional=True, **options)
    assert list(mine.state_dict()) == list(plain.state_dict())
    x = torch.randn(5, 3, 4)
    like(everything(mine, x), everything(plain, x), everything(copy.deepcopy(plain).double(), x.double()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_dtypes(kind: str, dtype: torch.dtype) -> None:
    mine, theirs = twins(kind, 5, 8, bidirectional=True, dtype=dtype)
    x = torch.randn(4, 3, 5, dtype=dtype)
    exact = copy.deepcopy(theirs).double()
    if dtype == torch.float64:
        like(everything(mine, x), everything(theirs, x), everything(exact, x))
    else:
        same(everything(mine, x), everything(theirs, x))


# Under float16 autocast torch's LSTM fails on the CPU, and so does ours.
@pytest.mark.parametrize(
    ("kind", "dtype"),
    [*((kind, torch.bfloat16) for kind in KINDS), *((kind, torch.float16) for kind in KINDS if kind != "lstm")],
)
def test_autocast(kind: str, dtype: torch.dtype) -> None:
    mine, theirs = twins(kind, 5, 8)
    x = torch.randn(4, 3, 5)
    with torch.autocast("cpu", dtype):
        same(everything(mine, x), everything(theirs, x))


def test_autocast_of_another_cell() -> None:
    layer = sg.Recurrent("peephole", 3, 4)
    with torch.autocast("cpu", torch.bfloat16):
        y, (h, c) = layer(torch.randn(5, 2, 3))
    assert y.shape == (5, 2, 4)
    assert y.isfinite().all()
    assert h.shape == c.shape == (1, 2, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_strides_do_not_matter(kind: str) -> None:
    mine, _ = twins(kind, 5, 8, bidirectional=True)
    x = torch.randn(3, 10, 12).transpose(0, 1)[::2, :, 1::2][..., :5]
    dense = x.contiguous()
    same(everything(mine, x), everything(mine, dense))
    h = states(mine, 3)
    wide = (
        tuple(torch.stack([t, t], -1)[..., 0] for t in h) if isinstance(h, tuple) else torch.stack([h, h], -1)[..., 0]
    )
    same(everything(mine, dense, wide), everything(mine, dense, h))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_empty(kind: str, dtype: torch.dtype) -> None:
    """No step, no batch: shapes as ever, and zero gradients. torch itself refuses an empty sequence."""
    mine, _ = twins(kind, 5, 8, num_layers=2, bidirectional=True, dtype=dtype)
    width = mine.proj_size or 8
    for T, B in ((0, 3), (4, 0), (0, 0)):
        h = states(mine, B, dtype)
        found = everything(mine, torch.randn(T, B, 5, dtype=dtype), h)
        assert found["result 0"].shape == (T, B, 2 * width)
        assert torch.equal(found["result 1"], h[0] if isinstance(h, tuple) else h) or T > 0
        assert not any(g.any() for n, g in found.items() if "weight" in n)


def test_nan_and_infinity_pass_through() -> None:
    mine, theirs = twins("lstm", 3, 4)
    x = torch.randn(5, 2, 3)
    x[2, 0, 1] = float("nan")
    x[1, 1, 0] = float("inf")
    a, b = mine(x)[0], theirs(x)[0]
    assert torch.equal(a.isnan(), b.isnan())
    assert a[:, 1].isfinite().all()


def test_a_scan_in_pieces_is_the_whole() -> None:
    layer = sg.LSTM(3, 5, num_layers=2)
    x = torch.randn(9, 2, 3)
    y, last = layer(x)
    first, middle = layer(x[:4])
    second, end = layer(x[4:], middle)
    torch.testing.assert_close(torch.cat([first, second]), y)
    torch.testing.assert_close(end, last)
