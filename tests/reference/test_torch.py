"""The reference against torch.nn.LSTM, GRU and RNN in float64: outputs, last states, every gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import softgate as sg
from reference.problems import DOUBLE, gradients, of_module
from softgate import reference
from softgate.equations import Cell

KINDS = {
    "lstm": (torch.nn.LSTM, {}, sg.cells.lstm),
    "lstm, projected": (torch.nn.LSTM, {"proj_size": 3}, sg.cells.lstm),
    "lstm, no bias": (torch.nn.LSTM, {"bias": False}, sg.cells.lstm),
    "gru": (torch.nn.GRU, {}, sg.cells.gru),
    "gru, no bias": (torch.nn.GRU, {"bias": False}, sg.cells.gru),
    "rnn, tanh": (torch.nn.RNN, {}, sg.cells.rnn_tanh),
    "rnn, relu": (torch.nn.RNN, {"nonlinearity": "relu"}, sg.cells.rnn_relu),
}
T, B, I, H = 7, 4, 5, 6  # noqa: E741


def states_of(module: torch.nn.RNNBase, cell: Cell, directions: int = 1) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    widths = [module.proj_size or H, *[H] * (len(cell.states) - 1)]
    return [torch.randn(directions, B, w, generator=generator, dtype=DOUBLE, requires_grad=True) for w in widths]


def flat(y: Tensor, finals: tuple[Tensor, ...] | Tensor) -> dict[str, Tensor]:
    finals = finals if isinstance(finals, tuple) else (finals,)
    return {"y": y} | {f"final {k}": f for k, f in enumerate(finals)}


def compare(ours: dict[str, Tensor], torchs: dict[str, Tensor]) -> None:
    assert ours.keys() == torchs.keys()
    for n, value in torchs.items():
        sg.testing.assert_close(ours[n], value, name=n, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_both_directions(kind: str) -> None:
    build, options, factory = KINDS[kind]
    torch.manual_seed(0)
    module, cell = build(I, H, bidirectional=True, dtype=DOUBLE, **options), factory()
    x = torch.randn(T, B, I, dtype=DOUBLE, requires_grad=True)
    states = states_of(module, cell, 2)
    leaves = {"x": x, **{f"s{k}": s for k, s in enumerate(states)}, **dict(module.named_parameters())}

    def torchs() -> dict[str, Tensor]:
        return flat(*module(x, tuple(states) if len(states) > 1 else states[0]))

    def ours() -> dict[str, Tensor]:
        runs = [
            reference.run(cell, x, [s[d] for s in states], of_module(module, suffix), reverse=bool(d))
            for d, suffix in enumerate(("l0", "l0_reverse"))
        ]
        finals = tuple(torch.stack(pair) for pair in zip(*(r.finals for r in runs), strict=True))
        return flat(torch.cat([r.y for r in runs], -1), finals)

    compare(gradients(ours, leaves), gradients(torchs, leaves))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_packed(kind: str, reverse: bool) -> None:
    """torch has no layer that only runs backwards: of a bidirectional one, the other half is left out."""
    build, options, factory = KINDS[kind]
    torch.manual_seed(1)
    module, cell = build(I, H, bidirectional=True, dtype=DOUBLE, **options), factory()
    lengths = [7, 5, 5, 2]
    x = torch.randn(T, B, I, dtype=DOUBLE)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths)
    rows = packed.data.clone().requires_grad_()
    states = states_of(module, cell, 2)
    suffix, d = ("l0_reverse", 1) if reverse else ("l0", 0)
    own = {n: p for n, p in module.named_parameters() if n.endswith(suffix)}
    leaves = {"x": rows, **{f"s{k}": s for k, s in enumerate(states)}, **own}
    width = module.proj_size or H

    def torchs() -> dict[str, Tensor]:
        sequence = torch.nn.utils.rnn.PackedSequence(rows, packed.batch_sizes)
        y, finals = module(sequence, tuple(states) if len(states) > 1 else states[0])
        finals = finals if isinstance(finals, tuple) else (finals,)
        return flat(y.data[:, d * width : (d + 1) * width], tuple(f[d] for f in finals))

    def ours() -> dict[str, Tensor]:
        run = reference.run(
            cell, rows, [s[d] for s in states], of_module(module, suffix),
            lengths=packed.batch_sizes.tolist(), reverse=reverse,
        )  # fmt: skip
        return flat(run.y, run.finals)

    compare(gradients(ours, leaves), gradients(torchs, leaves))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_other_dtypes_stay_what_they_are(dtype: torch.dtype) -> None:
    cell = sg.cells.lstm()
    problem = sg.testing.make(cell, T, B, I, H, dtype=dtype)
    result = reference.run(cell, problem.x, problem.states, problem.weights, signals=("f", "pre.o", "c"))
    exact = problem.to(DOUBLE)
    want = reference.run(cell, exact.x, exact.states, exact.weights)
    assert result.y.dtype == dtype
    assert {v.dtype for v in result.signals.values()} == {dtype}
    rtol = 10 * torch.finfo(dtype).eps
    sg.testing.assert_close(result.y.double(), want.y, name="y", rtol=rtol, atol=rtol)


def test_every_signal_of_every_step() -> None:
    module, cell = torch.nn.LSTM(I, H, dtype=DOUBLE), sg.cells.lstm()
    problem = sg.testing.make(cell, T, B, I, H, dtype=DOUBLE)
    w, x = of_module(module), problem.x
    names = ("i", "f", "g", "o", "c", "h", "pre.i", "pre.f", "pre.g", "pre.o")
    result = reference.run(cell, x, problem.states, w, signals=names)
    assert list(result.signals) == list(names)
    assert all(v.shape == (T, B, H) for v in result.signals.values())
    h = torch.cat([problem.states[0][None], result.y[:-1]])
    pre = x @ w.weight_ih.T + w.bias_ih + h @ w.weight_hh.T + w.bias_hh
    for name, value in zip("ifgo", pre.chunk(4, -1), strict=True):
        sg.testing.assert_close(result.signals[f"pre.{name}"], value, name=f"pre.{name}")
        squash = torch.tanh if name == "g" else torch.sigmoid
        sg.testing.assert_close(result.signals[name], squash(value), name=name)
    sg.testing.assert_equal(result.signals["h"], result.y, name="h")
    sg.testing.assert_equal(result.signals["c"][-1], result.finals[1], name="c")
    forget = result.signals["f"][1:] * result.signals["c"][:-1] + (result.signals["i"] * result.signals["g"])[1:]
    sg.testing.assert_close(result.signals["c"][1:], forget, name="c from its parts")


def test_gradients_of_gradients() -> None:
    """The reference is made of torch's own operations, so it can be differentiated twice."""
    cell = sg.cells.lstm(candidate="softsign")
    problem = sg.testing.make(cell, 3, 2, 2, 2, dtype=DOUBLE)
    assert torch.autograd.gradgradcheck(
        lambda x: reference.run(cell, x, problem.states, problem.weights).y, problem.x.requires_grad_()
    )
