"""`softgate limits LANGUAGE`: how far nets that learned to count can count, predicted, measured and repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="For the rows: .csv or .parquet.")] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="A figure: .svg, .png or .html.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A third of the training, n up to 20 and 1000.")] = False,
) -> None:
    """Show how far small nets that learned to count can count.

    Trains them, predicts from their weights the first n that fails, measures it, makes the counting exact and measures
    again. A row a net goes to a file.
    """
    from softgate.errors import UnknownNameError
    from softgate.figures.save import FORMATS, save
    from softgate.limits.inside import dtype_named
    from softgate.limits.nets import Protocol
    from softgate.limits.study import study, write_rows
    from softgate.tasks.formal import get

    chosen, file = get(language), out or Path(f"limits-{language}.csv")
    dtype_named(dtype)
    if file.suffix not in (".csv", ".parquet"):
        raise UnknownNameError("ending of a file of rows", file.suffix, [".csv", ".parquet"])
    if figure is not None and figure.suffix.lstrip(".") not in FORMATS:
        raise UnknownNameError("ending of a figure's file", figure.suffix, [f".{f}" for f in FORMATS])
    protocol = Protocol(units=units, train_to=min(train_to, 20), steps=1000) if quick else Protocol(units, train_to)
    found = study(
        chosen,
        range(seed, seed + nets),
        protocol,
        dtype=dtype,
        most=min(most, 1000) if quick else most,
        progress=lambda line: typer.echo(line, err=True),
    )
    typer.echo(found.text())
    typer.echo(f"Rows: {write_rows(found.rows, file)}")
    if figure is not None:
        typer.echo(f"Figure: {save(found.figure(), figure)}")
