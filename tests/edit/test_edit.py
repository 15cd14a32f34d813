"""Edits against cells written by hand in torch, float64, with the same change made at the same place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import softgate as sg
from softgate.changes import Change
from softgate.recording.names import signals

T, B, I, H = 7, 3, 5, 6  # noqa: E741 - the field's names
Touch = Callable[[str, int, Tensor], Tensor]


def by_hand(layer: torch.nn.LSTM, x: Tensor, touch: Touch, suffix: str = "l0") -> tuple[Tensor, Tensor, Tensor]:
    """An LSTM as a loop: y, h, c. ``touch`` sees each signal as it is made, and gives what it shall be."""
    w = {n.rpartition(f"_{suffix}")[0]: p for n, p in layer.named_parameters() if n.endswith(f"_{suffix}")}
    h = c = x.new_zeros(x.shape[1], H)
    rows = []
    for t in range(len(x)):
        z = x[t] @ w["weight_ih"].T + h @ w["weight_hh"].T + w["bias_ih"] + w["bias_hh"]
        pre = {f"pre.{n}": touch(f"pre.{n}", t, v) for n, v in zip("ifgo", z.chunk(4, -1), strict=True)}
        i, f, o = (touch(n, t, pre[f"pre.{n}"].sigmoid()) for n in "ifo")
        g = touch("g", t, pre["pre.g"].tanh())
        c = touch("c", t, f * c + i * g)
        h = touch("h", t, o * c.tanh())
        rows.append(h)
    return torch.stack(rows), h, c


def touching(changes: dict[str, Change | list[Change]]) -> Touch:
    """What the changes mean, written without softgate."""

    def touch(name: str, t: int, value: Tensor) -> Tensor:
        given = changes.get(f"l0.{name}", [])
        for change in [given] if isinstance(given, Change) else given:
            v = torch.as_tensor(change.value, dtype=value.dtype)
            v = v[t if len(v) > 1 else 0] if v.dim() == 3 else v
            units = list(range(H)) if change.units is None else list(change.units)
            whole = value.detach().clone()
            whole[:, units] = v.expand(len(value), len(units))
            new = {"replace": whole, "scale": value * whole, "add": value + whole}[change.act]
            here = torch.zeros_like(value, dtype=torch.bool)
            here[:, units] = True
            if change.steps is not None:
                steps = change.steps
                at = range(100)[steps] if isinstance(steps, slice) else [steps] if isinstance(steps, int) else steps
                here &= t in at
            if isinstance(change.where, Tensor):
                here &= change.where[t][:, None]
            value = torch.where(here, new, value)
        return value

    return touch


def made(**options: Any) -> tuple[Any, Tensor]:
    torch.manual_seed(5)
    return sg.LSTM(I, H, **options).double(), torch.randn(T, B, I, dtype=torch.float64)


def values(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(9))


MASK = torch.rand(T, B, generator=torch.Generator().manual_seed(3)) < 0.4
CASES: dict[str, dict[str, Change | list[Change]]] = {
    "a fixed cell": {"l0.c": sg.fix(0.0, units=[4])},
    "an open gate for some steps": {"l0.f": sg.fix(1.0, units=[3], steps=slice(2, 5))},
    "every signal": {
        "l0.pre.i": sg.add(0.3), "l0.pre.g": sg.scale(0.5, units=[0, 5]), "l0.i": sg.scale(0.9), "l0.f": sg.add(0.05),
        "l0.g": sg.scale(-1.0, units=[1]), "l0.o": sg.fix(0.7, steps=[0, 6]), "l0.c": sg.add(0.1, where=MASK),
        "l0.h": sg.scale(1.1, steps=slice(None, None, 2)),
    },
    "values for units": {"l0.c": sg.fix(values(2), units=[5, 1])},
    "values for all": {"l0.g": sg.replace(values(T, B, H), where=MASK)},
    "values for steps": {"l0.o": sg.replace(values(T, 1, 2), units=[0, 2], steps=slice(1, None))},
    "a donor": {"l0.c": sg.transplant(values(T, 1, H), units=[2, 3], steps=4)},
    "one after the other": {"l0.c": [sg.fix(0.5, units=[1]), sg.scale(2.0), sg.add(-0.25, steps=3)]},
    "a pre-activation twice": {"l0.pre.f": [sg.add(1.0), sg.scale(0.5, units=[0])]},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_as_by_hand(case: str) -> None:
    layer, x = made()
    assert sg.explain_path(layer, x).fast
    with sg.edit(layer, CASES[case]), sg.record(layer) as rec:
        y, (h, c) = layer(x)
    seen: dict[str, list[Tensor]] = {}
    touch = touching(CASES[case])

    def keeping(name: str, t: int, value: Tensor) -> Tensor:
        seen.setdefault(name, []).append(touch(name, t, value))
        return seen[name][-1]

    want, want_h, want_c = by_hand(layer, x, keeping)
    assert torch.allclose(y, want, atol=1e-12)
    assert torch.allclose(torch.cat([h[0], c[0]]), torch.cat([want_h, want_c]), atol=1e-12)
    for name, rows in seen.items():
        assert torch.allclose(rec[f"l0.{name}"], torch.stack(rows).detach(), atol=1e-12), name
    weigh = values(T, B, H)
    parameters = list(layer.parameters())
    got = torch.autograd.grad((y * weigh).sum() + c.sum(), parameters)
    wanted = torch.autograd.grad((want * weigh).sum() + want_c.sum(), parameters)
    for a, b in zip(got, wanted, strict=True):
        assert torch.allclose(a, b, atol=1e-11)


def test_twice_differentiable() -> None:
    layer, x = made()
    x = x[:3].requires_grad_()

    def run(x: Tensor) -> Tensor:
        with sg.edit(layer, {"l0.c": sg.scale(0.5, units=[1]), "l0.f": sg.add(0.1, steps=1)}):
            return layer(x)[0]  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(run, x)
    assert torch.autograd.gradgradcheck(run, x)


@pytest.mark.parametrize("name", sg.cells.names())
def test_every_signal_of_every_cell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel and the reference agree on the rewritten equations, with gradients."""
    torch.manual_seed(1)
    layer = sg.Recurrent(name, I, H).double()
    x = torch.randn(4, 2, I, dtype=torch.float64)
    parameters = list(layer.parameters())
    whole = [s for s in signals(layer.cell) if not (s.startswith("pre.") and len(parts_of(layer.cell, s)) > 1)]
    changes: Any = {f"l0.{s}": [sg.scale(0.8, units=[0, 2]), sg.add(0.05, steps=slice(1, 3))] for s in whole}

    def both() -> tuple[Tensor, tuple[Tensor, ...], dict[str, Tensor]]:
        with sg.edit(layer, changes), sg.record(layer) as rec:
            y, _ = layer(x)
        kept = {n: rec[n] for n in rec.names}
        return y, torch.autograd.grad(y.pow(2).sum(), parameters, allow_unused=True), kept

    y, gradients, kept = both()
    with monkeypatch.context() as m:
        m.setattr("softgate.dispatch.refusal", lambda *_, **__: "by the reference")
        want, wanted, shown = both()
    assert torch.allclose(y, want, atol=1e-12)
    for n, value in kept.items():
        assert torch.allclose(value, shown[n], atol=1e-12), n
    for a, b in zip(gradients, wanted, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, atol=1e-10)


def parts_of(cell: sg.Cell, signal: str) -> list[str]:
    return [slot.symbol for slot in cell.slots if slot.gate == signal.removeprefix("pre.")]


def test_outside_nothing_has_changed() -> None:
    layer = sg.LSTM(I, 20, num_layers=2, bidirectional=True)
    x = torch.randn(T, B, I)
    before = layer(x)[0]
    with sg.edit(layer, {"*.c": sg.fix(0.0)}):
        inside = layer(x)[0]
    assert not inside.any()  # c = 0 everywhere, so h = o tanh(0)
    assert torch.equal(layer(x)[0], before)
    with sg.edit(layer, {"l1.reverse.c": sg.fix(0.0, units=[3])}):
        one = layer(x)[0]
    same = [n for n in range(40) if torch.equal(one[..., n], before[..., n])]
    assert same[:20] == list(range(20))
    assert 23 not in same


def test_unit_by_unit_the_rest_is_the_same_bits() -> None:
    """A change that is masked out everywhere changes no bit."""
    layer, x = sg.LSTM(I, 33), torch.randn(T, B, I)
    with sg.edit(layer, {"l0.f": sg.scale(0.0, units=[]), "l0.c": sg.fix(1.0, where=torch.zeros(T, B).bool())}):
        y = layer(x)[0]
    assert torch.equal(y, layer(x)[0])


def test_what_was_not_a_number_is_fixed() -> None:
    layer, x = made()
    x[2, 1] = torch.nan
    with sg.edit(layer, {"l0.c": sg.fix(0.5), "l0.h": sg.fix(0.1)}):
        assert torch.equal(layer(x)[0], torch.full((T, B, H), 0.1, dtype=torch.float64))


def test_packed_in_the_order_of_the_batch() -> None:
    layer, x = made(bidirectional=True)
    lengths = [4, 2, 7]  # sorted and back are not the same permutation
    change: dict[str, Change | list[Change]] = {"l0.c": sg.add(values(T, B, H), where=MASK)}
    both = {**change, "l0.reverse.c": change["l0.c"]}
    with sg.edit(layer, both), sg.record(layer) as rec:
        y, _ = layer(pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False))
    out, _ = pad_packed_sequence(y)
    shift: Any = change["l0.c"]
    for b, n in enumerate(lengths):
        mine = {"l0.c": sg.add(shift.value[:, b : b + 1], where=MASK[:, b : b + 1])}
        want = by_hand(layer, x[:n, b : b + 1], touching(dict(mine)))[0]
        assert torch.allclose(out[:n, b, :H], want[:, 0], atol=1e-12)
    assert rec["l0.c"].shape == (T, B, H)


def test_a_predicate_of_the_input_and_batch_first() -> None:
    layer, x = made(batch_first=True)
    with sg.edit(layer, {"l0.i": sg.fix(0.0, where=lambda x: x[..., 0] > 0)}), sg.record(layer) as rec:
        layer(x.transpose(0, 1))
    shut = (rec["l0.i"] == 0).all(-1)
    assert torch.equal(shut, x[..., 0] > 0)


def test_resampled_values_come_from_the_recording() -> None:
    layer, x = made()
    with sg.record(layer, "l0.c") as rec:
        layer(x)
    source = rec["l0.c"]
    seen = []
    for seed in (0, 0, 1):
        with sg.edit(layer, {"l0.c": sg.resample(source, units=[1, 4], seed=seed)}), sg.record(layer, "l0.c") as rec:
            layer(x)
        seen.append(rec["l0.c"])
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    rows = {tuple(r) for r in source.flatten(0, 1)[:, [1, 4]].tolist()}
    assert {tuple(r) for r in seen[0].flatten(0, 1)[:, [1, 4]].tolist()} <= rows


def test_blocks_add_up_and_recordings_see_them() -> None:
    layer, x = made()
    with sg.edit(layer, {"l0.c": sg.fix(2.0)}), sg.record(layer) as rec, sg.edit(layer, {"l0.c": sg.add(1.0)}):
        layer(x)
    assert (rec["l0.c"] == 3).all()


def test_a_stream_counts_its_steps() -> None:
    layer, x = made()
    change: dict[str, Change | list[Change]] = {"l0.f": sg.fix(0.0, steps=[2, 5]), "l0.o": sg.scale(0.5, units=[1])}
    step = layer.stream(batch_size=B)
    step(x[0])
    step.reset()
    with sg.edit(layer, change):
        got = torch.stack([step(row) for row in x])
    assert torch.allclose(got, by_hand(layer, x, touching(change))[0], atol=1e-12)
    step.reset()
    assert torch.equal(
        torch.stack([step(row) for row in x]), torch.stack([s(row) for s in [layer.stream(B)] for row in x])
    )


def test_with_resets_projection_and_other_paths() -> None:
    layer, x = made(proj_size=2)
    with sg.edit(layer, {"l0.c": sg.fix(0.0)}):
        assert not layer(x, reset=MASK)[0].any()
    with pytest.raises(sg.ShapeError, match="proj_size"):
        sg.edit(layer, {"l0.h": sg.fix(0.0)})
    half = sg.LSTM(I, H).to(torch.bfloat16)
    with sg.edit(half, {"l0.c": sg.fix(0.0)}):
        assert not half(x.bfloat16())[0].any()


def test_another_thread_sees_nothing_of_it() -> None:
    layer, x = made()
    want, seen = layer(x)[0], []
    with sg.edit(layer, {"l0.c": sg.fix(0.0)}):
        thread = threading.Thread(target=lambda: seen.append(layer(x)[0]))
        thread.start()
        thread.join()
    assert torch.equal(seen[0], want)


def test_a_compiled_model_is_edited_too() -> None:
    layer, x = made()
    compiled = torch.compile(layer, backend="eager")
    compiled(x)
    with sg.edit(layer, {"l0.c": sg.fix(0.0)}):
        assert not compiled(x)[0].any()
    assert compiled(x)[0].any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"l0.q": sg.fix(0.0)}, "unknown signal 'l0.q'"),
        (
            {"l0.c": 0.0},
            r"l0.c: expected a change as sg.fix\(0.0\) makes it, or a list of them; got float|not iterable",
        ),
        ({"l0.c": sg.fix(0.0, units=[6])}, "unit 6, but there are 6: 0 to 5"),
        ({"l0.c": sg.fix(torch.zeros(2), units=[1, 2, 3])}, r"expected a last axis of 3.*got \[2\]"),
    ],
)
def test_what_does_not_fit(changes: Any, words: str) -> None:
    with pytest.raises((sg.SoftgateError, TypeError), match=words):
        sg.edit(made()[0], changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (sg.replace(values(T + 1, B, H)), rf"T = {T} as in this call, or 1; got \[{T + 1}, {B}, {H}\]"),
        (sg.fix(0.0, where=torch.zeros(T, B)), "where= is or gives a bool tensor"),
        (sg.fix(0.0, where=torch.zeros(B, T).bool()), rf"T = {T} as in this call"),
        (sg.fix(0.0, steps=-1), "steps are counted from the first one, 0; got -1"),
    ],
)
def test_what_does_not_fit_the_call(change: Change, words: str) -> None:
    layer, x = made()
    with pytest.raises(sg.SoftgateError, match=words), sg.edit(layer, {"l0.c": change}):
        layer(x)


def test_not_ours() -> None:
    with pytest.raises(sg.NotRecordedError, match=r"edit: LSTM has no softgate layer.*sg.open"):
        sg.edit(torch.nn.LSTM(2, 3), {"l0.c": sg.fix(0.0)})


def test_a_whole_gate_keeps_its_weights() -> None:
    """Nothing then depends on the gate's pre-activation, and the layer still has its parameters."""
    layer, x = made()
    for name, signal in (("l0.f", "f"), ("l0.pre.f", "pre.f")):
        change: dict[str, Change | list[Change]] = {name: sg.fix(1.0)}
        with sg.edit(layer, change), sg.record(layer) as rec:
            y = layer(x)[0]
        assert torch.allclose(y, by_hand(layer, x, touching(change))[0], atol=1e-12)
        assert (rec[f"l0.{signal}"] == 1).all()
    y.sum().backward()
    assert not layer.weight_ih_l0.grad[H : 2 * H].any()
    assert layer.weight_ih_l0.grad[:H].all()


def test_one_value_under_two_names() -> None:
    """JANET's h only shows c. A name that is no state and owns nothing cannot be edited apart."""
    janet, x = sg.Recurrent("janet", I, H), torch.randn(T, B, I)
    with sg.edit(janet, {"l0.h": sg.fix(3.0)}), sg.record(janet) as rec:
        assert (janet(x)[0] == 3).all()
    assert not (rec["l0.c"] == 3).any()
    with sg.edit(janet, {"l0.c": sg.fix(2.0)}), sg.record(janet) as rec:
        assert (janet(x)[0] == 2).all()

    @sg.cell(gates="i g", state="h c")
    def tied(z: Any, prev: Any) -> dict[str, Any]:
        a, g = sg.sigmoid(z.i), sg.tanh(z.g)
        c = (1 - a) * prev.c + a * g
        return {"i": a, "g": g, "c": c, "o": a, "h": a * sg.tanh(c)}

    with pytest.raises(sg.CellDefinitionError, match="o of cell tied is another name for i; edit 'i'"):
        sg.edit(sg.Recurrent(tied, I, H), {"l0.o": sg.fix(0.0)})


def test_a_value_that_learns() -> None:
    layer, x = made()
    value = torch.full((2,), 0.5, dtype=torch.float64, requires_grad=True)

    def run(value: Tensor) -> Tensor:
        with sg.edit(layer, {"l0.c": sg.scale(value, units=[1, 4])}):
            return layer(x[:3])[0]  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(run, value)


def test_one_object_twice_and_a_block_that_cannot_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = made()
    change = sg.edit(layer, {"l0.c": sg.fix(0.0)})
    with change:
        with change:
            pass
        assert not layer(x)[0].any()
    assert layer(x)[0].any()

    with monkeypatch.context() as compiling:
        compiling.setattr(torch.compiler, "is_compiling", lambda: True)
        with pytest.raises(sg.SoftgateError, match="put the with block around its call"):
            change.__enter__()
    assert layer(x)[0].any()


def test_a_recorded_stream_shows_the_edit() -> None:
    layer, x = made()
    step = layer.stream(B)
    with sg.edit(layer, {"l0.c": sg.fix(0.0, units=[1])}), sg.record(layer) as rec:
        for row in x:
            step(row)
    assert not rec["l0.c"][..., 1].any()


MASKS: list[Any] = [
    [1, 4], (1, 4), np.array([1, 4]), torch.tensor([1, 4]), [False, True, False, False, True, False],
    np.array([0, 1, 0, 0, 1, 0], bool), torch.tensor([0, 1, 0, 0, 1, 0]).bool(), slice(1, 5, 3), [-5, np.int64(4)],
]  # fmt: skip


@pytest.mark.parametrize("units", MASKS, ids=repr)
def test_units_of_every_kind(units: Any) -> None:
    layer, x = made()
    with sg.edit(layer, {"l0.c": sg.fix([0.25, np.float32(0.5)], units=units)}), sg.record(layer) as rec:
        layer(x)
    changed = (rec["l0.c"] == torch.tensor([9, 0.25, 9, 9, 0.5, 9])).all(0).all(0)
    assert changed.tolist() == [False, True, False, False, True, False]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: sg.fix(0.0, units=[1.7]), r"units are whole numbers, as in \[3, 17\]"),
        (lambda: sg.fix(0.0, units="12"), "units are whole numbers"),
        (lambda: sg.fix("much"), "expected a number or an array, got 'much'"),
        (lambda: sg.edit(made()[0], {"l0.c": sg.fix(0.0, units=[True, False])}), "a mask of 2 units, but there are 6"),
        (lambda: sg.edit(made()[0], {"l0.c": sg.resample(torch.zeros(3, 1, 4))}), "expected 6 units, got 4"),
        (lambda: sg.transplant(torch.zeros(3, 1, 4), units=[8]), "unit 8, but there are 4"),
        (lambda: sg.edit(made()[0], [("l0.c", sg.fix(0.0))]), "expected changes by signal"),
        (lambda: sg.edit(sg.GRU(I, H), {"*.pre.*": sg.fix(0.0)}), "pre.n of cell gru is the sum of z.n.x and z.n.h"),
    ],
)
def test_words_for_what_is_wrong(wrong: Callable[[], Any], words: str) -> None:
    with pytest.raises(sg.SoftgateError, match=words):
        wrong()


@pytest.mark.parametrize("steps", [slice(0, 6, 0), slice(5, 1, -1), [1.5], np.array([True, False])])
def test_steps_that_are_none(steps: Any) -> None:
    layer, x = made()
    with pytest.raises(sg.SoftgateError, match="steps are"), sg.edit(layer, {"l0.c": sg.fix(0.0, steps=steps)}):
        layer(x)
