"""Findings in words: which blocks the report of a run is made of."""

from __future__ import annotations

import math

from softgate.report import blocks as b
from softgate.report.cards import census_blocks, census_lines
from softgate.report.drawn import interactive
from softgate.report.findings import Findings
from softgate.report.headline import facts
from softgate.report.passage import side, unit_name
from softgate.report.searches import searches
from softgate.report.tracking import LONGEST
from softgate.text.words import counted

__all__ = ["summary", "tell"]

MOST_SKIPPED = 20
SPANS = ("best unit, 95 %", "twin, 95 %", "apart")
GATE_NAMES = {"i": "input gate i", "f": "forget gate f", "o": "output gate o"}


def tell(found: Findings) -> b.Report:
    """The report of a run."""
    run = found.run
    settings = run.settings
    layers = "one layer" if settings.layers == 1 else f"{settings.layers} layers"
    subtitle = (
        f"A character LSTM with {layers} of {settings.hidden_size} units read {run.progress.characters:,} characters "
        f"of {run.subject} in {run.progress.seconds:.0f} seconds. Here is what its cells hold, what its gates do, and "
        "what it writes."
    )
    blocks = [
        facts(found),
        *_looking(found),
        *_tracking(found),
        *census_blocks(found),
        *searches(found),
        *_gates(found),
        *interactive(found),
        *_bits(found),
        *_text(found),
        *_how(found),
    ]
    return b.Report(f"Inside an LSTM that reads {run.subject}", subtitle, tuple(blocks))


def summary(found: Findings) -> str:
    """The key figures for a terminal."""
    rows = [(fact.name, fact.value, fact.remark) for fact in facts(found).facts]
    width, value = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    lines = [f"  {a:<{width}}  {c:>{value}}  {d}".rstrip() for a, c, d in rows]
    return "\n".join([*lines, *census_lines(found)])


def _looking(found: Findings) -> list[b.Block]:
    return [
        b.Heading("Look inside"),
        b.Prose(
            "The text is held out: the network never trained on it. Choose a unit, and the text takes the colour of "
            "its cell state c after each character. Point at a character, or move with the arrow keys, to read all six "
            "signals of that step; choose another signal to colour by it."
        ),
        found.passage,
    ]


def _tracking(found: Findings) -> list[b.Block]:
    tracking, settings = found.tracking, found.run.settings
    if not tracking.findings:
        return []
    series = ("best unit", "untrained twin", "chance (95 %)", "all units, linear")
    figures, rows = [], []
    for binary, axis in ((True, "area under the ROC curve (0.5 is chance)"), (False, "rank correlation (0 is chance)")):
        chosen = [finding for finding in tracking.findings if finding.label.binary == binary]
        scores = tuple(
            (f.label.title, (f.trained.score, f.twin.score, f.trained.chance, f.trained.probe)) for f in chosen
        )
        if scores:
            low = 0.5 if binary else 0.0
            lowest = min(value for _, values in scores for value in values if math.isfinite(value))
            title = "Yes or no" if binary else "How much"
            chart = b.Dumbbells(axis, series, scores, min(low, lowest), 1.0)
            figures.append(b.Figure(title, chart))
        for f in chosen:
            unit = unit_name(f.trained.unit, settings.layers, settings.hidden_size)
            numbers = (f.trained.score, f.twin.score, f.trained.chance, f.trained.probe)
            spans = (_span(f.trained.interval), _span(f.twin.interval), "yes" if f.apart else "no: they overlap")
            scores_in_words = (f"{value:.3f}" for value in numbers)
            rows.append((f.label.title, unit, f.label.meaning, side(f), *scores_in_words, *spans))
    excluded = (
        f" {counted(tracking.untokenised, 'file')} that did not tokenise: left out." if tracking.untokenised else ""
    )
    judged = tracking.findings[0].trained.characters
    source = (
        "Python's own tokenizer says of every character whether it is inside a string or a comment, how deep in "
        "brackets, and in which column."
        if any(f.label.name != "column" for f in tracking.findings)
        else "Of every character it is known in which column it stands. Python source would have more labels."
    )
    return [
        b.Heading("What single units know"),
        b.Prose(
            f"{source} The unit whose cell state follows best was chosen on one half of the text and is scored on the "
            "other half, which it was not chosen on."
        ),
        b.Figures(tuple(figures)),
        b.Table(("label", "unit", "meaning", "c is then", *series, *SPANS), tuple(rows), series),
        b.Note(
            f"Watched on {_read(found)}; chosen on {tracking.searched:,} characters, scored on {judged:,}."
            f"{excluded} The untrained twin has the same shape and random weights, and its best unit was chosen in the "
            "same way. 95 %: files drawn anew with repetition, 100 times (stretches of 256 characters where there are "
            "fewer than five files); it does not cover another choice of twin. "
            "Chance: the label shifted in a circle within each file, 100 times, 95th percentile. A score "
            "says that a unit correlates with the label; that the network uses it would take an intervention to show."
        ),
    ]


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def _read(found: Findings) -> str:
    """What the units and gates were watched on."""
    tracking = found.tracking
    of = "" if tracking.files == tracking.offered else f" of the {tracking.offered:,} that have labels"
    if not found.run.corpus.whole_files:
        return f"the first {LONGEST:,} characters at most of {found.run.corpus.end_held_out}, held out"
    return f"the first {LONGEST:,} characters at most of each of {counted(tracking.files, 'held-out file')}{of}"


def _gates(found: Findings) -> list[b.Block]:
    figures = []
    for part in found.tracking.saturation:
        name = GATE_NAMES[part.gate] + (f", layer {part.layer}" if found.run.settings.layers > 1 else "")
        dots = tuple(
            (f"unit {unit}: shut {shut:.0%}, open {opened:.0%}", float(shut), float(opened))
            for unit, (shut, opened) in enumerate(zip(part.shut, part.open, strict=True))
        )
        both = float((part.shut + part.open).mean())
        caption = f"On average a gate is shut or open at {both:.0%} of {part.steps:,} steps."
        figures.append(b.Figure(name, b.Dots("share of steps under 0.1", "share of steps over 0.9", dots), caption))
    steps = max((part.steps for part in found.tracking.saturation), default=0)
    return [
        b.Heading("Soft gates, and how hard they became"),
        b.Prose(
            "A dot is a unit. To the right are gates that are mostly shut, at the top gates that are mostly open; on "
            "the dotted line lies a gate that is always one or the other, a switch. Near the corner at the lower left "
            "are gates that stay in between."
        ),
        b.Figures(tuple(figures)),
        b.Note(f"Counted over {steps:,} characters: {_read(found)}."),
    ]


def _thinned(points: list[tuple[float, float]], most: int = 60) -> tuple[tuple[float, float], ...]:
    """At most about `most` points: means of stretches of the same length."""
    step = max(1, len(points) // most)
    groups = [points[start : start + step] for start in range(0, len(points), step)]
    return tuple((group[-1][0], sum(bits for _, bits in group) / len(group)) for group in groups)


def _bits(found: Findings) -> list[b.Block]:
    run = found.run
    curve = _thinned([(float(row["characters"]), float(row["bits"])) for row in run.metrics])
    k = found.best_k
    levels = (("LSTM, held out", found.bits), (f"{k}-gram, held out", found.kgram_bits[k - 1]))
    curve_figure = b.Figure(
        "While it learned",
        b.Lines("characters read", "bits a character", (("training", curve),), levels),
        "Each point is a mean over a stretch of training.",
    )
    bars = tuple((f"{n}-gram", value) for n, value in enumerate(found.kgram_bits, start=1))
    compared = b.Figure(
        "Against counting",
        b.Bars("bits a held-out character", (*bars, ("LSTM", found.bits)), "LSTM"),
        "A k-gram predicts a character from the k - 1 before it. Shorter is better.",
    )
    alone = "There was one file only" if len(run.corpus.train) == 1 else "No file has a size that fits"
    whole = "" if run.corpus.whole_files else f" {alone}, so the held-out text is {run.corpus.end_held_out}."
    held_out = run.corpus.end_held_out or counted(len(run.corpus.held_out), "held-out file")
    passes = run.progress.characters / max(1, found.train_characters)
    note = (
        f"All are scored on the same {found.held_out_characters:,} characters of {held_out}. "
        f"The k-grams (interpolated, Witten-Bell) were counted on all {found.train_characters:,} training "
        f"characters; the LSTM made {passes:.2f} passes over them. The best k-gram counted on as many characters as "
        f"the LSTM has read (k = {found.equal_k}) has {found.equal_bits:.3f} bits. Which k is best was seen on the "
        f"held-out text itself, which favours the k-grams. {found.unknown_share:.3%} of the held-out "
        f"characters are too rare to be in the alphabet of {len(run.alphabet)} and count as one character."
        f"{whole}"
    )
    return [b.Heading("How well it predicts"), b.Figures((curve_figure, compared)), b.Note(note)]


def _text(found: Findings) -> list[b.Block]:
    samples = tuple(b.Sample(f"temperature {heat:g}", text) for heat, text in found.samples)
    return [
        b.Heading("What it writes"),
        b.Prose("One character at a time from the start of an empty file; a lower temperature prefers the likely."),
        b.Samples(samples),
    ]


def _how(found: Findings) -> list[b.Block]:
    run, settings = found.run, found.run.settings
    rows = (
        (
            "text",
            f"{run.subject}: {run.corpus.sides}",
        ),
        ("left out", f"{counted(len(run.corpus.skipped), 'file')}: unreadable, empty, or the same as another"),
        (
            "model",
            f"embedding {settings.embedding_size}, {settings.layers} x {settings.hidden_size} units, "
            f"{found.parameters:,} parameters, float32",
        ),
        (
            "training",
            f"{run.progress.chunks:,} steps of {settings.batch_size} x {settings.steps_per_chunk} characters, AdamW, "
            f"peak rate {settings.learning_rate:g}, clip {settings.clip:g}, seed {settings.seed}",
        ),
    )
    skipped = tuple((item.name, item.reason) for item in run.corpus.skipped[:MOST_SKIPPED])
    if len(run.corpus.skipped) > MOST_SKIPPED:
        skipped += ((f"and {len(run.corpus.skipped) - MOST_SKIPPED:,} more", ""),)
    left_out: list[b.Block] = [b.Table(("left out", "because"), skipped)] if skipped else []
    return [b.Heading("How this was made"), b.Table(("", " "), rows), *left_out]
