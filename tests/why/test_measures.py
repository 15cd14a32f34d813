"""The measures of the claims, on nets of which the answer is known without them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from softgate import tasks
from softgate.lab.claims import measures
from softgate.lab.claims.passages import CLASSES, KNOWN, events_of, passages
from softgate.lab.net import Net
from softgate.text.labels import label_document

RECALL = tasks.get("delayed_recall", delay=12)


def lstm(bias: float, feedback: float) -> Net:
    """An LSTM whose forget gates do not see the input, with its hidden weights scaled."""
    net = Net("lstm", RECALL.inputs, 6, RECALL.outputs, forget_bias=bias, seed=3)
    with torch.no_grad():
        net.rnn.weight_hh_l0.mul_(feedback)
        net.rnn.weight_ih_l0[6:12] = 0.0
    return net


def test_without_hidden_weights_an_open_gate_is_the_whole_way() -> None:
    found = measures.straight(lstm(4.0, 0.0), RECALL, 0)
    for distance in (1, 5, 10):
        values = [found[f"{name}_{distance}"] for name in ("open", "cell", "kept")]
        assert values == pytest.approx([1.0, 1.0, 1.0], abs=1e-5)


def test_hidden_weights_are_another_way_and_shut_gates_are_not_asked() -> None:
    assert measures.straight(lstm(4.0, 6.0), RECALL, 0)["cell_1"] < 0.99
    shut = measures.straight(lstm(-4.0, 0.0), RECALL, 0)
    assert shut["open_10"] == 0.0
    assert "cell_10" not in shut


def test_events_are_those_of_the_tokenizer() -> None:
    text = "f('a')  # b\nx\n"
    known = label_document(text)
    assert known is not None
    named = [CLASSES[k] for k in events_of(text, dict(known))]
    expected = ["other", "bracket opens", "quote opens", "other", "quote closes", "bracket closes", "other", "other",
                "comment begins", "other", "other", "comment ends", "other", "line ends"]  # fmt: skip
    assert named == expected


def test_a_passage_begins_outside_of_everything() -> None:
    read = passages(tasks.get("text"), 0, 20, 64)
    assert read.x.shape[:2] == read.target.shape == read.events.shape == (64, 20)
    np.testing.assert_array_equal(read.x[1:].argmax(-1), read.target[:-1])
    opened = np.isin(read.events[0], [CLASSES.index(c) for c in ("quote opens", "bracket opens", "comment begins")])
    for name in KNOWN:
        assert (read.labels[name][0][~opened] == 0).all()
    again = passages(tasks.get("text"), 0, 20, 64)
    np.testing.assert_array_equal(read.x, again.x)
