"""Why one page names several best units for a label: three searches, side by side."""

from __future__ import annotations

from softgate.report import blocks as b
from softgate.report.findings import Findings
from softgate.report.passage import unit_name

__all__ = ["searches"]

NOT = ("-", "-")


def searches(found: Findings) -> list[b.Block]:
    """Unit and score of each label by each of the three searches, and what differs between them."""
    census, appearance, settings = found.census, found.appearance, found.run.settings
    if census is None or not census.holding or appearance is None or not appearance.labels:
        return []

    def named(unit: int) -> str:
        return unit_name(unit, settings.layers, settings.hidden_size)

    first = {f.label.title: (named(f.trained.unit), f"{f.trained.score:.3f}") for f in found.tracking.findings}
    second = {one.label: (one.name, f"{one.score:.3f}") for one in census.holding}
    third = {n: (named(best.unit), f"{best.score:.3f}") for n, best in appearance.moments[-1].best.items()}
    labels = dict.fromkeys([*second, *third])
    rows = [(n, *first.get(n, NOT), *second.get(n, NOT), *third.get(n, NOT)) for n in labels]
    bits = f"{census.past[-1].bits:.3f}" if census.past else "-"
    rows.append(("bits a character", "", f"{found.bits:.3f}", "", bits, "", f"{appearance.moments[-1].bits:.3f}"))
    parts = ("What single units know", "Do they keep", "When they appeared")
    units, scores = ("first", "second", "third"), ("score 1", "score 2", "score 3")
    columns = ("label", *(name for pair in zip(units, scores, strict=True) for name in pair))
    return [
        b.Heading("Why a label has several best units"),
        b.Prose(
            f"Three parts read texts of their own: the first ({parts[0]!r}) {found.tracking.files} files; the "
            f"second ({parts[1]!r}, and the cards) {census.stretches} pieces of {census.steps - 1} characters with "
            f"interventions; the third ({parts[2]!r}) {appearance.files} files from their beginning at every stage. "
            "Each chooses a unit on one half of its text and scores it on the other. Several units follow a label "
            "nearly as well, so which is best depends on the text, and so do its score and the bits a character "
            "(those of the first are of all the held-out text). No score is better than another; figures of one part "
            "are to be compared with one another only, and of a unit that one part names the others say nothing."
        ),
        b.Table(columns, tuple(rows), scores, sortable=True),
    ]
