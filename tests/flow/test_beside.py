"""The microscope and the watch beside what else a model may be in: edits, threads, compiled code, transforms."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.checkpoint import checkpoint

import softgate as sg
from flow.test_paths import TIGHT, B, H, I, T, draw, layer_of
from softgate.testing import assert_close, assert_equal

LENGTHS = [7, 5, 2]
EDITS: dict[str, Callable[[], dict[str, Any]]] = {
    "unit": lambda: {"l0.c": sg.scale(0.5, units=[1, 3])},
    "row": lambda: {"l0.c": sg.scale(0.3, units=[1], steps=[1, 4])},
    "full": lambda: {"l0.f": sg.scale(draw(T, B, H, seed=8).abs(), units=None)},
    "several": lambda: {"l0.c": [sg.scale(draw(T, B, 2, seed=8), units=[0, 2], steps=slice(1, 3)), sg.add(0.1)]},
    "where": lambda: {"l0.i": sg.scale(2.0, where=draw(T, B, seed=9) > 0)},
}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
@pytest.mark.parametrize("name", EDITS)
def test_a_packed_sequence_that_is_edited(name: str, order: list[int]) -> None:
    """Row by row as the dense sequence, whose gradient beyond its end is cut off."""
    layer, x = layer_of("lstm"), draw(T, B, I)
    lengths = torch.tensor(LENGTHS)[order]
    there = torch.arange(T)[:, None] < lengths
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    with sg.edit(layer, EDITS[name]()):
        flow = sg.gradient_flow(layer, lambda: layer(packed)[0].data.sin().sum())
        want = sg.gradient_flow(layer, lambda: (layer(x)[0].sin() * there[..., None]).sum())
    plain = sg.gradient_flow(layer, lambda: (layer(x)[0].sin() * there[..., None]).sum())
    for state in ("l0.c", "l0.h"):
        assert_close(flow[state].total, want[state].total * there[..., None], name=state, **TIGHT)
    assert not torch.allclose(plain["l0.c"].total, want["l0.c"].total)


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_gradient_is_a_recordings(name: str) -> None:
    """Which torch's autograd makes, of the reference, step by step."""
    layer, x = layer_of("lstm"), draw(T, B, I)
    with sg.edit(layer, EDITS[name]()):
        with sg.record(layer, grad=True) as rec:
            layer(x)[0].sin().sum().backward()
        flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    for state in ("l0.c", "l0.h"):
        assert_close(flow[state].total, rec.grad(state), name=state, **TIGHT)


@pytest.mark.parametrize("name", EDITS)
def test_a_watch_of_some_rows_of_an_edited_batch(name: str) -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    with sg.edit(layer, EDITS[name]()):
        flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
        with sg.watch_gradients(layer, rows=2) as watch:
            layer(x)[0].sin().sum().backward()
    for key, norms in watch.norms.items():
        assert_close(norms, flow[key].total[:, :2].flatten(1).norm(dim=1), name=key, **TIGHT)


def test_two_names_of_one_value_have_one_gradient() -> None:
    """h = c of a JANET: by the microscope, by a recording and by autograd, for a tensor that is used as both."""
    layer, x = layer_of("janet"), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    with sg.record(layer, grad=True) as rec:
        layer(x)[0].sin().sum().backward()
    w_ih, w_hh, b = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 + layer.bias_hh_l0
    h, kept = x.new_zeros(B, H), []
    for t in range(T):
        f, g = (x[t] @ w_ih.T + h @ w_hh.T + b).chunk(2, -1)
        f = torch.sigmoid(f)
        h = f * h + (1 - f) * torch.tanh(g)
        h.retain_grad()
        kept.append(h)
    assert layer.cell.gates == ("f", "g")
    torch.stack(kept).sin().sum().backward()
    want = torch.stack([h.grad for h in kept if h.grad is not None])
    for name in ("l0.h", "l0.c"):
        assert_close(flow[name].total, want, name=f"flow of {name}", **TIGHT)
        assert_close(rec.grad(name), want, name=f"recorded {name}", **TIGHT)


def threads(n: int, run: Callable[[], None]) -> list[BaseException]:
    """What goes wrong in n threads that start at once."""
    wrong, together = list[BaseException](), threading.Barrier(n)

    def one() -> None:
        together.wait()
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - whatever it is
            wrong.append(error)

    started = [threading.Thread(target=one) for _ in range(n)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return wrong


def test_a_watch_over_threads() -> None:
    layer, x = sg.LSTM(3, 4), torch.randn(6, 2, 3)

    def train() -> None:
        for _ in range(30):
            layer(x)[0].sum().backward()

    with sg.watch_gradients(layer, every=1) as watch:
        assert threads(4, train) == []
    assert sorted(s.call for s in watch.samples) == list(range(120))
    with sg.watch_gradients(layer, every=10) as watch:
        assert threads(4, train) == []
    assert sorted(s.call for s in watch.samples) == list(range(0, 120, 10))


def test_a_frozen_model_stays_frozen_for_other_threads() -> None:
    layer, x, seen = layer_of("lstm").requires_grad_(False), draw(T, B, I), []

    def run() -> torch.Tensor:
        def look() -> None:
            seen.append([p.requires_grad for p in layer.parameters()])
            seen.append([layer(x)[0].requires_grad])

        assert threads(1, look) == []
        return layer(x)[0].sin().sum()

    flow = sg.gradient_flow(layer, run)
    assert not any(map(any, seen))
    assert len(seen) == 2
    want = sg.gradient_flow(layer.requires_grad_(), lambda: layer(x)[0].sin().sum())
    for name in ("l0.c", "l0.h"):
        assert_equal(flow[name].total, want[name].total, name=name)
    assert not layer._forward_pre_hooks


def test_a_frozen_layer_in_every_form() -> None:
    layer, x = layer_of("gru", num_layers=2).requires_grad_(False), draw(T, B, I)
    packed = pack_padded_sequence(x, torch.tensor([T] * B))
    with torch.inference_mode():
        inference = x.clone()
    want = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())["l0.h"].total
    assert want.any()
    for run in (
        lambda: layer(packed)[0].data.sin().sum(),
        lambda: layer(input=x)[0].sin().sum(),
        lambda: layer(inference)[0].sin().sum(),
    ):
        assert_close(sg.gradient_flow(layer, run)["l0.h"].total, want, name="l0.h", **TIGHT)
    assert not x.requires_grad


def test_what_ran_without_a_graph_is_refused() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I).requires_grad_()

    def ran(reentrant: bool) -> torch.Tensor:
        y = checkpoint(lambda x: layer(x)[0], x, use_reentrant=reentrant)
        assert isinstance(y, torch.Tensor)
        return y.sin().sum()

    with pytest.raises(sg.NotRecordedError, match=r"l0 ran without a graph.*use_reentrant=False"):
        sg.gradient_flow(layer, lambda: ran(True))
    want = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    assert_equal(sg.gradient_flow(layer, lambda: ran(False))["l0.c"].total, want["l0.c"].total, name="l0.c")

    def without(context: Any) -> torch.Tensor:
        with context:
            y = layer(x)[0]
        return (y.clone() * x.sum()).sum()

    for context in (torch.no_grad(), torch.inference_mode()):
        with pytest.raises(sg.NotRecordedError, match=r"l0 ran without a graph"):
            sg.gradient_flow(layer, lambda context=context: without(context))
    with torch.inference_mode(), pytest.raises(sg.NotRecordedError, match=r"inside torch\.inference_mode\(\) nothing"):
        sg.gradient_flow(layer, lambda: layer(x)[0].sum())
    with torch.no_grad():
        assert_equal(
            sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())["l0.c"].total, want["l0.c"].total, name="no_grad"
        )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's forward mode, in torch itself
def test_transforms() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    refused = r"gradient_flow: inside torch\.func\.vmap, grad and the like no gradient can be followed"

    def inside(x: torch.Tensor) -> torch.Tensor:
        return sg.gradient_flow(layer, lambda: layer(x)[0].sum())["l0.c"].total

    for run in (
        lambda: sg.gradient_flow(layer, lambda: torch.func.vmap(lambda x: layer(x)[0])(x[None]).sum()),
        lambda: sg.gradient_flow(layer, lambda: torch.func.grad(lambda x: layer(x)[0].sum())(x).sum()),
        lambda: torch.func.vmap(inside)(x[None]),
    ):
        with pytest.raises(sg.NotRecordedError, match=refused):
            run()
    want = torch.func.grad(lambda x: layer(x)[0].sum())(x)
    with warnings.catch_warnings(record=True) as told, sg.watch_gradients(layer, every=1) as watch:
        warnings.simplefilter("always", sg.GradientWarning)
        for _ in range(2):
            assert_equal(torch.func.grad(lambda x: layer(x)[0].sum())(x), want, name="gradient")
        layer(x)[0].sum().backward()
    said = [str(w.message) for w in told if w.category is sg.GradientWarning]
    assert said == ["Recurrent: what torch.func transforms is not watched"]
    assert len(watch.samples) == 1


def test_infinite_gradients_are_told_in_numbers() -> None:
    for seed in range(4):
        torch.manual_seed(seed)
        layer = sg.LSTM(3, 4)
        with torch.no_grad():
            layer.weight_hh_l0.mul_(40)
        with warnings.catch_warnings(record=True) as told, sg.watch_gradients(layer, every=1) as watch:
            warnings.simplefilter("always")
            layer(0.01 * torch.randn(200, 2, 3))[0].mul(1e38).sum().mul(1e38).backward()
        assert watch.samples[0].finding is not None
        assert "is not finite" in watch.samples[0].finding
        assert "nan" not in str(told[0].message), told[0].message


COMPILED = """
    import warnings
    import torch, torch._dynamo, softgate as sg
    warnings.simplefilter("ignore", DeprecationWarning)
    layer, x = sg.LSTM(3, 4), torch.randn(6, 2, 3)
    stance = lambda: torch._dynamo.eval_frame._stance.stance

    # Blocks that end in another order than they began leave the stance as it was.
    for first, second in (
        (sg.collect(layer), sg.record(layer)), (sg.record(layer), sg.collect(layer)),
        (sg.collect(layer), sg.collect(layer)),
    ):
        first.__enter__()
        second.__enter__()
        assert stance() == "force_eager"
        first.__exit__()
        assert stance() == "force_eager"
        second.__exit__()
        assert stance() == "default", stance()

    def run():
        assert stance() == "force_eager"
        inner.__enter__()
        return layer(x)[0].sum()

    inner = sg.record(layer)
    sg.gradient_flow(layer, run)
    assert stance() == "force_eager"
    inner.__exit__()
    assert stance() == "default"

    # What is compiled is watched by nobody, and that is said once.
    model = torch.nn.Sequential(layer)
    compiled = torch.compile(model, backend="eager")
    for before in (lambda: None, lambda: compiled(x)):
        before()
        with warnings.catch_warnings(record=True) as told, sg.watch_gradients(model, every=1) as watch:
            warnings.simplefilter("always", sg.GradientWarning)
            for _ in range(3):
                compiled(x)[0].sum().backward()
        assert [str(w.message) for w in told if w.category is sg.GradientWarning] == [
            '0: a gradient came, and no call was seen: what torch.compile made is not watched; for that, have it run '
            'uncompiled: with torch.compiler.set_stance("force_eager")'
        ], told
        assert not watch.samples
    with warnings.catch_warnings(), sg.watch_gradients(model, every=1) as watch:
        warnings.simplefilter("error", sg.GradientWarning)
        with torch.compiler.set_stance("force_eager"):
            compiled(x)[0].sum().backward()
        model.eval()
        model(x)[0].sum().backward()
    assert len(watch.samples) == 1
    model.train()

    # In a compiled function.
    def flow(x):
        return sg.gradient_flow(layer, lambda: layer(x)[0].sum())["l0.c"].total

    def collect(x):
        with sg.collect(layer):
            return layer(x)[0]

    for function, whole in ((flow, True), (flow, False), (collect, True)):
        torch._dynamo.reset()
        try:
            torch.compile(function, backend="eager", fullgraph=whole)(x)
        except Exception as error:
            said = str(error)
            assert "put the with block around its call" in said or "call it outside" in said, said
        else:
            raise AssertionError("nothing was said")
        assert stance() == "default"
        assert not layer._forward_pre_hooks
    layer(x)
"""


def test_compiled_code() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(COMPILED)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
