"""``sg.watch_gradients``: norms as of the microscope, warnings that name layer and gate, and training as without."""

from __future__ import annotations

import gc
import warnings
import weakref
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from flow.test_paths import TIGHT, B, H, I, T, draw, layer_of
from softgate.testing import assert_close, assert_equal


def with_forget_bias(f: float, steps: int = 60) -> tuple[Any, torch.Tensor]:
    """An LSTM whose forget gates stand at f, whatever comes."""
    layer = layer_of("lstm")
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(0.01)
        rows = slice(H, 2 * H)
        layer.weight_ih_l0[rows] = layer.weight_hh_l0[rows] = 0.0
        layer.bias_ih_l0[rows] = torch.logit(torch.tensor(f, dtype=torch.float64))
        layer.bias_hh_l0[rows] = 0.0
    return layer, draw(steps, B, I)


def train(model: torch.nn.Module, x: torch.Tensor, steps: int) -> list[torch.Tensor]:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        model(x)[0].square().sum().backward()
        optimizer.step()
    return [p.detach().clone() for p in model.parameters()]


def test_training_is_as_without() -> None:
    x = draw(T, B, I)
    want = train(layer_of("lstm", num_layers=2, bidirectional=True), x, 5)
    layer = layer_of("lstm", num_layers=2, bidirectional=True)
    with sg.watch_gradients(layer, every=2) as watch:
        got = train(layer, x, 5)
    for n, (a, b) in enumerate(zip(got, want, strict=True)):
        assert_equal(a, b, name=f"parameter {n}")
    assert [s.call for s in watch.samples] == [0] * 4 + [2] * 4 + [4] * 4
    assert {s.place for s in watch.samples} == {"l0.", "l0.reverse.", "l1.", "l1.reverse."}
    train(layer, x, 3)
    assert len(watch.samples) == 12, "the watch is over"


@pytest.mark.parametrize("lengths", [None, [7, 6, 3]])
@pytest.mark.parametrize("name", ["lstm", "slstm", "gru"])
def test_norms_are_the_microscopes(name: str, lengths: list[int] | None) -> None:
    layer, x = layer_of(name, num_layers=2), draw(T, B, I)

    def loss() -> torch.Tensor:
        y, finals = layer(x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths)))
        finals = finals if isinstance(finals, tuple) else (finals,)
        return (y if lengths is None else y.data).sin().sum() + finals[-1].square().sum()

    flow = sg.gradient_flow(layer, loss)
    with sg.watch_gradients(layer, rows=2) as watch:
        loss().backward()
    assert set(watch.norms) == set(flow.states)
    for key, norms in watch.norms.items():
        assert_close(norms, flow[key].total[:, :2].flatten(1).norm(dim=1), name=key, **TIGHT)


@pytest.mark.parametrize(("name", "reverse"), [("lstm", False), ("lstm", True), ("rnn", False)])
def test_reach_is_the_horizon_of_the_last_step(name: str, reverse: bool) -> None:
    layer, x = layer_of(name, bidirectional=True), draw(T, B, I)
    chosen = slice(H, None) if reverse else slice(0, H)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0][..., chosen].sin().sum())
    with sg.watch_gradients(layer) as watch:
        layer(x)[0][..., chosen].sin().sum().backward()
    place = "l0.reverse." if reverse else "l0."
    (sample,) = [s for s in watch.samples if s.place == place]
    norms = flow.horizon(place + layer.cell.states[-1], 0 if reverse else T - 1).norms
    norms = norms if reverse else norms.flip(0)
    assert_close(sample.reach, norms / norms[0], name="reach", **TIGHT)


def test_reach_ends_where_a_sequence_began() -> None:
    layer, x = layer_of("lstm"), draw(T, 2, I)
    reset = torch.zeros(T, 2, dtype=torch.bool)
    reset[4, 0] = True
    with warnings.catch_warnings(), sg.watch_gradients(layer) as watch:
        warnings.simplefilter("error")
        layer(x, reset=reset)[0][:6].sin().sum().backward()
    one, two = (layer(x[start:6, b : b + 1])[0] for start, b in ((4, 0), (0, 1)))
    curves = []
    for y, b, start in ((one, 0, 4), (two, 1, 0)):
        flow = sg.gradient_flow(layer, lambda b=b, start=start: layer(x[start:6, b : b + 1])[0].sin().sum())
        curves.append(flow.horizon("l0.c", len(y) - 1).norms.flip(0))
    both = (curves[0].square() + curves[1][:2].square()).sqrt() / (curves[0][0] ** 2 + curves[1][0] ** 2).sqrt()
    reach = watch.samples[0].reach
    assert_close(reach[:2], both, name="both rows", **TIGHT)
    assert_close(reach[2:6], curves[1][2:] / curves[1][0], name="the row that goes on", **TIGHT)
    assert reach[6:].isnan().all()


def test_a_vanishing_gradient_names_layer_and_gate() -> None:
    layer, x = with_forget_bias(0.31)
    with (
        pytest.warns(sg.GradientWarning, match=r"^l0: the gradient of c falls by 10\^-10 within 20 steps; "
                                               r"forget gate f is 0.31 on average$") as caught,
        sg.watch_gradients(layer, every=1) as watch,
    ):  # fmt: skip
        train(layer, x, 2)
    assert len(caught) == 1, "once"
    assert [s.finding is not None for s in watch.samples] == [True, True]
    assert 0.31**20 < 1e-10 < 0.31**19


def test_no_warning_where_the_gradient_arrives() -> None:
    layer, x = with_forget_bias(0.95)
    with warnings.catch_warnings(), sg.watch_gradients(layer) as watch:
        warnings.simplefilter("error")
        train(layer, x, 1)
    assert watch.samples[0].finding is None
    assert_close(watch.samples[0].reach[40], torch.tensor(0.95**40, dtype=torch.float64), name="reach", rtol=1e-2)
    assert "the gradient arrives" in repr(watch)


def test_an_exploding_gradient_names_layer_and_gate() -> None:
    layer, x = layer_of("rnn"), draw(20, B, I) * 0.01
    with torch.no_grad():
        layer.weight_ih_l0.mul_(0.01)
        layer.bias_ih_l0.zero_()
        layer.bias_hh_l0.zero_()
        layer.weight_hh_l0.copy_(3 * torch.eye(H))
    with (
        pytest.warns(sg.GradientWarning, match=r"^l0: the gradient of h grows by 10\^\d within \d+ steps; 100% of what "
                                               r"comes back through hidden weights comes through gate a, whose matrix "
                                               r"has norm 3 and whose slope is"),
        sg.watch_gradients(layer, exploding=10),
    ):  # fmt: skip
        layer(x * 1e-9)[0].sum().backward()
    layer, x = with_forget_bias(0.5)
    with (
        pytest.warns(sg.GradientWarning, match=r"l0: the gradient of \w is not finite"),
        sg.watch_gradients(layer),
    ):
        (layer(x)[0].sum() * torch.inf).backward()


@pytest.mark.parametrize("name", sg.cells.names())
def test_every_cell_has_somebody_to_blame(name: str) -> None:
    layer, x = layer_of(name), draw(T, B, I)
    for bounds in ({"vanishing": 1e9}, {"exploding": 1e-9}):
        match = r"^l0: .*; (forget )?(gate|\d+% of|it comes back)"
        with pytest.warns(sg.GradientWarning, match=match), sg.watch_gradients(layer, **bounds):
            layer(x)[0].square().sum().backward()


def test_only_training_counts() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    with sg.watch_gradients(layer, every=1) as watch:
        with torch.no_grad():
            layer(x)
        layer.eval()
        layer(x)[0].sum().backward()
        layer.train()
        assert not watch.samples
        with pytest.raises(RuntimeError, match=r"input.size"):
            layer(x[..., :2])
        with sg.record(layer) as rec:
            layer(x)
        assert len(rec) == len(rec.names), "the call that failed has left nothing behind"
        layer(x)[0].sum().backward()
    assert len(watch.samples) == 1


def test_a_recording_and_the_microscope_beside_it() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    with sg.record(layer) as rec, sg.watch_gradients(layer, every=1) as watch:
        layer(x)[0].sum().backward()
        flow = sg.gradient_flow(layer, lambda: layer(x)[0].sum())
    assert {len(calls) for calls in rec.calls.values()} == {2}
    assert set(rec.calls) == set(rec.names)
    for sample in watch.samples:
        assert_close(sample.norms["l0.c"], flow.norms()["l0.c"], name="norms", **TIGHT)


def test_nothing_of_a_step_is_kept() -> None:
    """No cycle that only the garbage collector would find: memory in training is as without."""
    layer, x = layer_of("lstm"), draw(T, B, I)
    gc.collect()
    gc.disable()
    try:
        with sg.watch_gradients(layer, every=1) as watch:
            y = layer(x)[0]
            y.sum().backward()
            gone = weakref.ref(y)
            del y
            assert gone() is None
        assert len(watch.samples) == 1
    finally:
        gc.enable()


def test_wrong_use() -> None:
    with pytest.raises(sg.NotRecordedError, match=r"watch_gradients: Linear has no softgate layer"):
        sg.watch_gradients(torch.nn.Linear(2, 2))
    with pytest.raises(sg.ShapeError, match=r"every and rows must be 1 or more, got 0 and 8"):
        sg.watch_gradients(sg.LSTM(2, 2), every=0)


@pytest.mark.filterwarnings("ignore")  # Lightning's, on how it would be faster
def test_lightning() -> None:
    from lightning.pytorch import LightningModule, Trainer

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = sg.GRU(I, H)

        def training_step(self, batch, _):
            return self.encoder(batch)[0].square().mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    model = Module()
    watch = sg.watch_gradients(model, every=2)
    trainer = Trainer(
        max_steps=4, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        accelerator="cpu", callbacks=[watch.callback()],
    )  # fmt: skip
    trainer.fit(model, torch.utils.data.DataLoader(torch.randn(4, T, I), batch_size=1))
    assert [(s.place, s.call) for s in watch.samples] == [("encoder.l0.", 0), ("encoder.l0.", 2)]
    model.encoder(torch.randn(T, 1, I))[0].sum().backward()
    assert len(watch.samples) == 2
