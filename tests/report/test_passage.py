"""Which cells the page opens on, and what it says of them."""

from __future__ import annotations

from softgate.report.passage import choose_cells
from softgate.report.tracking import LabelFinding, Tracking
from softgate.text.labels import LABELS
from softgate.track import Tracked


def tracked(unit: int, sign: int, score: float) -> Tracked:
    return Tracked(unit, sign, score, score, 0.5, 0.9, 1000, (unit, unit + 1))


def test_a_unit_that_is_best_twice_says_both_and_the_largest_gain_comes_first() -> None:
    results = {
        "string": (4, 1, 0.7),
        "quoted": (4, 1, 0.65),
        "comment": (9, -1, 0.9),
        "depth": (9, 1, 0.3),
        "column": (2, -1, 0.6),
    }
    findings = tuple(
        LabelFinding(label, tracked(*results[label.name]), tracked(0, 1, 0.55 if label.binary else 0.2))
        for label in LABELS
    )
    cells = choose_cells(Tracking(findings, (), 4, 4, 1000, 0), 1, 16)
    assert cells[0][0] in (9, 2)
    reasons = dict(cells)
    assert reasons[9] == "best for inside a comment (low c), bracket depth (rising c)"
    assert reasons[2] == "best for column (falling c)"
    assert reasons[4] == "best for inside a string (high c), inside quotes on one line (high c)"
    gains = {unit: position for position, (unit, _) in enumerate(cells)}
    assert gains[2] < gains[9] < gains[4]
