"""Measures that only the claims need; the others are in :mod:`softgate.lab.measures`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.lab import measures
from softgate.lab.asked import ask
from softgate.lab.claims.passages import CLASSES, KNOWN, passages
from softgate.roles.find import find_roles
from softgate.roles.words import VERDICTS

__all__ = ["BACK", "NAMED", "OPEN", "longest", "lowest", "roles", "straight", "switches"]

Numbers = dict[str, float]

BACK = (1, 2, 5, 10, 20)
"""How many steps back the gradient is looked at."""
OPEN = 0.9
"""A way of so many steps is open where the forget gates on it leave as much as gates of 0.9 would."""
NAMED = ("latch", "toggle", "counter")
"""The roles that claim 11 names."""


def lowest(net: Any, task: Any, seed: int) -> Numbers:
    """``c``: the lowest value that any memory takes over test sequences; ``below``: how far that is below 0."""
    least = float(ask(net, task, seed).values("c").min())
    return {"c": least, "below": max(0.0, -least)}


def switches(net: Any, task: Any, seed: int) -> Numbers:
    """``kept``: the skill that is left when every gate is rounded to 0 or 1, as a share of the skill before (claim 7).

    Cut at -1 and 1. Nothing of a net that has no skill to lose.
    """
    found = measures.rounded(net, task, seed)
    best = 1.0 if task.higher_is_better else 0.0
    hard, soft = ((found[name] - task.chance) / (best - task.chance) for name in ("score", "soft.score"))
    return {"kept": float(np.clip(hard / soft, -1.0, 1.0))} if soft > 0 else {}


def longest(net: Any, task: Any, seed: int) -> Numbers:
    """How far a net counts (claims 12 and 14): ``n``, the longest n that is right, 1000 at most; ``short``, how many
    doublings that falls short of the longest n of the training, below 0 where it goes beyond. Nothing of tasks without
    an n.
    """
    found = measures.longest(net, task, seed)
    return found and {"n": found["n"], "short": math.log2(task.n / max(1.0, found["n"]))}


def straight(net: Any, task: Any, seed: int) -> Numbers:
    """Where the way back stood open, did the gradient come straight (claim 9)?

    Of the loss at each sequence's last step that counts. The way of a unit is open over 10 steps where the product of
    its f on them is at least 0.9^10. Over all such units and sequences: ``cell_10``, the share of the cell path in the
    gradient that came, in norms; ``kept_10``, that gradient over the product of f times what set out, in norms: 1 is
    straight. ``open_10``: the share of ways that were open. A distance at which none was has only that.
    """
    way = measures.way_back(net, task, ask(net, task, seed, 16))
    if way is None:
        return {}
    found: Numbers = {}
    for distance in BACK:
        found |= _straight(*way, distance)
    return found


def _straight(total: Tensor, keeps: Tensor, last: Tensor, distance: int) -> Numbers:
    """Of the gradient [T, B, H], the factors of the cell path [T, B, H] and the step of the loss [B]."""
    far = torch.arange(total.shape[1])[last >= distance]
    if not len(far):
        return {}
    product = torch.stack([keeps[last[far] - back, far] for back in range(distance)]).prod(0)
    opened = product >= OPEN**distance
    found: Numbers = {f"open_{distance}": float(opened.double().mean())}
    straight = (total[last[far], far] * product)[opened]
    came = total[last[far] - distance, far][opened]
    if float(straight.norm()) > 0:
        rest = float((came - straight).norm())
        found[f"cell_{distance}"] = float(straight.norm()) / (float(straight.norm()) + rest)
        found[f"kept_{distance}"] = float(came.norm() / straight.norm())
    return found


def roles(net: Any, task: Any, seed: int) -> Numbers:
    """How many units have each role at each verdict (claim 11): ``latch.necessary`` ...

    On passages of Python with what its tokenizer knows of them as labels (quotes, comments, brackets), and its events
    as classes. ``shown``: latches, toggles and counters that an intervention shows; ``correlates``: those that only
    look like it; ``tracks``: units of any role that follow a label, of which ``tracks.shown`` hold up. Nothing of
    other tasks.
    """
    if not hasattr(task, "corpus"):
        return {}
    read = passages(task, seed)
    found = find_roles(
        net,
        torch.from_numpy(read.x),
        {name: read.labels[name] for name in KNOWN},
        events=read.events,
        names=CLASSES,
        targets=torch.from_numpy(read.target),
        seed=seed,
    )
    count = {f"{r}.{v}": sum(u.role == r and u.verdict == v for u in found) for r in NAMED for v in VERDICTS}
    named = [unit for unit in found if unit.role in NAMED]
    tracked = [unit for unit in found if unit.tracks]
    count |= {
        "shown": sum(u.verdict in VERDICTS[1:] for u in named),
        "correlates": sum(u.verdict == VERDICTS[0] for u in named),
        "tracks": len(tracked),
        "tracks.shown": sum(u.verdict in VERDICTS[1:] for u in tracked),
        "none": sum(u.verdict not in VERDICTS for u in found),
    }
    return {name: float(value) for name, value in count.items()}
