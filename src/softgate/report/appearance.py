"""After how many characters of training the units that track a label appeared.

At each stage that training kept, the unit that tracks a label best is chosen on one half of held-out text and scored
on the other. A label's unit *appeared* at the first stage from which on, to the end, that score is 0.95 at least. The
best unit may be another one at each stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from softgate.report.known import known
from softgate.report.tracking import Labelled, half_of, parts_of, states_of
from softgate.text.alphabet import Alphabet
from softgate.track import Tracked, track
from softgate.train.model import CharacterModel
from softgate.train.observe import bits_per_character
from softgate.train.stages import Stage

__all__ = ["LEAST", "Appearance", "Moment", "appeared", "watch"]

LEAST = 0.95
LONGEST = 2048
MOST_NUMBERS = 10_000_000


@dataclass(frozen=True)
class Moment:
    """The model at one stage."""

    characters: int
    bits: float
    """Bits a held-out character, on the text that the units were watched on."""
    best: dict[str, Tracked]
    """By label; a label that a half of the text does not have both ways is left out."""


@dataclass(frozen=True)
class Appearance:
    """The stages in order; the last is the end of the training."""

    moments: tuple[Moment, ...]
    files: int
    characters: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that could be scored."""
        return tuple(self.moments[-1].best)

    def first(self, label: str) -> Moment | None:
        """The stage at which the unit for a label appeared, or None."""
        place = appeared([moment.best[label].score for moment in self.moments])
        return None if place is None else self.moments[place]


def appeared(scores: Sequence[float], least: float = LEAST) -> int | None:
    """The first place from which on no score is below `least`; None where the last one is, or is no number."""
    found = None
    for place in range(len(scores) - 1, -1, -1):
        if not scores[place] >= least:
            break
        found = place
    return found


def watch(
    model: CharacterModel,
    characters: int,
    stages: Sequence[Stage],
    make: Callable[[], CharacterModel],
    alphabet: Alphabet,
    labelled: Sequence[Labelled],
) -> Appearance:
    """Score the best unit for each label at each stage, and of the `model` that came out after so many characters.

    Stages of another shape than the model's are left out: they are not of this run.
    """
    fits = max(2, MOST_NUMBERS // (model.lstm.hidden_size * model.lstm.num_layers * LONGEST))
    chosen = list(labelled[:fits])
    moments, other = [], make()
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    for stage in stages:
        if stage.characters < characters and {n: v.shape for n, v in stage.weights.items()} == shapes:
            other.load_state_dict(stage.weights)
            moments.append(_moment(other, stage.characters, alphabet, chosen))
    moments.append(_moment(model, characters, alphabet, chosen))
    return Appearance(tuple(moments), len(chosen), sum(min(LONGEST, len(item.document.text)) for item in chosen))


def _moment(model: CharacterModel, characters: int, alphabet: Alphabet, chosen: Sequence[Labelled]) -> Moment:
    ids = [alphabet.document(item.document.text[:LONGEST]) for item in chosen]
    sides = parts_of([len(item) - 1 for item in ids])
    states = states_of(model, ids, None)
    search, judge = (half_of(states, side) for side in sides)
    series = [known(item) for item in chosen]
    best = {}
    for label in series[0]:
        wanted = [np.concatenate([series[k][label][a:b] for k, a, b in side]).astype(np.int16) for side in sides]
        found = track(search, judge, (wanted[0], wanted[1]), binary=True)
        if found is not None:
            best[label] = found
    return Moment(characters, bits_per_character(model, ids), best)
