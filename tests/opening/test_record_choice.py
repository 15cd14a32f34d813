"""``sg.record(steps=, dtype=, limit=)`` and ``rec.plan``: what is kept, and what it costs, said beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from layers.twins import everything, same
from softgate.recording import room

T, B, I, H = 7, 3, 2, 4  # noqa: E741
MiB = 1 << 20


def layer(**options: Any) -> Any:
    torch.manual_seed(0)
    return sg.LSTM(I, H, num_layers=2, bidirectional=True, **options)


def held(rec: Any) -> int:
    """Bytes of memory that a recording keeps alive, counted by blocks."""
    blocks = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for c in rec.calls.values() for t in c}
    return sum(blocks.values())


@pytest.mark.parametrize(
    "steps", [slice(2, 5), slice(None, None, 3), slice(None, None, -1), slice(-2, None), [0, 6, -1, 3], range(1, 3), []]
)
def test_steps(steps: Any) -> None:
    model, x = layer(), torch.randn(T, B, I)
    with sg.record(model) as whole:
        want = model(x)[0]
    with sg.record(model, steps=steps) as rec:
        got = model(x)[0]
    assert torch.equal(got, want)
    rows = list(range(T))[steps] if isinstance(steps, slice) else list(steps)
    for name in whole.names:
        assert torch.equal(rec[name], whole[name][rows]), name
    assert held(rec) == rec.plan(x).total


def test_steps_are_counted_along_each_call() -> None:
    model, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(model) as whole:
        model(x)
    with sg.record(model, ["*.c"], steps=slice(-1, None)) as rec:
        _, state = model(x[:4])
        model(x[4:], state)
    torch.testing.assert_close(rec["l0.c"], whole["l0.c"][[3, 6]])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_dtype(dtype: torch.dtype) -> None:
    model, x = layer(), torch.randn(T, B, I)
    lengths = torch.tensor([4, 7, 2])
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    for given in (x, packed):
        with sg.record(model) as whole:
            want = everything(model, given)
        with sg.record(model, dtype=dtype) as rec:
            same(everything(model, given), want)
        for name in whole.names:
            assert rec[name].dtype == dtype
            assert torch.equal(rec[name].nan_to_num(9), whole[name].to(dtype).nan_to_num(9)), name
        assert held(rec) == rec.plan(given).total == whole.plan(given).total * dtype.itemsize // 4
    assert list(rec.saturation()) == list(whole.saturation())


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"dtype": torch.int8}, sg.DtypeError, r"dtype must be a floating-point dtype .* got torch.int8"),
        ({"dtype": "float16"}, sg.DtypeError, r"got 'float16'"),
        ({"steps": 3}, sg.ShapeError, r"steps must be a slice or integers, .* got 3"),
        ({"steps": "3"}, sg.ShapeError, r"got '3'"),
        ({"steps": [0.5]}, sg.ShapeError, r"got \[0.5\]"),
        ({"steps": torch.tensor([True])}, sg.ShapeError, r"must be a slice or integers"),
        ({"steps": slice(0, 9, 0)}, sg.ShapeError, r"must be a slice or integers"),
        ({"limit": 0}, ValueError, r"limit must be a number of bytes above 0, got 0"),
        ({"limit": "1G"}, ValueError, r"got '1G'"),
    ],
)
def test_wrong_arguments(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sg.record(layer(), **options)


def test_a_step_that_is_not_there_is_said_before_anything_runs() -> None:
    model, ran = layer(), []
    model.register_forward_hook(lambda *_: ran.append(1))
    with sg.record(model, steps=[0, T]), pytest.raises(sg.ShapeError, match=r"steps has 7, and a call has 7 steps"):
        model(torch.randn(T, B, I))
    assert not ran


@pytest.mark.parametrize("names", [["*"], ["*.f"], ["l0.c", "l1.reverse.pre.o"], ["*.h"]])
@pytest.mark.parametrize("options", [{}, {"steps": slice(0, 2)}, {"dtype": torch.float16}])
@pytest.mark.parametrize("training", [True, False])
def test_the_plan_is_what_is_held(names: list[str], options: dict[str, Any], training: bool) -> None:
    """Not the whole block that a kernel writes when only one signal of it is wanted."""
    model, x = layer(proj_size=3), torch.randn(T, B, I)
    with sg.record(model, names, **options) as rec, torch.set_grad_enabled(training):
        planned = rec.plan(x)
        model(x)
    assert {n: t.numel() * t.element_size() for n, t in ((n, rec[n]) for n in rec.names)} == planned
    assert held(rec) == planned.total == planned.memory
    assert planned.disk == 0
    assert planned.fits


def test_the_ways_to_ask_for_a_plan() -> None:
    rec = sg.record(layer())
    want = rec.plan(T, B)
    assert (want.T, want.B, want["l0.f"]) == (T, B, T * B * H * 4)
    packed = pack_padded_sequence(torch.randn(T, B, I), torch.tensor([4, 7, 2]), enforce_sorted=False)
    assert rec.plan(torch.randn(T, B, I)) == rec.plan(packed) == want
    assert sg.record(layer(batch_first=True)).plan(torch.randn(B, T, I)) == want
    assert rec.plan(torch.randn(T, I)) == rec.plan(T, 1)
    assert {n: size * T * B for n, size in rec.plan().items()} == want
    assert rec.plan(0, B).total == 0
    text = str(want)
    assert text.startswith("<plan of a recording: T = 7, B = 3, 13.1 KiB in all\n  l0.i              336 bytes\n")
    assert "may be in memory" in text
    mixed = torch.nn.ModuleList([sg.LSTM(I, H), sg.LSTM(I, H, batch_first=True)])
    with pytest.raises(sg.ShapeError, match=r"write the steps and the batch: plan\(T, B\)"):
        sg.record(mixed).plan(torch.randn(T, B, I))
    with pytest.raises(sg.ShapeError, match=r"or two sizes, plan\(T, B\); got \(-1, 3\)"):
        rec.plan(-1, 3)


def test_gradients_are_in_the_plan() -> None:
    model, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(model, ["l0.f"], grad=["l0.c"]) as rec:
        model(x)[0].sum().backward()
    each = T * B * H * 4
    # Kept besides: the input, h and c of every step, and the gradient of h that came back.
    assert rec.plan(x) == {"l0.f": each, "grad l0.c": each, "grad l0": T * B * I * 4 + 3 * each}


def test_refuses_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, ran = layer(), torch.randn(T, B, I), []
    want = model(x)[0]
    rec = sg.record(model)
    need = rec.plan(x).total
    with sg.record(model, limit=need) as rec:
        assert torch.equal(model(x)[0], want)
    monkeypatch.setattr("softgate.functional.autograd.run", lambda *_: ran.append(1))
    with sg.record(model, limit=need - 1) as rec:
        assert not rec.plan(x).fits
        with pytest.raises(sg.RecordingTooLargeError, match=rf"{need} bytes .* may be taken; fewer names") as caught:
            model(x)
    assert isinstance(caught.value, MemoryError)
    assert len(rec) == 0
    assert not ran


def test_calls_add_up_to_the_limit() -> None:
    model, x = sg.LSTM(I, H), torch.randn(T, B, I)
    need = sg.record(model).plan(x).total
    with sg.record(model, limit=2.5 * need) as rec:
        model(x)
        model(x)
        with pytest.raises(sg.RecordingTooLargeError, match=rf"beside the {room.in_words(2 * need)} it has"):
            model(x)
        assert rec["l0.f"].shape == (2 * T, B, H)
    with sg.record(model, limit=3 * sg.record(model).plan().total) as rec:
        step = model.stream()
        for _ in range(3):
            step(torch.randn(I))
        with pytest.raises(sg.RecordingTooLargeError):
            step(torch.randn(I))


def test_the_default_is_half_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = layer(), torch.randn(T, B, I)
    need = sg.record(model).plan(x).total
    monkeypatch.setattr(room, "SMALL", 0)
    for free, fits in ((2 * need, True), (2 * need - 2, False)):
        monkeypatch.setattr(room, "free_memory", lambda *_, free=free: free)
        with sg.record(model) as rec:
            assert rec.plan(x).fits is fits
            if fits:
                model(x)
            else:
                with pytest.raises(sg.RecordingTooLargeError, match=r"of memory may be taken; .* to=folder"):
                    model(x)


def test_free_memory() -> None:
    free = room.free_memory()
    assert 16 * MiB < free < 1 << 50
    assert room.in_words(1023) == "1023 bytes"
    assert room.in_words(1536 * MiB) == "1.5 GiB"
    assert room.in_words(3 << 40) == "3 TiB"


def test_a_control_group_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    4096 kB\n"}

    def read(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    monkeypatch.setattr(room, "_read", read)
    assert room.free_memory() == 4 * MiB
    files |= {"/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/memory.current": f"{MiB}\n"}
    assert room.free_memory() == 4 * MiB
    files["/sys/fs/cgroup/memory.max"] = f"{3 * MiB}\n"
    assert room.free_memory() == 2 * MiB


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("make", [sg.LSTM, sg.GRU])
def test_what_is_kept_stays_when_the_output_is_changed(make: Any, training: bool) -> None:
    model, x = make(I, H), torch.randn(T, B, I)
    with sg.record(model, grad=training) as rec, torch.set_grad_enabled(training):
        y, _ = model(x)
        before = y.detach().clone()
        with torch.no_grad():
            y.zero_()
    assert torch.equal(rec["l0.h"], before)
