"""What a stream is given, a step or a state, is what the kernel reads; or an error that says what was expected."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

import softgate as sg
from layers.twins import leaves

FAKE = FakeTensorMode()


def fake(*shape: int) -> Tensor:
    return FAKE.from_tensor(torch.ones(shape))


LAZY: dict[str, Callable[..., Tensor]] = {
    "zeros without memory": lambda *shape: torch._efficientzerotensor(shape),
    "a sign to be applied": lambda *shape: torch._neg_view(torch.ones(shape)),
    "another order": lambda *shape: torch.arange(30.0)[: torch.Size(shape).numel()].view(shape[::-1]).mT.view(shape),
}


@pytest.mark.parametrize("kind", [k for k in LAZY if k != "another order"])
@pytest.mark.parametrize("shape", [(1, 5), (5,)])
def test_lazy_steps(kind: str, shape: tuple[int, ...]) -> None:
    layer, x = sg.LSTM(5, 6), LAZY[kind](*shape)
    torch.testing.assert_close(layer.stream()(x).view(1, 6), layer((x + 0).view(1, 1, 5))[0][0].detach())


STRANGE_STEPS: dict[str, tuple[Callable[[], Any], str]] = {
    "meta": (lambda: torch.ones(1, 5, device="meta"), "stream: x_t must be .* on cpu, as the weights, got .* on meta"),
    "fake": (lambda: fake(1, 5), "stream: x_t must be a tensor with values on cpu, got a FakeTensor"),
    "sparse": (lambda: torch.ones(1, 5).to_sparse(), "stream: x_t must be a dense tensor.*got torch.sparse_coo on cpu"),
    "list": (lambda: [1, 2], r"stream: x_t must be a tensor \[1, 5\] or \[5\], got list; write step\(torch.as_tensor"),
    "numpy": (lambda: np.ones((1, 5), "f4"), r"stream: x_t must be a tensor \[1, 5\] or \[5\], got ndarray"),
}


@pytest.mark.parametrize("kind", STRANGE_STEPS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_strange_steps(kind: str, dtype: torch.dtype) -> None:
    make, message = STRANGE_STEPS[kind]
    x = make()
    step = sg.LSTM(5, 6, dtype=dtype).stream()
    message = message if dtype == torch.float32 else message.replace("must be .* on cpu", "must be (a tensor )?on cpu")
    with pytest.raises(sg.DtypeError, match=message):
        step(x.to(dtype) if isinstance(x, Tensor) and kind != "fake" else x)


def test_a_fake_mode_is_refused_where_it_would_make_states_without_memory() -> None:
    layer = sg.LSTM(5, 6)
    step, x = layer.stream(), torch.ones(1, 5)
    with FAKE:
        for action in (lambda: step(x), step.reset, layer.stream):
            with pytest.raises(sg.DtypeError, match="FakeTensorMode is active"):
                action()  # type: ignore[operator]
    torch.testing.assert_close(step(x), layer(x[None])[0][0].detach())


STRANGE_STATES: dict[str, tuple[Callable[[], Any], str]] = {
    "float64": (lambda: (torch.ones(1, 1, 6).double(),) * 2, "h_0: expected torch.float32.*got torch.float64; h_0.to"),
    "half": (lambda: (torch.ones(1, 1, 6), torch.ones(1, 1, 6).half()), "c_0: expected torch.float32.*torch.float16"),
    "meta": (lambda: (torch.ones(1, 1, 6, device="meta"),) * 2, "h_0 must be on cpu, as the weights, got .* on meta"),
    "fake": (lambda: (torch.ones(1, 1, 6), fake(1, 1, 6)), "c_0 must be a tensor with values on cpu, got a FakeTensor"),
    "sparse": (lambda: (torch.ones(1, 1, 6).to_sparse(),) * 2, "h_0 must be a dense tensor, got torch.sparse_coo"),
    "one": (lambda: (torch.ones(1, 1, 6),), r"expected \(h_0, c_0\), one tensor for each state, got 1"),
    "no tuple": (lambda: torch.ones(2, 1, 1, 6), r"expected \(h_0, c_0\), one tensor for each state, got Tensor"),
    "number": (lambda: 3, r"expected \(h_0, c_0\), one tensor for each state, got int"),
    "text": (lambda: "ab", r"expected \(h_0, c_0\), one tensor for each state, got str"),
    "no tensor": (lambda: (torch.ones(1, 1, 6), 3), r"c_0 must be a tensor \[1, 1, 6\], got int"),
    "shape": (lambda: (torch.ones(1, 1, 6), torch.ones(1, 6)), r"c_0: expected \[1, 1, 6\], got \[1, 6\]"),
}


@pytest.mark.parametrize("kind", STRANGE_STATES)
def test_strange_states(kind: str) -> None:
    make, message = STRANGE_STATES[kind]
    layer, x = sg.LSTM(5, 6), torch.ones(1, 5)
    step, other = layer.stream(), layer.stream()
    step(x), other(x)
    with pytest.raises((sg.DtypeError, sg.ShapeError), match=f"^state: {message}"):
        step.state = make()
    assert torch.equal(step(x), other(x))  # the state is as it was


def test_a_state_of_a_cell_with_one() -> None:
    step = sg.GRU(5, 6).stream()
    with pytest.raises(sg.DtypeError, match="state: expected h_0, a tensor, got list"):
        step.state = [torch.zeros(1, 1, 6)]


@pytest.mark.parametrize("kind", LAZY)
def test_states_of_any_layout(kind: str) -> None:
    layer, x = sg.LSTM(5, 6), torch.ones(4, 5)
    step = layer.stream(batch_size=4)
    state = LAZY[kind](4, 6)[None]
    if kind == "another order":
        state = torch.arange(24.0).view(1, 6, 4).mT
    step.state = (state, state)
    torch.testing.assert_close(step(x), layer(x[None], (state + 0, state + 0))[0][0].detach())


def test_states_follow_the_dtype_of_the_layer() -> None:
    layer = sg.LSTM(5, 6)
    step, x = layer.stream(), torch.randn(3, 1, 5)
    step(x[0])
    layer.double()
    step(x[1].double())
    torch.testing.assert_close(step(x[2].double()), layer(x.double())[0][2].detach(), rtol=1e-5, atol=1e-6)
    layer.float()
    step.reset()
    torch.testing.assert_close(step(x[0]), layer(x)[0][0].detach())


def saved_and_loaded(model: Any) -> Any:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize("copied", [copy.deepcopy, saved_and_loaded])
def test_a_model_that_keeps_its_stream_can_be_copied(copied: Callable[[Any], Any]) -> None:
    model = torch.nn.Module()
    model.layer = sg.LSTM(5, 6, num_layers=2)
    model.step = model.layer.stream()  # type: ignore[assignment]
    x = torch.randn(4, 1, 5)
    model.step(x[0])
    other = copied(model)
    assert other.step._layer is other.layer
    other.step.state = other.step.state  # before its first step, too
    mine, its = ([step(x_t).clone() for x_t in x[1:]] for step in (model.step, other.step))
    assert all(torch.equal(a, b) for a, b in zip(mine, its, strict=True))
    with torch.no_grad():
        other.layer.weight_ih_l0.zero_()
    assert not torch.equal(other.step(x[0]), model.step(x[0]))
    fresh = copied(model)
    fresh.step.reset()
    torch.testing.assert_close(fresh.step(x[0]), model.layer(x[:1])[0][0].detach())


def test_a_layer_that_keeps_its_own_stream_can_be_copied() -> None:
    layer, x = sg.LSTM(5, 6), torch.ones(1, 5)
    layer.step = layer.stream()  # type: ignore[assignment]
    other = copy.deepcopy(layer)
    assert other.step._layer is other
    assert torch.equal(other.step(x), layer.step(x))


def test_a_shallow_copy_goes_its_own_way() -> None:
    step, x = sg.LSTM(5, 6).stream(), torch.ones(1, 5)
    other = copy.copy(step)
    other(x)
    assert not any(s.any() for s in leaves(step.state))


@pytest.mark.parametrize(("size", "came"), [(1.5, "float: 1.5"), ("a", "str: 'a'"), (None, "NoneType: None")])
def test_batch_sizes_that_are_no_number(size: Any, came: str) -> None:
    with pytest.raises(sg.DtypeError, match=f"stream: batch_size must be a whole number, 1 or more, got {came}"):
        sg.LSTM(5, 6).stream(batch_size=size)
    assert sg.LSTM(5, 6).stream(batch_size=np.int64(2))(torch.ones(2, 5)).shape == (2, 6)
