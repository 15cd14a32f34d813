"""Bad input to the statistics gets a sentence that says what was expected."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import softgate as sg


def test_names() -> None:
    with pytest.raises(sg.UnknownNameError, match=r"unknown signal 'l0\.q'"):
        sg.collect(sg.LSTM(2, 3), "l0.q")
    with pytest.raises(sg.NotRecordedError, match=r"first sg\.open\(model\)"):
        sg.collect(torch.nn.LSTM(2, 3))
    with sg.collect(sg.LSTM(2, 3)) as stats:
        pass
    with pytest.raises(sg.NotRecordedError, match="nothing was counted yet"):
        stats["l0.f"]
    assert repr(stats) == "<statistics: nothing yet>"


def test_an_unknown_signal_teaches_the_known() -> None:
    layer = sg.LSTM(2, 3)
    with sg.collect(layer, ["*.f", "*.c"]) as stats:
        layer(torch.randn(4, 1, 2))
    assert stats.names == ["l0.f", "l0.c"]
    with pytest.raises(sg.UnknownNameError, match=r"did you mean 'l0\.f'"):
        stats["l0.ff"]
    with pytest.raises(sg.UnknownNameError, match=r"unknown state 'l0\.h'"):
        stats.signature("l0.h")
    assert "<l0.f: 3 units, 4 steps" in repr(stats)


def test_classes() -> None:
    layer = sg.LSTM(2, 3)
    x = torch.randn(4, 2, 2)
    with (
        pytest.raises(sg.ShapeError, match=r"l0 ran over \[T, B\] = \[4, 2\], .*got \[4\]"),
        sg.collect(layer, classes=lambda x: torch.zeros(4, dtype=torch.int64)),
    ):
        layer(x)
    with pytest.raises(sg.DtypeError, match="expected integers"), sg.collect(layer, classes=lambda x: x[..., 0]):
        layer(x)
    with pytest.raises(sg.ShapeError, match="below 65536"), sg.collect(layer, classes=lambda x: np.full((4, 2), 70000)):
        layer(x)


def test_ranges_and_steps() -> None:
    layer = sg.LSTM(2, 3)
    with sg.collect(layer, ranges={"*.c": (1, 1)}), pytest.raises(sg.ShapeError, match="low < high"):
        layer(torch.randn(1, 1, 2))
    with pytest.raises(sg.ShapeError, match="1 or more, got 0"):
        sg.stream_statistics(sg.LSTM(2, 3), [], steps=0)


def test_a_model_stays_in_its_mode() -> None:
    model = sg.LSTM(2, 3, dropout=0.0)
    for training in (True, False):
        model.train(training)
        sg.stream_statistics(model, [torch.randn(5, 1, 2), np.zeros((3, 1, 2), np.float32)])
        assert model.training is training


def test_nothing_heavy_is_loaded() -> None:
    heavy = ("pandas", "pyarrow", "joblib", "ray")
    code = f"import softgate as sg, sys; sg.Statistics; print([n for n in {heavy} if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
