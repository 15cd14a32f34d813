"""What was found of one unit, and how much of it is shown: :class:`Judged` and its verdict.

The verdict rises step by step, and stops at the first that fails:

1. *correlates*: the unit tracks a label within the false discovery rate, or its maps make a role.
2. *necessary*: with a value from elsewhere in its place the output changes, by no less than for units like it.
3. *sufficient*: its value from another sequence, alone, brings about half or more of what all units' would.
4. *mechanism shown*: besides, the role's own interventions came out as they must.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from softgate.roles.candidate import Check
from softgate.roles.effects import Effects
from softgate.roles.labels import Tracking
from softgate.roles.maps import Map
from softgate.roles.reading import READ
from softgate.roles.words import VERDICTS

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
    if role.tracks or role.role not in ("mixed", "dead", "constant"):
        return ""
    if role.tracking is None:
        return "its maps make no role, and it has no label"
    t = role.tracking
    return f"its maps make no role, and no label is tracked beyond chance: at best {t.label}, q = {t.q:.2g}"


def _no_effect(role: Judged, by_loss: bool) -> tuple[str, str]:
    if role.effects is None:
        return "effects were not measured", ""
    e, needed = role.effects, 0.0 if by_loss else role.thresholds.needed
    moved, peers = e.ablation["elsewhere"], e.peers.get("elsewhere", 0.0)
    necessary = sufficient = ""
    if moved.low <= needed:
        necessary = "a value from elsewhere changes next to nothing of what the model gives"
    elif moved.value < peers / 2:
        necessary = "units of similar variance matter more than twice as much"
    if e.read <= READ:
        what = repr(role.stands_for) if role.stands_for else "its value"
        sufficient = f"{what} cannot be read off the output reliably: a line explains {e.read:.0%} of it"
    elif e.transplant.low < role.thresholds.alone:
        share = f"its transplant brings about {e.transplant.value:.0%} of what that of all units does"
        sufficient = share + (
            f", or as little as {e.transplant.low:.0%}" if e.transplant.value >= role.thresholds.alone else ""
        )
    elif e.transplant.value <= e.peers.get("transplant", 0.0):
        sufficient = "units of similar variance bring about as much"
    return necessary, sufficient


def _no_mechanism(role: Judged) -> str:
    if role.role == "mixed":
        return "its maps fit no definition"
    if not role.checks:
        return f"no intervention that would decide {role.role!r} was tried"
    failed = [c for c in role.checks if not c.passed]
    return f"a check failed: {failed[0].what}" if failed else ""
