"""Derivatives, once, twice and in the other ways torch has: against finite differences and torch's own layers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch

import softgate as sg
from layers.twins import KINDS, leaves, twins
from softgate.testing import assert_close

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def as_function(layer: Any, **options: Any) -> tuple[Any, tuple[torch.Tensor, ...]]:
    """A layer as a function of its parameters too: f(x, *states, *parameters) to all results."""
    names = [n for n, _ in layer.named_parameters()]
    n_states = len(layer.cell.states)

    def f(x: torch.Tensor, *rest: torch.Tensor) -> tuple[torch.Tensor, ...]:
        hx = rest[:n_states] if n_states > 1 else rest[0]
        given = dict(zip(names, rest[n_states:], strict=True))
        return tuple(leaves(torch.func.functional_call(layer, given, (x, hx), options)))

    ways = layer.num_layers * (1 + layer.bidirectional)
    widths = [layer.proj_size or layer.hidden_size] + [layer.hidden_size] * (n_states - 1)
    states = [torch.randn(ways, 2, w, dtype=torch.float64) * 0.5 for w in widths]
    leafs = [torch.randn(3, 2, layer.input_size, dtype=torch.float64), *states, *layer.parameters()]
    return f, tuple(t.detach().requires_grad_() for t in leafs)


LAYERS: dict[str, Any] = {
    "lstm": lambda: sg.LSTM(3, 4, num_layers=2, dtype=torch.float64),
    "lstm, two ways": lambda: sg.LSTM(3, 4, bidirectional=True, bias=False, dtype=torch.float64),
    "lstm, projected": lambda: sg.LSTM(3, 4, proj_size=2, dtype=torch.float64),
    "gru": lambda: sg.GRU(3, 4, dtype=torch.float64),
    "rnn": lambda: sg.RNN(3, 4, dtype=torch.float64),
    "peephole": lambda: sg.Recurrent("peephole", 3, 4, dtype=torch.float64),
    "feedback": lambda: sg.Recurrent(sg.cells.lstm(full_gate_recurrence=True), 3, 4, dtype=torch.float64),
    "mingru": lambda: sg.Recurrent("mingru", 3, 4, dtype=torch.float64),
}


@pytest.mark.parametrize("name", LAYERS)
def test_first_and_second(name: str) -> None:
    torch.manual_seed(3)
    layer = LAYERS[name]()
    assert sg.explain_path(layer, torch.randn(3, 2, 3, dtype=torch.float64)).fast
    f, inputs = as_function(layer)
    assert torch.autograd.gradcheck(f, inputs)
    assert torch.autograd.gradgradcheck(f, inputs, fast_mode=True)


def test_with_resets() -> None:
    torch.manual_seed(3)
    mask = torch.tensor([[0, 1], [1, 0], [0, 0]]).bool()
    f, inputs = as_function(sg.LSTM(3, 4, bidirectional=True, dtype=torch.float64), reset=mask)
    assert torch.autograd.gradcheck(f, inputs)
    assert torch.autograd.gradgradcheck(f, inputs, fast_mode=True)


def test_inputs_that_depend_on_each_other() -> None:
    """The state is a function of the input, and two biases are one parameter."""
    mine, theirs = twins("lstm", 3, 3, dtype=torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    found = []
    for layer in (mine, theirs):
        layer.bias_hh_l0 = layer.bias_ih_l0
        h = x[:1].tanh()
        y, _ = layer(x, (h, h * 2))
        (first,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        second = torch.autograd.grad(first.square().sum(), (x, layer.bias_ih_l0, layer.weight_hh_l0))
        found.append((first, *second))
    for n, (a, b) in enumerate(zip(*found, strict=True)):
        assert_close(a, b, name=f"gradient {n}")


def test_only_what_is_asked_for() -> None:
    layer = sg.LSTM(3, 4)
    x, h = torch.randn(5, 2, 3), torch.zeros(1, 2, 4)
    layer.weight_ih_l0.requires_grad_(False)
    layer.bias_hh_l0.requires_grad_(False)
    layer(x, (h, h))[0].sum().backward()
    assert layer.weight_ih_l0.grad is None
    assert layer.bias_hh_l0.grad is None
    assert layer.weight_hh_l0.grad is not None
    layer.requires_grad_(False)
    assert not layer(x)[0].requires_grad
    assert layer(x.requires_grad_())[0].requires_grad
    with torch.no_grad():
        assert not layer(x)[0].requires_grad
    with torch.inference_mode():
        assert layer(x)[0].is_inference()


@pytest.mark.parametrize("kind", KINDS)
def test_in_eval_mode(kind: str) -> None:
    mine, theirs = twins(kind, 3, 4, num_layers=2, dropout=0.5)
    x = torch.randn(5, 2, 3, requires_grad=True)
    got = torch.autograd.grad(mine.eval()(x)[0].sum(), x)
    want = torch.autograd.grad(theirs.eval()(x)[0].sum(), x)
    torch.testing.assert_close(got, want)


def test_through_the_graph_twice() -> None:
    layer = sg.LSTM(3, 4)
    x = torch.randn(5, 2, 3, requires_grad=True)
    loss = layer(x)[0].square().sum()
    once = torch.autograd.grad(loss, (x, *layer.parameters()), retain_graph=True)
    torch.testing.assert_close(torch.autograd.grad(loss, (x, *layer.parameters())), once, rtol=0, atol=0)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, x)


def test_a_weight_that_changed_in_between() -> None:
    layer = sg.LSTM(3, 4)
    loss = layer(torch.randn(5, 2, 3))[0].sum()
    with torch.no_grad():
        layer.weight_hh_l0.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_torch_func(kind: str) -> None:
    mine, theirs = twins(kind, 3, 4, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64)

    def loss(p: Any, z: torch.Tensor, layer: Any = mine) -> torch.Tensor:
        return torch.func.functional_call(layer, p, (z,))[0].square().sum()

    results = []
    for layer in (mine, theirs):
        params = dict(layer.named_parameters())
        of_all = torch.func.grad(partial(loss, layer=layer))(params, x)
        results.append((of_all, torch.func.jacrev(lambda z, layer=layer: layer(z)[0])(x)))
    torch.testing.assert_close(*results)
    # torch's own layers cannot do the rest.
    apart = torch.func.vmap(lambda z: mine(z)[0], in_dims=1, out_dims=1)(x)
    torch.testing.assert_close(apart, mine(x)[0])
    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 1))(dict(mine.named_parameters()), x)
    total = torch.func.grad(loss)(dict(mine.named_parameters()), x)
    torch.testing.assert_close({n: g.sum(0) for n, g in each.items()}, total)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # torch's own, when it first differentiates forward
@pytest.mark.parametrize("name", ["lstm", "peephole"])
def test_forward_mode(name: str) -> None:
    layer = sg.Recurrent(name, 3, 4, dtype=torch.float64)
    x, dx = torch.randn(5, 2, 3, dtype=torch.float64), torch.randn(5, 2, 3, dtype=torch.float64)
    _, forward = torch.func.jvp(lambda z: layer(z)[0], (x,), (dx,))
    backward = torch.func.jacrev(lambda z: layer(z)[0])(x).flatten(3).matmul(dx.flatten())
    torch.testing.assert_close(forward, backward)


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointing(reentrant: bool) -> None:
    layer = sg.LSTM(3, 4, num_layers=2)
    x = torch.randn(5, 2, 3, requires_grad=True)
    want = torch.autograd.grad(layer(x)[0].square().sum(), x)[0]
    y = torch.utils.checkpoint.checkpoint(lambda z: layer(z)[0], x, use_reentrant=reentrant)
    y.square().sum().backward()
    torch.testing.assert_close(x.grad, want)
