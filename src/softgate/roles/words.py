"""The words of a judgement: roles and verdicts, and what each of them claims."""

from __future__ import annotations

__all__ = ["PLAIN", "ROLES", "SWITCHING", "VERDICTS", "meaning"]

_MEANING = {
    "latch": ("keeps", "keep", "what an event has set"),
    "toggle": ("changes", "change", "sides at its event"),
    "counter": ("takes", "take", "a step of the same size at each of its events"),
    "timer": ("moves", "move", "by itself between its resets"),
    "integrator": ("adds", "add", "up an amount that the present input decides"),
    "sensor": ("is", "be", "a function of the present input alone"),
    "constant": ("keeps", "keep", "one value, which is not zero"),
    "dead": ("holds", "hold", "nothing: it stays at zero, or hardly varies while nothing depends on it"),
    "mixed": ("fits", "fit", "none of the definitions"),
}

ROLES = tuple(_MEANING)
"""Every role that a unit may be said to have."""

SWITCHING = ("latch", "toggle", "counter", "timer")
"""The roles whose finding in a net that nobody trained is a false discovery."""

PLAIN = ("mixed", "dead", "constant")
"""What is said of units as they were seen, and promises nothing beyond that."""

VERDICTS = ("correlates", "necessary", "sufficient", "mechanism shown")
"""How much is shown of a unit, in this order; each includes those before it. Less than the first is ``"nothing"``."""


def meaning(role: str, shown: bool = True) -> str:
    """What a role says of a unit, as the second half of a sentence; with "would" of what is not shown."""
    does, do, what = _MEANING[role]
    return f"{does if shown else f'would {do}'} {what}"
