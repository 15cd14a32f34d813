"""Disguises by name: the same machine, made hard to recognise. Each one takes the truth along.

They are applied in the order of :class:`Disguise`, by :mod:`softgate.zoo.dressing`. Whatever is exact before stays
exact, except under a leak; noise stays below what the gates can bear, and leaves weights alone whose very value is what
counts, as the step of a timer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from softgate.errors import UnknownNameError, WiringError

__all__ = ["Disguise", "chosen"]


@dataclass(frozen=True)
class Disguise:
    """What is done to a machine, in this order.

    Attributes:
        rescaled: the least share that cell states may keep of their size; 1 for all of it.
        split: how many units share their work with a copy: who reads them reads half of each.
        decoys: how many units are copied for nobody: they follow a variable, and nothing follows from them.
        distractors: how many units with random weights are added, whose output does nothing.
        flipped: whether units are turned around at random.
        leak: the pre-activation at which forget gates hold; None for that of the machine. 8 halves in 2067 steps.
        noise: standard deviation of what weights are multiplied by, about 1.
        permuted: whether units change places.
        rotated: whether symbols come as rows of an orthogonal matrix and not as one-hot.
    """

    rescaled: float = 1.0
    split: int = 0
    decoys: int = 0
    distractors: int = 0
    flipped: bool = False
    leak: float | None = None
    noise: float = 0.0
    permuted: bool = False
    rotated: bool = False

    @property
    def added(self) -> int:
        """How many units it adds."""
        return self.split + self.decoys + self.distractors

    def check(self) -> None:
        """Raise WiringError for a number that is out of range."""
        if not 0 < self.rescaled <= 1:
            raise WiringError(f"disguise: rescaled is a share above 0 and at most 1, got {self.rescaled}")
        if not 0 <= self.noise <= 0.05:
            raise WiringError(f"disguise: expected noise from 0 to 0.05, got {self.noise}")
        if self.leak is not None and not 1 <= self.leak <= 100:
            raise WiringError(f"disguise: leak is the pre-activation of holding gates, from 1 to 100, got {self.leak}")
        for name in ("split", "decoys", "distractors"):
            if getattr(self, name) < 0:
                raise WiringError(f"disguise: {name} is a number of units, got {getattr(self, name)}")


# What a disguise asked for by its name alone does.
_USUAL = {
    "rescaled": 0.5,
    "split": 1,
    "decoys": 1,
    "distractors": 3,
    "flipped": True,
    "leak": 9.0,
    "noise": 0.03,
    "permuted": True,
    "rotated": True,
}


def chosen(disguise: Disguise | str | Iterable[str] | None) -> Disguise:
    """The disguise that was asked for: one, the name of one or several names, or "all" of them but the leak.

    Raises:
        UnknownNameError: for a name that is none.
        WiringError: for a number out of range.
    """
    if disguise is None:
        return Disguise()
    if isinstance(disguise, Disguise):
        disguise.check()
        return disguise
    if disguise == "all":
        names = [field.name for field in fields(Disguise) if field.name != "leak"]
    else:
        names = [disguise] if isinstance(disguise, str) else list(disguise)
    for name in names:
        if name not in _USUAL:
            raise UnknownNameError("disguise", name, [*_USUAL, "all"])
    return Disguise(**{name: _USUAL[name] for name in names})  # type: ignore[arg-type]
