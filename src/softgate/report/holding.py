"""Does a unit keep what it follows, or is it written anew? Two trials of the best unit for each yes-or-no label.

* Put: at steps from which on the label stays as it is, the memory is set to the value that the unit usually has where
  the label holds, and to that where it does not; the text's own characters are read on. A latch keeps the two apart,
  and each where it was (at the middle of the gap it is lost), on either side of the label.
* Once: some characters before a closing quote, bracket or the end of a line is due, the memory is set for one step to
  its value outside. What that does to the character that is due was kept by somebody from then on.

Beside each figure stands that of units by lot among those of nearest variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

import softgate as sg
from softgate.report.counted import DRAWS, FEWEST, Rehearsal
from softgate.roles.experiment import Spots, respond
from softgate.roles.maps import Map
from softgate.roles.observe import Observed, observe

__all__ = ["AHEAD", "Holder", "Holding", "Kept", "Once"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

AHEAD = (1, 4, 8)
"""So many characters later it is looked at; the last counts."""
MOST = 200
"""Places that are tried."""
DUE = {
    "inside a string": "closing quote",
    "inside quotes on one line": "closing quote",
    "inside triple quotes": "closing quote",
    "inside a comment": "newline",
    "inside brackets": "closing bracket",
    "two brackets deep or more": "closing bracket",
}
"""What ends what a label speaks of."""


@dataclass(frozen=True)
class Kept:
    """On one side of a label: the share of places at which what was put into a unit was still there."""

    inside: bool
    places: int
    apart: tuple[float, ...]
    """After each number of `AHEAD`, at least half of the gap between the two values was left."""
    low: float
    """Where 95 of 100 of the last lie when the stretches are drawn anew, from here ..."""
    high: float
    """... to here."""
    there: float
    """In the end, neither of the two had moved by half of the gap."""
    moved: float
    """What moved, left alone, the mean of its distance in shares of the gap."""
    peers: float
    """The last of `apart` for units of about equal variance; NaN without any."""


@dataclass(frozen=True)
class Once:
    """The mean probability of what is due, as it is and with one put some characters before."""

    due: str
    characters: int
    places: int
    before: float
    after: float
    peers: float
    """The mean change with other units."""


@dataclass(frozen=True)
class Holding:
    """The two trials of one unit and one label."""

    label: str
    signal: str
    unit: int
    role: str
    score: float
    """How well it follows the label, as the search by labels found it."""
    kept: tuple[Kept, ...]
    once: tuple[Once, ...]
    classes: tuple[tuple[str, Map], ...] = ()
    """What the events, rests apart, do to it."""
    twin: tuple[Kept, ...] = ()
    """The same of the unit that follows the label best in a net that was never trained."""

    @property
    def name(self) -> str:
        """Such as ``"l0.c, unit 7"``."""
        return f"{self.signal.removeprefix('lstm.')}, unit {self.unit}"


class Holder:
    """A rehearsed model whose units are put to values; without `control` no others are beside them."""

    def __init__(self, rehearsal: Rehearsal, control: bool = True):
        self.rehearsal, self.control, reader = rehearsal, control, rehearsal.reader
        _, places = observe(reader, [rehearsal.found.ids])
        self.seen = {place.prefix + place.memory: place for place in places}

    def kept(self, signal: str, unit: int, label: Floats) -> list[Kept]:
        """Inside and outside of a label [T, B], yes or no; a side without enough places is left out.

        Units like it are put to their own upper and lower tenth, at the same places.
        """
        seen, found = self.seen[signal], []
        c, yes, known = seen.c[..., unit], label > 0, ~np.isnan(label)
        if not (yes & known).any() or not (~yes & known).any():
            return []
        levels = float(np.median(c[~yes & known])), float(np.median(c[yes & known]))
        others = self._others(signal, unit)
        for inside in (True, False):
            spots = self._places((yes if inside else ~yes) & known, unit)
            if len(spots.t) < FEWEST or levels[0] == levels[1]:
                continue
            put, alone = _put(seen, unit, spots, levels)
            left = _apart(put, levels)
            low, high = _interval(left[-1], spots.b)
            gap = abs(levels[1] - levels[0])
            same = [_apart(_put(seen, u, spots, _tenths(seen.c[..., u]))[0], _tenths(seen.c[..., u])) for u in others]
            found.append(
                Kept(
                    *(inside, len(spots.t), tuple(left.mean(1).tolist()), low, high),
                    there=float((np.abs(put[:, -1] - np.array(levels)[:, None]) < gap / 2).all(0).mean()),
                    moved=float(np.abs(alone[-1] - alone[0]).mean() / gap),
                    peers=float(np.mean([one[-1].mean() for one in same])) if same else float("nan"),
                )
            )
        return found

    def once(self, signal: str, unit: int, name: str, label: Floats) -> list[Once]:
        """What one put does to the character that is due so many steps later, the label having held all the time."""
        due = DUE.get(name, "")
        if due not in self.rehearsal.due:
            return []
        held, c = label[:, : self.rehearsal.ids.shape[1]] > 0, self.seen[signal].c
        outside = label == 0
        others, found = self._others(signal, unit), []
        for back in AHEAD:
            at, column = np.nonzero(self.rehearsal.due[due][:-1] & held[:-1])
            whole = np.array(
                [t > back and bool(held[t - back : t + 1, b].all()) for t, b in zip(at, column, strict=True)],
                dtype=bool,
            )
            at, column = at[whole], column[whole]
            if len(at) < FEWEST:
                continue
            was = self.rehearsal.plain[at, column]
            is_now = self._after(signal, unit, float(np.median(c[..., unit][outside])), at, column, back)
            same = [
                self._after(signal, u, float(np.median(c[..., u][outside])), at, column, back) - was for u in others
            ]
            peers = float(np.mean(same)) if same else float("nan")
            found.append(Once(due, back, len(at), float(was.mean()), float(is_now.mean()), peers))
        return found

    def _others(self, signal: str, unit: int) -> list[int]:
        return self.rehearsal.peers(signal, unit) if self.control else []

    def _places(self, side: Flags, unit: int) -> Spots:
        """Steps before which, and for as long as is looked, the text is on this side, and at rest if that is known."""
        length, events = AHEAD[-1] + 1, self.rehearsal.found.events
        if len(side) <= length + 1:
            return Spots(np.zeros(0, np.int64), np.zeros(0, np.int64))
        windows = np.lib.stride_tricks.sliding_window_view(side, length, axis=0)
        whole = windows[1:].all(-1)  # the first step that is read is the one behind the one that is put
        if events is not None:
            whole &= (np.lib.stride_tricks.sliding_window_view(events[2:], AHEAD[-1], axis=0) == 0).all(-1)
        t, b = np.nonzero(whole)
        drawn = np.random.default_rng([self.rehearsal.seed, unit]).permutation(len(t))[:MOST]
        return Spots(t[drawn] + 2, b[drawn])

    def _after(
        self, signal: str, unit: int, value: float, at: NDArray[np.int64], column: NDArray[np.int64], back: int
    ) -> Floats:
        """The probability of what came after each step, the unit having been put so many steps before: [N]."""
        n, reader = len(at), self.rehearsal.reader
        ids = self.rehearsal.found.ids[at - back + np.arange(back + 2)[:, None], column]  # the last is what is due
        first = at - back - 1
        start = tuple(
            torch.stack([place.states[name][first, column] for place in self.seen.values()]) for name in ("h", "c")
        )
        S, A = torch.ones(back + 1, n, self.seen[signal].units), torch.zeros(back + 1, n, self.seen[signal].units)
        S[0, :, unit], A[0, :, unit] = 0, value
        with torch.no_grad(), sg.edit(reader, {signal: [sg.scale(S), sg.add(A)]}):
            y, _ = reader.lstm(reader.embedding(ids[:-1]), (start[0], start[1]))
            chance = torch.softmax(reader.head(y[-1]).double(), -1)
        found: Floats = chance.gather(-1, ids[-1][:, None])[:, 0].numpy()
        return found


def _put(seen: Observed, unit: int, spots: Spots, levels: Sequence[float]) -> tuple[Floats, Floats]:
    """The memory at `AHEAD` after it was put to each of two levels, [2, A, N]; and left alone, [A + 1, N], from 0."""
    n = len(spots.t)
    words = seen.x[spots.t + np.arange(AHEAD[-1])[:, None], spots.b]
    tried = [
        respond(seen, spots, np.full(n, unit), np.full(n, level), words)[[0, *AHEAD]] for level in (*levels, np.nan)
    ]
    return np.stack(tried[:2])[:, 1:], tried[2]


def _apart(put: Floats, levels: Sequence[float]) -> Flags:
    """Where half of the gap is left, [A, N]."""
    gap = levels[1] - levels[0]
    found: Flags = (put[1] - put[0]) / gap >= 0.5 if gap else np.zeros(put.shape[1:], bool)
    return found


def _tenths(c: Floats) -> tuple[float, float]:
    low, high = np.quantile(c, [0.1, 0.9])
    return float(low), float(high)


def _interval(kept: Flags, stretch: NDArray[np.int64]) -> tuple[float, float]:
    """95 of 100 means when the stretches, each with its places, are drawn anew."""
    kinds, which = np.unique(stretch, return_inverse=True)
    yes, n = np.bincount(which, kept), np.bincount(which)
    drawn = np.random.default_rng(0).integers(len(kinds), size=(DRAWS, len(kinds)))
    low, high = np.quantile(yes[drawn].sum(1) / n[drawn].sum(1), [0.025, 0.975])
    return float(low), float(high)
