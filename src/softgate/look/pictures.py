"""Which figures there are of what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from softgate import figures
from softgate.figures.signals import by_layer
from softgate.look.data import Given
from softgate.look.examine import Seen

POINTS = 12000
"""About so many numbers of signals go into a page, whatever the length of the input."""
SHOWN = 300


@dataclass(frozen=True)
class Picture:
    """A figure, what it is called, and the name of its files."""

    stem: str
    title: str
    caption: str
    chart: Any


def pictures(seen: Seen, given: Given, units: Sequence[int] = (), shown: int = SHOWN) -> Iterator[Picture]:
    """The figures, layer by layer.

    Args:
        seen: what to draw.
        given: what the model read, for the tooltips.
        units: which units to draw over time; the liveliest of each layer if empty.
        shown: over how many steps, from the first on.

    Raises:
        FigureError: a unit that a layer does not have.
    """
    rec = seen.recording
    layers = by_layer([name for name in rec.names if name in rec])
    curves = sum(map(len, layers.values())) * max(len(units), 4)
    most = max(40, min(400, POINTS // curves))
    for prefix, names in layers.items():
        layer = prefix.rstrip(".")
        memory = f"{prefix}c" if f"{prefix}c" in rec else names[-1]
        chosen = list(units) or figures.active_units(rec[memory])
        T = len(rec[memory])
        last = min(T, shown)
        thinned = f" Curves are thinned to {most} points that keep their extremes." if most < last else ""
        which = f"All {T:,} steps." if last == T else f"The first {last:,} of {T:,} steps."
        why = "as asked for" if units else f"the ones whose {memory.removeprefix(prefix)} changes most"
        chart = figures.signals(rec, names, chosen, steps=slice(last), labels=_labels(given, T), title=layer, most=most)
        yield Picture(
            _stem("signals", layer),
            f"Signals of {layer} over time.",
            f"{which} Units {', '.join(map(str, chosen))}: {why}. Drag to move along time, scroll to zoom.{thinned}",
            chart,
        )
        yield Picture(
            _stem("values", layer),
            f"Values of gates and states of {layer}.",
            f"How often each value occurs, over {T:,} steps and all units.",
            figures.distributions(rec, names, title=layer),
        )
    yield from _of_units(seen)
    for name in _states(seen):
        yield Picture(
            _stem("gradient", name),
            f"Gradient that arrives at {name}.",
            f"Of the mean cost of a character over the first {seen.flow_steps} steps, in all and by the two paths on "
            "which it comes back from the next step. Zero is not drawn.",
            figures.gradients(seen.flow, name, title=name),
        )


def _of_units(seen: Seen) -> Iterator[Picture]:
    saturation, horizon = seen.recording.saturation(), seen.recording.horizon()
    if saturation:
        caption = "Top left: open at all steps; bottom right: shut at all steps; bottom left: in between, a soft gate."
        yield Picture("saturation", "How hard the gates are.", caption, figures.saturation(saturation))
    if horizon:
        caption = "From the mean of the logarithm of what keeps the state. At the top edge: for ever."
        yield Picture("half-lives", "How long units hold what they have.", caption, figures.half_lives(horizon))


def _states(seen: Seen) -> list[str]:
    """The states whose gradients are split, the memory of each layer first."""
    states = list(getattr(seen.flow, "states", ()) or ())
    return [s for s in states if s.endswith(".c")] or states


def _labels(given: Given, steps: int) -> tuple[str, ...] | None:
    """What was read at each step, if there is one thing a step."""
    return given.labels if given.labels is not None and len(given.labels) == steps else None


def _stem(kind: str, name: str) -> str:
    return f"{kind}-{re.sub(r'[^A-Za-z0-9.-]+', '-', name)}".rstrip("-.")
