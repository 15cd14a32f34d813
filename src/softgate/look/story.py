"""What was seen, in words: the blocks of the page, and a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from softgate.figures.save import specification
from softgate.look.data import Given
from softgate.look.examine import Seen
from softgate.look.model import Opened
from softgate.look.pictures import Picture
from softgate.report import blocks as b
from softgate.report.faces import number, table_text

HEADINGS = {"signals": "What happens over time", "saturation": "Unit by unit", "gradient": "Where the gradient goes"}
SATURATION = ("gate", "shut, median unit", "open, median unit", "units")
HALF_LIVES = ("state", "shortest", "median", "longest (steps)", "units")


def tell(
    opened: Opened, given: Given, seen: Seen, source: str, pictures: Sequence[Picture], known: Sequence[b.Block] = ()
) -> b.Report:
    """The page; `known` is what is to be said of labels."""
    blocks: list[b.Block] = [b.Facts(_facts(opened, given, seen))]
    blocks += [b.Prose(f"The input, {source}, was read as {'; '.join((*given.said, *seen.said))}.")]
    blocks += known
    headings = dict(HEADINGS)
    for picture in pictures:
        kind = picture.stem.partition("-")[0]
        if kind == "half":
            kind = "saturation"
        if kind in headings:
            blocks.append(b.Heading(headings.pop(kind)))
        files = (f"{picture.stem}.svg", f"{picture.stem}.png")
        blocks.append(b.Drawn(picture.title, picture.caption, specification(picture.chart), files))
    if "saturation" in headings:
        blocks.append(b.Note("No signal of this model is a gate between 0 and 1, so there is no saturation to show."))
    blocks += tables(seen)
    return b.Report(f"Inside {opened.title}", f"Every signal of every unit on {source}, step by step.", tuple(blocks))


def _facts(opened: Opened, given: Given, seen: Seen) -> tuple[b.Fact, ...]:
    rec = seen.recording
    kept = [n for n in rec.names if n in rec and not n.rpartition(".")[2].startswith("pre")]
    units = {n.rpartition(".")[0].removesuffix(".pre"): rec.calls[n][0].shape[2] for n in kept}
    parameters = sum(p.numel() for p in opened.model.parameters())
    return (
        b.Fact("steps", f"{max(len(rec.calls[n][0]) for n in kept):,}", f"input {list(seen.shape)}"),
        b.Fact("layers", str(len(units)), ", ".join(units)),
        b.Fact("units", f"{sum(units.values()):,}", f"{len(rec)} signals recorded"),
        b.Fact("parameters", f"{parameters:,}"),
    )


def tables(seen: Seen) -> list[b.Block]:
    """The figures behind the figures."""
    found: list[b.Block] = []
    lives: list[tuple[str, ...]] = []
    rows = tuple(
        (name, f"{float(s.shut.nanmedian()):.0%}", f"{float(s.open.nanmedian()):.0%}", str(len(s.shut)))
        for name, s in seen.recording.saturation().items()
    )
    if rows:
        found.append(b.Table(SATURATION, rows, SATURATION[1:]))
    for name, steps in seen.recording.horizon().items():
        ends = (number_or_ever(float(v)) for v in (steps.min(), steps.median(), steps.max()))
        lives.append((name, *ends, str(len(steps))))
    if lives:
        found.append(b.Table(HALF_LIVES, tuple(lives), HALF_LIVES[1:]))
    return found


def number_or_ever(value: float) -> str:
    """A number of steps; what is never lost is held for ever."""
    return "for ever" if value == float("inf") else number(value)


def summary(opened: Opened, given: Given, seen: Seen) -> str:
    """What was done and seen, for a terminal of 80 columns."""
    facts = [
        ("model", opened.title),
        *(("input" if k == 0 else "", s) for k, s in enumerate((*given.said, *seen.said))),
    ]
    facts += [(f.name, f"{f.value}  {f.remark}".strip()) for f in _facts(opened, given, seen)]
    parts = ["\n".join(f"{name:<10} {_short(text)}" for name, text in facts)]
    parts += [table_text(t.columns, t.rows, t.numbers) for t in tables(seen) if isinstance(t, b.Table)]
    return "\n\n".join(parts)


def _short(text: str, most: int = 68) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
