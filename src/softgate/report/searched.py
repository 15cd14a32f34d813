"""The units of a net, judged twice: by what characters do to them, and by what events of the tokenizer do.

The events tell rests apart by where the text is (`softgate.report.events.refined`), since a unit that holds inside
quotes may do otherwise outside. Of the second search only latches, toggles, counters and timers are taken: a sensor or
an integrator goes by the present input, which does not say where the text is.

Which of the two is shown of a unit is decided by how much is shown in it: the verdict, then whether there is a role at
all, then the share of the data's steps at which it does something that depends on nothing else; between equals it is
the search by characters. The untrained twin is searched in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

import softgate as sg
from softgate.report.events import REFINED, refined
from softgate.report.known import Excerpts
from softgate.roles.role import Role
from softgate.roles.table import Roles
from softgate.roles.tracking import Tracking
from softgate.roles.words import SWITCHING, VERDICTS

__all__ = ["PLAIN", "Searched", "better", "mapped", "search"]

PLAIN = ("mixed", "dead", "constant")


@dataclass(frozen=True)
class Searched:
    """What was found of a net.

    Attributes:
        roles: of each unit, the better founded of the two findings.
        by_events: which units are shown as the tokenizer's events found them, as (signal, unit).
        second: what the events found of each unit, whichever is shown; None of a text without a tokenizer.
    """

    roles: Roles
    by_events: frozenset[tuple[str, int]] = frozenset()
    second: Roles | None = None


def search(
    model: torch.nn.Module, found: Excerpts, events: NDArray[np.int64], classes: Sequence[str], seed: int
) -> Searched:
    """Judge every unit by `events` [T, B], the kinds of characters, and by the tokenizer's where there are any.

    Effects are measured in the first search; in the second only if a unit has a role that it does not have in the
    first: without one, the second search can show nothing that the first does not.
    """
    first = sg.find_roles(model, found.ids, found.labels, events=events, names=classes, seed=seed)
    if found.events is None:
        return Searched(first)

    of = refined(found.events, found.labels)

    def again(effects: bool) -> Roles:
        return sg.find_roles(model, found.ids, found.labels, events=of, names=REFINED, seed=seed, effects=effects)

    second = again(effects=False)
    if any(_switches(two) and not _roled(one) for one, two in zip(first, second, strict=True)):
        second = again(effects=True)
    return better(first, second)


def better(first: Roles, second: Roles) -> Searched:
    """Of each unit, the finding that shows more."""
    kept: list[Role] = []
    taken = set()
    for one, two in zip(first, second, strict=True):
        kept.append(one)
        if _switches(two) and _founded(two) > _founded(one):
            kept[-1] = replace(two, tracking=_by_character(one.tracking, two.tracking))
        elif one.role == two.role == "mixed" and mapped(two) > mapped(one):
            # Without a role, verdict and effects are those of the label, whatever the classes are.
            kept[-1] = replace(one, maps=two.maps, strengths=two.strengths, looked=two.looked, checks=two.checks)
        if kept[-1] is not one:
            taken.add((one.signal, one.unit))
    return Searched(Roles(kept, first.classes, first.notes), frozenset(taken), second)


def mapped(role: Role) -> float:
    """The share of the steps whose class has a map: at which what is done depends on nothing else."""
    known = sum(m.n for m in role.maps.values() if m.kind not in ("other", "rare"))
    return known / max(1, sum(m.n for m in role.maps.values()))


def _by_character(one: Tracking | None, two: Tracking | None) -> Tracking | None:
    """The same label beside what the present character says: an event knows where it is, a character does not."""
    return one if one is not None and two is not None and one.label == two.label else two


def _roled(role: Role) -> bool:
    return role.role not in PLAIN


def _switches(role: Role) -> bool:
    return role.role in SWITCHING


def _founded(role: Role) -> tuple[int, bool]:
    return (VERDICTS.index(role.verdict) if role.verdict in VERDICTS else -1), _roled(role)
