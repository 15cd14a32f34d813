"""The census: what each memory cell of a trained model does, beside a twin that was never trained.

`sg.find_roles` judges every unit on stretches of held-out text; the strongest get a card with their evidence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.report.began import Past, trace
from softgate.report.counted import Effect, Reader, Rehearsal
from softgate.report.events import REFINED
from softgate.report.holding import Holder
from softgate.report.known import Excerpts, excerpts, kinds
from softgate.report.searched import PLAIN, Searched, mapped, search
from softgate.report.tracking import Labelled
from softgate.report.trials import Holding
from softgate.roles.card import sentences
from softgate.roles.role import Role
from softgate.roles.words import VERDICTS
from softgate.text.alphabet import Alphabet
from softgate.train.model import CharacterModel
from softgate.train.stages import Stage

__all__ = ["Card", "Census", "heads", "strongest", "take"]

CARDS = 8
WORK = 5e12
"""Operations of one search that are affordable: a wider model is not judged."""
TRIALS = 72
"""A search sets each unit so many times for each class of input."""


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
    events: tuple[str, ...] = ()
    """What the second search had for classes; empty of a text without a tokenizer."""
    by_events: tuple[int, int] = (0, 0)
    """Of how many units the second search shows more: of the trained net, of the twin."""
    measured: tuple[int, int] = (0, 0)
    """Of how many units effects were measured: of the trained net, of the twin."""
    unheaded: tuple[str, ...] = ()
    """Labels of which no unit says more than the present character does."""
    holding: tuple[Holding, ...] = ()
    """Of the best unit for each yes-or-no label, whether it keeps by itself what it follows."""
    past: tuple[Past, ...] = ()
    """The same trials at each stage of the training, in the order of `holding`."""
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
    *,
    characters: int = 0,
    stages: Sequence[Stage] = (),
) -> Census:
    """Judge the units of both models on the same text, and make the cards of the trained one's strongest units.

    With the `stages` of a training of so many `characters`, the best units are also tried as they were on the way.
    """
    began = time.monotonic()
    found = excerpts(labelled, alphabet)
    if found is None:
        return Census("the held-out text is too short: four stretches of 64 characters are needed")
    events, classes = kinds(found)
    hidden, layers = model.lstm.hidden_size, model.lstm.num_layers
    work = (len(classes) + len(REFINED)) * TRIALS * layers * hidden * 2 * 8.0 * hidden * (2 * hidden)
    if work > WORK:
        return Census(f"setting each of {layers * hidden:,} units at every kind of input would take too long")
    judged, rehearsed = [], []
    for network, what in ((model, "the model"), (twin, "its untrained twin")):
        say(f"  the units of {what}, {time.monotonic() - began:.0f} s so far")
        reader = Reader(network.embedding, network.lstm, network.head)
        judged.append(search(reader, found, events, classes, seed))
        rehearsed.append(Rehearsal(reader, found, seed))
    say("  the evidence for the strongest units")
    cards = _cards(rehearsed[0], judged[0], found)
    mine, its = judged
    holding = _holding(judged, rehearsed, found)
    return Census(
        *("", mine.roles.counts(), its.roles.counts(), cards, len(found.texts), len(found.ids), tuple(found.labels)),
        classes=classes,
        events=REFINED if found.events is not None else (),
        by_events=(len(mine.by_events), len(its.by_events)),
        measured=(mine.roles.measured, its.roles.measured),
        unheaded=tuple(label for label in found.labels if label not in heads(mine.roles)),
        holding=holding,
        past=trace(model, characters, stages, found, holding, seed),
        seconds=time.monotonic() - began,
    )


def heads(judged: Sequence[Role]) -> dict[str, Role]:
    """For each label the unit with a verdict that tracks it best, whatever other label it tracks better.

    Chosen on the half of the pieces that chooses. A unit that says no more of it than the present character is none.
    """
    best: dict[str, tuple[float, Role]] = {}
    for role in judged:
        if role.verdict in VERDICTS and role.tracking is not None:
            for label, standing in role.tracking.standings.items():
                if standing.ahead and standing.found > best.get(label, (0.0, role))[0]:
                    best[label] = (standing.found, role)
    return {label: role for label, (_, role) in best.items()}


def strongest(judged: Sequence[Role], most: int = CARDS) -> list[Role]:
    """Units by verdict, then by how much of a label or of a transplant they carry; a verdict is needed.

    The heads of all labels are among them, whatever their verdict.
    """
    rank = {verdict: place for place, verdict in enumerate(VERDICTS)}

    def strength(role: Role) -> tuple[int, bool, float, float]:
        alone = 0.0 if role.effects is None or role.effects.untold else role.effects.transplant.value
        told = 0.0 if role.tracking is None else role.tracking.strength
        return rank[role.verdict], role.role not in PLAIN, told, alone

    first = list({id(role): role for role in heads(judged).values()}.values())
    there = sorted((role for role in judged if role.verdict in rank), key=strength, reverse=True)
    others = [role for role in there if all(role is not one for one in first)]
    return sorted([*first, *others][:most], key=strength, reverse=True)


def _holding(judged: Sequence[Searched], rehearsed: Sequence[Rehearsal], found: Excerpts) -> tuple[Holding, ...]:
    """The trials of each label's head, and of the untrained twin's."""
    best, twins = (heads(one.roles) for one in judged)
    mine, its = (Holder(one) for one in rehearsed)
    by_events = {(role.signal, role.unit): role for role in judged[0].second or ()}
    made = []
    for label, role in best.items():
        y, twin = found.labels[label], twins.get(label)
        if not set(np.unique(y[~np.isnan(y)])) <= {0, 1} or role.tracking is None:
            continue
        other = by_events.get((role.signal, role.unit), role)
        made.append(
            Holding(
                *(label, role.signal, role.unit, role.role, role.tracking.standings[label].score),
                kept=tuple(mine.kept(role.signal, role.unit, y)),
                once=tuple(mine.once(role.signal, role.unit, label, y)),
                classes=tuple((name, m) for name, m in other.maps.items() if m.kind != "rare"),
                twin=() if twin is None else tuple(its.kept(twin.signal, twin.unit, y)),
            )
        )
    return tuple(made)


def _cards(rehearsal: Rehearsal, judged: Searched, found: Excerpts) -> tuple[Card, ...]:
    best = heads(judged.roles)
    cards = []
    for role in strongest(judged.roles):
        labels = [label for label, one in best.items() if one is role]
        cards.append(_card(role, labels, (role.signal, role.unit) in judged.by_events, rehearsal, found))
    return tuple(cards)


def _card(role: Role, best: Sequence[str], by_events: bool, rehearsal: Rehearsal, found: Excerpts) -> Card:
    values = rehearsal.c[role.signal][:, :, role.unit].numpy()
    label = role.tracking.label if role.tracking else None
    place = _telling(found, label if label in best or not best else best[0], values)
    title, _, *lines = role.why().split("\n")
    said = [f"{head}: {told}" for head, told in sentences(role) if head in ("Verdict", "Label")]
    said += [_best(role, name) for name in best]
    if found.events is not None:
        by = "events of the tokenizer" if by_events else "characters"
        said.append(f"Judged by: {by}; at {mapped(role):.0%} of the steps what it does depends on nothing else.")
    return Card(
        name=f"{role.signal.removeprefix('lstm.')}, unit {role.unit}",
        title=title.removeprefix("lstm."),
        verdict=role.verdict,
        said=tuple(said),
        why="\n".join(lines),
        text=found.texts[place],
        source=found.sources[place],
        values=tuple(float(value) for value in values[1:, place]),
        effects=tuple(rehearsal.effects(role.signal, role.unit)),
    )


def _best(role: Role, label: str) -> str:
    assert role.tracking is not None
    here = role.tracking.standings[label]
    return (
        f"Best on: {label!r}: no unit was better on the pieces that chose; {here.score:.3f} on the others, where the "
        f"present character alone gives {here.by_input:.3f}."
    )


def _telling(found: Excerpts, label: str | None, values: NDArray[np.float32]) -> int:
    """The stretch on which the label changes most often; without a label, on which the unit moves most."""
    if label in found.labels:
        steps = found.labels[label][1:]
        changes = (np.diff(steps, axis=0) != 0).sum(0) if set(np.unique(steps)) <= {0, 1} else steps.std(0)
        return int(np.argmax(changes))
    return int(np.argmax(values.std(0)))
