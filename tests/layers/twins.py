"""A layer of ours and torch's, with the same parameters, run side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

import softgate as sg
from softgate.testing import assert_equal, numerics

KINDS: dict[str, tuple[type, type, dict[str, Any]]] = {
    "lstm": (sg.LSTM, torch.nn.LSTM, {}),
    "lstm, projected": (sg.LSTM, torch.nn.LSTM, {"proj_size": 3}),
    "gru": (sg.GRU, torch.nn.GRU, {}),
    "rnn": (sg.RNN, torch.nn.RNN, {}),
    "rnn, relu": (sg.RNN, torch.nn.RNN, {"nonlinearity": "relu"}),
}


def twins(kind: str, *sizes: Any, **options: Any) -> tuple[Any, Any]:
    """Ours and torch's, built under the same seed."""
    ours, theirs, more = KINDS[kind]
    torch.manual_seed(7)
    mine = ours(*sizes, **more, **options)
    torch.manual_seed(7)
    return mine, theirs(*sizes, **more, **options)


def leaves(result: Any) -> list[Tensor]:
    """The tensors of a result, in order."""
    if isinstance(result, PackedSequence):
        return [result.data]
    return [result] if isinstance(result, Tensor) else [t for part in result for t in leaves(part)]


def everything(layer: Any, x: Any, hx: Any = None, **options: Any) -> dict[str, Tensor]:
    """Output, last states and all gradients of one training step, with gradients coming in everywhere."""
    layer.zero_grad()
    data = x.data if isinstance(x, PackedSequence) else x
    leaf = data.detach().clone().requires_grad_()
    given = PackedSequence(leaf, *x[1:]) if isinstance(x, PackedSequence) else leaf
    start = None if hx is None else [h.detach().clone().requires_grad_() for h in leaves(hx)]
    passed = start if start is None or len(start) > 1 else start[0]
    torch.manual_seed(11)
    found = leaves(layer(given, passed, **options))
    weights = [torch.randn(t.shape, generator=torch.Generator().manual_seed(n)).to(t) for n, t in enumerate(found)]
    torch.autograd.backward(found, weights)
    result = {f"result {n}": t.detach() for n, t in enumerate(found)}
    result |= {"gradient of x": leaf.grad} if leaf.grad is not None else {}
    result |= {f"gradient of state {n}": s.grad for n, s in enumerate(start or []) if s.grad is not None}
    return result | {f"gradient of {n}": p.grad for n, p in layer.named_parameters() if p.grad is not None}


def like(
    mine: Mapping[str, Tensor], plain: Mapping[str, Tensor], exact: Mapping[str, Tensor], *, scale: float = 0.0
) -> None:
    """The numerics rule for each of them; ``scale`` is the size of the terms that they are sums of."""
    assert list(mine) == list(plain)
    for name, value in mine.items():
        numerics(value, plain[name], exact[name].double(), name=name, scale=scale)


def same(mine: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    """Equal to the last bit."""
    assert list(mine) == list(theirs)
    for name, value in mine.items():
        assert_equal(value, theirs[name], name=name)


def double(value: Any) -> Any:
    """A tensor, packed sequence or tuple of tensors in float64."""
    if isinstance(value, PackedSequence):
        return value.to(torch.float64)
    if isinstance(value, Tensor):
        return value.double()
    return None if value is None else tuple(double(v) for v in value)
