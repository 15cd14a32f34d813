"""Tensors that torch writes down without their values: zeros without memory, a sign that is applied when read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

import softgate as sg

Maker = Callable[..., Tensor]
MAKERS: dict[str, Maker] = {
    "zeros": lambda *shape: torch._efficientzerotensor(shape),
    "turned zeros": lambda *shape: torch._efficientzerotensor(shape[::-1]).permute(2, 1, 0),
    "sign": lambda *shape: torch._neg_view(torch.randn(shape)),
    "turned sign": lambda *shape: torch._neg_view(torch.randn(shape[::-1])).permute(2, 1, 0),
}


def plain(t: Tensor) -> Tensor:
    return t.clone() if t._is_zerotensor() else t.resolve_neg().clone()


def outcome(layer: Any, x: Tensor, h: Tensor, c: Tensor, dy: Tensor, dh: Tensor) -> list[Tensor]:
    layer.zero_grad()
    y, (h_n, c_n) = layer(x, (h, c))
    torch.autograd.backward([y, h_n, c_n], [dy, dh, dh])
    return [y.detach(), h_n.detach(), c_n.detach(), *(p.grad.clone() for p in layer.parameters())]


# The second has its input products made for all steps at once.
@pytest.mark.parametrize(("I", "H", "B", "T"), [(5, 6, 2, 7), (64, 257, 1, 24)])
@pytest.mark.parametrize("kind", MAKERS)
def test_input_states_and_gradients(kind: str, I: int, H: int, B: int, T: int) -> None:  # noqa: E741
    torch.manual_seed(0)
    make, layer = MAKERS[kind], sg.LSTM(I, H)
    given = [make(T, B, I), make(1, B, H), make(1, B, H), make(T, B, H), make(1, B, H)]
    lazy, wanted = outcome(layer, *given), outcome(layer, *map(plain, given))
    for got, want in zip(lazy, wanted, strict=True):
        assert torch.equal(got, want)
    theirs = torch.nn.LSTM(I, H)
    theirs.load_state_dict(layer.state_dict())
    torch.testing.assert_close(lazy[0], theirs(plain(given[0]), tuple(map(plain, given[1:3])))[0].detach())


def test_memory_that_is_not_there_is_an_error() -> None:
    fake = FakeTensorMode()
    h = fake.from_tensor(torch.zeros(1, 2, 6))
    layer, x = sg.LSTM(5, 6), torch.ones(7, 2, 5)
    with pytest.raises(AssertionError, match="FakeTensor"):  # torch's own words
        layer(x, (h, h))
    gone = torch.zeros(1, 2, 6)
    gone.untyped_storage().resize_(0)
    with pytest.raises(sg.DtypeError, match=r"tensors with values on cpu, got a Tensor \[1, 2, 6\] without memory"):
        layer(x, (gone, gone))
