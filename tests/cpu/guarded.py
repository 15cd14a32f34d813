"""A program: the kernels of one instruction set between guard pages. The last case it names is where it died."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import replace

import torch

import softgate as sg
from cpu.memory import Guarded, replaced
from softgate.cpu import run
from softgate.cpu.backward_call import Needs
from softgate.cpu.stepper import Stepper
from softgate.reference import Weights
from softgate.testing import Problem, assert_close, make
from softgate.testing.problem import run_reference

CELLS = {
    "lstm": sg.cells.lstm(),
    "gru": sg.cells.gru(),
    "everything": sg.cells.lstm(coupled=True, peephole=True, full_gate_recurrence=True),
}
TOLERANCE = {torch.float32: 2e-4, torch.float64: 1e-10}
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")
CORNERS = [(1, 1, 1), (3, 7, 5), (3, 1, 5), (1, 7, 1)]
"""T, B, I."""


def cases() -> Iterator[tuple[str, Problem]]:
    """Every cell at odd sizes; then what rows can do: come and go, be reset, be projected, run backwards."""
    for name, H, (T, B, inputs) in itertools.product(CELLS, (1, 17, 33), CORNERS):
        if name == "gru" and H != 17:
            continue
        yield f"{name} T={T} B={B} I={inputs} H={H}", make(CELLS[name], T, B, inputs, H)
    for H in (3, 32):
        yield f"lstm H={H} float64", make(CELLS["lstm"], 3, 7, 5, H, dtype=torch.float64)
    for name in CELLS:
        whole = make(CELLS[name], 3, 4, 5, 17)
        packed = torch.cat([whole.x[0], whole.x[1, :3], whole.x[2, :1]])
        mask = torch.zeros(3, 4, dtype=torch.bool)
        mask[1, 2] = mask[0, 0] = mask[2, 3] = True
        yield f"{name} packed", replace(whole, x=packed, lengths=(4, 3, 1))
        yield f"{name} packed, reverse", replace(whole, x=packed, lengths=(4, 3, 1), reverse=True)
        yield f"{name} reset", replace(whole, reset=mask)
        yield f"{name} reverse", replace(whole, reverse=True)
    for P in (1, 16):
        yield f"lstm projected to {P}", make(CELLS["lstm"], 3, 4, 5, 17, proj_size=P)
    yield "lstm, products with the input made beforehand", make(CELLS["lstm"], 9, 1, 333, 91)


def compare(problem: Problem, guard: Guarded) -> None:
    """Forward and backward with all that the kernels are given between guard pages, against the reference."""
    p = problem
    weights = Weights(*(guard.copy(getattr(p.weights, n)) for n in WEIGHTS), tuple(map(guard.copy, p.weights.units)))
    x, states = guard.copy(p.x), tuple(map(guard.copy, p.states))
    reset = guard.copy(p.reset)
    call = (p.cell, x, states, weights, p.lengths, reset, p.reverse)
    done = run.forward(*call, training=True)
    signals = tuple(p.cell.signals) if p.x.shape[1:] == (7, 5) else ()
    plain = run.forward(*call, training=False, signals=signals)
    outs = [done.y, *done.finals]
    seeds = [guard.copy(torch.randn(o.shape, dtype=torch.float64).to(o.dtype)) for o in outs]
    wants = Weights(*(getattr(p.weights, n) is not None for n in WEIGHTS), tuple(True for _ in p.weights.units))
    needs = Needs(True, tuple(True for _ in states), wants)
    got = run.backward(*call, done.y, done.saved, seeds[0], seeds[1:], needs)
    leaves = {n: v.requires_grad_() for n, v in p.leaves().items()}
    y, finals = run_reference(p.cell, *_of(p, leaves), lengths=p.lengths, reset=p.reset, reverse=p.reverse)
    inputs = list(leaves.values())
    exact = torch.autograd.grad(
        [y, *finals], inputs, [s.clone() for s in seeds], allow_unused=True, materialize_grads=True
    )
    found = {"x": got.x} | {f"initial {n}": s for n, s in zip(p.cell.states, got.states, strict=True)}
    found |= {n: getattr(got.weights, n) for n in WEIGHTS}
    found |= dict(zip(p.cell.weights, got.weights.units, strict=True))
    allowed = {"rtol": TOLERANCE[p.x.dtype], "atol": TOLERANCE[p.x.dtype]}
    for n, one, other in zip(p.cell.states, outs[1:], finals, strict=True):
        assert_close(one, other.detach(), name=f"final {n}", **allowed)
    assert_close(done.y, y.detach(), name="y", **allowed)
    assert_close(plain.y, y.detach(), name="y without training", **allowed)
    for n, g in zip(leaves, exact, strict=True):
        assert_close(found[n], g, name=f"gradient of {n}", **allowed)
    if p.lengths is None and not p.reverse and p.reset is None:
        step = Stepper(p.cell, weights, p.x.shape[1])
        assert_close(step(guard.copy(p.x[0]), states)[0], y[0].detach(), name="one step", **allowed)


def _of(p: Problem, leaves: dict[str, torch.Tensor]) -> tuple[torch.Tensor, tuple[torch.Tensor, ...], Weights]:
    units = tuple(leaves[n] for n in p.cell.weights)
    states = tuple(leaves[f"initial {n}"] for n in p.cell.states)
    return leaves["x"], states, Weights(*(leaves.get(n) for n in WEIGHTS), units)


def main(wanted: str) -> None:
    """Run the cases whose name has ``wanted`` in it, with each array at the end and at the beginning of its pages."""
    torch.set_num_threads(1)  # these cases are too small for more
    for at_end in (True, False):
        guard = Guarded(at_end=at_end)
        with replaced(guard.empty, keep=False, zeros=guard.zeros, zeros_like=guard.zeros_like):
            for name, problem in cases():
                if wanted in name:
                    print(f"{name}, arrays at the {'end' if at_end else 'beginning'} of a page", flush=True)
                    compare(problem, guard)
        assert guard.count > 50, "hardly anything was guarded"
    print("all went well", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
