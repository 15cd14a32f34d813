"""A passage to look at, and the cells to look at it with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from softgate.report.blocks import CellView, Passage
from softgate.report.tracking import LabelFinding, Labelled, Tracking
from softgate.text.alphabet import Alphabet
from softgate.text.labels import LABELS
from softgate.train.model import CharacterModel
from softgate.train.observe import SIGNALS, walk

__all__ = ["choose_cells", "choose_window", "view"]

LENGTH = 3000
DEEPEST = 12_000


def choose_window(labelled: Sequence[Labelled], length: int = LENGTH) -> tuple[int, int, int]:
    """(document, from, to): the stretch, from the start of a line, that has most of everything that is labelled.

    The text alone decides, no network is asked. Documents that chose no unit are preferred: every second one.
    """
    best, chosen = -1.0, (0, 0, min(length, len(labelled[0].document.text)))
    for index in range(1, len(labelled), 2) if len(labelled) > 1 else (0,):
        text = labelled[index].document.text[:DEEPEST]
        labels = labelled[index].labels
        starts = [0] + [place + 1 for place, character in enumerate(text[: len(text) - length]) if character == "\n"]
        for start in starts:
            shares = [float((labels[name][start : start + length] > 0).mean()) for name in labels if name != "column"]
            score = float(np.prod([0.02 + min(share, 0.25) for share in shares])) * min(length, len(text) - start)
            if score > best:
                best, chosen = score, (index, start, min(start + length, len(text)))
    return chosen


def choose_cells(tracking: Tracking, layers: int, hidden_size: int, seed: int = 0) -> list[tuple[int, str]]:
    """(unit of all layers, why it is here): those that track something, those that hold longest, some by lot.

    The unit that is furthest ahead of the untrained twin's comes first. A unit can be the best for several labels.
    """
    reasons: dict[int, list[str]] = {}
    for finding in sorted(tracking.findings, key=lambda finding: finding.twin.score - finding.trained.score):
        reasons.setdefault(finding.trained.unit, []).append(f"{finding.label.title} ({side(finding)} c)")
    chosen = {unit: f"best for {', '.join(titles)}" for unit, titles in reasons.items()}
    for finding in tracking.findings:
        for unit in finding.trained.best[1:2]:
            chosen.setdefault(unit, f"next for {finding.label.title}")
    openness = {found.layer: found.open for found in tracking.saturation if found.gate == "f"}
    if openness:
        keep = np.concatenate([openness[layer] for layer in range(layers)])
        for unit in np.argsort(-keep, kind="stable")[:2]:
            chosen.setdefault(int(unit), f"keeps at {keep[unit]:.0%} of the steps")
    lot = np.random.default_rng(seed).permutation(layers * hidden_size)
    for unit in [int(unit) for unit in lot if int(unit) not in chosen][:2]:
        chosen[unit] = "drawn by lot"
    return list(chosen.items())


def side(finding: LabelFinding) -> str:
    """Where the cell state of the unit is when the label holds, or where it goes when the label grows."""
    high, low = ("high", "low") if finding.label.binary else ("rising", "falling")
    return high if finding.trained.sign > 0 else low


def unit_name(unit: int, layers: int, hidden_size: int) -> str:
    """How a unit is called: with its layer where there are several."""
    layer, place = divmod(unit, hidden_size)
    return f"unit {place}" if layers == 1 else f"layer {layer}, unit {place}"


def view(
    model: CharacterModel, alphabet: Alphabet, labelled: Sequence[Labelled], cells: Sequence[tuple[int, str]]
) -> Passage:
    """The six signals of `cells` over a chosen stretch of a labelled document, read from its beginning."""
    index, start, stop = choose_window(labelled)
    item = labelled[index]
    layers, hidden = model.lstm.num_layers, model.lstm.hidden_size
    kept: dict[tuple[int, str], list[float]] = {(unit, name): [] for unit, _ in cells for name in SIGNALS}
    for piece in walk(model, [alphabet.document(item.document.text[:stop])], SIGNALS):
        for (unit, name), values in kept.items():
            layer, place = divmod(unit, hidden)
            values += piece.signals[f"l{layer}.{name}"][:, 0, place].tolist()
    views = tuple(
        CellView(unit_name(unit, layers, hidden), why, tuple(tuple(kept[unit, name][start:stop]) for name in SIGNALS))
        for unit, why in cells
    )
    labels = tuple(
        (label.title, tuple(map(bool if label.binary else int, item.labels[label.name][start:stop])))
        for label in LABELS
        if label.name in item.labels
    )
    where = f"{item.document.name}, characters {start + 1} to {stop}"
    return Passage(where, item.document.text[start:stop], SIGNALS, views, labels)
