"""The best fixed answer by search, which keeps nothing in common with how a task derives its chance."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any


def best_string(
    start: Mapping[Any, float], after: Callable[[Any], Iterable[tuple[float, Any]]], label: Callable[[Any], Hashable]
) -> float:
    """The share of strings that it is right about; strings end where the label is None.

    Takes the answer that could still be right about most strings, so the first one that is complete is the best.
    """
    order = itertools.count()
    heap: list[Any] = [(-sum(start.values()), next(order), 0.0, start)]
    while True:
        _, _, ended, belief = heapq.heappop(heap)
        groups: dict[Hashable, dict[Any, float]] = defaultdict(dict)
        for state, p in belief.items():
            groups[label(state)][state] = p
        ended += sum(groups.pop(None, {}).values())
        if not groups:
            return ended
        for group in groups.values():
            moved: dict[Any, float] = defaultdict(float)
            for state, p in group.items():
                for q, following in after(state):
                    moved[following] += p * q
            heapq.heappush(heap, (-ended - sum(group.values()), next(order), ended, moved))
