"""The page of one claim: what is said, what was done, one figure, the verdict, and what would change our mind."""

from __future__ import annotations

import math

from softgate.equations import Source
from softgate.figures.save import specification
from softgate.figures.style import FigureError
from softgate.lab.claims import Claim
from softgate.lab.claims.decide import Finding, Weighed
from softgate.lab.claims.pools import titled
from softgate.lab.claims.rates import of_rates, of_words
from softgate.lab.claims.weighed import many
from softgate.lab.study import task_label
from softgate.lab.telling import UNCLEAR
from softgate.report import blocks as b
from softgate.why.results import Judged

__all__ = ["WORDS", "cited", "claim_page", "drawn", "figures", "probabilities", "published"]

LEAST = 1e-4
"""Below it a p is only said to be smaller."""

WORDS = {
    "supported": "The experiment agrees with the claim.",
    "refuted": "The experiment contradicts the claim.",
    "depends": "True in some places, false in others; the figure shows where.",
    "undecided": "The data cannot tell.",
    "open": "Nobody has run it yet.",
}
QUICK = (
    "This is a quick run: fewer seeds and steps than the committed one. It shows how it is done, and decides nothing."
)


def claim_page(judged: Judged, *, quick: bool = False) -> b.Report:
    """The page of a claim."""
    claim = judged.claim
    found: list[b.Block] = [b.Ruling(judged.word, judged.because)]
    if quick:
        found.append(b.Note(QUICK))
    found += [b.Prose(claim.plainly), b.Heading("The experiment"), b.Prose(claim.experiment)]
    found += [b.Note(f"Expected, and written down before the run: {claim.study.hypothesis}")]
    found += [*drawn(judged), *_variants(claim)]
    found += [b.Heading("The verdict"), b.Prose(f"{judged.because} {WORDS[judged.word]}")]
    found += _figures_of(judged)
    found += [b.Note(f"The rule, fixed before the run: {claim.rule.said}")]
    found += [b.Heading("What would change our mind"), b.Prose(claim.mind)]
    found += published(claim)
    found += [b.Heading("Run it again"), b.Samples((b.Sample(*_again(claim)),)), *_made(judged)]
    found += [b.Heading("Sources"), *(b.Prose(cited(s)) for s in claim.sources), _way(claim)]
    return b.Report(f"{claim.number}. {claim.title}", f"“{claim.said}”", tuple(found))


def drawn(judged: Judged) -> list[b.Block]:
    """The figure of a claim, or why there is none."""
    if judged.frame is None:
        return [b.Note("There is no figure before there are results.")]
    try:
        chart = judged.claim.figure(judged.frame)
    except FigureError as error:
        return [b.Note(f"The rows have nothing to draw: {error}.")]
    found: list[b.Block] = [b.Drawn("The figure.", judged.claim.caption, specification(chart))]
    return found + ([b.Prose(judged.counted)] if judged.counted else [])


def _figures_of(judged: Judged) -> list[b.Block]:
    """Every comparison that the verdict rests on."""
    if judged.verdict is None:
        return []
    titles = ("says", "compared", "on", "found", "95 % interval", "p for", "p against", "effect size", "pairs",
              "seen with 80 %")  # fmt: skip
    return [
        b.Table(
            titles,
            tuple(_row(w, many(judged.verdict.weighed)) for w in judged.verdict.weighed),
            titles[3:],
            sortable=True,
        ),
        b.Note(
            "Found: the median over seeds, of the difference where two variants are compared, else of the measure. "
            f"p for, p against: of what supports and of what refutes, corrected for all comparisons; sure is "
            f"{judged.claim.rule.rule.alpha:g} or less. Effect size: matched-pairs rank-biserial correlation, from -1 "
            "to 1. Seen with 80 %: the least difference that so many pairs with this spread would show four times in "
            "five, at the level that is left to one of so many comparisons, without the choice of rates."
        ),
        b.Prose(of_words(judged.at_each_rate, judged.word)),
        *_rates_of(judged.verdict),
    ]


def _rates_of(found: Finding) -> list[b.Block]:
    """What the learning rate has to do with each comparison."""
    if not found.rates:
        return []
    titles = ("variant", "against", "on", "its best rate", "difference at own best", "at a common rate")
    rows = tuple(
        (e.variant, e.against, titled(e.task), f"{e.best:g}{f', the {e.edge} tried' * bool(e.edge)}",
         f"{e.own:+.2g}", f"{e.common:+.2g}")
        for e in found.rates
    )  # fmt: skip
    folded = "the learning rate, comparison by comparison"
    return [b.Note(of_rates(found.rates)), b.Table(titles, rows, titles[3:], sortable=True, folded=folded)]


def _row(w: Weighed, measure: bool) -> tuple[str, ...]:
    c = w.found
    says = {"supported": "agrees", "refuted": "disagrees"}.get(c.word, f"open: {c.why}")
    seen = f"{c.seen:.2g}" if math.isfinite(c.seen) else "nothing"
    found = (*figures(w), *probabilities(w))
    return (says, w.what(measure=measure), titled(c.task), *found, f"{c.effect:+.2f}", str(c.pairs), seen)


def figures(w: Weighed) -> tuple[str, str]:
    """What was found, and its interval."""
    if not math.isfinite(w.amount):
        return "none", "none"
    shape = "+.2f" if w.compared else ".3g"
    return f"{w.amount:{shape}}", f"{w.found.low:{shape}} to {w.found.high:{shape}}"


def probabilities(w: Weighed) -> tuple[str, str]:
    """Corrected p of what supports and of what refutes; none where no test was made."""
    c = w.found
    if c.why and c.why not in UNCLEAR:
        return "none", "none"
    for_it, against_it = (f"{p:.2g}" if p >= LEAST else f"<{LEAST:.4f}" for p in (c.p_for, c.p_against))
    return for_it, against_it


def published(claim: Claim) -> list[b.Block]:
    """What others found."""
    if not claim.published:
        return []
    told = [
        b.Prose(f"Published: {p.said} {f'({cited(p.source)})' if p.source else UNCHECKED}") for p in claim.published
    ]
    return [b.Heading("What others found"), *told]


UNCHECKED = "(Figures as they were handed down to us, not checked against the publication.)"


def cited(source: Source) -> str:
    """A publication in one line."""
    return f"{source.authors} ({source.year}). {source.title}. {source.where}."


def _again(claim: Claim) -> tuple[str, str]:
    n = claim.number
    return (
        "in a shell",
        f"softgate why {n} --quick     # a glance, under two minutes\nsoftgate why {n} --full      # as committed",
    )


def _made(judged: Judged) -> list[b.Block]:
    """What the rows are, and on what they were made."""
    if judged.frame is None:
        return []
    frame = judged.frame
    rates = ", ".join(f"{r:g}" for r in sorted(frame["rate"].unique()))
    failed = int(frame["error"].notna().sum())
    said = (
        f"{len(frame):,} runs: {frame['variant'].nunique()} variants, {frame['task'].nunique()} tasks, "
        f"{frame['seed'].nunique()} seeds, learning rates {rates}, "
        f"{int(frame['steps'].max()):,} steps. {failed} failed, and {int(frame['diverged'].sum())} diverged; "
        "they are rows like all others."
    )
    kept = ("machine", "cores", "python", "torch", "softgate", "commit", "backend", "jobs", "started", "seconds")
    on = [", ".join(f"{k} {entry[k]}" for k in kept if entry.get(k)) for entry in judged.machine]
    return [b.Note(said), *(b.Note(f"Made on: {text}.") for text in on)]


def _variants(claim: Claim) -> list[b.Block]:
    tasks = "; ".join(titled(task_label(t)) for t in claim.study.tasks)
    rows = tuple((v.name, v.what) for v in claim.study.variants)
    return [b.Note(f"Tasks: {tasks}."), b.Table(("variant", "what it is"), rows)]


def _way(claim: Claim) -> b.Links:
    near = [b.Link("All claims", "index.html"), b.Link("Why tanh, why sigmoid: from the beginning", "beginning.html")]
    if claim.number > 1:
        near.append(b.Link(f"Claim {claim.number - 1}", f"c{claim.number - 1:02d}.html"))
    if claim.number < 17:
        near.append(b.Link(f"Claim {claim.number + 1}", f"c{claim.number + 1:02d}.html"))
    return b.Links(tuple(near))
