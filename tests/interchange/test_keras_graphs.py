"""Layers around the recurrent ones, cells, states and functional models, against what Keras computes."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from interchange.test_keras import GAPS, IDS, X, save

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    from keras import layers


def check(model: Any, x: Any, folder: Path) -> Any:
    """The opened file, after each of its outputs was what Keras gives, and learns."""
    path = save(model, folder)
    for w in model.weights:
        if "variance" in w.path:
            w.assign(w.value.detach().abs() + 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
        wanted = model(x, training=False)
    opened = sg.open(path)
    got = opened(x)
    assert isinstance(wanted, (list, tuple)) == isinstance(got, tuple)
    many = list(zip(got, wanted, strict=True)) if isinstance(got, tuple) else [(got, wanted)]
    for mine, theirs in many:
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)
    if many[0][0].requires_grad:
        torch.stack([mine.sum() for mine, _ in many]).sum().backward()
    return opened


STACKS: dict[str, Callable[[], list[Any]]] = {
    "BatchNormalization": lambda: [layers.BatchNormalization(), layers.BatchNormalization(scale=False, center=False)],
    "Normalization": lambda: [layers.Normalization(), layers.LSTM(4)],
    "Normalization, numbers": lambda: [layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])],
    "Normalization, back": lambda: [layers.Normalization(mean=0.5, variance=2.0, invert=True)],
    "RepeatVector": lambda: [layers.GRU(4), layers.RepeatVector(5), layers.GRU(3, return_sequences=True)],
    "Reshape": lambda: [layers.LSTM(6), layers.Reshape((3, -1))],
    "GlobalAveragePooling1D": lambda: [layers.LSTM(4, return_sequences=True), layers.GlobalAveragePooling1D()],
    "GlobalMaxPooling1D": lambda: [layers.LSTM(4, return_sequences=True), layers.GlobalMaxPooling1D(keepdims=True)],
    "LeakyReLU": lambda: [layers.LeakyReLU(), layers.LeakyReLU(negative_slope=0.1)],
    "ReLU": lambda: [layers.ReLU(0.8, 0.2, 0.1), layers.ReLU(negative_slope=0.1, threshold=0.2), layers.ReLU(0.5)],
    "RNN(LSTMCell)": lambda: [layers.RNN(layers.LSTMCell(4), return_sequences=True, go_backwards=True)],
    "RNN(GRUCell)": lambda: [layers.RNN(layers.GRUCell(4, reset_after=False))],
    "RNN(SimpleRNNCell)": lambda: [layers.RNN(layers.SimpleRNNCell(4, activation="relu", use_bias=False))],
    "Bidirectional(RNN)": lambda: [layers.Bidirectional(layers.RNN(layers.LSTMCell(4)))],
    "TimeDistributed": lambda: [
        layers.TimeDistributed(layers.Dropout(0.5)), layers.TimeDistributed(layers.Dense(4, "relu")),
        layers.TimeDistributed(layers.BatchNormalization()), layers.TimeDistributed(layers.LayerNormalization()),
        layers.TimeDistributed(layers.LeakyReLU()), layers.TimeDistributed(layers.Activation("selu")),
    ],
    "gelu": lambda: [layers.LSTM(4, activation="gelu", return_sequences=True), layers.Dense(3, "gelu")],
    "Conv1D": lambda: [layers.Conv1D(4, 3, activation="relu"), layers.Conv1D(4, 2, strides=2, groups=2)],
    "Conv1D, same": lambda: [layers.Conv1D(4, 4, strides=3, padding="same"), layers.Conv1D(3, 2, padding="same")],
    "Conv1D, causal": lambda: [layers.Conv1D(4, 3, dilation_rate=2, padding="causal", use_bias=False)],
    "return_state": lambda: [layers.LSTM(4, return_state=True, return_sequences=True)],
    "return_state of both": lambda: [layers.Bidirectional(layers.GRU(4, return_state=True))],
}  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_stack(name: str, tmp_path: Path) -> None:
    check(keras.Sequential([keras.Input((7, 3)), *STACKS[name]()]), X, tmp_path)


@pytest.mark.parametrize("name", [
    "GlobalAveragePooling1D", "RNN(LSTMCell)", "return_state", "return_state of both", "Bidirectional(RNN)",
])  # fmt: skip
def test_stack_over_gaps(name: str, tmp_path: Path) -> None:
    x = np.delete(GAPS, 3, 0) if name == "GlobalAveragePooling1D" else GAPS  # Keras divides by no step there
    check(keras.Sequential([keras.Input((7, 3)), layers.Masking(), *STACKS[name]()]), x, tmp_path)


def test_batch_norm_keeps_what_it_measured(tmp_path: Path) -> None:
    opened = check(keras.Sequential([keras.Input((7, 3)), layers.BatchNormalization(name="norm")]), X, tmp_path)
    assert sorted(n for n, _ in opened.named_parameters()) == ["norm.bias", "norm.weight"]
    assert sorted(n for n, _ in opened.named_buffers()) == ["norm.mean", "norm.var"]


@pytest.mark.parametrize("kind", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"])
def test_branches_that_join(kind: str, tmp_path: Path) -> None:
    start = keras.Input((7, 3))
    there = layers.Masking()(start)
    sides = [
        layers.LSTM(4, return_sequences=True)(there),
        layers.Bidirectional(layers.GRU(2, return_sequences=True))(there),
    ]
    sides.append(layers.Dense(4)(start))
    both, one = (getattr(layers, kind)()([sides[0], other]) for other in sides[1:])
    check(keras.Model(start, [layers.SimpleRNN(3)(both), both, layers.SimpleRNN(3)(one), one]), GAPS, tmp_path)


def test_arrays_joined_in_time(tmp_path: Path) -> None:
    start = keras.Input((7, 3))
    joined = layers.Concatenate(axis=1)([layers.Masking()(start), start])
    check(keras.Model(start, layers.Dense(2)(joined)), X, tmp_path)


def test_an_encoder_and_a_decoder(tmp_path: Path) -> None:
    """States go from one to the other, in both directions too; two inputs, several outputs, one layer used thrice."""
    words, x = keras.Input((7,)), keras.Input((None, 3))
    shared = layers.Dense(3, name="shared")
    _, *states = layers.LSTM(4, return_state=True, name="encoder")(layers.Embedding(20, 3, mask_zero=True)(words))
    y, *_ = layers.LSTM(4, return_sequences=True, return_state=True, name="decoder")(shared(x), initial_state=states)
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True, return_state=True), name="both")
    z, *ends = both(y, initial_state=[*states, *states])
    inner = keras.Sequential([layers.Dropout(0.2), layers.GRU(3, name="inner")])
    model = keras.Model([words, x], [inner(z), shared(shared(x)), *ends])
    opened = check(model, [IDS, X], tmp_path)
    with sg.record(opened) as rec:
        opened([IDS, X])
    assert rec["encoder.l0.c"].shape == rec["both.l0.reverse.c"].shape == (7, 4, 4)
    assert [n for n, _ in opened.named_children()].count("shared") == 1
    with pytest.raises(sg.ShapeError, match="the model takes 2 inputs, as a list; got 1"):
        opened(X)


def changed(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The file with another configuration."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    config = json.loads(parts["config.json"])
    change(config["config"])
    with zipfile.ZipFile(path, "w") as file:
        for name, data in {**parts, "config.json": json.dumps(config).encode()}.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(output_layers=["gone", 0, 0]), "are those of no layer"),
    (lambda c: c.update(output_layers=5), "are those of no layer"),
    (lambda c: c.update(input_layers=[]), "it has 0 inputs and is called with 1"),
    (lambda c: c.update(input_layers=[["a", 0]]), "is not a value of a model"),
    (lambda c: c["layers"][1].update(inbound_nodes=[{"args": []}]), "a call without an input"),
    (lambda c: c["layers"][1].update(inbound_nodes=[{"args": [{"config": {"keras_history": ["d", 0, 0]}}]}]),
     r"layer 'd' \(Dense\) takes .*, which no layer gives"),
    (lambda c: c["layers"][1].update(inbound_nodes=7), "are those of no layer"),
])  # fmt: skip
def test_graphs_that_are_none(change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path) -> None:
    start = keras.Input((7, 3))
    path = save(keras.Model(start, layers.Dense(2, name="d")(start)), tmp_path)
    with pytest.raises(sg.InterchangeError, match=rf"^model\.keras: .*{said}"):
        sg.open(changed(path, change))
