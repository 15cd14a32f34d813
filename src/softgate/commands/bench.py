"""`softgate bench`: this machine, softgate and torch side by side; correctness first."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from softgate.bench.cases import Case
    from softgate.bench.ledger import Row
    from softgate.bench.session import Session


class Grid(StrEnum):
    """How much to run."""

    quick = "quick"
    full = "full"


def bench(
    grid: Annotated[Grid, typer.Option(help="quick: some of everything, 2 to 3 minutes; full: all.")] = Grid.quick,
    cases: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="Only these, of all: names, their first parts, patterns such as */t32-*."
        ),
    ] = None,
    seconds_per_case: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Timing of each case; 0.7 for quick, 2 for full.")
    ] = None,
    no_ledger: Annotated[bool, typer.Option("--no-ledger", help="Write nothing.")] = False,
    ledger: Annotated[Path, typer.Option(metavar="FILE", help="Where the rows go.")] = Path("benchmarks/ledger.csv"),
    targets: Annotated[
        bool, typer.Option("--targets", help="Run nothing; hold the newest rows of the ledger against the targets.")
    ] = False,
) -> None:
    """Compare speed and memory with torch.nn, case by case.

    Each case becomes a row of the ledger.

    Training is forward and backward into all parameters; the input wants no gradient (dx/train: it does). Both sides
    have the same weights, run in turn in one process, on the threads that torch uses. A side that computes something
    wrong is not timed.
    """
    from rich.console import Console

    from softgate.bench import ledger as book, table
    from softgate.bench.targets import judge

    out = Console(highlight=False)
    if targets:
        rows = book.newest(book.read(ledger))
        if not rows:
            raise book.LedgerError(f"{ledger}: there are no rows yet; run softgate bench")
        spans = sorted(row.date for row in rows)
        out.print(f"{len(rows)} cases, measured from {spans[0]} to {spans[-1]} on {rows[-1].machine}", soft_wrap=True)
        out.print(table.targets(judge(rows)))
        return
    _run(grid, cases, seconds_per_case, None if no_ledger else ledger, out)


def _run(grid: Grid, names: str | None, seconds: float | None, place: Path | None, out: Console) -> None:
    from softgate.bench import cases as known, ledger as book, session as sessions, table
    from softgate.bench.targets import judge

    chosen = known.find(names.split(",")) if names else known.GRIDS[grid.value]()
    if seconds is None:
        seconds = sessions.FULL_SECONDS if grid is Grid.full else sessions.QUICK_SECONDS
    session = sessions.Session(seconds)
    if place is not None:
        book.read(place)  # what is wrong with it is better said now
    out.print(table.heading(book.Row(**session.stamp), session.all_peaks()), soft_wrap=True)
    rows = _rows(session, chosen, place)
    verdicts = judge(rows)
    if place is not None and not names and len(rows) == len(chosen):
        book.append(place, sessions.summary(session, verdicts, grid.value))
    table.show(rows, verdicts, out)
    if place is not None:
        out.print(f"\n{len(rows)} rows in {place}", soft_wrap=True)
    if any(row.error for row in rows):
        raise typer.Exit(1)


def _rows(session: Session, chosen: Sequence[Case], place: Path | None) -> list[Row]:
    """Run the cases; each row is in the ledger before the next case begins. Ctrl-C keeps what there is."""
    from rich.console import Console

    from softgate.bench import ledger as book, table

    rows = []
    try:
        for row in table.follow(session.run(chosen), chosen, Console(stderr=True, highlight=False)):
            rows.append(row)
            if place is not None:
                book.append(place, [row])
    except KeyboardInterrupt:
        typer.echo("stopped; what follows is of the cases that were run", err=True)
    return rows
