"""The contract: every cell passes it on the reference, and a backend that is wrong in some way fails it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import softgate as sg
from softgate.testing import CHECKS
from softgate.testing.problem import can_project, run_reference

DTYPES = [torch.float32, torch.float64, torch.bfloat16]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", sg.cells.names())
def test_the_reference_keeps_the_contract(name: str, dtype: torch.dtype) -> None:
    ran = sg.testing.check(sg.cells.get(name), backend="reference", dtype=dtype)
    assert ran == tuple(c.__name__ for c in CHECKS)


def swapped(a: str, b: str) -> Callable[..., Any]:
    """A backend that takes gate ``a`` for gate ``b``."""

    def run(cell, x, states, weights, **options):
        order = [{a: b, b: a}.get(g, g) for g in cell.gates]
        rows = [cell.gates.index(g) for g in order]

        def turn(w):
            return None if w is None else torch.cat([w.chunk(len(cell.gates))[k] for k in rows])

        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return run_reference(
            cell, x, states, weights._replace(**{n: turn(getattr(weights, n)) for n in names}), **options
        )

    return run


def change(**wrong: Callable[[Any], Any]) -> Callable[..., Any]:
    """A backend that changes some of its arguments before it runs."""

    def run(cell, x, states, weights, **options):
        given = {"x": x, "states": states, "weights": weights, **options}
        given |= {n: f(given[n]) for n, f in wrong.items()}
        return run_reference(cell, **given)

    return run


def after(spoil: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A backend that spoils its output."""

    def run(*args, **options):
        y, finals = run_reference(*args, **options)
        return spoil(y), finals

    return run


class Forgetful:
    """A backend with a memory: it answers the second call with noise."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *args, **options):
        self.calls += 1
        y, finals = run_reference(*args, **options)
        return y + 1e-7 * self.calls, finals


def mixes_the_batch(cell, x, states, weights, **options):
    """The state of the first sequence leaks into the second."""
    if options.get("lengths") is None and x.shape[1] > 1:
        first, *rest = states
        first = first.clone()
        first[1] = first[0]
        states = (first, *rest)
    return run_reference(cell, x, states, weights, **options)


def stops_at_nan(cell, x, states, weights, **options):
    return run_reference(cell, torch.nan_to_num(x), states, weights, **options)


def needs_contiguous(cell, x, states, weights, **options):
    if not x.is_contiguous():
        x = torch.as_strided(x, x.shape, torch.empty(x.shape).stride())
    return run_reference(cell, x, states, weights, **options)


def too_short(cell, x, states, weights, **options):
    """Drops what is left of H after a multiple of 8, as a kernel without a tail would."""
    y, finals = run_reference(cell, x, states, weights, **options)
    H = y.shape[-1]
    keep = torch.arange(H) < max(H - H % 8, min(H, 8))
    return torch.where(keep, y, torch.zeros_like(y)), finals


def overflows(cell, x, states, weights, **options):
    """A textbook sigmoid and tanh: exp(x) / (1 + exp(x)) where x is 1e4."""
    y, finals = run_reference(cell, x, states, weights, **options)
    return torch.where((x.abs() > 1e3).any(), torch.full_like(y, torch.inf), y), finals


class Hoarder:
    """A backend that keeps the mask of the call before, where this one has the same shape and none."""

    def __init__(self):
        self.masks = {}

    def __call__(self, cell, x, states, weights, **options):
        mask = options.pop("reset", None)
        mask = self.masks.get(x.shape) if mask is None else mask
        self.masks[x.shape] = mask
        return run_reference(cell, x, states, weights, reset=mask, **options)


def forgets_when_idle(cell, x, states, weights, **options):
    y, finals = run_reference(cell, x, states, weights, **options)
    return y, tuple(s if len(y) else torch.zeros_like(s) for s in finals)


WRONG: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "two gates swapped": (swapped("i", "f"), {"matches_the_reference", "odd_sizes"}),
    "the other two swapped": (swapped("g", "o"), {"matches_the_reference", "odd_sizes"}),
    "no gradient of x": (change(x=torch.Tensor.detach), {"matches_the_reference"}),
    "no gradient of the states": (change(states=lambda s: [t.detach() for t in s]), {"matches_the_reference"}),
    "no hidden bias": (change(weights=lambda w: w._replace(bias_hh=None)), {"matches_the_reference"}),
    "reset ignored": (change(reset=lambda r: None), {"reset_equals_split"}),
    "reset a step late": (change(reset=lambda r: None if r is None else r.roll(1, 0)), {"reset_equals_split"}),
    "always forwards": (change(reverse=lambda r: False), {"backwards_in_time", "packed_equals_padded"}),
    "projection ignored in the gradient": (
        change(weights=lambda w: w._replace(weight_hr=w.weight_hr if w.weight_hr is None else w.weight_hr.detach())),
        {"projected"},
    ),
    "a little off": (after(lambda y: y + 1e-5), {"matches_the_reference"}),
    "one unit off": (after(lambda y: torch.cat([y[..., :-1], y[..., -1:] * 1.001], -1)), {"odd_sizes"}),
    "other bits": (Forgetful(), {"same_bits_twice"}),
    "mixes the batch": (mixes_the_batch, {"batch_order_is_irrelevant", "matches_the_reference"}),
    "hides NaN": (stops_at_nan, {"nan_stays_where_it_is"}),
    "takes every input for contiguous": (needs_contiguous, {"any_strides"}),
    "no tail": (too_short, {"odd_sizes"}),
    "forgets when idle": (forgets_when_idle, {"nothing_to_do"}),
    "keeps the mask": (Hoarder(), {"calls_do_not_remember"}),
    "overflows": (overflows, {"extremes_are_finite"}),
    "states start at zero": (change(states=lambda s: [torch.zeros_like(t) for t in s]), {"halves_equal_the_whole"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_backend_fails(name: str) -> None:
    backend, expected = WRONG[name]
    with pytest.raises(AssertionError) as caught:
        sg.testing.check(sg.cells.lstm(), backend=backend)
    failed = {line.strip().partition(":")[0] for line in str(caught.value).splitlines()[1:]}
    missed = expected - failed
    assert not missed, f"{name} passed {missed}; it failed {failed}"


def test_every_check_fails_for_some_wrong_backend() -> None:
    caught = {check for _, checks in WRONG.values() for check in checks}
    harmless = {"survives_a_trip_to_another_process", "without_biases"}
    assert {c.__name__ for c in CHECKS} - caught == harmless


def test_a_cell_with_two_gates_swapped_fails() -> None:
    """The same mistake in the equations: a cell judged against another cell's weights."""

    @sg.cell(gates="i f g o", state="h c")
    def swapped_cell(z, prev):
        i, f, o = sg.sigmoid(z.f), sg.sigmoid(z.i), sg.sigmoid(z.o)
        c = f * prev.c + i * sg.tanh(z.g)
        return {"i": i, "f": f, "o": o, "c": c, "h": o * sg.tanh(c)}

    def backend(cell, *args, **options):
        return run_reference(swapped_cell, *args, **options)

    with pytest.raises(AssertionError, match=r"cell lstm: \d+ of \d+ checks failed\n  matches_the_reference: y: got"):
        sg.testing.check(sg.cells.lstm(), backend=backend)


def test_the_message_names_the_gate_of_a_wrong_gradient() -> None:
    def wrong(cell, x, states, weights, **options):
        w = weights.weight_ih
        blocks = list(w.chunk(4))
        blocks[2] = blocks[2].detach()
        return run_reference(cell, x, states, weights._replace(weight_ih=torch.cat(blocks)), **options)

    with pytest.raises(AssertionError, match=r"gradient of weight_ih: got 0, expected .* \(gate g, unit \d+\)"):
        sg.testing.check(sg.cells.lstm(), backend=wrong, only=("matches_the_reference",))


def test_open_to_outsiders() -> None:
    seen = []

    @sg.testing.contract
    def a_check_of_ones_own(bench: sg.testing.Bench) -> None:
        seen.append(bench.cell.name)

    try:
        assert sg.testing.check(sg.cells.gru(), backend="reference", only=("a_check_of_ones_own",)) == (
            "a_check_of_ones_own",
        )
    finally:
        CHECKS.remove(a_check_of_ones_own)
    assert seen == ["gru"]


def test_unknown_names() -> None:
    with pytest.raises(sg.UnknownNameError, match="unknown backend 'gpu'"):
        sg.testing.check(sg.cells.gru(), backend="gpu")
    with pytest.raises(sg.UnknownNameError, match="unknown check 'odd_size'; did you mean 'odd_sizes'"):
        sg.testing.check(sg.cells.gru(), only=("odd_size",))


def test_who_can_be_projected() -> None:
    able = {n for n in sg.cells.names() if can_project(sg.cells.get(n))}
    assert set(sg.cells.names()) - able == {"fgr", "gru", "mgu", "mingru", "minlstm"}


def test_random_weights_have_the_shapes_of_torch() -> None:
    w = sg.testing.random_weights(sg.cells.lstm(), 3, 5, proj_size=2)
    module = torch.nn.LSTM(3, 5, proj_size=2)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"):
        assert getattr(w, name).shape == getattr(module, f"{name}_l0").shape
    full = sg.testing.random_weights(sg.cells.fgr(), 3, 5)
    assert full.weight_fb.shape == (15, 15)
    assert [u.shape for u in full.units] == [(5,)] * 3
    free = sg.testing.random_weights(sg.cells.mingru(), 3, 5)
    assert free.weight_hh is None
    assert free.bias_hh is None
    again = sg.testing.random_weights(sg.cells.mingru(), 3, 5, dtype=torch.float64)
    assert torch.equal(free.weight_ih, again.weight_ih.float())
