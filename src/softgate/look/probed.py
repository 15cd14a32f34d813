"""Labels beside the units of a model that was looked into: which unit follows, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from softgate.figures.followed import followed, names_of
from softgate.look.data import Given
from softgate.look.examine import Seen
from softgate.look.pictures import Picture
from softgate.probes import Probes, probed
from softgate.probes.labels import LabelError, Series, gather
from softgate.probes.table import COLUMNS
from softgate.probes.units import Watched, memory_names, watched
from softgate.report import blocks as b

__all__ = ["Asked", "ask"]

POINTS = 600


@dataclass(frozen=True)
class Asked:
    """What was found about labels.

    Attributes:
        probes: a row a label.
        pictures: for each, the label and its unit over time.
        said: what was left out, in sentences.
    """

    probes: Probes
    pictures: tuple[Picture, ...]
    said: tuple[str, ...]

    def blocks(self) -> list[b.Block]:
        """The table for the page."""
        rows = tuple(self.probes.cells())
        judged, back = self.probes.judged, self.probes.look_back
        sentences = (
            f"{judged[0].upper()}{judged[1:]}; {self.probes.units} units were searched.",
            "AUC: 0.5 is chance; rank correlation: 0 is.",
            "Linear: logistic or ridge over all units. Context: what the last inputs say without memory.",
            "Chance: 19 of 20 circular shifts of the label score less; q is adjusted over all labels.",
            f"Away: steps at which the label last changed {back} or more steps ago.",
            "A minus sign: the unit falls as the label rises.",
            "A score says that a unit follows a label, not that the network uses it.",
        )
        note = " ".join([*sentences, *self.said])
        table = b.Table(COLUMNS, rows, ("unit", "linear", "chance", "q"))
        return [b.Heading("What its units know"), table, b.Note(note)]


def ask(given: Given, seen: Seen, found: Mapping[str, np.ndarray], shown: int) -> Asked:
    """Hold the units against labels, each of a number for every character or row.

    Raises:
        LabelError: there is none of which anything can be said.
    """
    units = _units(given, seen)
    lead = units.lengths[0] - given.steps + (given.labels is not None and given.labels[:1] == ("",))
    series, said = [], []
    for label, values in found.items():
        one, remark = _series(label, values, lead, units)
        if one is None and len(found) == 1:
            raise LabelError(remark)
        said += [remark] if remark else []
        series += [one] if one is not None else []
    if not series:
        raise LabelError("\n".join(said))
    probes = probed(units, series)
    stems = names_of([row.label for row in probes])
    drawn = []
    for row, one, stem in zip(probes, series, stems, strict=True):
        place = units.names.index((row.signal, row.unit))
        last = min(len(one.values), max(shown, 2))
        truth = np.where(one.valid, one.values, np.nan)[:last]
        chart = followed(
            row.label, truth, f"{row.signal} {row.unit}", units.values[:last, place].astype(np.float64), most=POINTS
        )
        caption = f"Above what is known, below the unit that follows it best; the first {last:,} steps."
        drawn.append(Picture(stem, f"{row.label} and {row.signal} {row.unit}.", caption, chart))
    return Asked(probes, tuple(drawn), tuple(said))


def _units(given: Given, seen: Seen) -> Watched:
    rec = seen.recording
    kept = {name: rec[name].float().numpy() for name in memory_names([n for n in rec.names if n in rec])}
    sizes = {values.shape[:2] for values in kept.values()}
    if sizes != {(given.steps, 1)}:
        raise LabelError(
            f"labels: expected layers that take a step for each of the {given.steps:,} characters or rows; they took "
            f"{sorted(sizes)}"
        )
    return watched([kept], [None if given.encoded else given.x], batch_first=False)


def _series(label: str, values: np.ndarray, lead: int, units: Watched) -> tuple[Series | None, str]:
    """A label as long as what was read, or why there is none."""
    T = units.lengths[0]
    whole = np.concatenate([np.full(lead, np.nan), values])[:T]
    known = np.isfinite(whole)
    try:
        (one,) = gather({label: np.nan_to_num(whole)}, [None], units.shapes, (False,), known)
    except LabelError as error:
        return None, f"Left out: {error}."
    lost = int((~known[lead:]).sum())
    return one, f"{label}: {lost:,} of {T - lead:,} steps have no number and are not judged." if lost else ""
