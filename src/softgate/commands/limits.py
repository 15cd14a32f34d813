"""`softgate limits LANGUAGE`: how far nets that learned to count can count, predicted, measured and repaired."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from softgate.commands._writable import require_writable

if TYPE_CHECKING:
    from softgate.limits.others import Other
    from softgate.limits.study import Row, Study

_ROWS = (".csv", ".parquet")


def limits(
    language: Annotated[str, typer.Argument(metavar="LANGUAGE", help="anbn, anbncn or dyck1.")] = "anbn",
    nets: Annotated[int, typer.Option(min=1, max=200, metavar="N", help="Train so many.")] = 10,
    units: Annotated[int, typer.Option(min=1, max=64, metavar="H", help="Units of each net.")] = 3,
    train_to: Annotated[int, typer.Option(min=2, metavar="N", help="The largest n of the data.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of the first net; each next has the next one.")] = 0,
    dtype: Annotated[
        str, typer.Option(help="What prediction and measurement round weights and states to: float32, bfloat16 ...")
    ] = "float32",
    most: Annotated[int, typer.Option(min=1, metavar="N", help="Look at no n beyond this one.")] = 10_000,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For the rows: .csv or .parquet; or a page: .html.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="A figure: .svg, .png or .html.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Train no GRUs and tanh RNNs beside the LSTMs.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A third of the training, n up to 20 and 1000.")] = False,
) -> None:
    """Show how far small nets that learned to count can count.

    Trains them, predicts from their weights the first n that fails, measures it, makes the counting exact and measures
    again. GRUs and tanh RNNs are trained and measured beside them. A row a net goes to a file, or all to a page.
    """
    from softgate.errors import UnknownNameError
    from softgate.figures.save import FORMATS, save
    from softgate.limits.inside import dtype_named
    from softgate.limits.nets import Protocol
    from softgate.limits.others import NAMES
    from softgate.limits.study import study, write_rows
    from softgate.tasks.formal import get

    chosen, file = get(language), out or Path(f"limits-{language}.csv")
    dtype_named(dtype)
    if file.suffix not in (*_ROWS, ".html"):
        raise UnknownNameError("ending of a file of rows", file.suffix, [*_ROWS, ".html"])
    if figure is not None and figure.suffix.lstrip(".") not in FORMATS:
        raise UnknownNameError("ending of a figure's file", figure.suffix, [f".{f}" for f in FORMATS])
    require_writable(file, "--out")
    if figure is not None:
        require_writable(figure, "--figure")
    protocol = Protocol(units=units, train_to=min(train_to, 20), steps=1000) if quick else Protocol(units, train_to)
    found = study(
        chosen,
        range(seed, seed + nets),
        protocol,
        dtype=dtype,
        most=min(most, 1000) if quick else most,
        beside=() if alone else NAMES,
        progress=lambda line: typer.echo(line, err=True),
    )
    typer.echo(found.text())
    if file.suffix == ".html":
        typer.echo(f"Page: {_page(found, file)}")
    else:
        typer.echo(f"Rows: {write_rows((*found.rows, *found.others), file)}")
    if figure is not None:
        typer.echo(f"Figure: {save(found.figure(), figure)}")


def _page(found: Study, file: Path) -> Path:
    """A page with the table and the figure."""
    from softgate.figures.save import specification
    from softgate.report import Report, to_html
    from softgate.report.blocks import Drawn, Note, Prose, Table
    from softgate.train.folder import write_atomically

    caption = (
        "From above: the counter of one net over a string, before and after it was made exact; the first n that "
        "fails, predicted against measured; how far each net counts, by cell."
    )
    nets: tuple[Row | Other, ...] = (*found.rows, *found.others)
    columns = ("cell", "seed", "loss", "learned", "longest correct n")
    rows = tuple(
        (r.cell, str(r.seed), f"{r.loss:.1e}", "yes" if r.learned else "no", str(r.longest) + "+" * (not r.fails))
        for r in nets
    )
    text = Prose(f"Nets of {found.rows[0].units} units, trained on every n up to {found.rows[0].train_to}.")
    drawn = Drawn("How far nets count.", caption, specification(found.figure()))
    table = Table(columns, rows, columns[1:3] + columns[4:])
    report = Report(f"Limits of {found.language.name}", "", (text, drawn, table, Note(found.text())))
    write_atomically(file, to_html(report).encode("utf-8", "replace"))
    return file
