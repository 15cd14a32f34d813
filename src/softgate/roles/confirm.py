"""The deciding interventions: what a role promises beyond one step, tried on words that the data need not have.

* latch: set twice is as set once; both modes survive a rest, apart and where they were.
* toggle: two events are as none, one changes sides; both modes survive a rest.
* counter: adding n steps to the memory acts like n more events, whatever follows.
* timer: m neutral steps more shift it by m steps (or shrink it m times), and so they do after its reset.
* sensor: whatever its memory was set to, one step made the same of it.

The inputs of a word are drawn from those that the place read in that class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate, Check, forgets, percent
from softgate.roles.experiment import Spots, respond
from softgate.roles.maps import FIT
from softgate.roles.observe import Observed

__all__ = ["Candidate", "confirm"]

Floats = NDArray[np.float64]
Maker = Callable[[Floats], "Check"]
"""From all answers to one check."""

PLACES = 6
RESTS = 32
"""Steps of the rest that a latch has to survive, at least; more where the data have longer ones."""
NEUTRAL = 8


@dataclass
class _Questions:
    """Trials of many units, to be run as one batch: each a value, a word, and what it should have become."""

    unit: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    word: list[tuple[int, ...]] = field(default_factory=list)
    spot: list[int] = field(default_factory=list)

    def ask(self, unit: int, value: float, word: Sequence[int]) -> slice:
        """Where the answers of all places will be."""
        start = len(self.unit)
        for p in range(PLACES):
            self.unit.append(unit)
            self.value.append(float(value))
            self.word.append(tuple(word))
            self.spot.append(p)
        return slice(start, start + PLACES)

    def answers(self, seen: Observed, random: np.random.Generator) -> Floats:
        """What each unit held after its word, [R]."""
        t, b = np.nonzero(seen.classes >= 0)
        t, b = t[t >= 1], b[t >= 1]
        drawn = random.choice(len(t), PLACES, replace=len(t) < PLACES)
        at = np.asarray(self.spot)
        spots = Spots(t[drawn][at], b[drawn][at])
        lengths = np.array([len(w) for w in self.word])
        found, short = np.empty(len(at)), lengths <= np.median(lengths)
        for rows in (np.flatnonzero(short), np.flatnonzero(~short)):  # short words need not wait for long ones
            if len(rows):
                words = _inputs(seen, [self.word[r] for r in rows], int(lengths[rows].max()), random)
                unit, value = np.asarray(self.unit)[rows], np.asarray(self.value)[rows]
                part = respond(seen, Spots(spots.t[rows], spots.b[rows]), unit, value, words)
                found[rows] = part[lengths[rows], np.arange(len(rows))]
        return found


def _inputs(seen: Observed, words: Sequence[Sequence[int]], longest: int, random: np.random.Generator) -> torch.Tensor:
    """Inputs [L, R, I] of each word's classes; words that end earlier are filled up with their last."""
    ids = np.array([[*w, *[w[-1]] * (longest - len(w))] for w in words]).T
    x = seen.x.new_empty(*ids.shape, seen.x.shape[-1])
    for k in np.unique(ids):
        t, b = np.nonzero(seen.classes == k)
        drawn = random.integers(len(t), size=int((ids == k).sum()))
        x[torch.from_numpy(ids == k)] = seen.x[t[drawn], b[drawn]]
    return x


def confirm(seen: Observed, found: Sequence[Candidate], random: np.random.Generator) -> list[list[Check]]:
    """The checks of each candidate; none for roles that one step decides."""
    questions = _Questions()
    pending = [_ASKED[c.role](c, questions, seen) if c.role in _ASKED else [] for c in found]
    answers = questions.answers(seen, random) if questions.unit else np.zeros(0)
    return [[make(answers) for make in makers] for makers in pending]


def longest_rest(seen: Observed, quiet: Sequence[int]) -> int:
    """Nine of ten runs of such classes in the data are no longer than this."""
    held = np.isin(seen.classes, quiet)
    ends = np.diff(np.pad(held.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    runs = [np.flatnonzero(e < 0) - np.flatnonzero(e > 0) for e in ends.T]
    lengths = np.concatenate(runs) if runs else np.zeros(0)
    return int(np.quantile(lengths, 0.9)) if len(lengths) else 0


def _survival(c: Candidate, ask: _Questions, seen: Observed) -> list[Maker]:
    quiet = c.of("hold")
    if not quiet:
        return []
    low, high = c.modes
    m = min(64, max(RESTS, longest_rest(seen, quiet)))
    word = [quiet[0]] * m
    a, b = ask.ask(c.unit, low, word), ask.ask(c.unit, high, word)

    def lost(found: Floats) -> Check:
        kept = float(found[b].min() - found[a].max()) / (high - low) if high > low else np.nan
        what = f"share of the gap between its modes lost in {m} steps of rest"
        return Check(what, 1 - kept, 0.5, f"it kept {percent(kept)} of its gap over {m} steps of rest")

    def shifted(found: Floats) -> Check:
        """Modes that drift together stay apart, but what is kept of them is not them."""
        worst = max(float(np.abs(found[at] - mode).max()) for at, mode in ((a, low), (b, high)))
        share = worst / (high - low) if high > low else np.nan
        what = f"shift of a mode in {m} steps of rest, as a share of the gap"
        return Check(what, share, 0.5, f"in them no mode moved by more than {percent(share)} of the gap")

    return [lost, shifted]


def _latch(c: Candidate, ask: _Questions, seen: Observed) -> list[Maker]:
    low, high = c.modes
    pairs = []
    for k in c.of("set")[:3]:
        for v in (low, high):
            pairs += [(ask.ask(c.unit, v, [k]), ask.ask(c.unit, v, [k, k]))]

    def idempotent(found: Floats) -> Check:
        worst = max(float(np.abs(found[once] - found[twice]).max()) for once, twice in pairs)
        share = worst / (high - low)
        told = f"set twice, it was within {percent(share)} of its gap of where once leads"
        return Check("set twice against set once, as a share of the gap", share, 2 * FIT, told)

    return [idempotent, *_survival(c, ask, seen)]


def _toggle(c: Candidate, ask: _Questions, seen: Observed) -> list[Maker]:
    low, high = c.modes
    once, twice = [], []
    for k in c.of("flip")[:3]:
        for v, other in ((low, high), (high, low)):
            once.append((ask.ask(c.unit, v, [k]), other))
            twice.append((ask.ask(c.unit, v, [k, k]), v))

    def check(what: str, pairs: list[tuple[slice, float]]) -> Maker:
        def made(found: Floats) -> Check:
            worst = max(float(np.abs(found[at] - wanted).max()) for at, wanted in pairs)
            share = worst / (high - low) if high > low else np.nan
            told = f"after {what.split(' against ')[0]} it was within {percent(share)} of the gap of where it should be"
            return Check(what, share, 2 * FIT, told)

        return made

    return [
        check("one event against the other mode, as a share of the gap", once),
        check("two events against none, as a share of the gap", twice),
        *_survival(c, ask, seen),
    ]


def _counter(c: Candidate, ask: _Questions, _seen: Observed) -> list[Maker]:
    steps, quiet = c.of("step"), c.of("hold")
    pairs = []
    for k in steps[:2]:
        suffix = [*quiet[:1], *steps[::-1][:2], *quiet[:1]]
        for n in (1, 3):
            size = n * abs(c.maps[k].size)
            pairs += [(*_paired(c, ask, k, n, float(v), suffix, quiet), size) for v in c.levels[:3]]

    def additive(found: Floats) -> Check:
        worst = max(float(np.abs(found[a] - found[b]).max()) / size for a, b, size in pairs)
        told = f"at 3 levels it took n steps added for n more events to within {percent(worst)} of them"
        return Check("n steps added against n more events, as a share", worst, 2 * FIT, told)

    def even(_: Floats) -> Check:
        spread, levels = max(c.maps[k].spread for k in steps), len(np.unique(c.levels))
        told = f"its steps at {levels} levels differ by {percent(spread)}"
        return Check("spread of the step, as a share of it", spread, FIT, told)

    return [additive, even]


def _paired(
    c: Candidate, ask: _Questions, k: int, n: int, v: float, suffix: list[int], quiet: list[int]
) -> tuple[slice, slice]:
    """n steps added and n steps of rest, and n events, before the same suffix: what leaks with time leaks from both."""
    size = c.maps[k].size
    if quiet:
        return ask.ask(c.unit, v + n * size, [*quiet[:1] * n, *suffix]), ask.ask(c.unit, v, [*[k] * n, *suffix])
    return ask.ask(c.unit, v + n * size, [k, *suffix]), ask.ask(c.unit, v, [*[k] * (n + 1), *suffix])


def _timer(c: Candidate, ask: _Questions, _seen: Observed) -> list[Maker]:
    moving, resets = c.of("step", "decay"), c.of("set")
    k, m = moving[0], c.maps[moving[0]]
    expected = []

    def after(v: float) -> float:
        for _ in range(NEUTRAL):
            v = m.a * v + m.b
        return v

    for v in c.levels[:3]:
        expected += [(ask.ask(c.unit, v, [k] * NEUTRAL), after(float(v)))]
    for r in resets[:2]:
        for v in c.levels[:2]:
            expected += [(ask.ask(c.unit, v, [r, *[k] * NEUTRAL]), after(c.maps[r].size))]
    size = NEUTRAL * abs(m.size) if m.kind == "step" else c.span

    def shifted(found: Floats) -> Check:
        worst = max(float(np.abs(found[at] - wanted).max()) for at, wanted in expected)
        share = worst / size
        told = f"set to 3 levels, it was after {NEUTRAL} neutral steps within {percent(share)} of {NEUTRAL} times one"
        return Check(f"{NEUTRAL} neutral steps against {NEUTRAL} times one, as a share", share, 2 * FIT, told)

    return [shifted]


def _sensor(c: Candidate, _ask: _Questions, _seen: Observed) -> list[Maker]:
    return [lambda _: forgets(c)]


_ASKED = {"latch": _latch, "toggle": _toggle, "counter": _counter, "timer": _timer, "sensor": _sensor}
