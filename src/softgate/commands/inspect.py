"""`softgate inspect MODEL INPUT`: a user's own model on a user's own file, signal by signal."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

Labels = Annotated[
    str,
    typer.Option(
        metavar="NAME,NAME",
        help="Which units follow these? A column of INPUT, FILE.csv:COLUMN, FILE.npy, module:function of the text, "
        "python, json, or one label of theirs, as depth.",
    ),
]


def inspect(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A run folder of softgate train, text or series, a .onnx or .keras file, or module:function, which "
            "returns a torch model. module:function imports and runs your own code; of the other forms nothing is run.",
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="A text for a model of characters; else a .csv, .tsv or .parquet file, a row a step, whose columns "
            "of numbers are the features.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the page and the figures go.")] = Path("inspect"),
    units: Annotated[
        str, typer.Option(metavar="N,N", help="Units to draw over time, as 3,17; the liveliest if not given.")
    ] = "",
    columns: Annotated[
        str, typer.Option(metavar="NAME,NAME", help="Columns to use, in this order; all numbers if not given.")
    ] = "",
    labels: Labels = "",
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Read so many characters or rows.")] = 2000,
    shown: Annotated[int, typer.Option("--show", min=2, metavar="N", help="Draw so many steps over time.")] = 300,
) -> None:
    """Show what a model's gates and memories do on a file.

    Writes a page of interactive figures that needs no network, and each figure as SVG and PNG: signals over time,
    values, saturation, half-lives; for run folders, the gradient.
    """
    from softgate.figures.style import altair
    from softgate.look.data import read
    from softgate.look.examine import examine
    from softgate.look.model import open_model
    from softgate.look.pictures import pictures
    from softgate.look.probed import ask
    from softgate.look.story import summary, tell
    from softgate.look.write import write
    from softgate.report import printable

    chosen = _units(units)
    altair()  # says what is missing before anything long begins
    opened = open_model(model)
    given = read(file, opened, [c.strip() for c in columns.split(",") if c.strip()], steps)
    seen = examine(opened, given)
    typer.echo(printable(summary(opened, given, seen)))
    wanted = [name.strip() for name in labels.split(",") if name.strip()]
    asked = ask(given, seen, wanted, file.name, shown) if wanted else None
    if asked is not None:
        typer.echo(printable("\n" + "\n".join([asked.probes.table(), *asked.said])))
    known = list(asked.pictures) if asked is not None else []
    drawn = [*known, *pictures(seen, given, chosen, shown)]
    page = write(tell(opened, given, seen, file.name, drawn, asked.blocks() if asked is not None else ()), drawn, out)
    stems = textwrap.fill(f"Each as SVG and PNG: {', '.join(p.stem for p in drawn)}", 79, break_on_hyphens=False)
    typer.echo(printable(f"\n{stems}\nPage: {page}"))
    typer.echo(f"Open it with a browser: {page.resolve().as_uri()}")


def _units(text: str) -> list[int]:
    """``3,17`` as numbers."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        if not part.isdecimal():
            raise typer.BadParameter(f"units are whole numbers from 0, as in 3,17; got {part!r}", param_hint="--units")
        found.append(int(part))
    return found
