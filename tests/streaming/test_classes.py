"""Classes of the input: whatever the layout, each goes to the step it was given for; other shapes are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from streaming.corpus import Characters, batches

T, B, KINDS = 9, 4, 3


def ids(seed: int = 0) -> torch.Tensor:
    return torch.randint(KINDS, (T, B), generator=torch.Generator().manual_seed(seed))


def of(layer: Any, x: Any, classes: Any, **ways: Any) -> sg.Statistics:
    with torch.no_grad(), sg.collect(layer, classes=lambda *_, **__: classes) as stats:
        layer(x, **ways)
    return stats


def check(stats: sg.Statistics, layer: Any, chosen: torch.Tensor, there: torch.Tensor) -> None:
    """Signatures beside numpy's least squares, of a recording of the whole batch; ``there`` [T, B] says which steps."""
    x = torch.eye(KINDS)[chosen]
    with torch.no_grad(), sg.record(layer, "*.c") as rec:
        layer(x.transpose(0, 1) if layer.batch_first else x)
    now = rec["l0.c"].double()
    before = torch.cat([torch.zeros_like(now[:1]), now[:-1]])
    for kind in range(KINDS):
        where = (chosen == kind) & there
        found = stats.signature("l0.c", kind)
        assert found.n == int(where.sum()) > 3
        for unit in range(layer.hidden_size):
            a, b = np.polyfit(before[where][:, unit], now[where][:, unit], 1)
            assert (found.a[unit], found.b[unit]) == pytest.approx((a, b), rel=1e-4, abs=1e-6)


def layer(**options: Any) -> Any:
    torch.manual_seed(0)
    made = sg.LSTM(KINDS, 5, **options)
    with torch.no_grad():
        for p in made.parameters():
            p.mul_(3)
    return made


def test_in_the_layout_of_the_layer() -> None:
    chosen, whole = ids(), torch.ones(T, B, dtype=torch.bool)
    x = torch.eye(KINDS)[chosen]
    time_first, batch_first = layer(), layer(batch_first=True)
    check(of(time_first, x, chosen), time_first, chosen, whole)
    check(of(batch_first, x.transpose(0, 1), chosen.T), batch_first, chosen, whole)
    alone = of(time_first, x[:, 1], chosen[:, 1])
    assert alone.signature("l0.c", 1).n == int((chosen[:, 1] == 1).sum())
    one_step = of(time_first, x[:1], chosen[0])
    assert [one_step.signature("l0.c", k).n for k in range(KINDS)] == chosen[0].bincount(minlength=KINDS).tolist()


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("form", ["packed", "padded", "rows"])
def test_of_a_packed_sequence(form: str, batch_first: bool) -> None:
    chosen, lengths = ids(), torch.tensor([5, T, 3, 8])
    there = torch.arange(T)[:, None] < lengths
    ways: Any = {"batch_first": batch_first, "enforce_sorted": False}
    turned = chosen.T if batch_first else chosen
    x = pack_padded_sequence(torch.eye(KINDS)[turned], lengths, **ways)
    packed = pack_padded_sequence(turned[..., None], lengths, **ways)
    packed = packed._replace(data=packed.data[:, 0])
    classes = {"packed": packed, "padded": turned, "rows": packed.data}[form]
    made = layer(batch_first=batch_first)
    check(of(made, x, classes), made, chosen, there)


def test_a_layer_that_runs_several_times_goes_on() -> None:
    class Halves(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = layer()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            first, state = self.lstm(x[:4])
            return torch.cat([first, self.lstm(x[4:], state)[0]])

    chosen, model = ids(), Halves()
    x = torch.eye(KINDS)[chosen]
    halves, whole = of(model, x, chosen), of(model.lstm, x, chosen)
    for kind in range(KINDS):
        np.testing.assert_allclose(halves.signature("lstm.l0.c", kind).a, whole.signature("l0.c", kind).a, rtol=1e-6)


def test_other_shapes_are_refused() -> None:
    x, chosen, made = torch.eye(KINDS)[ids()], ids(), layer()
    packed = pack_padded_sequence(x, torch.tensor([5, 9, 3, 8]), enforce_sorted=False)

    def pack(lengths: list[int], **ways: Any) -> Any:
        found = pack_padded_sequence(chosen[..., None], torch.tensor(lengths), **ways)
        return found._replace(data=found.data[:, 0])

    wrong: list[tuple[Any, Any, Any, str]] = [
        (made, x, chosen.T, r"l0 ran over \[T, B\] = \[9, 4\], .*got \[4, 9\]"),
        (made, x, chosen.flatten(), r"got \[36\]"),
        (made, x, chosen[..., None], r"got \[9, 4, 1\]"),
        (made, x, chosen[:-1], r"got \[8, 4\]"),
        (made, x, torch.cat([chosen, chosen[:1]]), r"l0 ran over 9 steps and there are classes for 10"),
        (made, x, torch.cat([chosen, chosen], 1), r"got \[9, 8\]"),
        (made, x, pack([9, 9, 9, 9]), r"got a packed sequence"),
        (layer(batch_first=True), x.transpose(0, 1), chosen, r"\[B, T\] = \[4, 9\], .*got \[9, 4\]"),
        (made, packed, pack([5, 9, 2, 8], enforce_sorted=False), "of other lengths, or of another order"),
        (made, packed, pack([9, 8, 5, 3]), "of other lengths, or of another order"),
        (made, packed, chosen[:, :3], r"got \[9, 3\]"),
        (made, packed, torch.zeros(24, dtype=torch.int64), r"got \[24\]"),
    ]
    for model, given, classes, message in wrong:
        with pytest.raises(sg.ShapeError, match=f"classes: .*{message}"):
            of(model, given, classes)


class TurnedInside(torch.nn.Module):
    """Reads time first; its layer has the batch first."""

    def __init__(self, turned: bool) -> None:
        super().__init__()
        self.lstm, self.turned = layer(batch_first=True), turned

    def forward(self, x: torch.Tensor, state: Any = None) -> Any:
        y, state = self.lstm(x.transpose(0, 1) if self.turned else x, state)
        return (y.transpose(0, 1) if self.turned else y), state


def test_a_corpus() -> None:
    chosen = ids()
    x, plain = torch.eye(KINDS)[chosen], layer()
    for given in (chosen.T, chosen[:-1], torch.cat([chosen, chosen[:1]])):
        with pytest.raises(
            sg.ShapeError, match=r"batch 1 is \[9, 4, 3\], so expected classes \[T, B\] = \[9, 4\], got"
        ):
            sg.stream_statistics(plain, [(x, chosen), (x, given)])
    with pytest.raises(sg.ShapeError, match=r"LSTM has batch_first=True; make one with batch_first=False"):
        sg.stream_statistics(layer(batch_first=True), [torch.randn(600, 88, KINDS)])
    with pytest.raises(sg.ShapeError, match=r"layer lstm\.l0 has batch_first=True and took time, the first axis"):
        sg.stream_statistics(TurnedInside(False), [(x, chosen)], steps=5)
    want, got = (sg.stream_statistics(m, [(x, chosen)], steps=4) for m in (plain, TurnedInside(True)))
    for kind in range(KINDS):
        one, other = want.signature("l0.c", kind), got.signature("lstm.l0.c", kind)
        assert one.n == other.n > 3
        np.testing.assert_allclose(one.a, other.a, rtol=1e-5)


def test_a_way_back_is_not_cut() -> None:
    """What comes back begins at the end: a layer that is cut would begin anew at every cut, from the piece before."""
    both, x = sg.GRU(3, 4, bidirectional=True), torch.randn(40, 2, 3)
    with torch.no_grad(), sg.record(both) as rec:
        both(x)
    found = sg.stream_statistics(both, [x], steps=40)
    np.testing.assert_allclose(
        found["l0.reverse.h"].mean, rec["l0.reverse.h"].double().flatten(0, 1).mean(0), rtol=1e-9
    )
    for model, name in ((both, "GRU"), (torch.nn.Sequential(sg.GRU(2, 3, bidirectional=True)), "0")):
        with pytest.raises(
            sg.ShapeError, match=rf"batch 1 has 40 steps.*layer {name} is bidirectional.*steps=40 or more"
        ):
            sg.stream_statistics(model, iter([torch.zeros(0, 2, 3), x]), steps=39)


# Beside others


@pytest.mark.parametrize("form", ["dense", "packed", "reset"])
@pytest.mark.parametrize("gradients", [False, True])
def test_beside_a_recording_of_the_same_call(form: str, gradients: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from softgate.streaming import place

    monkeypatch.setattr(place, "PIECE_BYTES", 2_000)
    torch.manual_seed(0)
    made = sg.LSTM(KINDS, 3, bidirectional=True)
    chosen = torch.randint(KINDS, (150, 4))
    x: Any = torch.eye(KINDS)[chosen]
    ways: Any = {"reset": torch.rand(150, 4) < 0.05} if form == "reset" else {}
    if form == "packed":
        x = pack_padded_sequence(x, torch.tensor([90, 150, 1, 149]), enforce_sorted=False)

    def counting() -> Any:
        return sg.collect(made, "*", classes=lambda *_, **__: chosen)

    with torch.set_grad_enabled(gradients):
        with counting() as want:
            made(x, **ways)
        with sg.record(made) as alone:
            y = made(x, **ways)[0]
        with counting() as first, sg.record(made) as rec, counting() as second:
            got = made(x, **ways)[0]
    got, y = (got.data, y.data) if form == "packed" else (got, y)
    torch.testing.assert_close(got, y, rtol=0, atol=0)
    assert rec.names == alone.names
    for name in rec.names:
        torch.testing.assert_close(rec[name], alone[name], rtol=0, atol=0, equal_nan=True)
    assert first == second
    if form != "packed" and not gradients:
        assert first == want
    for name in want.names:
        np.testing.assert_allclose(first[name].mean, want[name].mean, rtol=1e-5, atol=1e-7)
        assert first[name].n.tolist() == want[name].n.tolist()
    for state in want.states:
        for kind in range(KINDS):
            found, wanted = first.signature(state, kind), want.signature(state, kind)
            assert found.n == wanted.n > 20
            np.testing.assert_allclose(found.a, wanted.a, rtol=1e-3, atol=1e-4)


def test_beside_a_watch_and_the_microscope() -> None:
    model, chosen = Characters(), batches()[0]
    with sg.collect(model, classes=lambda ids: ids) as stats, sg.watch_gradients(model, every=1) as watch:
        model(chosen)[0].sum().backward()
        sg.gradient_flow(model, lambda: model(chosen)[0].sum())
    assert len(watch.samples) == 4  # of two layers, in the training step and in the microscope's run
    assert stats["lstm.l1.c"].n.tolist() == [2 * chosen.numel()] * 19
    assert stats.signature("lstm.l0.c", 3).n == 2 * int((chosen == 3).sum())


def test_a_stream_beside_a_recording() -> None:
    made, x = sg.LSTM(2, 3), torch.randn(7, 2, 2)
    with sg.collect(made) as stats, sg.record(made) as rec:
        step = made.stream(batch_size=2)
        for x_t in x:
            step(x_t)
        made(x)
    assert stats["l0.h"].n.tolist() == [28] * 3
    assert {len(calls) for calls in rec.calls.values()} == {8}
    with (
        sg.collect(made), sg.record(made), sg.edit(made, {"l0.c": sg.fix(0.0)}),
        pytest.raises(sg.SoftgateError, match=r"statistics cannot be collected while sg\.edit changes the layer"),
    ):  # fmt: skip
        made(x)


def test_tasks_in_threads() -> None:
    """Threads that a block hands its context to: their calls are cut in turns, and count as one after the other."""
    import contextvars
    import threading

    made, texts = layer(), [torch.randint(KINDS, (400, 3)) for _ in range(4)]

    def read(chosen: torch.Tensor) -> None:
        with torch.no_grad():
            for start in range(0, 400, 100):
                made(torch.eye(KINDS)[chosen[start : start + 100]])

    found = []
    for together in (False, True):
        with sg.collect(made, classes=lambda x: x.argmax(-1)) as stats:
            contexts = [contextvars.copy_context() for _ in texts]
            tasks = [threading.Thread(target=c.run, args=(read, t)) for c, t in zip(contexts, texts, strict=True)]
            for task in tasks:
                task.start()
                if not together:
                    task.join()
            for task in tasks:
                task.join()
            read(texts[0])
        found.append(stats)
    assert found[0]["l0.c"].n.tolist() == [6000] * 5
    assert found[0] == found[1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's forward mode, in torch itself
def test_transforms() -> None:
    made, chosen = layer(), ids()
    x = torch.eye(KINDS)[chosen]
    want = of(made, x, chosen)
    with sg.collect(made, classes=lambda x: x.argmax(-1)) as stats:
        torch.func.grad(lambda x: made(x)[0].sum())(x)
    for name in want.names:
        np.testing.assert_allclose(stats[name].mean, want[name].mean, rtol=1e-5)
    np.testing.assert_allclose(stats.signature("l0.c", 1).a, want.signature("l0.c", 1).a, rtol=1e-4)
    for classes in (None, lambda x: x.argmax(-1)):
        with sg.collect(made, classes=classes), pytest.raises(sg.NotRecordedError, match=r"inside torch\.func\.vmap"):
            torch.func.vmap(lambda x: made(x)[0])(x[None])


def test_two_dtypes_are_two_statistics() -> None:
    x = torch.randn(6, 2, 3)
    single, double = sg.LSTM(3, 4), sg.LSTM(3, 4).double()
    a, e = sg.stream_statistics(single, [x]), sg.stream_statistics(double, [x.double()])
    for parts in ([a, e], [e, a]):
        with pytest.raises(sg.DtypeError, match=r"merge: l0\.i was counted in float(32|64) and in float(32|64);"):
            sg.Statistics.merge(parts)
    gru, cell = sg.GRU(3, 4), torch.randn(6, 2, 3)  # a half-life in float64 beside signals in float32
    one = sg.stream_statistics(gru, [cell])
    assert (one | one)["l0.h"].n.tolist() == [24] * 4
    with sg.collect(single) as stats, torch.no_grad():
        single(x)
        single.double()
        with pytest.raises(sg.DtypeError, match=r"collect: i was counted in float32 and in float64"):
            single(x.double())
    assert stats["l0.c"].n.tolist() == [12] * 4
