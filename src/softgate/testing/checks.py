"""The checks: what every cell passes on every backend. In the order in which they are best read, and mended."""

from __future__ import annotations

import itertools
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

import torch
from torch import Tensor

from softgate.equations import Cell
from softgate.reference import Weights
from softgate.testing.compare import assert_close, assert_equal
from softgate.testing.contract import Bench, contract
from softgate.testing.problem import can_project, run_reference


@contract
def matches_the_reference(bench: Bench) -> None:
    """Outputs, final states and every gradient."""
    bench.judge(bench.problem(6, 3, 5, 16))


@contract
def odd_sizes(bench: Bench) -> None:
    """B = 1, T = 1, H = 1, and sizes that are no multiple of anything."""
    for T, B, inputs, H in [(1, 1, 1, 1), (1, 3, 2, 7), (5, 1, 3, 9), (3, 2, 1, 17), (2, 5, 19, 33)]:
        bench.judge(bench.problem(T, B, inputs, H), f"T={T} B={B} I={inputs} H={H}: ")


@contract
def nothing_to_do(bench: Bench) -> None:
    """T = 0 and B = 0: the states come back as they went in."""
    for T, B in [(0, 2), (3, 0)]:
        problem = bench.problem(T, B, 3, 4)
        out = problem.forward(bench.run)
        assert_equal(out["y"], problem.x.new_zeros(T, B, 4), name=f"T={T} B={B}: y")
        for n, s in zip(bench.cell.states, problem.states, strict=True):
            assert_equal(out[f"final {n}"], s, name=f"T={T} B={B}: final {n}")


@contract
def backwards_in_time(bench: Bench) -> None:
    """``reverse`` runs from the last step to the first."""
    problem = bench.problem(5, 2, 3, 8)
    bench.judge(replace(problem, reverse=True), "reverse: ")
    turned = replace(problem, x=problem.x.flip(0)).forward(bench.run)
    got = replace(problem, reverse=True).forward(bench.run)
    assert_close(got["y"], turned["y"].flip(0), name="reverse against the reversed input: y")


@contract
def without_biases(bench: Bench) -> None:
    """``bias=False``."""
    bench.judge(bench.problem(4, 2, 3, 8, bias=False), "no biases: ")


@contract
def projected(bench: Bench) -> None:
    """``proj_size``, for the cells that can have one."""
    if can_project(bench.cell):
        bench.judge(bench.problem(5, 2, 3, 12, proj_size=5), "projected: ")


@contract
def halves_equal_the_whole(bench: Bench) -> None:
    """Two calls with the state carried over give what one gives."""
    problem = bench.problem(7, 3, 4, 8)
    whole = problem.forward(bench.run)
    first = replace(problem, x=problem.x[:3]).forward(bench.run)
    carried = tuple(first[f"final {n}"] for n in bench.cell.states)
    second = replace(problem, x=problem.x[3:], states=carried).forward(bench.run)
    assert_close(torch.cat([first["y"], second["y"]]), whole["y"], name="y of the halves")
    for n in bench.cell.states:
        assert_close(second[f"final {n}"], whole[f"final {n}"], name=f"final {n} of the halves")


@contract
def batch_order_is_irrelevant(bench: Bench) -> None:
    """A sequence's result does not depend on which others are beside it."""
    problem = bench.problem(4, 5, 3, 8)
    order = torch.tensor([3, 0, 4, 2, 1])
    mixed = replace(problem, x=problem.x[:, order], states=tuple(s[order] for s in problem.states)).forward(bench.run)
    plain = problem.forward(bench.run)
    for n, value in plain.items():
        assert_close(mixed[n], value[:, order] if n == "y" else value[order], name=f"in another order: {n}")


@contract
def same_bits_twice(bench: Bench) -> None:
    """The same call gives the same bits."""
    problem = bench.problem(6, 4, 5, 16)
    first, second = problem.everything(bench.run), problem.everything(bench.run)
    for n, value in first.items():
        assert_equal(second[n], value, name=f"the second time: {n}", gates=problem.gates_of(n))


@contract
def survives_a_trip_to_another_process(bench: Bench) -> None:
    """A cell that is sent to a worker, or is saved and loaded, is the same cell and gives the same bits."""
    restored: Cell = ForkingPickler.loads(ForkingPickler.dumps(bench.cell))
    assert restored.key == bench.cell.key, "the fingerprint of the equations has changed"
    problem = bench.problem(4, 2, 3, 8)
    again = replace(problem, cell=restored).forward(bench.run)
    for n, value in problem.forward(bench.run).items():
        assert_equal(again[n], value, name=f"in another process: {n}")


@contract
def packed_equals_padded(bench: Bench) -> None:
    """Rows of a packed batch give what each sequence gives alone, in both directions, gradients included."""
    lengths = [5, 3, 3, 1]
    problem = bench.problem(5, 4, 3, 8)
    sizes = tuple(sum(n > t for n in lengths) for t in range(5))
    rows = torch.cat([problem.x[t, :n] for t, n in enumerate(sizes)])
    for reverse in (False, True):
        packed = replace(problem, x=rows, lengths=sizes, reverse=reverse)
        out = packed.forward(bench.run)
        for b, n in enumerate(lengths):
            states = tuple(s[b : b + 1] for s in problem.states)
            alone = replace(problem, x=problem.x[:n, b : b + 1], states=states, reverse=reverse).forward(bench.run)
            mine = torch.stack([out["y"][sum(sizes[:t]) + b] for t in range(n)])
            assert_close(mine[:, None], alone["y"], name=f"packed, sequence {b}, reverse={reverse}: y")
            for s in bench.cell.states:
                name = f"packed, sequence {b}, reverse={reverse}: final {s}"
                assert_close(out[f"final {s}"][b : b + 1], alone[f"final {s}"], name=name)
        bench.judge(packed, f"packed, reverse={reverse}: ")


@contract
def reset_equals_split(bench: Bench) -> None:
    """A reset before a step is a new sequence from that step, with a zero state; gradients included."""
    problem = bench.problem(6, 3, 4, 8)
    mask = torch.zeros(6, 3, dtype=torch.bool)
    mask[3, 0] = mask[0, 1] = mask[5, 1] = True
    out = replace(problem, reset=mask).forward(bench.run)
    zeros = tuple(torch.zeros_like(s[:1]) for s in problem.states)
    for b in range(3):
        cuts = [0, *(t for t in range(6) if mask[t, b]), 6]
        pieces = []
        for start, end in itertools.pairwise(cuts):
            states = zeros if start or mask[0, b] else tuple(s[b : b + 1] for s in problem.states)
            pieces.append(replace(problem, x=problem.x[start:end, b : b + 1], states=states).forward(bench.run)["y"])
        assert_close(out["y"][:, b : b + 1], torch.cat(pieces), name=f"reset, sequence {b}: y")
    bench.judge(replace(problem, reset=mask), "reset: ")
    bench.judge(replace(problem, reset=mask, reverse=True), "reset, reverse: ")


@contract
def calls_do_not_remember(bench: Bench) -> None:
    """What one call was given, the next one of the same shape has forgotten: masks, biases, lengths, direction."""
    dense = bench.problem(3, 2, 3, 8)
    rows = replace(dense, x=dense.x.reshape(6, 3), lengths=(2, 2, 2))
    mask = torch.ones(3, 2, dtype=torch.bool)
    bare = replace(dense, weights=dense.weights._replace(bias_ih=None, bias_hh=None))
    kinds = {
        "plain": dense,
        "reset": replace(dense, reset=mask),
        "packed": rows,
        "packed, reset": replace(rows, reset=mask.flatten()),
        "no biases": bare,
        "reverse": replace(dense, reverse=True),
    }
    for before, after in itertools.permutations(kinds, 2):
        kinds[before].forward(bench.run)
        want = kinds[after].forward(run_reference)
        for n, value in kinds[after].forward(bench.run).items():
            assert_close(value, want[n], name=f"{after}, called after {before}: {n}", atol=1e-4, rtol=2e-2)


@contract
def any_strides(bench: Bench) -> None:
    """Views and transposed tensors give what contiguous ones give."""
    problem = bench.problem(4, 3, 5, 8)
    strange = replace(
        problem,
        x=problem.x.permute(2, 1, 0).contiguous().permute(2, 1, 0),
        states=tuple(torch.stack([s, s], -1)[..., 0] for s in problem.states),
        weights=_strided(problem.weights),
    )
    got = strange.forward(bench.run)
    for n, value in problem.forward(bench.run).items():
        assert_close(got[n], value, name=f"strided: {n}")


def _strided(w: Weights) -> Weights:
    def turn(t: Tensor | None) -> Tensor | None:
        return None if t is None else t.T.contiguous().T

    return w._replace(weight_ih=turn(w.weight_ih), weight_hh=turn(w.weight_hh))


@contract
def nan_stays_where_it_is(bench: Bench) -> None:
    """A NaN in one sequence spoils what the reference says it spoils, and no other sequence."""
    problem = bench.problem(5, 3, 4, 8)
    problem.x[2, 1, 0] = torch.nan
    got, want = problem.forward(bench.run), problem.forward(run_reference)
    for n, value in want.items():
        assert_close(got[n], value, name=f"with a NaN in the input: {n}", rtol=1.0, atol=1.0)


@contract
def extremes_are_finite(bench: Bench) -> None:
    """Inputs of 1e4: nothing is NaN or infinite that is not so in the reference."""
    problem = bench.problem(4, 2, 3, 8, scale=1e4)
    got, want = problem.everything(bench.run), problem.everything(run_reference)
    for n, value in want.items():
        strange = value.isfinite() & ~got[n].isfinite()
        assert not strange.any(), f"with inputs of 1e4: {n} is {got[n][strange][0].item()} and should be finite"
