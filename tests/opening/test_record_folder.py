"""``sg.record(model, to=folder)`` and ``sg.load_recording``: on disk as it goes, readable whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from layers.twins import everything, same

T, B, I, H = 7, 3, 2, 4  # noqa: E741


def layer(**options: Any) -> Any:
    torch.manual_seed(0)
    return sg.LSTM(I, H, num_layers=2, **options)


def equal(one: Any, other: Any) -> None:
    assert one.names == other.names
    assert list(one.calls) == list(other.calls)
    for name in other.calls:
        for a, b in zip(one.calls[name], other.calls[name], strict=True):
            assert a.dtype == b.dtype
            assert torch.equal(a.nan_to_num(9), b.nan_to_num(9)), name
            assert torch.equal(a.isnan(), b.isnan()), name


@pytest.mark.parametrize("dtype", [None, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("steps", [None, slice(1, None, 2), [0, -1]])
def test_as_in_memory(dtype: torch.dtype | None, steps: Any, tmp_path: Path) -> None:
    model, x = layer(bidirectional=True), torch.randn(T, B, I)
    want = everything(model, x)
    with sg.record(model, dtype=dtype, steps=steps) as memory:
        model(x)
    with sg.record(model, dtype=dtype, steps=steps, to=tmp_path / "run") as rec:
        same(everything(model, x), want)
    loaded = sg.load_recording(tmp_path / "run")
    for found in (rec, loaded):
        equal(found, memory)
        assert repr(found.saturation()) == repr(memory.saturation())
        assert repr(found.horizon()) == repr(memory.horizon())
        assert found.steps == (tuple(steps) if isinstance(steps, list) else steps)
    plan = memory.plan(x)
    assert sum(path.stat().st_size for path in (tmp_path / "run").glob("*.npy")) == plan.total + 128 * len(plan)


def test_the_plan_is_of_the_disk(tmp_path: Path) -> None:
    rec = sg.record(layer(), to=tmp_path / "run", grad=["l0.f"])
    plan, x = rec.plan(T, B), T * B * H * 4
    assert (plan.disk, plan.passing) == (20 * x, 10 * x)
    assert plan.memory == plan["grad l0.f"] + plan["grad l0"]
    model = layer()
    with (
        sg.record(model, to=tmp_path / "other", limit=20 * x - 1),
        pytest.raises(sg.RecordingTooLargeError, match=r"of disk may be taken; .* another folder"),
    ):
        model(torch.randn(T, B, I))


def test_several_calls_and_other_batches(tmp_path: Path) -> None:
    """Steps follow each other in one file as long as the batch has one size; any reader of NumPy's opens it."""
    model, x = layer(), torch.randn(T, B, I)
    inputs = [x, x[:2], x[:, :1], x, x[:0], pack_padded_sequence(x, torch.tensor([7, 5, 1]))]
    folder = tmp_path / "run"
    with sg.record(model) as memory, sg.record(model, to=folder) as rec:
        for given in inputs:
            model(given)
            equal(rec, memory)
            equal(sg.load_recording(folder), memory)
    calls = memory.calls["l0.f"]
    assert np.array_equal(np.load(folder / "l0.f.npy"), torch.cat(calls[:2]))
    assert np.array_equal(np.load(folder / "l0.f.1.npy", mmap_mode="r"), calls[2])
    assert np.load(folder / "l1.pre.o.2.npy").shape == (T + 0 + T, B, H)
    with pytest.raises(sg.ShapeError, match=r"6 calls of different sizes"):
        sg.load_recording(folder)["l0.f"]


def test_streams_and_blocks_that_are_opened_again(tmp_path: Path) -> None:
    model, x = layer(), torch.randn(T, I)
    rec, memory, step = sg.record(model, to=tmp_path / "run"), sg.record(model), model.stream()
    for x_t in x:
        with memory, rec:
            step(x_t)
    equal(sg.load_recording(tmp_path / "run"), memory)
    assert rec["l1.c"].shape == (T, 1, H)


def test_values_stay_on_disk_and_are_not_changed(tmp_path: Path) -> None:
    model, x = layer(), torch.randn(T, B, I)
    with sg.record(model, to=tmp_path / "run") as rec:
        model(x)
    assert rec._kept == {}
    before = rec["l0.f"].clone()
    rec["l0.f"].zero_()
    assert torch.equal(rec["l0.f"], before)
    mapped, path = rec["l0.f"], tmp_path / "run" / "l0.f.npy"
    path.write_bytes(path.read_bytes()[:128] + bytes(T * B * H * 4))
    assert mapped.abs().max() == 0


def test_names_of_modules_stay_in_the_folder(tmp_path: Path) -> None:
    model = torch.nn.ModuleDict({"ü %2F": sg.GRU(I, H), "/a/b": sg.GRU(I, H)})
    model._modules["../../c"] = sg.GRU(I, H)
    with sg.record(model, to=tmp_path / "deep" / "run") as rec:
        for one in model.values():
            one(torch.randn(T, B, I))
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}
    assert len(list((tmp_path / "deep" / "run").iterdir())) == 2 + len(rec.names)
    equal(sg.load_recording(tmp_path / "deep" / "run"), rec)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(sg.RecordingFolderError, match=r"is not empty; choose a new folder for to="):
            sg.record(layer(), to=place)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    empty = tmp_path / "empty"
    empty.mkdir()
    sg.record(layer(), to=empty)
    assert sg.load_recording(str(empty)).names == sg.record(layer()).names


KILLED = """
    import os, signal, sys, torch
    import softgate as sg
    from softgate.recording import folder

    torch.manual_seed(0)
    model, x = sg.LSTM(2, 4, num_layers=2), torch.randn(7, 3, 2)
    with sg.record(model, to=sys.argv[1]):
        model(x)
        header, count = folder._header, [0]

        def killed(file, array, rows):
            count[0] += 1
            if sys.argv[3] == "after":
                header(file, array, rows)
                file.flush()
            if count[0] == int(sys.argv[2]):  # the header was not written yet, or is the last that was
                os.kill(os.getpid(), signal.SIGKILL)
            if sys.argv[3] == "before":
                header(file, array, rows)

        folder._header = killed
        model(x)
"""


@pytest.mark.parametrize(("count", "when"), [(1, "before"), (14, "before"), (14, "after")])
def test_killed_half_way(count: int, when: str, tmp_path: Path) -> None:
    """What was complete is there: the first call, and of the second one the first layer if it had been written."""
    run = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path / "run"), str(count), when]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run(run, env=environment, check=False).returncode == -signal.SIGKILL
    loaded = sg.load_recording(tmp_path / "run")
    torch.manual_seed(0)
    model, x = sg.LSTM(2, 4, num_layers=2), torch.randn(7, 3, 2)
    with sg.record(model) as whole:
        model(x)
    for name in whole.names:
        pieces = loaded.calls[name]
        assert len(pieces) == (2 if count > 10 and name.startswith("l0") else 1)
        assert all(torch.equal(p, whole[name]) for p in pieces)
        assert len(np.load(tmp_path / "run" / f"{name}.npy")) in (7, 14)


HEAD = {"format": 1, "names": ["l0.f"], "steps": None, "cells": {}}


@pytest.mark.parametrize(
    ("head", "calls", "text"),
    [
        ("", "", "JSONDecodeError"),
        ("[]", "", "TypeError"),
        ("[" * 100_000, "", "RecursionError"),
        (json.dumps(HEAD | {"format": 99}), "", "its format is 99, this version reads 1"),
        (json.dumps(HEAD | {"cells": {"l0.": '{"key": "x", "signals": 3}'}}), "", "KeyError"),
        (json.dumps(HEAD | {"steps": "all"}), "", "steps must be a slice or integers"),
        (json.dumps(HEAD), "{}}\n", "JSONDecodeError"),
        (json.dumps(HEAD), '{"l0.g": [0, 0, 1, 1, 1, "float32"]}\n', "a line that no recording writes"),
        (json.dumps(HEAD), '{"l0.f": [0, -1, 1, 1, 1, "float32"]}\n', "a line that no recording writes"),
        (json.dumps(HEAD), '{"l0.f": [0, 0, 1, 1, 1, "object"]}\n', "KeyError"),
        (json.dumps(HEAD), '{"l0.f": [0, 0]}\n', "ValueError"),
    ],
)
def test_damaged_index(head: str, calls: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "recording.json").write_text(head)
    (tmp_path / "calls.jsonl").write_text(calls)
    with pytest.raises(sg.RecordingFolderError, match=text):
        sg.load_recording(tmp_path)


def test_damaged_arrays(tmp_path: Path) -> None:
    (tmp_path / "recording.json").write_text(json.dumps(HEAD))
    (tmp_path / "calls.jsonl").write_text('{"l0.f": [0, 0, 7, 3, 4, "float32"]}\n{"l0.f": [0, 7, 7, 3')
    loaded, path = sg.load_recording(tmp_path), tmp_path / "l0.f.npy"
    assert len(loaded) == 1
    with pytest.raises(sg.RecordingFolderError, match=r"l0\.f\.npy' cannot be read"):
        loaded["l0.f"]
    for array in (np.zeros((6, 3, 4), "f4"), np.zeros((7, 4, 3), "f4"), np.zeros((7, 3, 4), "f8")):
        np.save(path, array)
        with pytest.raises(sg.RecordingFolderError, match=r"expected at least \[7, 3, 4\] of torch\.float32, found"):
            loaded["l0.f"]
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(sg.RecordingFolderError, match=r"cannot be read"):
        loaded["l0.f"]
    np.save(path, np.array([[[{}]]], dtype=object), allow_pickle=True)
    with pytest.raises(sg.RecordingFolderError, match=r"cannot be read: .*object"):
        loaded["l0.f"]
    np.save(path, np.ones((7, 3, 4), "f4"))
    assert loaded["l0.f"].sum() == 7 * 3 * 4
    with pytest.raises(sg.NotRecordedError, match=r"is no recording: there is no recording\.json"):
        sg.load_recording(tmp_path / "nowhere")
    with pytest.raises(sg.UnknownNameError):
        loaded["l0.c"]
