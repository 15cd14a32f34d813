"""A reset mask is the same as running the pieces between its borders one by one, forwards and backwards."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence

import softgate as sg
from layers.twins import everything, leaves, same


def in_pieces(layer: Any, x: Tensor, mask: Tensor, hx: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One sequence [T, I] of a one-layer network cut at its borders: outputs [T, ...], last states [ways, H] each.

    The first piece goes on from the forward initial state unless a border precedes it, the last one, for the way back,
    from the backward one.
    """
    cuts = [0, *(t for t in range(1, len(x)) if mask[t]), len(x)]
    outs, first, last = [], None, None
    for start, end in itertools.pairwise(cuts):
        h = [torch.zeros_like(s) for s in hx]
        for zeros, given_state in zip(h, hx, strict=True):
            if start == 0 and not mask[0]:
                zeros[0] = given_state[0]
            if layer.bidirectional and end == len(x):
                zeros[1] = given_state[1]
        passed: Any = tuple(h) if len(h) > 1 else h[0]
        y, now = layer(x[start:end], passed)
        outs.append(y)
        first = leaves(now) if first is None else first
        last = leaves(now)
    assert first is not None
    assert last is not None
    ends = [torch.stack([b[0], a[1]]) if layer.bidirectional else b for a, b in zip(first, last, strict=True)]
    return torch.cat(outs), tuple(ends)


@given(
    name=st.sampled_from(["lstm", "gru", "rnn", "peephole", "slstm"]),
    T=st.integers(1, 8),
    B=st.integers(1, 3),
    bidirectional=st.booleans(),
    batch_first=st.booleans(),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
@settings(max_examples=40)
def test_reset_is_splitting(
    name: str, T: int, B: int, bidirectional: bool, batch_first: bool, share: float, dtype: torch.dtype
) -> None:
    torch.manual_seed(T + 10 * B)
    layer = sg.Recurrent(name, 3, 5, bidirectional=bidirectional, batch_first=batch_first, dtype=dtype)
    x, mask = torch.randn(T, B, 3, dtype=dtype), torch.rand(T, B) < share
    n = 1 + bidirectional
    hx = tuple(torch.rand(n, B, 5, dtype=dtype) for _ in layer.cell.states)
    passed: Any = hx if len(hx) > 1 else hx[0]
    y, last = layer(x.transpose(0, 1), passed, reset=mask.T) if batch_first else layer(x, passed, reset=mask)
    y = y.transpose(0, 1) if batch_first else y
    for b in range(B):
        want_y, want_last = in_pieces(layer, x[:, b], mask[:, b], tuple(h[:, b] for h in hx))
        torch.testing.assert_close(y[:, b], want_y)
        torch.testing.assert_close(tuple(s[:, b] for s in leaves(last)), want_last)


@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("as_packed", [True, False])
def test_packed(sort: bool, batch_first: bool, as_packed: bool) -> None:
    layer = sg.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=batch_first)
    lengths = torch.tensor([6, 5, 2] if sort else [2, 6, 5])
    x, mask = torch.randn(3, 6, 3), torch.rand(3, 6) < 0.4
    packed = pack_padded_sequence(x, lengths, True, enforce_sorted=sort)
    given_mask: Any = mask if batch_first else mask.T
    if as_packed:
        given_mask = pack_sequence([m[:n] for m, n in zip(mask, lengths, strict=True)], enforce_sorted=sort)
    y, (h, c) = layer(packed, reset=given_mask)
    padded, _ = pad_packed_sequence(y, batch_first=True)
    for b, n in enumerate(lengths):
        alone, (h_b, c_b) = layer(x[b, :n], reset=mask[b, :n])
        torch.testing.assert_close(padded[b, :n], alone)
        torch.testing.assert_close(h[:, b], h_b)
        torch.testing.assert_close(c[:, b], c_b)


@pytest.mark.parametrize("kind", [sg.LSTM, sg.GRU, sg.RNN])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_do_not_cross(kind: Any, dtype: torch.dtype) -> None:
    layer = kind(3, 4, bidirectional=True, dtype=dtype)
    x = torch.randn(6, 1, 3, dtype=dtype, requires_grad=True)
    mask = torch.zeros(6, 1, dtype=torch.bool)
    mask[3] = True
    y, _ = layer(x, reset=mask)
    (g,) = torch.autograd.grad(y[:3].sum(), x, retain_graph=True)
    assert g[:3].any()
    assert not g[3:].any()
    (g,) = torch.autograd.grad(y[3:].sum(), x)
    assert g[3:].any()
    assert not g[:3].any()


def test_no_border_changes_nothing() -> None:
    layer = sg.LSTM(3, 4, bidirectional=True)
    x = torch.randn(5, 2, 3)
    same(everything(layer, x, reset=torch.zeros(5, 2, dtype=torch.bool)), everything(layer, x))


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.zeros(5, 2), "reset: expected a bool tensor, got torch.float32; write reset=mask.bool()"),
        ([True], "reset: expected a bool tensor, got list; write reset=mask.bool()"),
        (torch.zeros(2, 5, dtype=torch.bool), r"reset: expected \[T, B\] = \[5, 2\] for this input, got \[2, 5\]"),
    ],
)
def test_wrong_masks(mask: Any, words: str) -> None:
    layer = sg.LSTM(3, 4)
    with pytest.raises((sg.DtypeError, sg.ShapeError), match=words):
        layer(torch.randn(5, 2, 3), reset=mask)
