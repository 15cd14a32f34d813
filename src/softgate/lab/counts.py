"""How a net counts: the unit whose memory follows the count, and what each symbol does to it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from softgate.lab.asked import Asked, ask

__all__ = ["counter"]

Numbers = dict[str, float]

COUNTS = 0.9
"""The correlation with the count from which on a unit is called a counting one."""

RESETS = 10
"""So many resets in mid-count are enough to say what they leave."""


def counter(net: Any, task: Any, seed: int) -> Numbers:
    """How the unit counts whose memory follows the count best: symbols 1 less symbols 2, since the last symbol 0.

    ``follows``: the size of the correlation, over the steps of these three symbols. If it is 0.9 or more, of that unit:
    ``step_1``: the mean of i g where x is symbol 1, turned so that up is up; ``keep_1``: of f, but at the first step,
    where there is nothing to keep; ``show_1``: of o; ``range``: of its c; ``unit``. Where symbol 0 comes in the middle
    of a count: ``reset_keep``, the mean of f; ``reset_left``, what is left of the memory, the slope of c after it over
    c before: 0 is a reset, 1 is none.
    Only for inputs that are three symbols or more, and cells with i, g, f and o.
    """
    asked = ask(net, task, seed)
    if not {"i", "g", "f", "o", "c"} <= set(asked.signals) or asked.x.shape[-1] < 3:
        return {}
    if not bool((asked.x[asked.counts].sum(-1) == 1).all()):
        return {}
    symbols = asked.x.argmax(-1)
    counts = asked.counts & (symbols < 3)
    both = torch.cat((_count(symbols)[counts][:, None], asked.signals["c"][counts]), 1)
    follows = torch.corrcoef(both.double().T)[0, 1:].nan_to_num()
    unit = int(follows.abs().argmax())
    found = {"follows": float(follows[unit].abs())}
    if found["follows"] < COUNTS:
        return found
    memory = asked.values("c")[:, unit]
    found |= {"range": float(memory.max() - memory.min()), "unit": float(unit)}
    found |= _resets(asked, unit, symbols)
    found |= _per_symbol(asked, unit, symbols[asked.counts], asked.x.shape[-1])
    sign = float(follows[unit].sign())
    return {name: sign * value if name.startswith("step_") else value for name, value in found.items()}


def _count(symbols: Tensor) -> Tensor:
    """Symbols 1 less symbols 2 since the last symbol 0, [T, B]."""
    count = torch.zeros(symbols.shape[1])
    found = []
    for row in symbols:
        count = torch.where(row == 0, 0.0, count + (row == 1).float() - (row == 2).float())
        found.append(count)
    return torch.stack(found)


def _resets(asked: Asked, unit: int, symbols: Tensor) -> Numbers:
    """What is kept where symbol 0 comes in the middle of a count; nothing where it never does."""
    here = (symbols[1:] == 0) & asked.counts[1:] & (_count(symbols)[:-1] != 0)
    if int(here.sum()) < RESETS:
        return {}
    memory = asked.signals["c"][..., unit].double()
    before, after = memory[:-1][here], memory[1:][here]
    centred = before - before.mean()
    spread = float(centred.square().sum())
    keep = {"reset_keep": float(asked.signals["f"][1:, :, unit][here].mean())}
    return keep | ({"reset_left": float((centred * after).sum()) / spread} if spread > 0 else {})


def _per_symbol(asked: Asked, unit: int, symbols: Tensor, count: int) -> Numbers:
    i, g, f, o = (asked.values(name)[:, unit] for name in "igfo")
    later = (torch.arange(len(asked.x))[:, None] > 0).expand_as(asked.counts)[asked.counts]
    found: Numbers = {}
    for k in range(count):
        here = symbols == k
        for name, values, steps in (("step", i * g, here), ("keep", f, here & later), ("show", o, here)):
            if bool(steps.any()):
                found[f"{name}_{k}"] = float(values[steps].mean())
    return found
