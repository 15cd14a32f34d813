"""The words of a judgement: roles and verdicts, and what each of them claims."""

from __future__ import annotations

__all__ = ["ROLES", "SWITCHING", "VERDICTS", "meaning"]

_MEANING = {
    "latch": "keeps what an event has set: twice is as once, and it survives any rest",
    "toggle": "changes sides at its event: twice is as not at all",
    "counter": "takes a step of the same size at each of its events, at all levels",
    "timer": "moves by itself at rest, and begins anew at its reset",
    "integrator": "adds up an amount that the present input decides",
    "sensor": "is a function of the present input alone",
    "constant": "keeps one value, which is not zero",
    "dead": "holds nothing: it stays at zero, or hardly varies while nothing depends on it",
    "mixed": "fits none of the definitions",
}

ROLES = tuple(_MEANING)
"""Every role that a unit may be said to have."""

SWITCHING = ("latch", "toggle", "counter", "timer")
"""The roles whose finding in a net that nobody trained is a false discovery."""

VERDICTS = ("correlates", "necessary", "sufficient", "mechanism shown")
"""How much is shown of a unit, in this order; each includes those before it. Less than the first is ``"nothing"``."""


def meaning(role: str) -> str:
    """What a role says of a unit, as the second half of a sentence."""
    return _MEANING[role]
