"""Stepping gives what a run over the whole sequence gives."""

from __future__ import annotations

import pytest
import torch

import softgate as sg
from layers.twins import leaves


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "peephole", "slstm"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_steps_are_the_sequence(name: str, batch: int, dtype: torch.dtype) -> None:
    layer = sg.Recurrent(name, 5, 8, num_layers=2, dtype=dtype)
    x = torch.randn(6, batch, 5, dtype=dtype)
    y, last = layer(x)
    step = layer.stream(batch_size=batch)
    for _ in range(2):
        outs = [step(x_t).clone() for x_t in x]
        rough = {"rtol": 0.05, "atol": 0.05} if dtype == torch.bfloat16 else {}
        torch.testing.assert_close(torch.stack(outs), y.detach(), **rough)
        torch.testing.assert_close(leaves(step.state), [t.detach() for t in leaves(last)], **rough)
        step.reset()
        assert not any(s.any() for s in leaves(step.state))


def test_one_row_without_its_batch() -> None:
    layer = sg.LSTM(5, 8)
    x = torch.randn(4, 5)
    step = layer.stream()
    torch.testing.assert_close(torch.stack([step(x_t).clone() for x_t in x]), layer(x)[0].detach())
    assert step(x[0]).shape == (8,)
    assert step(x[:1]).shape == (1, 8)
    assert not step(x[0]).requires_grad


def test_projection() -> None:
    layer = sg.LSTM(5, 8, proj_size=3, num_layers=2)
    x = torch.randn(4, 1, 5)
    step = layer.stream()
    torch.testing.assert_close(torch.stack([step(x_t).clone() for x_t in x]), layer(x)[0].detach())
    assert step.state[0].shape == (2, 1, 3)


def test_what_came_out_stays() -> None:
    """An output is not overwritten by the next step."""
    step = sg.LSTM(5, 8).stream()
    x = torch.randn(3, 1, 5)
    kept = [step(x_t) for x_t in x]
    copies = [k.clone() for k in kept]
    step(x[0])
    assert all(torch.equal(k, c) for k, c in zip(kept, copies, strict=True))
    state = step.state
    before = [s.clone() for s in leaves(state)]
    step(x[0])
    assert all(torch.equal(a, b) for a, b in zip(leaves(state), before, strict=True))


def test_state_can_be_set() -> None:
    layer = sg.LSTM(5, 8, num_layers=2)
    x = torch.randn(6, 2, 5)
    _, middle = layer(x[:3])
    step = layer.stream(batch_size=2)
    step.state = middle
    torch.testing.assert_close(torch.stack([step(x_t).clone() for x_t in x[3:]]), layer(x)[0][3:].detach())
    step.state = None
    torch.testing.assert_close(step(x[0]), layer(x)[0][0].detach())
    with pytest.raises(sg.ShapeError, match=r"state: h_0: expected \[2, 2, 8\], got \[1, 2, 8\]"):
        step.state = tuple(s[:1] for s in middle)


def test_weights_may_change() -> None:
    layer = sg.LSTM(5, 8)
    step, x = layer.stream(), torch.randn(1, 5)
    step(x)
    with torch.no_grad():
        layer.weight_ih_l0.mul_(2)
    step.reset()
    torch.testing.assert_close(step(x), layer(x[None])[0][0].detach())
    layer.bias_ih_l0 = torch.nn.Parameter(torch.ones_like(layer.bias_ih_l0))
    step.reset()
    torch.testing.assert_close(step(x), layer(x[None])[0][0].detach())
    layer.bias_hh_l0.data = torch.ones(32)
    step.reset()
    torch.testing.assert_close(step(x), layer(x[None])[0][0].detach())
    layer.load_state_dict(sg.LSTM(5, 8).state_dict())
    step.reset()
    torch.testing.assert_close(step(x), layer(x[None])[0][0].detach())


def test_parametrized_weights_may_change() -> None:
    layer = torch.nn.utils.parametrizations.weight_norm(sg.LSTM(5, 8), "weight_hh_l0")
    step, x = layer.stream(), torch.randn(1, 5)
    step(x)
    with torch.no_grad():
        layer.parametrizations.weight_hh_l0.original0.mul_(3)
    step.reset()
    step(x)
    torch.testing.assert_close(step(x), layer(torch.stack([x, x]))[0][1].detach())


def test_refusals() -> None:
    with pytest.raises(sg.ShapeError, match="bidirectional layer needs the end"):
        sg.LSTM(5, 8, bidirectional=True).stream()
    with pytest.raises(sg.ShapeError, match="batch_size must be 1 or more, got 0"):
        sg.LSTM(5, 8).stream(batch_size=0)
    with pytest.raises(sg.ShapeError, match=r"x_t must be \[1, 5\] or \[5\], got \[2, 5\]"):
        sg.LSTM(5, 8).stream()(torch.zeros(2, 5))
    with pytest.raises(sg.ShapeError, match=r"x_t must be \[3, 5\], got \[5\]"):
        sg.LSTM(5, 8).stream(batch_size=3)(torch.zeros(5))
