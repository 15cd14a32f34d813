"""Files that Keras writes, against what Keras computes."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.interchange import keras_cells

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    from keras import layers

IDS = np.array([[3, 4, 5, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7], [0, 0, 2, 3, 0, 4, 0], [0] * 7])
X = np.random.default_rng(0).normal(size=(4, 7, 3)).astype(np.float32)
GAPS = X.copy()
GAPS[0, 4:], GAPS[2, :3], GAPS[2, 5], GAPS[3] = 0, 0, 0, 0
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "lstm": (layers.LSTM, {}),
    "gru": (layers.GRU, {}),
    "gru before": (layers.GRU, {"reset_after": False}),
    "gru before, no bias": (layers.GRU, {"reset_after": False, "use_bias": False, "activation": "softsign"}),
    "rnn": (layers.SimpleRNN, {}),
    "lstm hard": (layers.LSTM, {"activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False}),
    "gru other": (layers.GRU, {"activation": "elu", "recurrent_activation": "softsign", "use_bias": False}),
    "rnn silu": (layers.SimpleRNN, {"activation": "silu"}),
}


def save(model: Any, folder: Path, seed: int = 0) -> Path:
    """The model with random weights, biases too, in a file."""
    rng = np.random.default_rng(seed)
    for w in model.weights:
        w.assign(rng.normal(size=w.shape).astype(np.float32) * 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(folder / "model.keras")
    return folder / "model.keras"


def check(model: Any, x: np.ndarray, folder: Path) -> Any:
    """The opened file, after it gave what Keras gives."""
    path = save(model, folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = model(x, training=False).detach()
    opened = sg.open(path)
    with torch.no_grad():
        got = opened(x)
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)
    return opened


def one(kind: str, **more: Any) -> Any:
    make, options = KINDS[kind]
    return keras.Sequential([keras.Input((None, 3)), make(5, **options, **more), layers.Dense(2, "softmax")])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_over_gaps(kind: str, backwards: bool, tmp_path: Path) -> None:
    """One that gives all its steps, then one in the other direction that gives the last; both see the mask."""
    make, options = KINDS[kind]
    first = make(5, return_sequences=True, go_backwards=backwards, **options)
    second = make(4, go_backwards=not backwards, **options)
    check(keras.Sequential([keras.Input((None, 3)), layers.Masking(), first, second]), GAPS, tmp_path)


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru before"])
def test_layer_without_a_mask(kind: str, tmp_path: Path) -> None:
    check(one(kind, return_sequences=kind.startswith("gru")), X, tmp_path)


@pytest.mark.parametrize(("merge", "kind", "sequences"), [
    ("concat", "lstm", True), ("concat", "lstm", False), ("sum", "gru before", True), ("mul", "lstm hard", True),
    ("ave", "gru before", False), ("mul", "rnn", False),
])  # fmt: skip
def test_bidirectional_with_masked_words(merge: str, kind: str, sequences: bool, tmp_path: Path) -> None:
    make, options = KINDS[kind]
    both = layers.Bidirectional(make(5, return_sequences=sequences, **options), merge_mode=merge)
    stack = [keras.Input((None,)), layers.Embedding(20, 6, mask_zero=True), both, layers.Dense(3)]
    check(keras.Sequential(stack), IDS, tmp_path)


def everything() -> Any:
    inner = keras.Sequential([layers.GRU(4, return_sequences=True), layers.TimeDistributed(layers.Dense(3))])
    stack = [
        keras.Input((7,)), layers.Embedding(20, 6), layers.SpatialDropout1D(0.5),
        layers.Bidirectional(layers.LSTM(5, return_sequences=True), name="the encoder"), layers.LayerNormalization(),
        inner, layers.GRU(4, return_sequences=True, name="g"), layers.Activation("gelu"), layers.Flatten(),
        layers.ReLU(), layers.Dropout(0.5), layers.Dense(3, "softmax"),
    ]  # fmt: skip
    return keras.Sequential(stack)


def test_a_stack_of_everything_and_its_signals(tmp_path: Path) -> None:
    opened = check(everything(), IDS, tmp_path)
    with sg.record(opened) as rec:
        opened(IDS)
    assert rec["the_encoder.l0.reverse.f"].shape == (7, 4, 5)
    assert rec["g.l0.z"].shape == (7, 4, 4)
    assert type(opened.the_encoder) is sg.LSTM


def test_signals_are_kerass(tmp_path: Path) -> None:
    make = keras.Sequential(
        [keras.Input((None, 3)), layers.LSTM(5, return_sequences=True, go_backwards=True, name="back")]
    )
    opened = check(make, X, tmp_path)
    with sg.record(opened) as rec:
        opened(X)
    wanted = make(X, training=False).detach().flip(1)
    torch.testing.assert_close(rec["back.l0.h"].transpose(0, 1), wanted, rtol=1e-5, atol=1e-5)


def test_functional_stack(tmp_path: Path) -> None:
    start = keras.Input((7, 3))
    y = layers.Masking()(start)
    y = layers.SimpleRNN(4, go_backwards=True, return_sequences=True)(y)
    y = layers.LSTM(3)(layers.Dropout(0.2)(y))
    check(keras.Model(start, layers.Activation("tanh")(y)), GAPS, tmp_path)


def test_a_mask_from_outside(tmp_path: Path) -> None:
    model = one("lstm", return_sequences=True)
    opened = sg.open(save(model, tmp_path))
    mask = GAPS.any(-1)
    with torch.no_grad():
        got = opened(X, mask=mask)
    wanted = model.layers[1](model.layers[0](X, mask=torch.from_numpy(mask))).detach()
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


def test_gates_in_another_order_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(keras_cells._GATES, "LSTM", "fgio")
    with pytest.raises(AssertionError):
        check(one("lstm"), X, tmp_path)


@pytest.mark.parametrize("build", [
    (lambda: [layers.Lambda(lambda x: x * 2)], r"layer 'lambda\w*' \(Lambda\) cannot be .* it has code in it"),
    (lambda: [layers.UpSampling1D(3, name="up")], r"layer 'up' \(UpSampling1D\) cannot be .*: it is not known"),
    (lambda: [layers.LSTM(3, name="m", dtype="mixed_float16")], r"layer 'm' \(LSTM\): dtype='mixed_float16'"),
    (lambda: [layers.LSTM(3, activation="celu", name="c")], r"layer 'c' \(LSTM\), activation: .* 'celu' is not"),
    (lambda: [layers.Bidirectional(layers.LSTM(3), merge_mode="concat", backward_layer=layers.LSTM(
        3, go_backwards=True, activation="relu"), name="b")], "layer 'b' .*differ in more than their weights"),
], ids=["Lambda", "UpSampling1D", "dtype", "activation", "two"])  # fmt: skip
def test_what_cannot_be_represented_is_named(build: Any, tmp_path: Path) -> None:
    make, said = build
    path = save(keras.Sequential([keras.Input((7, 3)), *make()]), tmp_path)
    with pytest.raises(sg.InterchangeError, match=said):
        sg.open(path)


def test_keras_is_not_imported_and_a_lambda_is_not_run(tmp_path: Path) -> None:
    """It leaves a file behind when it runs; reading it must not, nor bring in the library that could run it."""
    trace = str(tmp_path / "it ran")
    code = layers.Lambda(lambda x: (open(trace, "w").close(), x)[1])
    path = save(keras.Sequential([keras.Input((7, 3)), code]), tmp_path)
    Path(trace).unlink()
    program = (
        "import sys, softgate as sg\n"
        f"try: sg.open({str(path)!r})\nexcept sg.InterchangeError as e: print(e)\n"
        "print('keras' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "it has code in it, which is not run" in printed
    assert printed.splitlines()[-1] == "False"
    assert not Path(trace).exists()
