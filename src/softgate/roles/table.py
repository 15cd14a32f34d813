"""All roles of a search: a sequence, and as text, data frame, JSON and HTML."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from typing import Any, overload

from softgate.errors import MissingExtraError
from softgate.roles.role import Role
from softgate.roles.words import PLAIN, ROLES, VERDICTS

__all__ = ["Roles", "row"]


class Roles(Sequence[Role]):
    """The roles of all units, in the order of layers and units.

    Attributes:
        classes: the names of the classes of input.
        notes: what there is to say of the search: labels that could not be judged.
    """

    def __init__(self, found: Sequence[Role], classes: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
        self._found, self.classes, self.notes = tuple(found), tuple(classes), tuple(notes)

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Role: ...
    @overload
    def __getitem__(self, index: slice) -> Roles: ...
    def __getitem__(self, index: int | slice) -> Role | Roles:
        if isinstance(index, slice):
            return Roles(self._found[index], self.classes, self.notes)
        return self._found[index]

    def __iter__(self) -> Iterator[Role]:
        return iter(self._found)

    def of(self, *roles: str) -> Roles:
        """The units with one of these roles."""
        return Roles([r for r in self if r.role in roles], self.classes, self.notes)

    def counts(self) -> dict[str, dict[str, int]]:
        """By role, how many units there are at each verdict."""
        found: dict[str, dict[str, int]] = {}
        for role in ROLES:
            mine = [r.verdict for r in self if r.role == role]
            if mine:
                found[role] = {v: mine.count(v) for v in ("nothing", *VERDICTS) if v in mine}
        return found

    @property
    def measured(self) -> int:
        """Of how many units the effects were measured: without, no verdict is above ``"correlates"``."""
        return sum(r.effects is not None for r in self)

    def rows(self) -> list[dict[str, Any]]:
        """One flat row for each unit: what :meth:`frame` and :meth:`to_json` show."""
        return [row(r) for r in self]

    def table(self, most: int | None = None) -> str:
        """The roles as text of 80 columns, the first ``most`` of them, layer by layer."""
        told = [f"{role} {sum(n.values())}" for role, n in self.counts().items()]
        lines = [f"{len(self)} units: {', '.join(told)}", *self._missing()]
        lines += [part for note in self.notes for part in textwrap.wrap(f"Note: {note}.", 80, subsequent_indent="  ")]
        told_of = any(r.tracking for r in self[:most])
        head = ("unit", "role", "event", *_LABEL, "abl.", "trans.", "verdict")
        widths = _WIDTHS if told_of else (*_WIDTHS[:2], sum(_WIDTHS[2:6]) + 3, *_WIDTHS[6:])
        for layer in dict.fromkeys(r.layer for r in self[:most]):
            cells = [head, *(_cells(r) for r in self[:most] if r.layer == layer)]
            if not told_of:  # events have the room of labels
                cells = [(*c[:3], *c[6:]) for c in cells]
            lines += ["", layer, *(" ".join(map(_fitted, row, widths)).rstrip() for row in cells)]
        return "\n".join(line[:80] for line in lines)

    def _missing(self) -> list[str]:
        """A line where effects were measured of some units only."""
        partly = 0 < self.measured < len(self)
        return [f"effects measured for {self.measured} of {len(self)} units"] if partly else []

    def frame(self) -> Any:
        """The rows as a pandas data frame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            raise MissingExtraError("pandas", "roles", "a data frame of roles") from error
        return pandas.DataFrame(self.rows())

    def to_json(self) -> str:
        """The rows as JSON; what is not finite is null."""
        return json.dumps(
            {
                "classes": list(self.classes),
                "notes": list(self.notes),
                "measured": self.measured,
                "units": [_finite(r) for r in self.rows()],
            },
            indent=1,
        )

    def to_html(self, title: str = "What the memory cells do") -> str:
        """A page of its own: the table, and the card of each unit that has a role or a label."""
        rows = self.rows()
        shown = tuple(rows[0]) if rows else ()
        notes = "".join(f"<p>{escape(note)}.</p>\n" for note in (*self.notes, *self._missing()))
        head = "".join(f"<th>{escape(name)}</th>" for name in shown)
        body = "".join("<tr>" + "".join(f"<td>{escape(_short(r[n]))}</td>" for n in shown) + "</tr>\n" for r in rows)
        cards = "\n".join(r.card() for r in self if r.verdict != "nothing" or r.role not in PLAIN)
        return _PAGE.format(title=escape(title), head=head, body=body, cards=notes + cards)

    def __repr__(self) -> str:
        return f"<roles of {self.table(0)}>"

    def __str__(self) -> str:
        return self.table()


_STEPS = ("step", "step_spread", "step_between", "step_least", "step_most")
_LABEL = ("label", "score", "q")
_WIDTHS = (4, 10, 12, 9, 5, 6, 5, 6, 15)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; }}
.wide {{ overflow-x: auto; }} table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap; }}
article {{ border: 1px solid #ddd; border-radius: 6px; padding: .2rem 1rem; margin: 1rem 0; }}
article h3 {{ margin: .6rem 0 .2rem; }} article p {{ margin: .3rem 0; }}
</style></head><body>
<h1>{title}</h1>
<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>
{body}</tbody></table></div>
<p>Figures named peers are medians over units of similar variance (within a factor of 4) without a role, which are
<i>alike</i> of them; 19 of 20 of them, all of fewer than 20, stay at or under those named bar.</p>
{cards}
</body></html>
"""


def row(r: Role) -> dict[str, Any]:
    """All figures of a unit, flat."""
    found: dict[str, Any] = {
        "layer": r.layer,
        "unit": r.unit,
        "role": r.role,
        "looked": r.looked,
        "event": r.event,
        "verdict": r.verdict,
        "lacking": r.lacking,
    }
    for name in ("leak", "half_life", "drift", *_STEPS, "gap", "range", "readable"):
        found[name] = r.strengths.get(name)
    found["checks"] = all(c.passed for c in r.checks)
    t, e = r.tracking, r.effects
    found |= {
        "label": t.label if t else None,
        "score": t.score if t else None,
        "score_low": t.interval[0] if t else None,
        "score_high": t.interval[1] if t else None,
        "score_null": t.null if t else None,
        "score_by_input": t.by_input if t else None,
        "against": t.against if t else None,
        "p": t.p if t else None,
        "q": t.q if t else None,
    }
    ways = ("zero", "mean", "elsewhere", "other mode")
    found["ablation"] = e.ablation["elsewhere"].value if e else None
    for way in ways:
        name, figure = f"ablation_{way.replace(' ', '_')}", e.ablation.get(way) if e else None
        found |= {name: figure.value if figure else None, f"{name}_low": figure.low if figure else None}
        found[f"{name}_high"] = figure.high if figure else None
        found[f"{name}_random"] = e.random.get(way) if e else None
        found[f"{name}_peers"] = e.peers.get(way) if e else None
    found |= {
        "transplant": e.transplant.value if e else None,
        "transplant_low": e.transplant.low if e else None,
        "transplant_high": e.transplant.high if e else None,
        "transplant_random": e.random.get("transplant") if e else None,
        "transplant_peers": e.peers.get("transplant") if e else None,
        "ablation_bar": e.bar.get("elsewhere") if e else None,
        "transplant_bar": e.bar.get("transplant") if e else None,
        "alike": e.alike if e else None,
        "untold": e.untold if e else None,
        "specificity": e.specificity if e else None,
        "specificity_random": e.random.get("specificity") if e else None,
        "specificity_peers": e.peers.get("specificity") if e else None,
    }
    return found


def _cells(r: Role) -> tuple[str, ...]:
    t, e = r.tracking, r.effects
    label = (t.label, f"{t.score:.2f}", "-" if math.isnan(t.q) else f"{t.q:.1g}") if t else ("", "", "")
    effect = (
        (f"{e.ablation['elsewhere'].value:.2f}", "-" if e.untold else f"{e.transplant.value:.2f}") if e else ("", "")
    )
    return (str(r.unit), r.role, r.event, *label, *effect, r.verdict)


def _fitted(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _short(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _finite(found: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in found.items()}
