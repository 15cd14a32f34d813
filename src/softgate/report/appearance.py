"""After how many characters of training the units that track a label appeared.

At each stage that training kept, and in a twin that was never trained, the unit that tracks a label best is chosen on
one half of the held-out files and scored on the other, with an interval over files. A label's unit *appeared* at the
first stage from which on, to the end, that interval lies above the twin's; beside it stands the first stage from which
on the score is 0.95 at least. The best unit may be another one at each stage.

The files are streamed (`softgate.report.streamed`), so that all of them are read however wide the model is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from softgate.report.known import known
from softgate.report.streamed import Best, Half, best_units
from softgate.report.tracking import LONGEST, Labelled, parts_of
from softgate.text.alphabet import Alphabet
from softgate.train.model import CharacterModel
from softgate.train.stages import Stage

__all__ = ["LEAST", "Appearance", "Moment", "appeared", "watch"]

LEAST = 0.95
MOST_STAGES_OF = 800_000
"""Characters times stages that are affordable: of more text, each file is read less far."""
SHORTEST = 256


@dataclass(frozen=True)
class Moment:
    """The model at one stage."""

    characters: int
    bits: float
    """Bits a held-out character, on the text that the units were watched on."""
    best: dict[str, Best]
    """By label; a label that a half of the text does not have both ways is left out."""


@dataclass(frozen=True)
class Appearance:
    """The stages in order; the last is the end of the training."""

    moments: tuple[Moment, ...]
    files: int
    characters: int
    twin: dict[str, Best] = field(default_factory=dict)
    """By label, the best unit of a model of the same shape that was never trained."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that could be scored."""
        return tuple(self.moments[-1].best)

    def ahead(self, moment: Moment, label: str) -> bool:
        """Whether the best unit's interval at a stage lies above that of the twin's best."""
        return label in self.twin and moment.best[label].interval[0] > self.twin[label].interval[1]

    def first(self, label: str) -> Moment | None:
        """The stage from which on the best unit for a label is ahead of the twin's, or None."""
        return self._at(appeared([self.ahead(moment, label) for moment in self.moments], 1))

    def clear(self, label: str) -> Moment | None:
        """The stage from which on its score is `LEAST` at least, or None."""
        return self._at(appeared([moment.best[label].score for moment in self.moments]))

    def _at(self, place: int | None) -> Moment | None:
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

    Stages of another shape than the model's are left out: they are not of this run. What `make` gives is the twin.
    """
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    kept = [s for s in stages if s.characters < characters and {n: v.shape for n, v in s.weights.items()} == shapes]
    length = max(SHORTEST, min(LONGEST, MOST_STAGES_OF // ((len(kept) + 2) * len(labelled))))
    ids = [alphabet.document(item.document.text[:length]) for item in labelled]
    flags = [{name: y[:length] for name, y in known(item).items()} for item in labelled]
    halves = [Half(ids, flags, side) for side in parts_of([len(item) - 1 for item in ids])]
    other = make()
    twin, _ = best_units(other, *halves)
    moments = []
    for stage in kept:
        other.load_state_dict(stage.weights)
        best, bits = best_units(other, *halves)
        moments.append(Moment(stage.characters, bits, best))
    best, bits = best_units(model, *halves)
    moments.append(Moment(characters, bits, best))
    return Appearance(tuple(moments), len(ids), sum(len(item) - 1 for item in ids), twin)
