"""The 17 claims that circulate about the gates and activations of an LSTM, each with the experiment that decides it.

``all()`` has them in order, ``get(3)`` one; ``studies()`` those whose results are committed, by the name of their
folder. What the verdicts are is not written here: it follows from the rows.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from softgate.errors import UnknownNameError
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.claims.pools import union
from softgate.lab.study import Study

__all__ = ["Claim", "Published", "all", "get", "studies"]

NUMBERS = range(1, 18)


@cache
def all() -> tuple[Claim, ...]:  # noqa: A001 - sg.lab.claims.all() is what one says
    """All claims, the first first."""
    return tuple(import_module(f"{__name__}.c{number:02d}").CLAIM for number in NUMBERS)


def get(number: int) -> Claim:
    """A claim by its number.

    Raises:
        UnknownNameError: there is none of that number.
    """
    if number not in NUMBERS:
        raise UnknownNameError("claim", number, [f"{NUMBERS[0]} to {NUMBERS[-1]}"])
    return all()[number - 1]


def studies() -> dict[str, Study]:
    """By folder, the study that has all runs of the claims that share it."""
    folders = dict.fromkeys(claim.pool for claim in all())
    return {folder: union(folder, [c.study for c in all() if c.pool == folder]) for folder in folders}
