"""The deciding interventions: what a role promises beyond one step, tried on words that the data need not have.

* latch: set twice is as set once; both modes survive a rest of every class that holds, apart and where they were.
* toggle: two events are as none, one changes sides; both modes survive such a rest.
* counter: adding n steps to the memory acts like n more events, whatever follows; its range survives such a rest.
* timer: m neutral steps more shift it by m steps (or shrink it m times), and so they do after its reset.
* integrator: a word of inputs adds the sum of what each adds, whatever was held.
* sensor: whatever its memory was set to, one step made the same of it.

The inputs of a word are drawn from those that the place read in that class.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from softgate.roles.adding import adds_up
from softgate.roles.candidate import Candidate, Check, forgets, percent
from softgate.roles.maps import FIT
from softgate.roles.observe import Observed
from softgate.roles.questions import Maker, Questions
from softgate.roles.survival import RANGE, survival

__all__ = ["confirm"]

Floats = NDArray[np.float64]

NEUTRAL = 8


def confirm(seen: Observed, found: Sequence[Candidate], random: np.random.Generator) -> list[list[Check]]:
    """The checks of each candidate; none for roles that one step decides."""
    questions = Questions()
    pending = [_ASKED[c.role](c, questions, seen) if c.role in _ASKED else [] for c in found]
    answers = questions.answers(seen, random) if questions.unit else np.zeros(0)
    sums = {c.unit: [adds_up(seen, c, random)] for c in found if c.role == "integrator"}
    return [[make(answers) for make in makers] + sums.get(c.unit, []) for c, makers in zip(found, pending, strict=True)]


def _latch(c: Candidate, ask: Questions, seen: Observed) -> list[Maker]:
    low, high = c.modes
    pairs = []
    for k in c.of("set"):
        for v in (low, high):
            pairs += [(ask.ask(c.unit, v, [k]), ask.ask(c.unit, v, [k, k]))]

    def idempotent(found: Floats) -> Check:
        worst = max(float(np.abs(found[once] - found[twice]).max()) for once, twice in pairs)
        share = worst / (high - low)
        told = f"set twice, it was within {percent(share)} of its gap of where once leads"
        return Check("set twice against set once, as a share of the gap", share, 2 * FIT, told)

    return [idempotent, *survival(c, ask, seen, low, high)]


def _toggle(c: Candidate, ask: Questions, seen: Observed) -> list[Maker]:
    low, high = c.modes
    once, twice = [], []
    for k in c.of("flip"):
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
        *survival(c, ask, seen, low, high),
    ]


def _counter(c: Candidate, ask: Questions, seen: Observed) -> list[Maker]:
    steps, quiet = c.of("step"), c.of("hold")
    sizes = {k: abs(c.maps[k].size) for k in steps}
    pairs = []
    for nth, k in enumerate(steps):  # of the most frequent more is asked
        for n in (1, 3) if nth < 2 else (3,):
            levels = c.levels[:3] if nth < 2 else c.levels[1:2]
            pairs += [(*_paired(c, ask, k, n, float(v), steps, quiet[:1]), n * sizes[k]) for v in levels]
    for q in quiet[1:]:
        pairs += [(*_paired(c, ask, steps[0], 3, float(v), steps, [q]), 3 * sizes[steps[0]]) for v in c.levels[:3]]

    def additive(found: Floats) -> Check:
        worst = max(float(np.abs(found[a] - found[b]).max()) / size for a, b, size in pairs)
        told = f"at 3 levels it took n steps added for n more events to within {percent(worst)} of them"
        return Check("n steps added against n more events, as a share", worst, 2 * FIT, told)

    def even(_: Floats) -> Check:
        spread, levels = max(c.maps[k].spread for k in steps), len(np.unique(c.levels))
        between = (max(sizes.values()) - min(sizes.values())) / max(sizes.values())
        told = f"its steps at {levels} levels differ by {percent(spread)}"
        told += f", those of its {len(steps)} events by {percent(between)}" if len(steps) > 1 else ""
        return Check("spread of the step, as a share of it", max(spread, between), FIT, told)

    low, high = float(c.levels.min()), float(c.levels.max())
    return [additive, even, *survival(c, ask, seen, low, high, RANGE)]


def _paired(
    c: Candidate, ask: Questions, k: int, n: int, v: float, steps: list[int], quiet: list[int]
) -> tuple[slice, slice]:
    """n steps added and n steps of rest, and n events, before the same suffix: what leaks with time leaks from both."""
    size, suffix = c.maps[k].size, [*quiet, *steps[::-1][:2], *quiet]
    if quiet:
        return ask.ask(c.unit, v + n * size, [*quiet * n, *suffix]), ask.ask(c.unit, v, [*[k] * n, *suffix])
    return ask.ask(c.unit, v + n * size, [k, *suffix]), ask.ask(c.unit, v, [*[k] * (n + 1), *suffix])


def _timer(c: Candidate, ask: Questions, _seen: Observed) -> list[Maker]:
    moving, resets = c.of("step", "decay"), c.of("set")
    expected = []

    def after(v: float, k: int) -> float:
        for _ in range(NEUTRAL):
            v = c.maps[k].a * v + c.maps[k].b
        return v

    for k in moving:
        size = NEUTRAL * abs(c.maps[k].size) if c.maps[k].kind == "step" else c.span
        expected += [(ask.ask(c.unit, v, [k] * NEUTRAL), after(float(v), k), size) for v in c.levels[:3]]
        for r in resets if k == moving[0] else resets[:1]:
            word = [r, *[k] * NEUTRAL]
            expected += [(ask.ask(c.unit, v, word), after(c.maps[r].size, k), size) for v in c.levels[:2]]

    def shifted(found: Floats) -> Check:
        share = max(float(np.abs(found[at] - wanted).max()) / size for at, wanted, size in expected)
        told = f"set to 3 levels, it was after {NEUTRAL} neutral steps within {percent(share)} of {NEUTRAL} times one"
        return Check(f"{NEUTRAL} neutral steps against {NEUTRAL} times one, as a share", share, 2 * FIT, told)

    return [shifted]


def _sensor(c: Candidate, _ask: Questions, _seen: Observed) -> list[Maker]:
    return [lambda _: forgets(c)]


_ASKED = {"latch": _latch, "toggle": _toggle, "counter": _counter, "timer": _timer, "sensor": _sensor}
