"""What is asked of a trained net: functions of a net, a task and a seed, which give numbers by name.

A study names them; the column of a number is ``measure.name``. All are taken on test sequences that no score is taken
on (:mod:`softgate.lab.asked`), and all work for any cell: what it does not have is not in the answer. Signals are those
of the steps up to the last that counts, over all units, unless it says otherwise.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate import statistics
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.gradient_flow import gradient_flow
from softgate.lab.asked import Asked, ask
from softgate.lab.counts import counter
from softgate.layers.recurrent import Recurrent
from softgate.symbols import Expr, const, node, rewrite

__all__ = ["counter", "distribution", "ends", "largest", "longest", "meeting", "paths", "rounded", "saturation"]

Numbers = dict[str, float]

DISTANCES = (1, 2, 5, 10, 20)
MOST = 1000
"""The largest n that is looked at."""


def meeting(net: Any, task: Any, seed: int) -> Numbers:
    """How far the two factors of a product go together: ``i_g`` (pre.i and pre.g), ``o_c`` (pre.o and c).

    Pearson's correlation over steps for each unit; the median over units of its size.
    """
    asked = ask(net, task, seed)
    pairs = {"i_g": ("pre.i", "pre.g"), "o_c": ("pre.o", "c")}
    there = {name: pair for name, pair in pairs.items() if set(pair) <= set(asked.signals)}
    found: Numbers = {}
    for name, (a, b) in there.items():
        left, right = (v - v.mean(0) for v in (asked.values(a).double(), asked.values(b).double()))
        size = left.norm(dim=0) * right.norm(dim=0)
        # A unit of which one factor never changes has no correlation; it counts as none.
        found[name] = float(torch.where(size > 0, (left * right).sum(0) / size.clamp_min(1e-300), 0.0).abs().median())
    return found


def saturation(net: Any, task: Any, seed: int) -> Numbers:
    """For each gate, the share of its values that is under 0.1 or over 0.9: ``f``; and ``f.shut``, ``f.open``."""
    asked = ask(net, task, seed)
    found: Numbers = {}
    for gate in statistics.gates(net.rnn.cell):
        values = asked.values(gate)
        shut, opened = (float(m.double().mean()) for m in (values < statistics.SHUT, values > statistics.OPEN))
        found |= {gate: shut + opened, f"{gate}.shut": shut, f"{gate}.open": opened}
    return found


def ends(net: Any, task: Any, seed: int) -> Numbers:
    """The share of values in the outer tenths of their range: ``gates``, the candidate ``g``, the ``readout`` h / o.

    Only what has a range, by the equations.
    """
    asked, cell = ask(net, task, seed), net.rnn.cell
    found: dict[str, tuple[Tensor, tuple[float, float]]] = {}
    gates = [asked.values(g).flatten() for g in statistics.gates(cell)]
    if gates:
        found["gates"] = torch.cat(gates), (0.0, 1.0)
    if "g" in asked.signals and "g" in cell.signals:
        found["g"] = asked.values("g"), statistics.bounds(cell.signals["g"])
    if {"h", "o"} <= set(asked.signals) and "o" in statistics.gates(cell):
        shown = asked.values("o")
        found["readout"] = (asked.values("h") / shown)[shown > 1e-4], statistics.bounds(cell.signals["h"])
    return {
        name: float(((v < low + (high - low) / 10) | (v > high - (high - low) / 10)).double().mean())
        for name, (v, (low, high)) in found.items()
        if np.isfinite([low, high]).all() and v.numel()
    }


def distribution(net: Any, task: Any, seed: int) -> Numbers:
    """For each gate and the candidate, the share of values in each tenth of its range: ``f.0`` to ``f.9``."""
    asked, cell = ask(net, task, seed), net.rnn.cell
    found: Numbers = {}
    for name in dict.fromkeys((*statistics.gates(cell), *(["g"] if "g" in cell.signals else []))):
        low, high = statistics.bounds(cell.signals[name])
        if np.isfinite([low, high]).all():
            place = ((asked.values(name) - low) / (high - low) * 10).long().clamp(0, 9).flatten()
            shares = torch.bincount(place, minlength=10).double() / len(place)
            found |= {f"{name}.{k}": float(share) for k, share in enumerate(shares)}
    return found


def largest(net: Any, task: Any, seed: int) -> Numbers:
    """For each state, the largest size of any value; ``c.beyond``, the share of values of c beyond -1 and 1."""
    asked = ask(net, task, seed)
    found = {s: float(asked.values(s).abs().max()) for s in net.rnn.cell.states if s in asked.signals}
    if "c" in found:
        found["c.beyond"] = float((asked.values("c").abs() > 1).double().mean())
    return found


def rounded(net: Any, task: Any, seed: int) -> Numbers:
    """``loss`` and ``score`` with every gate rounded to 0 or 1 where it is computed; ``soft.loss`` ... as it is."""
    asked, hard = ask(net, task, seed), copy.copy(net)
    cell = net.rnn.cell
    layer = Recurrent(hardened(cell), net.rnn.input_size, net.rnn.hidden_size, dtype=asked.x.dtype)
    layer.load_state_dict(net.rnn.state_dict())
    hard._modules = net._modules | {"rnn": layer}
    with torch.no_grad():
        y, _ = hard(asked.x)
    found: Numbers = {}
    for name, answer in (("", y), ("soft.", asked.y)):
        found[f"{name}loss"] = float(task.loss(answer, asked.target, asked.mask))
        found[f"{name}score"] = float(np.mean(task.score(answer.numpy(), asked.batch)))
    return found


def hardened(cell: Cell) -> Cell:
    """The cell with every gate rounded to 0 or 1: what uses its value uses the rounded one."""
    signals: dict[str, Expr] = dict(cell.signals)
    for gate in statistics.gates(cell):
        soft = signals[gate]
        hard = node("where", node("lt", const(0.5), soft), const(1.0), const(0.0))
        signals = dict(
            zip(signals, rewrite(list(signals.values()), lambda e, s=soft, h=hard: h if e is s else None), strict=True)  # type: ignore[misc]
        )
    return replace(cell, name=f"{cell.name}, gates rounded", signals=signals)


def paths(net: Any, task: Any, seed: int) -> Numbers:
    """How the gradient of the loss at each sequence's last step that counts goes back to a state so many steps before.

    ``cell_5``: the share that came by the cell path alone, which is the product of f, in norms: that part over that
    part plus the rest. ``left_5``: the norm of all of it over that at the last step. ``forget_5``: the mean product of
    f. Of the state that is held (c of an LSTM); distances are those of :data:`DISTANCES` that the task has.
    """
    found = way_back(net, task, ask(net, task, seed, 16))
    return {} if found is None else _shares(*found)


def way_back(net: Any, task: Any, asked: Asked) -> tuple[Tensor, Tensor, Tensor] | None:
    """Of the state that is held, the gradient of the loss at each sequence's last step that counts, [T, B, H]; what it
    is multiplied by at each step, of that shape; and these last steps, [B]. None if no state is held. In float64."""
    held = statistics.holds(net.rnn.cell)
    if not held:
        return None
    state, factor = list(held.items())[-1]
    last = asked.counts.sum(0) - 1
    at = torch.zeros_like(asked.mask)
    at[last, torch.arange(at.shape[1])] = True
    total = gradient_flow(net, lambda: task.loss(net(asked.x)[0], asked.target, at))[f"rnn.l0.{state}"].total.double()
    (keeps,) = evaluate([factor], {name: value.double() for name, value in asked.signals.items()}, total)
    return total, keeps.expand_as(total), last


def _shares(total: Tensor, keeps: Tensor, last: Tensor) -> Numbers:
    """From the gradient [T, B, H], the factors of the cell path [T, B, H] and the step of the loss [B]."""
    found: Numbers = {}
    which = torch.arange(total.shape[1])
    for distance in DISTANCES:
        far = which[last >= distance]
        if not len(far):
            continue
        product = torch.ones_like(total[0, far])
        for back in range(distance):
            product = product * keeps[last[far] - back, far]
        begun, here = total[last[far], far], total[last[far] - distance, far]
        cell = (begun * product).norm()
        rest = (here - begun * product).norm()
        found |= {
            f"cell_{distance}": float(cell / (cell + rest)) if cell + rest > 0 else 0.0,
            f"left_{distance}": float(here.norm() / begun.norm()) if begun.norm() > 0 else 0.0,
            f"forget_{distance}": float(product.mean()),
        }
    return found


@torch.no_grad()
def longest(net: Any, task: Any, seed: int) -> Numbers:
    """The largest ``n`` up to which every string of a counting task is right, 1000 at most. Nothing of other tasks."""
    if not hasattr(task, "language"):
        return {}
    language, low = task.language, 1
    while low <= MOST:
        high = min(MOST, low + max(7, low // 2))
        words = [language.string(n) for n in range(low, high + 1)]
        ids = np.zeros((max(map(len, words)), len(words)), np.int64)
        right = np.zeros((*ids.shape, len(language.alphabet)), bool)
        real = np.zeros(ids.shape, bool)
        for k, word in enumerate(words):
            ids[: len(word), k], right[: len(word), k], real[: len(word), k] = word, language.sets(word), True
        x = torch.nn.functional.one_hot(torch.from_numpy(ids), len(language.alphabet)).float()
        said = net(x)[0].numpy() > 0
        fails = ((said != right).any(-1) & real).any(0)
        if fails.any():
            return {"n": float(low + int(fails.argmax()) - 1)}
        low = high + 1
    return {"n": float(MOST)}
