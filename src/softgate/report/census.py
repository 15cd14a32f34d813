"""The census: what each memory cell of a trained model does, beside a twin that was never trained.

`sg.find_roles` judges every unit on stretches of held-out text; the strongest get a card with their evidence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import softgate as sg
from softgate.report.counted import Effect, Reader, Rehearsal
from softgate.report.known import Excerpts, excerpts, kinds
from softgate.report.tracking import Labelled
from softgate.roles.card import sentences
from softgate.roles.role import Role
from softgate.roles.table import Roles
from softgate.roles.words import VERDICTS
from softgate.text.alphabet import Alphabet
from softgate.train.model import CharacterModel

__all__ = ["Card", "Census", "strongest", "take"]

CARDS = 8
WORK = 5e12
"""Operations of one search that are affordable: a wider model is not judged."""
TRIALS = 72
"""A search sets each unit so many times for each class of input."""
PLAIN = ("mixed", "dead", "constant")


@dataclass(frozen=True)
class Card:
    """A unit with its evidence."""

    name: str
    title: str
    verdict: str
    said: tuple[str, ...]
    """The sentences on its verdict and its label."""
    why: str
    """`role.why()`, without its first two lines."""
    text: str
    source: str
    values: tuple[float, ...]
    """c after each character of `text`."""
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class Census:
    """What was found, or, in `reason`, why nothing was looked for."""

    reason: str = ""
    trained: dict[str, dict[str, int]] | None = None
    """By role, how many units there are at each verdict."""
    twin: dict[str, dict[str, int]] | None = None
    cards: tuple[Card, ...] = ()
    stretches: int = 0
    steps: int = 0
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def units(self) -> int:
        """How many units were judged."""
        return sum(sum(n.values()) for n in (self.trained or {}).values())

    def at(self, verdict: str, twin: bool = False) -> int:
        """How many units have this verdict."""
        return sum(n.get(verdict, 0) for n in ((self.twin if twin else self.trained) or {}).values())


def take(
    model: CharacterModel,
    twin: CharacterModel,
    alphabet: Alphabet,
    labelled: Sequence[Labelled],
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Census:
    """Judge the units of both models on the same text, and make the cards of the trained one's strongest units."""
    began = time.monotonic()
    found = excerpts(labelled, alphabet)
    if found is None:
        return Census("the held-out text is too short: four stretches of 64 characters are needed")
    events, classes = kinds(found)
    hidden, layers = model.lstm.hidden_size, model.lstm.num_layers
    work = len(classes) * TRIALS * layers * hidden * 2 * 8.0 * hidden * (2 * hidden)
    if work > WORK:
        return Census(f"setting each of {layers * hidden:,} units at every kind of input would take too long")
    counts = []
    for network, what in ((model, "the model"), (twin, "its untrained twin")):
        say(f"  the units of {what}, {time.monotonic() - began:.0f} s so far")
        reader = Reader(network.embedding, network.lstm, network.head)
        judged = sg.find_roles(reader, found.ids, found.labels, events=events, names=classes, seed=seed)
        counts.append(judged.counts())
        if network is model:
            say("  the evidence for the strongest units")
            cards = _cards(reader, judged, found, seed)
    return Census(
        *("", counts[0], counts[1], cards, len(found.texts), len(found.ids), tuple(found.labels), classes),
        seconds=time.monotonic() - began,
    )


def strongest(judged: Roles, most: int = CARDS) -> list[Role]:
    """Units by verdict, then by how much of a label or of a transplant they carry; a verdict is needed.

    Of each label that is tracked, the unit that tracks it best is among them, whatever its verdict.
    """
    rank = {verdict: place for place, verdict in enumerate(VERDICTS)}

    def score(role: Role) -> float:
        tracked = role.tracking
        if tracked is None:
            return 0.0
        return 2 * tracked.score - 1 if tracked.binary else tracked.score

    def strength(role: Role) -> tuple[int, bool, float, float]:
        alone = 0.0 if role.effects is None else role.effects.transplant.value
        return rank[role.verdict], role.role not in PLAIN, score(role), alone

    there = sorted((role for role in judged if role.verdict in rank), key=strength, reverse=True)
    best: dict[str, Role] = {}
    for role in sorted(there, key=score, reverse=True):
        if role.tracking is not None and role.tracks:
            best.setdefault(role.tracking.label, role)
    others = [role for role in there if all(role is not one for one in best.values())]
    return sorted([*best.values(), *others][:most], key=strength, reverse=True)


def _cards(reader: Reader, judged: Roles, found: Excerpts, seed: int) -> tuple[Card, ...]:
    rehearsal = Rehearsal(reader, found, seed)
    return tuple(_card(role, rehearsal, found) for role in strongest(judged))


def _card(role: Role, rehearsal: Rehearsal, found: Excerpts) -> Card:
    values = rehearsal.c[role.signal][:, :, role.unit].numpy()
    place = _telling(found, role.tracking.label if role.tracking else None, values)
    title, _, *lines = role.why().split("\n")
    return Card(
        name=f"{role.signal.removeprefix('lstm.')}, unit {role.unit}",
        title=title.removeprefix("lstm."),
        verdict=role.verdict,
        said=tuple(f"{head}: {told}" for head, told in sentences(role) if head in ("Verdict", "Label")),
        why="\n".join(lines),
        text=found.texts[place],
        source=found.sources[place],
        values=tuple(float(value) for value in values[1:, place]),
        effects=tuple(rehearsal.effects(role.signal, role.unit)),
    )


def _telling(found: Excerpts, label: str | None, values: NDArray[np.float32]) -> int:
    """The stretch on which the label changes most often; without a label, on which the unit moves most."""
    if label in found.labels:
        steps = found.labels[label][1:]
        changes = (np.diff(steps, axis=0) != 0).sum(0) if set(np.unique(steps)) <= {0, 1} else steps.std(0)
        return int(np.argmax(changes))
    return int(np.argmax(values.std(0)))
