"""Which path a call takes, and that it says why."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

import softgate as sg
from layers.standin import StandIn
from layers.twins import everything, same
from softgate import dispatch


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn()
    monkeypatch.setattr(dispatch, "backend", lambda: made)
    return made


def test_the_fast_path() -> None:
    path = sg.explain_path(sg.LSTM(3, 4), torch.randn(5, 2, 3))
    assert path.fast
    assert path.kernel == "cpu"
    assert str(path) == f"cpu ({path.isa}): compiled for cell lstm"
    assert sg.explain_path(sg.Recurrent("slstm", 3, 4), pack_sequence([torch.randn(2, 3)])).fast


@pytest.mark.parametrize(
    ("make", "dtype", "reset", "kernel", "words"),
    [
        (sg.LSTM, torch.bfloat16, False, "torch fused", "there is no kernel for bfloat16"),
        (sg.GRU, torch.float16, False, "torch fused", "there is no kernel for float16"),
        (sg.LSTM, torch.bfloat16, True, "reference", "torch's fused layer has no reset mask"),
    ],
)
def test_without_a_kernel(make: Any, dtype: torch.dtype, reset: bool, kernel: str, words: str) -> None:
    layer, x = make(3, 4, dtype=dtype), torch.randn(5, 2, 3, dtype=dtype)
    mask = torch.zeros(5, 2, dtype=torch.bool) if reset else None
    path = sg.explain_path(layer, x, reset=mask)
    assert path.kernel == kernel
    assert words in str(path)
    assert not path.fast
    assert layer(x, reset=mask)[0].dtype == dtype


def test_another_cell_in_bfloat16() -> None:
    path = sg.explain_path(
        sg.Recurrent("janet", 3, 4, dtype=torch.bfloat16), torch.zeros(5, 2, 3, dtype=torch.bfloat16)
    )
    assert path.kernel == "reference"
    assert "torch has no fused layer for cell janet" in path.reason


def test_other_circumstances() -> None:
    layer, x = sg.LSTM(3, 4), torch.randn(5, 2, 3)
    assert "there is no kernel for meta" in str(sg.explain_path(layer.to("meta"), x.to("meta")))
    layer = sg.LSTM(3, 4)
    with torch.autocast("cpu"):
        assert "autocast is on" in str(sg.explain_path(layer, x))

    class Mine(torch.Tensor):
        pass

    assert "a Mine, a tensor subclass" in str(sg.explain_path(layer, x.as_subclass(Mine)))
    assert type(layer(x.as_subclass(Mine))[0]) is Mine
    seen = []

    def look(z: torch.Tensor) -> torch.Tensor:
        seen.append(str(sg.explain_path(layer, z)))
        return layer(z)[0]

    torch.func.vmap(look, in_dims=1)(x)
    assert "reference: a torch.func transform is active; torch's fused layer has no rule for vmap" in seen[0]


def test_not_ours() -> None:
    with pytest.raises(TypeError, match=r"expected a softgate layer, got LSTM; open it first: sg.open\(model\)"):
        sg.explain_path(torch.nn.LSTM(3, 4), torch.zeros(5, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got Linear$"):
        sg.explain_path(torch.nn.Linear(3, 4), torch.zeros(5, 2, 3))  # type: ignore[arg-type]


def test_an_input_that_the_call_would_refuse() -> None:
    for shape in ((5, 2, 4), (5, 4)):
        with pytest.raises(RuntimeError, match="Expected 3, got 4"):
            sg.explain_path(sg.LSTM(3, 4), torch.zeros(shape))
    assert sg.explain_path(sg.LSTM(3, 4), torch.zeros(5, 3)).fast


def test_a_trace_says_nothing_of_our_lines() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.jit.trace(sg.LSTM(3, 4), torch.zeros(5, 2, 3))  # type: ignore[no-untyped-call]
    assert said
    assert not [w for w in said if "softgate" in w.filename]


def test_no_kernels_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "backend", lambda: "the CPU kernels could not be loaded: no llvmlite")
    layer, x = sg.LSTM(3, 4, num_layers=2), torch.randn(5, 2, 3)
    assert str(sg.explain_path(layer, x)) == "torch fused: the CPU kernels could not be loaded: no llvmlite"
    plain = torch.nn.LSTM(3, 4, num_layers=2)
    plain.load_state_dict(layer.state_dict())
    same(everything(layer, x), everything(plain, x))
    assert not sg.explain_path(sg.Recurrent("cifg", 3, 4), x).fast


def test_calls_of_the_backend(backend: StandIn) -> None:
    """One forward and one backward a layer and direction; the double backward asks for no more of them."""
    layer = sg.LSTM(3, 4, num_layers=2, bidirectional=True)
    x = torch.randn(5, 2, 3, requires_grad=True)
    with torch.no_grad():
        layer(x)
    assert backend.calls == {"forward": 4}
    backend.calls.clear()
    (g,) = torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=True)
    assert backend.calls == {"training": 4, "backward": 4}
    g.square().sum().backward()
    assert backend.calls["backward"] <= 8
    backend.calls.clear()
    layer.requires_grad_(False)
    layer(x.detach())
    assert backend.calls == {"forward": 4}


def test_gradients_through_the_stand_in(backend: StandIn) -> None:
    layer = sg.LSTM(3, 4, num_layers=2, bidirectional=True)
    plain = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(everything(layer, x), everything(plain, x))
