"""The list of all claims: on the command line, and as the first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from softgate.report import blocks as b
from softgate.report.faces import printable
from softgate.why.results import OPEN, Judged, Told

__all__ = ["index_page", "listing", "markdown"]

WIDTH = 80
ORDER = ("supported", "depends", "refuted", "undecided", "open")


def index_page(judged: Sequence[Judged]) -> b.Report:
    """All claims with their verdicts."""
    counted = Counter(j.word for j in judged)
    facts = tuple(b.Fact(word, str(counted[word])) for word in ORDER if counted[word])
    links = tuple(
        b.Link(f"{j.claim.number}. {j.claim.title}", f"{j.claim.slug}.html", j.word, j.because) for j in judged
    )
    return b.Report(
        "Why sigmoid, why tanh?",
        f"{len(judged)} things that people say about the inside of an LSTM, each with the experiment that decides it.",
        (
            b.Links((
                b.Link("Begin here, if you have never seen an LSTM", "beginning.html"),
                b.Link("The matrix: every gate with every candidate with every readout", "matrix.html"),
            )),
            b.Heading("The claims"),
            b.Facts(facts),
            b.Prose(
                "What was expected was written down before the runs, and so was the rule that turns rows into a "
                "verdict. Variants are paired: same first weights, same data. Each may take the learning rate "
                "that suits "
                "it. Failed runs are rows like all others."
            ),
            b.Note(
                "Supported: the experiment agrees with the claim. Refuted: it contradicts it. Depends: true in some "
                "places, false in others. Undecided: the data cannot tell. A comparison is one variant beside another "
                "one on one task; of each, the page of a claim has the figure, its interval and both p-values."
            ),
            b.Links(links),
        ),
    )  # fmt: skip


def listing(judged: Sequence[Told], width: int = WIDTH) -> str:
    """The claims with verdict and key figure, for a terminal."""
    lines = []
    for j in judged:
        title = f"{j.claim.number:>2}  {j.claim.title}"
        lines.append(f"{_cut(title, width - 13):<{width - 12}}  {j.word}")
        if j.word != OPEN:
            lines += [f"    {line}" for line in _wrapped(j.because, width - 4)]
    return printable("\n".join(lines))


def markdown(judged: Sequence[Told]) -> str:
    """The claims as a table for a page of the documentation."""
    counted = Counter(j.word for j in judged)
    told = ", ".join(f"{counted[word]} {word}" for word in ORDER if word != OPEN)
    rows = [f"| {j.claim.number} | {_celled(j.claim.title)} | **{j.word}** | {_celled(j.because)} |\n" for j in judged]
    return "".join(
        (f"Of {len(judged)} claims: {told}.\n\n", "| # | claim | verdict | because |\n", "|---|---|---|---|\n", *rows)
    )


def _celled(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width)
