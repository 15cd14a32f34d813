"""What was found of one unit, and how much of it is shown: :class:`Judged` and its verdict.

The verdict rises step by step, and stops at the first that fails:

1. *correlates*: the unit tracks a label within the false discovery rate, or its maps make a role.
2. *necessary*: with a value from elsewhere in its place the output changes, surely by more than for units like it.
3. *sufficient*: its value from another sequence, alone, brings about half or more of what all units' would, and surely
   more than those of units like it.

Units like it are those of similar variance that have no role; surely: its interval is above what 19 of 20 of them do.
4. *mechanism shown*: besides, the role's own interventions came out as they must.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from softgate.roles.candidate import Check
from softgate.roles.detect import UNRESET, clocked
from softgate.roles.labels import Tracking
from softgate.roles.maps import Map
from softgate.roles.measured import Effects
from softgate.roles.reading import READ
from softgate.roles.words import PLAIN, VERDICTS

__all__ = ["Judged", "Thresholds", "verdict_of"]


@dataclass(frozen=True)
class Thresholds:
    """What a verdict asks for.

    Attributes:
        rate: the false discovery rate of labels.
        needed: the least effect of an ablation, as a share of the output's spread (of a loss: any above zero).
        alone: the least share of a whole transplant.
    """

    rate: float = 0.01
    needed: float = 0.01
    alone: float = 0.5


@dataclass(frozen=True)
class Judged:
    """One unit.

    Attributes:
        unit, layer, signal: which: 3, ``"encoder.l0"``, ``"encoder.l0.c"``.
        role: one of :data:`softgate.roles.words.ROLES`.
        looked: what its maps made of it before the checks; another word than ``role`` where a check failed.
        events: what each class of input does: ``{"A": "+1"}``; classes that hold are left out.
        maps: by class, the measured map.
        strengths: leak, half_life and drift, of the class of input that loses most; step, step_spread (from level to
            level), step_between (its events), of an integrator step_least, step_most; gap, range, readable; those that
            the role has.
        modes: the two values between which a latch or toggle switches.
        checks: the deciding interventions.
        tracking: the label it tracks best; None without labels.
        effects: None if they were not asked for.
        verdict: ``"nothing"``, or one of :data:`softgate.roles.words.VERDICTS`.
        lacking: why it is no more than that.
        notes: of the search: labels that could not be judged.
    """

    unit: int
    layer: str
    signal: str
    role: str
    looked: str
    events: dict[str, str]
    maps: dict[str, Map]
    strengths: dict[str, float]
    checks: tuple[Check, ...] = ()
    modes: tuple[float, float] | None = None
    tracking: Tracking | None = None
    effects: Effects | None = None
    verdict: str = "nothing"
    lacking: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)
    notes: tuple[str, ...] = ()

    @property
    def event(self) -> str:
        """Its events in one line: ``"A +1, B -1"``."""
        return ", ".join(f"{name} {does}" for name, does in self.events.items())

    @property
    def tracks(self) -> bool:
        """Whether it tracks its label within the false discovery rate."""
        return self.tracking is not None and self.tracking.q <= self.thresholds.rate

    @property
    def stands_for(self) -> str | None:
        """The label that its effects are measured on; None for its own value.

        That is the label that it tracks well. A unit with a role that tracks one a little only is judged by its role.
        """
        if not self.tracks or self.tracking is None:
            return None
        chance = 0.5 if self.tracking.binary else 0.0
        well = self.tracking.score - chance >= (1 - chance) / 2
        return self.tracking.label if well or self.role == "mixed" else None

    @property
    def shown(self) -> bool:
        """Whether enough is shown to say that it *is* what its role says."""
        return self.verdict in VERDICTS[2:]

    def __repr__(self) -> str:
        return (
            f"<{self.signal} unit {self.unit}: {self.role}{f' ({self.event})' if self.event else ''}, {self.verdict}>"
        )


def verdict_of(role: Judged, by_loss: bool) -> tuple[str, str]:
    """The verdict, and what is lacking for the next."""
    for step, missing in enumerate((_no_correlation(role), *_no_effect(role, by_loss), _no_mechanism(role))):
        if missing:
            return (VERDICTS[step - 1] if step else "nothing"), missing
    return VERDICTS[-1], ""


def _no_correlation(role: Judged) -> str:
    if role.tracks or role.role not in PLAIN:
        return ""
    clock = clocked([m for m in role.maps.values() if m.kind != "rare"])
    without = f"its maps make no role ({UNRESET})" if clock else "its maps make no role"
    if role.tracking is None:
        return f"{without}, and it has no label"
    t = role.tracking
    if not t.judged:
        return f"{without}, and whether it tracks {t.label!r} {t.unsure}"
    return f"{without}, and no label is tracked beyond chance: at best {t.label}, q = {t.q:.2g}"


def _no_effect(role: Judged, by_loss: bool) -> tuple[str, str]:
    if role.effects is None:
        return "effects were not measured", ""
    e, needed = role.effects, 0.0 if by_loss else role.thresholds.needed
    moved, alone = e.ablation["elsewhere"], e.transplant
    necessary = sufficient = ""
    if moved.low <= needed:
        necessary = "a value from elsewhere changes next to nothing of what the model gives"
    elif moved.low <= e.bar.get("elsewhere", 0.0):
        necessary = f"{_alike(e)} matter as much or more"
    if e.read <= READ:
        what = repr(role.stands_for) if role.stands_for else "its value"
        sufficient = f"{what} cannot be read off the output reliably: a line explains {e.read:.0%} of it"
    elif e.untold:
        sufficient = f"whether its value is enough cannot be judged: {e.untold}"
    elif alone.value < role.thresholds.alone:
        sufficient = f"its transplant brings about {alone.value:.0%} of what that of all units does"
    elif alone.low <= e.bar.get("transplant", 0.0):
        others = f"{_alike(e)} may bring about as much"
        sufficient = others if e.bar else "its transplant may bring about nothing"
    return necessary, sufficient


def _alike(e: Effects) -> str:
    """The units that it is held against, where they are as many as it takes."""
    some = "some" if e.alike < 20 else "more than one in 20"
    return f"{some} of the {e.alike} units of similar variance without a role"


def _no_mechanism(role: Judged) -> str:
    if role.role == "mixed":
        return UNRESET if clocked([m for m in role.maps.values() if m.kind != "rare"]) else "its maps fit no definition"
    if not role.checks:
        return f"no intervention that would decide {role.role!r} was tried"
    failed = [c for c in role.checks if not c.passed]
    return f"a check failed: {failed[0].what}" if failed else ""
