"""What a run looks like: a bar while it lasts, then the rows, the targets and the worst cell. 80 columns are enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from softgate.bench.cases import Case
from softgate.bench.ledger import Row
from softgate.bench.targets import WRITE, Verdict

_BUSY = 0.8
"""Share of the threads' number times the peak of one that all together reach, on a machine that is not busy."""


def follow(rows: Iterator[Row], cases: Sequence[Case], console: Console) -> Iterator[Row]:
    """Pass the rows on and show how far they are: a bar on a terminal, else a line for each row."""
    if not console.is_terminal:
        for number, row in enumerate(rows, 1):
            console.print(Text(f"{number}/{len(cases)} {row.case} {brief(row)}"), soft_wrap=True)
            yield row
        return
    columns = (BarColumn(None), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, expand=True, transient=True) as bar:
        task = bar.add_task(cases[0].name if cases else "", total=len(cases))
        for number, row in enumerate(rows, 1):
            bar.update(task, completed=number, description=cases[min(number, len(cases) - 1)].name)
            yield row


def brief(row: Row) -> str:
    """The result in a few words."""
    if row.error:
        return row.error
    if row.ours_bytes is not None:
        return f"{row.ours_bytes / 2**20:.1f} MiB against {(row.other_bytes or 0) / 2**20:.1f}"
    return f"{_number(row.ours_ms_median)} ms against {_number(row.other_ms_median)}, {_number(row.ratio_median)} x"


def results(rows: Sequence[Row]) -> Table:
    """The rows that have times; the ratio is the other side's time over ours."""
    table = _table("case (T,B,I,H)", "against", ">ms", ">other", ">ratio", ">10 to 90 %", ">GF/s", ">peak")
    for row in rows:
        if row.error or row.ours_ms_median is None:
            continue
        share = "" if row.share is None else f"{100 * row.share:.0f} %"
        ratio = Text(_number(row.ratio_median), "" if (row.ratio_median or 0) >= 1 else "bold red")
        between = f"{_number(row.ratio_p10)} {_number(row.ratio_p90):>5}"
        times = _number(row.ours_ms_median), _number(row.other_ms_median)
        rate = "" if row.gflops is None else f"{row.gflops:.1f}" if row.gflops < 10 else f"{row.gflops:.0f}"
        table.add_row(_name(row), _short(row.against), *times, ratio, between, rate, share)
    return table


def memory(rows: Sequence[Row]) -> Table:
    """The rows about memory."""
    table = _table("case", "against", ">MiB", ">other", ">of it")
    for row in rows:
        if row.ours_bytes is not None and row.other_bytes:
            mine, other = (f"{n / 2**20:.1f}" for n in (row.ours_bytes, row.other_bytes))
            table.add_row(row.case, row.against, mine, other, f"{row.ours_bytes / row.other_bytes:.2f}")
    return table


def reading(rows: Sequence[Row]) -> Table:
    """The rows about statistics, as characters a second: steps times batch, over the time of a call."""
    table = _table("case", "reads", ">characters/s", ">with statistics", ">of it")
    for row in rows:
        if row.characters is not None:
            plain, counted = row.characters
            size = f"{row.T},{row.B},{row.I},{row.H}"
            table.add_row(row.case, size, f"{plain:,.0f}", f"{counted:,.0f}", f"{counted / plain:.0%}")
    return table


def targets(verdicts: Sequence[Verdict]) -> Table:
    """Must, aim and measured; ``worst`` is of the cases behind a mean, or names the case that was judged."""
    table = _table("=target", ">must", ">aim", ">measured", "", "worst case")
    for v in verdicts:
        t = v.target
        write = WRITE[t.unit]
        worst = v.worst + (f" {write(v.worst_figure)}" if t.mean and v.worst_figure is not None else "")
        worst += f" ({v.errors} without)" * bool(v.errors)
        verdict = Text("pass", "green") if v.passed else Text("FAIL", "bold red")
        measured = "-" if v.measured is None else write(v.measured)
        table.add_row(t.title, f"{'<=' if t.low else '>='} {write(t.must)}", write(t.aim), measured, verdict, worst)
    return table


def show(rows: Sequence[Row], verdicts: Sequence[Verdict], console: Console) -> None:
    """Everything: rows, what went wrong, targets."""
    for table in (results(rows), memory(rows), reading(rows)):
        if table.row_count:
            console.print(table)
            console.print()
    for row in rows:
        if row.error:
            console.print(Text(f"{row.case}: {row.error}", "red"))
    if verdicts:
        console.print(targets(verdicts))


def heading(row: Row, peaks: Iterable[tuple[int, float]]) -> str:
    """Where this is: machine, versions, threads, peak."""
    known = list(peaks)
    measured = ", ".join(f"{peak:.0f} GFLOP/s on {n}" for n, peak in known)
    if known[-1][1] < _BUSY * known[-1][0] * known[0][1]:
        measured += (
            "\nother programs have the cores too: threads together reach less than one alone says; times will be poor"
        )
    return (
        f"{row.machine}, {row.isa}, {row.threads} threads; softgate {row.softgate} ({row.commit or 'no commit'}), "
        f"torch {row.torch}\nFMA peak, float32: {measured}"
    )


def _table(*columns: str) -> Table:
    """A bare table; ``>`` before a heading aligns its column to the right, ``=`` keeps it on one line."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in columns:
        justify = "right" if name.startswith(">") else "left"
        table.add_column(name.lstrip(">="), justify=justify, overflow="fold", no_wrap=name[:1] in (">", "="))  # type: ignore[arg-type]
    return table


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _name(row: Row) -> str:
    """The name of a case, in no more than the 22 columns that there are: of the grid, its mode and sizes."""
    return f"{row.case.split('/')[0]} {row.T},{row.B},{row.I},{row.H}" if row.group == "grid" else row.case


def _short(against: str) -> str:
    return {"our lstm, per FLOP": "lstm/FLOP", "loop in Python": "loop", "not recording": "not rec."}.get(
        against, against.removeprefix("nn.")
    )
