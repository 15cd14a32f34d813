"""What a recording says of each unit: how often its gates stand shut or open, and how long it holds what it has.

Which signals are gates, and what a state is multiplied by on its way to the next step, is read off the cell's
equations, so it is known for any cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.calculus import derivative, expand
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.symbols import Expr, sym, symbols_in, walk

SHUT, OPEN = 0.1, 0.9

Range = tuple[float, float]
_ANY: Range = (-math.inf, math.inf)


@dataclass(frozen=True)
class Shares:
    """Of one gate, for each unit the share of steps at which it is shut (< 0.1) and open (> 0.9), [H] each."""

    shut: Tensor
    open: Tensor

    def __repr__(self) -> str:
        return (
            f"shut {self.shut.nanmean():.0%}, open {self.open.nanmean():.0%} of the steps, over {len(self.shut)} units"
        )


class Saturation(dict[str, Shares]):
    """By the name of a gate, its :class:`Shares`: ``rec.saturation()["l0.f"].open[17]``."""

    def __repr__(self) -> str:
        return _table("saturation", {name: repr(found) for name, found in self.items()}, "no gates")


class Horizon(dict[str, Tensor]):
    """By the name of a state, the half-life of what each unit holds there, in steps, [H]."""

    def __repr__(self) -> str:
        rows = {}
        for name, steps in self.items():
            low, middle, high = (float(v) for v in (steps.min(), steps.median(), steps.max()))
            rows[name] = f"half-life {low:.3g} to {high:.3g} steps, median {middle:.3g}, over {len(steps)} units"
        return _table("horizon", rows, "no state is held by a gate")


def _table(title: str, rows: Mapping[str, str], empty: str) -> str:
    if not rows:
        return f"<{title}: {empty}>"
    width = max(map(len, rows))
    return "\n".join([f"<{title}", *(f"  {n:<{width}}  {text}" for n, text in rows.items())]) + ">"


def gates(cell: Cell) -> tuple[str, ...]:
    """The signals that are gates: by the equations they lie in [0, 1], whatever the input. States are not gates."""
    found = []
    for name, e in cell.signals.items():
        low, high = _range(e)
        if 0 <= low < high <= 1 and (name in cell.gates or name not in cell.states):
            found.append(name)
    return tuple(found)


def holds(cell: Cell) -> dict[str, Expr]:
    """By state, what it is multiplied by on its way to the next step, in terms of the signals: ``{"c": f}``.

    A state is there if its equation is a multiple of its last value plus something, and signals make the multiple:
    ``f`` of an LSTM, ``z`` of a GRU, ``1 - f`` of an MGU. Cells without such a state: lstm1997 and nfg, which keep
    all they have for ever, and rnn, which keeps nothing.
    """
    found = {}
    for state in cell.states:
        (factor,) = expand([derivative(cell.equations[state], sym(f"prev.{state}"))])
        names = symbols_in(factor)
        if names and all(n in cell.signals for n in names):
            found[state] = factor
    return found


def shares(calls: Sequence[Tensor]) -> Shares:
    """Of a gate's values, [T, B, H] each call; steps with NaN, where a packed sequence has ended, are left out."""
    rows = torch.cat([c.flatten(0, 1) for c in calls]).double()
    steps = (~rows.isnan()).sum(0)
    return Shares((rows < SHUT).sum(0) / steps, (rows > OPEN).sum(0) / steps)


def half_life(factor: Expr, signals: Mapping[str, Sequence[Tensor]]) -> Tensor:
    """ln 2 / -mean(ln |factor|) for each unit, [H]: inf where nothing is lost on average, 0 where a step wipes all."""
    rows = {n: torch.cat([c.flatten(0, 1) for c in calls]).double() for n, calls in signals.items()}
    (values,) = evaluate([factor], rows, next(iter(rows.values())))
    loss = -values.abs().log().nanmean(0)
    return torch.where(loss > 0, math.log(2) / loss, torch.where(loss.isnan(), loss, math.inf))


def bounds(root: Expr) -> Range:
    """Bounds of an expression, whatever its symbols are; infinite where the equations give none."""
    return _range(root)


def _range(root: Expr) -> Range:
    """Bounds of an expression, whatever its symbols are."""
    done: dict[Expr, Range] = {}
    for e in walk([root]):
        done[e] = _bounds(e, [done[a] for a in e.args])
    return done[root]


def _bounds(e: Expr, args: list[Range]) -> Range:
    if e.op == "const":
        return (float(e.attr), float(e.attr))  # type: ignore[arg-type]
    if e.op == "act":
        low, high = args[0]
        points = torch.cat([torch.linspace(-60, 60, 4801), torch.tensor([-1e30, 1e30])]).double().clamp(low, high)
        values = e.attr(points)  # type: ignore[operator]
        return (float(values.min()), float(values.max()))
    if e.op == "neg":
        return (-args[0][1], -args[0][0])
    if e.op in ("add", "sub"):
        (a, b), (c, d) = args
        return (a + c, b + d) if e.op == "add" else (a - d, b - c)
    if e.op == "mul":
        corners = [p * q for p in args[0] for q in args[1]]
        return _ANY if any(map(math.isnan, corners)) else (min(corners), max(corners))
    if e.op == "where":
        return (min(args[1][0], args[2][0]), max(args[1][1], args[2][1]))
    if e.op in ("maximum", "minimum"):
        choose = max if e.op == "maximum" else min
        return (choose(args[0][0], args[1][0]), choose(args[0][1], args[1][1]))
    return _ANY
