"""Does a unit keep what it follows, or is it written anew? Two trials of the best unit for each yes-or-no label.

* Put: at steps from which on the label stays as it is, the memory is set to the value that the unit usually has where
  the label holds, and to that where it does not; the text's own characters are read on. A latch keeps the two apart,
  and each where it was (at the middle of the gap it is lost), on either side of the label.
* Once: some characters before a closing quote, bracket or the end of a line is due, the memory is set for one step to
  its value outside. What that does to the character that is due was kept by somebody from then on.

Beside each figure stand those of all other units, or of `OTHERS` by lot, moved as far in their own standard deviations.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

import softgate as sg
from softgate.report.counted import Rehearsal
from softgate.report.trials import AHEAD, Beside, Kept, Once, beside, spread
from softgate.roles.experiment import Spots, respond
from softgate.roles.observe import Observed, observe

__all__ = ["FEWEST", "MOST_OTHERS", "OTHERS", "Holder"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

MOST = 200
"""Places that are tried."""
FEWEST = 20
"""Places that there must be."""
OTHERS = 96
"""Other units that are tried, by lot; in a layer of fewer, all of them."""
MOST_OTHERS = 100
"""Places at which these are tried."""
DUE = {
    "inside a string": "closing quote",
    "inside quotes on one line": "closing quote",
    "inside triple quotes": "closing quote",
    "inside a comment": "newline",
    "inside brackets": "closing bracket",
    "two brackets deep or more": "closing bracket",
}
"""What ends what a label speaks of."""


class Holder:
    """A rehearsed model whose units are put to values; without `control` no others are beside them."""

    def __init__(self, rehearsal: Rehearsal, control: bool = True):
        self.rehearsal, self.control, reader = rehearsal, control, rehearsal.reader
        _, places = observe(reader, [rehearsal.found.ids])
        self.seen = {place.prefix + place.memory: place for place in places}
        self.wide = {name: one.c.reshape(-1, one.units).std(0) for name, one in self.seen.items()}
        """By signal, each unit's standard deviation."""

    def kept(self, signal: str, unit: int, label: Floats) -> list[Kept]:
        """Inside and outside of a label [T, B], yes or no; a side without enough places is left out."""
        seen, found = self.seen[signal], []
        yes, known = label > 0, ~np.isnan(label)
        if not (yes & known).any() or not (~yes & known).any():
            return []
        usual = {side: np.median(seen.c[(yes if side else ~yes) & known], axis=0) for side in (True, False)}
        gap = abs(usual[True][unit] - usual[False][unit])
        for inside in (True, False):
            spots = self._places((yes if inside else ~yes) & known, unit)
            if len(spots.t) < FEWEST or gap == 0:
                continue
            near, far = usual[inside], usual[not inside]
            levels = np.array([near[unit], far[unit]])
            put, alone = self._put(seen, np.array([unit]), spots, levels[:, None]), _alone(seen, unit, spots)
            apart = _apart(put, levels[:, None])[:, 0]
            there = (np.abs(put[:, -1, 0] - levels[:, None]) < gap / 2).all(0)
            found.append(
                Kept(
                    *(inside, len(spots.t), tuple(apart.mean(1).tolist()), *spread(apart[-1], spots.b)),
                    *(float(there.mean()), *spread(there, spots.b), float(np.abs(alone[-1] - alone[0]).mean() / gap)),
                    beside=self._apart_of_others(signal, unit, spots, near, far, apart[-1]),
                )
            )
        return found

    def once(self, signal: str, unit: int, name: str, label: Floats) -> list[Once]:
        """What one put does to the character that is due so many steps later, the label having held all the time."""
        due = DUE.get(name, "")
        if due not in self.rehearsal.due:
            return []
        held, c = label[:, : self.rehearsal.ids.shape[1]] > 0, self.seen[signal].c[..., unit]
        outside, found = float(np.median(c[label == 0])), []
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
            change = self._after(signal, unit, np.full(len(at), outside), at, column, back) - was
            last = self._change_of_others(signal, unit, outside, at, column, float(change.mean()), back)
            found.append(
                Once(
                    *(due, back, len(at), len(np.unique(column)), float(was.mean()), float((was + change).mean())),
                    *spread(change, column),
                    beside=last if back == AHEAD[-1] else None,
                )
            )
        return found

    def _others(self, signal: str, unit: int) -> Whole:
        """All other units of the layer, or as many as are affordable, by lot."""
        if not self.control:
            return np.zeros(0, np.int64)
        others = np.delete(np.arange(self.seen[signal].units), unit)
        return np.random.default_rng([self.rehearsal.seed, unit]).permutation(others)[:OTHERS]

    def _apart_of_others(
        self, signal: str, unit: int, spots: Spots, near: Floats, far: Floats, own: Flags
    ) -> Beside | None:
        """Each from its own usual value on this side, towards that on the other, by the unit's gap in deviations."""
        seen, wide, others = self.seen[signal], self.wide[signal], self._others(signal, unit)
        first = Spots(spots.t[:MOST_OTHERS], spots.b[:MOST_OTHERS])
        if not len(others):
            return None
        step = abs(far[unit] - near[unit]) / wide[unit] * wide[others] * np.where(far < near, -1, 1)[others]
        levels = np.stack([near[others], near[others] + step])
        shares = _apart(self._put(seen, others, first, levels), levels)[-1].mean(1)
        return beside(float(own[:MOST_OTHERS].mean()), shares.tolist())

    def _change_of_others(
        self, signal: str, unit: int, outside: float, at: Whole, column: Whole, own: float, back: int
    ) -> Beside | None:
        """Each moved from where it is, at each place by as many deviations as the unit, up and down: what does more."""
        if back != AHEAD[-1]:
            return None
        drawn = np.random.default_rng([self.rehearsal.seed, unit]).permutation(len(at))[:MOST_OTHERS]
        at, column = at[drawn], column[drawn]
        c, wide, was = self.seen[signal].c[at - back, column], self.wide[signal], self.rehearsal.plain[at, column]
        step, found = np.abs(c[:, unit] - outside) / max(float(wide[unit]), 1e-12), []
        for u in self._others(signal, unit).tolist():
            ways = [self._after(signal, u, c[:, u] + way * step * wide[u], at, column, back) for way in (1, -1)]
            found.append(max(abs(float((one - was).mean())) for one in ways))
        return beside(abs(own), found)

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

    @staticmethod
    def _put(seen: Observed, units: Whole, spots: Spots, levels: Floats) -> Floats:
        """The memory of units [U] at `AHEAD` after each was put to its two levels [2, U]: [2, A, U, N]."""
        n = len(spots.t)
        words = seen.x[spots.t + np.arange(AHEAD[-1])[:, None], spots.b].repeat(1, len(units), 1)
        where = Spots(np.tile(spots.t, len(units)), np.tile(spots.b, len(units)))
        tried = [respond(seen, where, units.repeat(n), level.repeat(n), words)[list(AHEAD)] for level in levels]
        return np.stack(tried).reshape(2, len(AHEAD), len(units), n)

    def _after(self, signal: str, unit: int, values: Floats, at: Whole, column: Whole, back: int) -> Floats:
        """The probability of what came after each step, the unit having been put so many steps before: [N]."""
        n, reader = len(at), self.rehearsal.reader
        ids = self.rehearsal.found.ids[at - back + np.arange(back + 2)[:, None], column]  # the last is what is due
        first = at - back - 1
        start = tuple(
            torch.stack([place.states[name][first, column] for place in self.seen.values()]) for name in ("h", "c")
        )
        S, A = torch.ones(back + 1, n, self.seen[signal].units), torch.zeros(back + 1, n, self.seen[signal].units)
        S[0, :, unit], A[0, :, unit] = 0, torch.as_tensor(values, dtype=A.dtype)
        with torch.no_grad(), sg.edit(reader, {signal: [sg.scale(S), sg.add(A)]}):
            y, _ = reader.lstm(reader.embedding(ids[:-1]), (start[0], start[1]))
            chance = torch.softmax(reader.head(y[-1]).double(), -1)
        found: Floats = chance.gather(-1, ids[-1][:, None])[:, 0].numpy()
        return found


def _alone(seen: Observed, unit: int, spots: Spots) -> Floats:
    """The memory left alone, from the step at which it would be put, [L + 1, N]."""
    words = seen.x[spots.t + np.arange(AHEAD[-1])[:, None], spots.b]
    n = len(spots.t)
    return respond(seen, spots, np.full(n, unit), np.full(n, np.nan), words)


def _apart(put: Floats, levels: Floats) -> Flags:
    """Where half of the gap is left, [A, U, N]; nowhere without a gap."""
    gap = (levels[1] - levels[0])[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Flags = ((put[1] - put[0]) / gap >= 0.5) & (gap != 0)
    return found
