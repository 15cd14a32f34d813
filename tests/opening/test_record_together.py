"""Several recordings at once: nested, in threads, tasks and generators; and beside what compiles or fakes calls."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch._subclasses import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

import softgate as sg
from softgate import taps

T, B, I, H = 6, 2, 3, 4  # noqa: E741


def model() -> Any:
    torch.manual_seed(0)
    return torch.nn.ModuleDict({"a": sg.LSTM(I, H, num_layers=2), "b": sg.GRU(H, H)})


def run(m: Any, x: torch.Tensor) -> torch.Tensor:
    return m["b"](m["a"](x)[0])[0]


def test_nested_recordings_see_everything() -> None:
    m, x = model(), torch.randn(T, B, I)
    want = run(m, x)
    with sg.record(m) as alone:
        run(m, x)
    with sg.record(m) as outer:
        run(m, x)
        with sg.record(m, ["*.c", "b.l0.z"], dtype=torch.float16) as inner, sg.record(m["a"], grad="*.f") as part:
            got = run(m, x)
            got.sum().backward()
        run(m, x)
    assert torch.equal(got, want)
    for name in alone.names:
        assert torch.equal(outer[name], torch.cat([alone[name]] * 3)), name
    assert list(inner.calls) == inner.names == ["a.l0.c", "a.l1.c", "b.l0.z"]
    assert torch.equal(inner["a.l1.c"], alone["a.l1.c"].half())
    assert part.names[0] == "l0.i"
    assert torch.equal(part["l1.f"], alone["a.l1.f"])
    assert part.grad("l1.f").abs().max() > 0


def test_nested_recordings_of_a_stream() -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, I)
    step = layer.stream()
    with sg.record(layer) as outer, sg.record(layer, ["l0.c"]) as inner:
        for x_t in x:
            step(x_t)
    assert torch.equal(outer["l0.c"], inner["l0.c"])
    assert inner.names == list(inner.calls)


def test_one_recording_is_one_block_at_a_time() -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    rec = sg.record(layer)
    with rec:
        layer(x)
        with pytest.raises(sg.SoftgateError, match="this recording is open already"), rec:
            pass
        layer(x)
    with rec:
        layer(x)
    assert len(rec.calls["l0.f"]) == 3


def test_blocks_that_end_in_another_order() -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    one, two = sg.record(layer), sg.record(layer)
    one.__enter__()
    two.__enter__()
    layer(x)
    one.__exit__()
    layer(x)
    two.__exit__()
    layer(x)
    assert (len(one.calls["l0.f"]), len(two.calls["l0.f"])) == (1, 2)
    assert taps.current() is None


def test_an_error_ends_the_block() -> None:
    layer = sg.LSTM(I, H)
    with pytest.raises(sg.ShapeError), sg.record(layer):
        layer(torch.randn(T, B, I, 1))
    assert taps.current() is None


def test_two_threads_see_their_own_calls() -> None:
    """Of one model, at the same time; each has opened its block before either runs, and ends it after both ran."""
    layer, met = sg.LSTM(I, H), threading.Barrier(2, timeout=60)
    inputs = [torch.randn(T, B, I), torch.randn(T + 1, B, I)]
    found: list[Any] = [None, None]

    def work(k: int) -> None:
        with sg.record(layer, grad="l0.f") as rec:
            met.wait()
            layer(inputs[k])[0].sum().backward()
            met.wait()
        found[k] = rec

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k, x in enumerate(inputs):
        with sg.record(layer, grad="l0.f") as alone:
            layer(x)[0].sum().backward()
        assert len(found[k].calls["l0.f"]) == 1
        assert torch.equal(found[k]["l0.f"], alone["l0.f"])
        assert torch.equal(found[k].grad("l0.f"), alone.grad("l0.f"))


def test_tasks() -> None:
    """A task sees its own blocks and those it was started in, until they end."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)

    async def main() -> list[int]:
        ended = asyncio.Event()

        async def task(n: int) -> Any:
            with sg.record(layer) as own:
                for _ in range(n):
                    layer(x)
                    await asyncio.sleep(0)
            return own

        async def late() -> None:
            layer(x)
            await ended.wait()
            layer(x)

        with sg.record(layer) as outer:
            waiting = asyncio.create_task(late())
            owns = await asyncio.gather(task(1), task(3))
            await asyncio.to_thread(layer, x)
        ended.set()
        await waiting
        return [len(rec.calls["l0.f"]) for rec in (*owns, outer)]

    assert asyncio.run(main()) == [1, 3, 1 + 3 + 1 + 1]


def test_generators() -> None:
    """The block of a generator is open from its first step to its end; what the caller does in between is seen."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    inside = []

    def steps() -> Iterator[None]:
        with sg.record(layer) as rec:
            inside.append(rec)
            layer(x)
            yield
            layer(x)

    made = steps()
    layer(x)
    next(made)
    with sg.record(layer) as outer:
        layer(x)
        assert list(made) == []
        layer(x)
    assert (len(inside[0].calls["l0.f"]), len(outer.calls["l0.f"])) == (3, 3)
    abandoned = steps()
    next(abandoned)
    del abandoned
    assert taps.current() is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's compiler, of torch itself
def test_compiled_code_runs_eagerly_until_the_last_block_has_ended() -> None:
    layer, x, runs = sg.LSTM(I, H), torch.randn(T, B, I), []

    def backend(graph: Any, _: Any) -> Any:
        def run(*inputs: Any) -> Any:
            runs.append(1)
            return graph(*inputs)

        return run

    compiled = torch.compile(layer, backend=backend, fullgraph=True)
    want = compiled(x)[0]
    assert len(runs) == 1
    one, two = sg.record(layer), sg.record(layer)
    one.__enter__()
    two.__enter__()
    one.__exit__()
    assert torch.equal(compiled(x)[0], want)
    two.__exit__()
    assert len(runs) == 1
    assert torch.equal(two["l0.h"], want)
    assert torch.equal(compiled(x)[0], want)
    assert len(runs) == 2


LATE = """
    import warnings, torch, softgate as sg
    assert "torch._dynamo" not in __import__("sys").modules
    layer, x = sg.LSTM(3, 4), torch.randn(6, 2, 3)
    want = layer(x)[0]
    with sg.record(layer) as rec:
        compiled = torch.compile(layer, backend="eager")
        got = compiled(x)[0]
    assert torch.equal(got, want)
    assert torch.equal(rec["l0.h"], want)
    assert torch.equal(compiled(x)[0], want)
    assert torch.compiler.is_compiling() is False and len(rec.calls["l0.h"]) == 1
"""


def test_compiled_for_the_first_time_inside_the_block() -> None:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(LATE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


INSIDE = """
    import torch, softgate as sg
    layer, x = sg.LSTM(3, 4), torch.randn(6, 2, 3)

    def inside(x):
        with sg.record(layer) as rec:
            layer(x)
        return rec

    try:
        torch.compile(inside, backend="eager", fullgraph=True)(x)
    except Exception as error:
        assert "put the with block around its call" in str(error), error
    else:
        raise AssertionError("nothing was said")
"""


def test_a_block_inside_a_compiled_function() -> None:
    """It cannot be: the layer in it would be compiled, and what compiled code computes is not seen."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(INSIDE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_modes_that_watch_calls() -> None:
    """One that lets calls happen does not hide them; of tensors without values there is nothing to record."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(layer) as want:
        layer(x)
    with FlopCounterMode(display=False), sg.record(layer) as rec:
        layer(x)
    assert torch.equal(rec["l0.f"], want["l0.f"])
    with FakeTensorMode() as mode:
        fake = sg.LSTM(I, H)
        layer_input = mode.from_tensor(x)
        with sg.record(fake), pytest.raises(sg.NotRecordedError, match="fake tensor, without values to record or edit"):
            fake(layer_input)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's forward mode, in torch itself
def test_transforms() -> None:
    """Those of one tensor are looked through; under vmap there is no one value."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(layer) as want:
        layer(x)
    for run in (
        lambda: torch.func.grad(lambda x: layer(x)[0].sum())(x),
        lambda: torch.func.jvp(lambda x: layer(x)[0], (x,), (x,)),
    ):
        with sg.record(layer) as rec:
            run()
        torch.testing.assert_close(rec["l0.f"], want["l0.f"])
    with (
        sg.record(layer),
        pytest.raises(sg.NotRecordedError, match=r"inside torch\.func\.vmap nothing can be recorded"),
    ):
        torch.func.vmap(lambda x: layer(x)[0])(x[None])
    with sg.record(layer, grad="*.f") as rec, torch.autocast("cpu", dtype=torch.bfloat16):
        layer(x)[0].sum().backward()
    assert rec.grad("l0.f").shape == (T, B, H)


def test_opened_models() -> None:
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(torch.nn.LSTM(I, H, bidirectional=True))
    x = torch.randn(T, B, I)
    sg.open(theirs)
    want = theirs(x)[0]
    with sg.record(theirs, grad="*.f") as rec:
        got = theirs(x)[0]
        got.sum().backward()
    assert torch.equal(got, want)
    assert torch.equal(torch.cat([rec["0.l0.h"], rec["0.l0.reverse.h"]], -1), want)
    assert rec.grad("0.l0.reverse.f").shape == (T, B, H)
