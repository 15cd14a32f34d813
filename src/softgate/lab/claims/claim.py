"""What a claim is: a sentence that people say, an experiment that can embarrass it, and a rule that was fixed before.

A claim is data. Its study says what is run, its rule what is concluded, its figure what is drawn; none of them has seen
a result. The numbers of a page come out of the rows, never out of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from softgate.equations import Source
from softgate.lab.claims.decide import Decision
from softgate.lab.study import Study, task_label

__all__ = ["Claim", "Published"]


@dataclass(frozen=True)
class Published:
    """A result of others, to be set beside ours.

    Attributes:
        said: what was found, in a sentence.
        source: who published it; None where the figures were handed down to us without it, which the page says.
    """

    said: str
    source: Source | None = None


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        number: 1 to 17.
        title: in a few words.
        said: the claim, as people say it.
        plainly: what it means and why anybody should care, for a reader who has never seen an LSTM.
        experiment: what we do, in words; the study has it as data.
        study: what is run for this claim alone. Its hypothesis and measure were written before the run.
        pool: the folder of results that holds its rows. Claims that ask different questions of the same runs share one.
        rule: how the verdict follows from the rows.
        figure: from a table of the rows to an Altair chart.
        caption: what the figure shows.
        mind: what would change our mind.
        sources: where the claim, or what it rests on, is written.
        published: results of others.
        counted: from the same rows to a sentence that counts what a median hides; None where nothing is hidden.
        shown: what is done to the rows before they are judged and drawn; None is nothing.
    """

    number: int
    title: str
    said: str
    plainly: str
    experiment: str
    study: Study
    pool: str
    rule: Decision
    figure: Callable[[Any], Any]
    caption: str
    mind: str
    sources: Sequence[Source] = ()
    published: Sequence[Published] = ()
    counted: Callable[[Any], str] | None = None
    shown: Callable[[Any], Any] | None = None

    @property
    def slug(self) -> str:
        """``"c03"``."""
        return f"c{self.number:02d}"

    def rows(self, frame: Any) -> Any:
        """The rows of a pool that belong to this claim."""
        variants = {v.name for v in self.study.variants}
        tasks = {task_label(t) for t in self.study.tasks}
        own = frame[frame["variant"].isin(variants) & frame["task"].isin(tasks)]
        return own if self.shown is None else self.shown(own)
