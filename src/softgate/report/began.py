"""Since when a unit keeps what it follows: the trials of the last stage's units, at each stage that training kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from softgate.report.counted import Reader, Rehearsal
from softgate.report.holding import Holder
from softgate.report.known import Excerpts
from softgate.report.trials import AHEAD, Holding, Kept, Once
from softgate.track import auc
from softgate.train.model import CharacterModel
from softgate.train.stages import Stage

__all__ = ["Past", "Then", "trace"]


@dataclass(frozen=True)
class Then:
    """One unit and label at one stage; None where a side has too few places, or too little is due."""

    score: float
    """Area under the curve, of the sign that it has in the end."""
    inside: Kept | None
    outside: Kept | None
    once: Once | None
    """One put, as far ahead as is looked."""


@dataclass(frozen=True)
class Past:
    """The net at one stage."""

    characters: int
    bits: float
    """Bits a character on the same stretches."""
    then: tuple[Then, ...]
    """In the order of the units that are asked for."""


def trace(
    model: CharacterModel,
    characters: int,
    stages: Sequence[Stage],
    found: Excerpts,
    asked: Sequence[Holding],
    seed: int = 0,
) -> tuple[Past, ...]:
    """Every stage of the model's own shape in order, and the end; nothing without such stages."""
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    kept = [s for s in stages if s.characters < characters and {n: v.shape for n, v in s.weights.items()} == shapes]
    if not kept or not asked:
        return ()
    lstm = model.lstm
    other = CharacterModel(
        model.embedding.num_embeddings, lstm.hidden_size, lstm.num_layers, model.embedding.embedding_dim, seed=seed
    )
    moments = []
    for stage in kept:
        other.load_state_dict(stage.weights)
        moments.append(_past(other, stage.characters, found, asked, seed))
    moments.append(_past(model, characters, found, asked, seed))
    falling = [then.score < 0.5 for then in moments[-1].then]
    return tuple(replace(m, then=tuple(map(_turned, m.then, falling))) for m in moments)


def _turned(then: Then, falling: bool) -> Then:
    """Scored by the sign that the unit has in the end."""
    return replace(then, score=1 - then.score) if falling else then


def _past(model: CharacterModel, characters: int, found: Excerpts, asked: Sequence[Holding], seed: int) -> Past:
    rehearsal = Rehearsal(Reader(model.embedding, model.lstm, model.head), found, seed)
    holder = Holder(rehearsal, control=False)
    then = []
    for one in asked:
        label, c = found.labels[one.label], holder.seen[one.signal].c[..., one.unit]
        known = ~np.isnan(label)
        sides = {kept.inside: kept for kept in holder.kept(one.signal, one.unit, label)}
        once = [o for o in holder.once(one.signal, one.unit, one.label, label) if o.characters == AHEAD[-1]]
        score = auc(c[known], label[known] > 0)
        then.append(Then(score, sides.get(True), sides.get(False), once[0] if once else None))
    return Past(characters, float(-np.log2(rehearsal.plain).mean()), tuple(then))
