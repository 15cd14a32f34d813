"""The contract of a backend as a list: how it is kept and how it is run. The checks are in the file beside.

A check is a function of a :class:`Bench` that raises ``AssertionError``. :data:`CHECKS` is the list; one of your own is
added with the :func:`contract` decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from softgate.equations import Cell
from softgate.errors import UnknownNameError
from softgate.testing.compare import numerics
from softgate.testing.problem import Problem, Runner, make, run_reference, runner


@dataclass(frozen=True)
class Bench:
    """What is under test: a cell, the backend that runs it, and the dtype of everything."""

    cell: Cell
    run: Runner
    dtype: torch.dtype
    seed: int = 0

    def problem(self, T: int, B: int, inputs: int, H: int, **options: Any) -> Problem:
        """A random problem of these sizes; see :func:`softgate.testing.problem.make`."""
        return make(self.cell, T, B, inputs, H, dtype=self.dtype, seed=self.seed, **options)

    def judge(self, problem: Problem, name: str = "") -> None:
        """Outputs, final states and every gradient, by the numerics rule against the reference.

        The gradients that come in are standard normal, so what is summed into a small one is of the order of 0.1.
        """
        got = problem.everything(self.run)
        plain = problem.everything(run_reference)
        exact = problem.to(torch.float64).everything(run_reference)
        for n, value in got.items():
            numerics(value, plain[n], exact[n], name=f"{name}{n}", gates=problem.gates_of(n), scale=0.1)


Check = Callable[[Bench], None]
CHECKS: list[Check] = []


def contract(check: Check) -> Check:
    """Add a check to the list."""
    CHECKS.append(check)
    return check


def check(
    cell: Cell,
    *,
    backend: str | Runner = "auto",
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    only: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Run the contract on a cell.

    Args:
        cell: any cell, of the library or your own.
        backend: ``"auto"``, what a layer would use; ``"cpu"``, the compiled kernel or a failure; ``"reference"``; or a
            function with the signature of :func:`softgate.functional.recurrence`.
        dtype: of inputs and weights.
        seed: of the data.
        only: names of checks; all of :data:`CHECKS` if not given.

    Returns:
        The names of the checks that ran.

    Raises:
        AssertionError: naming every check that failed, with its reason.
        UnknownNameError: for a backend or a check that does not exist.
    """
    bench = Bench(cell, runner(backend), dtype, seed)
    known = {c.__name__: c for c in CHECKS}
    for name in only:
        if name not in known:
            raise UnknownNameError("check", name, known)
    chosen = [known[name] for name in only or known]
    failures = []
    for c in chosen:
        try:
            c(bench)
        except AssertionError as failure:
            failures.append(f"  {c.__name__}: {failure}")
    if failures:
        raise AssertionError(
            "\n".join([f"cell {cell.name}: {len(failures)} of {len(chosen)} checks failed", *failures])
        )
    return tuple(c.__name__ for c in chosen)
