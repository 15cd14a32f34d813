"""The committed results: where they are, and what they say of each claim.

In a checkout they are the folder ``results``; an installed copy has them inside of the package. A folder of one's own
takes their place with ``--results``.

To judge all claims takes seconds: every pattern of swaps is tried. So the verdicts stand beside the rows, in
``verdicts.json``, with the SHA-256 of what they follow from; where that is another one, they are not read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from softgate.disk import replace_file
from softgate.lab import load
from softgate.lab.claims import Claim
from softgate.lab.claims.columns import prepared
from softgate.lab.claims.decide import Finding
from softgate.lab.claims.rates import at_each
from softgate.lab.store import ResultsError

__all__ = ["VERDICTS", "Judged", "Results", "Told", "committed", "judge", "machine_of"]

VERDICTS = "verdicts.json"

OPEN = "open"
"""The word for a claim without results."""


def committed() -> Path:
    """The folder of the committed results, whether or not there is anything in it."""
    inside = Path(str(resources.files("softgate"))) / "results"
    beside = Path(__file__).resolve().parents[3] / "results"
    return inside if inside.is_dir() else beside


@dataclass(frozen=True)
class Judged:
    """A claim with its rows, if there are any, and what follows from them.

    Attributes:
        claim: it.
        frame: its rows, with the columns of :func:`softgate.lab.claims.columns.prepared`; None without results.
        verdict: what the rule says of them; None likewise.
        machine: what they were made on, one entry for each start of the runner.
        quick: whether they are those of a quick run, which decides nothing.
    """

    claim: Claim
    frame: Any = None
    verdict: Finding | None = None
    machine: tuple[dict[str, Any], ...] = ()
    quick: bool = False

    @property
    def word(self) -> str:
        """The verdict in one word."""
        return OPEN if self.verdict is None else self.verdict.word

    @property
    def because(self) -> str:
        """The verdict in one sentence."""
        if self.verdict is None:
            return f"There are no results yet: softgate why {self.claim.number} --full makes them."
        return self.verdict.because

    @property
    def counted(self) -> str:
        """What a median hides, counted; nothing where nothing is hidden."""
        return "" if self.frame is None or self.claim.counted is None else self.claim.counted(self.frame)

    @cached_property
    def at_each_rate(self) -> dict[float, str]:
        """By learning rate the word with every net at this one; nothing where one rate was tried."""
        return {} if self.frame is None else at_each(self.frame, lambda rows: self.claim.rule.judge(rows).word)


@dataclass(frozen=True)
class Told:
    """A claim with its verdict, in a word and in a sentence."""

    claim: Claim
    word: str
    because: str


def judge(claim: Claim, frame: Any, machine: tuple[dict[str, Any], ...] = (), quick: bool = False) -> Judged:
    """What rows say of a claim; those of other claims are left aside."""
    rows = claim.rows(frame)
    return Judged(claim, rows, claim.rule.judge(rows), machine, quick) if len(rows) else Judged(claim)


def machine_of(folder: Path) -> tuple[dict[str, Any], ...]:
    """What the rows of a folder were made on, one entry for each start of the runner."""
    try:
        found = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else ()


class Results:
    """A folder with a folder of rows for each pool of claims."""

    def __init__(self, folder: Path | str | None = None):
        self.folder = committed() if folder is None else Path(folder)
        self._pools: dict[str, Any] = {}

    def pool(self, name: str) -> Any:
        """The rows of a pool, or None if there are none."""
        if name not in self._pools:
            try:
                self._pools[name] = prepared(load(self.folder / name))
            except ResultsError:
                self._pools[name] = None
        return self._pools[name]

    def judged(self, claim: Claim) -> Judged:
        """What the rows say of a claim."""
        frame = self.pool(claim.pool)
        return Judged(claim) if frame is None else judge(claim, frame, machine_of(self.folder / claim.pool))

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """All claims with their verdicts: those that were kept, where they follow from these rows; else judged anew."""
        from softgate.lab import claims

        kept = self._kept()
        found = [kept.get((c.number, self._basis(c))) for c in claims.all()]
        if all(found):
            return tuple(Told(c, *pair) for c, pair in zip(claims.all(), found, strict=True) if pair)
        return tuple(Told(j.claim, j.word, j.because) for j in self.all)

    def keep(self) -> Path:
        """Write the verdicts beside the rows.

        Raises:
            OSError: the folder cannot be written.
        """
        rows = [{"claim": j.claim.number, "word": j.word, "because": j.because, "of": self._basis(j.claim)}
                for j in self.all]  # fmt: skip
        path = self.folder / VERDICTS
        replace_file(path, (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode())
        return path

    def _kept(self) -> dict[tuple[int, str], tuple[str, str]]:
        try:
            rows = json.loads((self.folder / VERDICTS).read_bytes())
            return {(int(r["claim"]), str(r["of"])): (str(r["word"]), str(r["because"])) for r in rows}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def _basis(self, claim: Claim) -> str:
        """SHA-256 of a claim's rule and study, and of the files of its rows."""
        pool = self.folder / claim.pool
        found = hashlib.sha256(f"{claim.rule!r}{claim.study!r}".encode())
        for path in sorted([pool / "runs.parquet", *pool.glob("parts/*.parquet")]):
            found.update(path.read_bytes() if path.is_file() else b"")
        return found.hexdigest()

    @cached_property
    def all(self) -> tuple[Judged, ...]:
        """All claims."""
        from softgate.lab import claims

        return tuple(self.judged(claim) for claim in claims.all())
