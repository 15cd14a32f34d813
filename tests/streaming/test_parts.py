"""Parts that were counted apart, merged: the same bits, whoever counted what and in whatever order."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from streaming.corpus import Characters, batches, count

WHOLE = count(batches())


def test_every_order_gives_the_same_bits() -> None:
    parts = [count([b]) for b in batches()]
    for order in itertools.islice(itertools.permutations(parts), 0, 120, 17):
        assert sg.Statistics.merge(order) == WHOLE
    ways = ((parts[0] | parts[1]) | (parts[2] | (parts[3] | parts[4])), sg.Statistics() | WHOLE)
    for merged in ways:
        assert merged == WHOLE
        for name in WHOLE.names:
            for what in ("mean", "variance", "half_life", "low", "high"):
                np.testing.assert_array_equal(getattr(merged[name], what), getattr(WHOLE[name], what))
        for state, kind in itertools.product(WHOLE.states, range(7)):
            np.testing.assert_array_equal(merged.signature(state, kind).a, WHOLE.signature(state, kind).a)
    assert parts[0] != WHOLE


def test_threads_change_nothing() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        two = sg.stream_statistics(Characters(), batches(), "*", classes=lambda ids: ids, steps=16)
    finally:
        torch.set_num_threads(before)
    assert two == WHOLE


def test_joblib_processes_give_the_same_bits() -> None:
    import joblib

    # One batch each: 5 tasks in two processes that have nothing of this one's memory.
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(count)([b]) for b in batches())
    assert sg.Statistics.merge(found) == WHOLE


def test_parts_of_different_models_do_not_merge() -> None:
    other = sg.LSTM(5, 7)
    with sg.collect(other) as stats:
        other(torch.randn(4, 2, 5))
    smaller = sg.LSTM(5, 6)
    with sg.collect(smaller) as fewer:
        smaller(torch.randn(4, 2, 5))
    with pytest.raises(sg.ShapeError, match="7 units beside 6"):
        stats | fewer


# On disk


def test_saved_and_loaded(tmp_path: Path) -> None:
    WHOLE.save(tmp_path / "a.safetensors")
    assert sg.Statistics.load(tmp_path / "a.safetensors") == WHOLE
    sg.Statistics.merge([count([b]) for b in reversed(batches())]).save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]
    again = sg.Statistics.load(tmp_path / "b.safetensors") | WHOLE
    assert again["lstm.l0.c"].n.tolist() == (2 * WHOLE["lstm.l0.c"].n).tolist()


def _change(path: Path, edit: Any) -> None:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    edit(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


def _meta(edit: Any) -> Any:
    def change(header: Any) -> None:
        found = json.loads(header["__metadata__"]["softgate"])
        edit(found)
        header["__metadata__"]["softgate"] = json.dumps(found)

    return change


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda h: h.pop("__metadata__"), "expected 'softgate statistics 1'"),
        (_meta(lambda f: f.update(format="other")), "expected 'softgate statistics 1'"),
        (_meta(lambda f: f["groups"][0].update(units=40)), "should be"),
        (_meta(lambda f: f["groups"][0].update(steps=-1)), "a count of -1"),
        (_meta(lambda f: f["groups"][0]["rows"][0].__setitem__(3, -1)), "bins of width -1"),
        (_meta(lambda f: f["groups"][0].pop("rows")), "rows"),
        (_meta(lambda f: f["pairs"][0].update(units=10**12)), "p0"),
    ],
)
def test_a_changed_file_is_refused(edit: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    WHOLE.save(path)
    _change(path, edit)
    with pytest.raises(sg.ShapeError, match=message):
        sg.Statistics.load(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not at all")
    with pytest.raises(sg.ShapeError, match="a file that is none"):
        sg.Statistics.load(tmp_path / "x")


# Tables


def test_tables() -> None:
    import pandas as pd

    frame = pd.DataFrame(WHOLE.table())
    assert len(frame) == 20 * 19
    row = frame[(frame.signal == "lstm.l1.f") & (frame.unit == 4)].iloc[0]
    assert row["mean"] == WHOLE["lstm.l1.f"].mean[4]
    found = WHOLE["lstm.l0.c"].half_life
    assert found is not None
    assert WHOLE.to_arrow().column("half_life").to_pylist()[4 * 19] == found[0]
    lines = pd.DataFrame(WHOLE.signatures())
    assert len(lines) == 2 * 7 * 19
    assert lines["n"].iloc[0] == WHOLE.signature("lstm.l0.c", 0).n
