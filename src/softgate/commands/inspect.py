"""`softgate inspect MODEL INPUT`: a user's own model on a user's own file, signal by signal."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run folder of softgate train, text or series, a .onnx, .keras or .safetensors file, or "
        "module:function, which returns a torch model. module:function imports and runs your own code; of the other "
        "forms nothing is run.",
    ),
]
Input = Annotated[
    Path | None,
    typer.Argument(
        metavar="INPUT",
        help="A text for a model of characters, or with --alphabet or --encode; else a .csv, .tsv or .parquet "
        "file, a row a step, whose columns of numbers are the features. Not needed for a series run whose table is "
        "still there and unchanged.",
    ),
]
Out = Annotated[Path, typer.Option(metavar="FOLDER", help="Where the page and the figures go.")]
Units = Annotated[
    str, typer.Option(metavar="N,N", help="Units to draw over time, as 3,17; the liveliest if not given.")
]
Columns = Annotated[
    str,
    typer.Option(
        metavar="NAME,NAME",
        help="Columns to use, in this order; all numbers if not given. A name with a comma stands in quotation marks.",
    ),
]
AlphabetFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="For a text: one symbol a line, the first with id 0, or JSON, a list of symbols or an object of "
        "symbol -> id.",
    ),
]
Encoder = Annotated[
    str,
    typer.Option(
        metavar="MODULE:FUNCTION",
        help="For a text: a function of yours from the text to the model's input. It is run.",
    ),
]
Steps = Annotated[int, typer.Option(min=1, metavar="N", help="Read so many characters or rows.")]
Shown = Annotated[int, typer.Option("--show", min=2, metavar="N", help="Draw so many steps over time.")]
Labels = Annotated[
    str,
    typer.Option(
        metavar="NAME,NAME",
        help="Which units follow these? A column of INPUT, FILE.csv:COLUMN, FILE.npy, module:function of the text, "
        "python, json, or one label of theirs, as depth.",
    ),
]


def inspect(
    model: Model,
    file: Input = None,
    out: Out = Path("inspect"),
    units: Units = "",
    columns: Columns = "",
    alphabet: AlphabetFile = None,
    encode: Encoder = "",
    labels: Labels = "",
    steps: Steps = 2000,
    shown: Shown = 300,
) -> None:
    """Show what a model's gates and memories do on a file.

    Writes a page of interactive figures that needs no network, and each figure as SVG and PNG: signals over time,
    values, saturation, half-lives; for run folders, the gradient.
    """
    from softgate.figures.style import altair
    from softgate.look.data import own_table, read
    from softgate.look.examine import check_units, examine
    from softgate.look.model import open_model
    from softgate.look.pictures import pictures
    from softgate.look.probed import ask
    from softgate.look.story import summary, tell
    from softgate.look.write import write
    from softgate.probes.sources import Labelled, find_labels
    from softgate.report import printable
    from softgate.tables import column_names

    chosen = _units(units)
    altair()  # says what is missing before anything long begins
    named = column_names(columns)
    opened = open_model(model, alphabet, encode)
    check_units(opened, chosen)
    file = file or own_table(opened)
    given = read(file, opened, named, steps)
    wanted = column_names(labels, "--labels")
    known_labels = find_labels(wanted, Labelled(file.name, given.text, given.frame)) if wanted else {}
    seen = examine(opened, given)
    given = seen.given
    typer.echo(printable(summary(opened, given, seen)))
    asked = ask(given, seen, known_labels, shown) if known_labels else None
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
