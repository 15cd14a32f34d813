"""The page for somebody who has never seen an LSTM: two questions, one idea a screen.

The words say what is asked and what to look for. What was found comes from the results: a verdict and its sentence, the
figure, and the link to the claim. So no word here can disagree with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from softgate.figures.save import specification
from softgate.figures.style import FigureError
from softgate.lab.claims import draw
from softgate.report import blocks as b
from softgate.why.page import WORDS
from softgate.why.results import Judged
from softgate.why.screens import screens

__all__ = ["beginning_page"]


def beginning_page(judged: Sequence[Judged]) -> b.Report:
    """The page, from the claims with their verdicts."""
    by_number = {j.claim.number: j for j in judged}
    found: list[b.Block] = [*_opening()]
    for title, words, drawn, claim, after in screens():
        found.append(b.Heading(title))
        found += [b.Prose(text) for text in words]
        found += drawn
        if claim is not None:
            found += _finding(by_number[claim], with_figure=True)
        found += [b.Prose(text) for text in after]
    found += _closing(by_number)
    return b.Report(
        "Why tanh, why sigmoid?",
        "Inside an LSTM a tanh is multiplied by a sigmoid, once at the way in and once at the way out. Why "
        "both? And why "
        "can the way in not be a sigmoid alone? You need no mathematics beyond multiplying. You may try everything.",
        tuple(found),
        story=True,
    )


def _opening() -> list[b.Block]:
    return [
        b.Note("One idea a screen. Press Next, or scroll. Pictures with sliders are for playing; nothing can break."),
        b.Links((b.Link("All seventeen claims", "index.html"),)),
    ]


PLAYED = {
    7: (
        "Taps in training.",
        "Move the slider from the first step of training to the last, and watch which taps come to stand shut or open. "
        "The forget gate says how much is kept, the input gate how much is let in, the output gate how much is shown.",
        draw.hardening,
    ),
}
"""Figures to play with that are made of results, by the claim that they belong to."""


def _finding(judged: Judged, with_figure: bool) -> list[b.Block]:
    """What the rows say of a claim."""
    found: list[b.Block] = []
    if with_figure and judged.frame is not None:
        chart = judged.claim.figure(judged.frame)
        found.append(b.Drawn(f"{judged.claim.title}?", judged.claim.caption, specification(chart)))
    if with_figure and judged.frame is not None and judged.claim.number in PLAYED:
        title, caption, draw_it = PLAYED[judged.claim.number]
        with suppress(FigureError):  # rows of a study that did not ask for it
            found.insert(0, b.Drawn(title, caption, specification(draw_it(judged.frame))))
    found += [b.Prose(judged.counted)] if with_figure and judged.counted else []
    found += [
        b.Prose(f"People say: “{judged.claim.said}” {WORDS[judged.word]}"),
        b.Ruling(judged.word, _in_short(judged)),
    ]
    found.append(
        b.Links((b.Link(f"The claim “{judged.claim.title}” and how it was tested", f"{judged.claim.slug}.html"),))
    )
    return found


def _in_short(judged: Judged) -> str:
    """How many comparisons say what, without the figures, which are on the page of the claim."""
    if judged.verdict is None:
        return judged.because
    words = [w.found.word for w in judged.verdict.weighed]
    parts = {"agree with it": "supported", "contradict it": "refuted", "cannot tell": "undecided"}
    told = [f"{words.count(word)} {said}" for said, word in parts.items() if word in words]
    return f"Of {len(words)} comparisons {', '.join(told)}." if told else judged.because


ANSWERS = (
    (
        "Why multiply a tanh by a sigmoid?",
        "One says which way, the other how much. They are told different things.",
        (1, 2),
    ),
    ("Why not a sigmoid alone at the way in?", "It cannot say “down”. What that costs is a matter of the net.", (3, 4)),
    ("Why a tanh again at the way out?", "The memory has no bound; what is shown has one.", (13, 14)),
    ("Is it slope, or curvature?", "Both can be changed alone, and both were.", (6, 5)),
    ("Are gates switches?", "They may become switches. Whether they do is a matter of the task.", (7, 8)),
)


def _closing(by_number: dict[int, Judged]) -> list[b.Block]:
    found: list[b.Block] = [
        b.Heading("The answers, with their evidence"),
        b.Prose("What is arithmetic is said in the words. What had to be tried has a verdict."),
    ]
    for question, said, numbers in ANSWERS:
        found.append(b.Prose(f"{question} {said}"))
        found.append(
            b.Links(
                tuple(
                    b.Link(f"{n}. {j.claim.title}", f"{j.claim.slug}.html", j.word, _in_short(j))
                    for n, j in ((n, by_number[n]) for n in numbers)
                )
            )
        )
    found.append(
        b.Prose(
            "Do not believe any of it. Every figure on this page can be made again, for a start those of the tally:"
        )
    )
    found.append(b.Samples((b.Sample("in a shell", "softgate why 3 --quick"),)))
    return found
