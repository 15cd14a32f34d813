"""`softgate train series TABLE --target COLUMN`: forecast a column of a table, into a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from softgate.series.data import SeriesData
    from softgate.series.loop import Forecasting
    from softgate.series.settings import SeriesSettings
    from softgate.series.story import Outcome
    from softgate.train.folder import RunFolder


def train_series(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="A .csv, .tsv or .parquet file, a row a step.")],
    target: Annotated[str, typer.Option(metavar="COLUMN", help="What to forecast.")],
    inputs: Annotated[
        str, typer.Option(metavar="NAME,NAME", help="Columns to read; all numbers if not given, the target included.")
    ] = "",
    horizon: Annotated[int, typer.Option(min=0, metavar="N", help="Rows ahead; 0 for the same row.")] = 1,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The run folder.")] = Path("runs/series"),
    hidden_size: Annotated[int, typer.Option(min=1, metavar="H", help="Units of a layer.")] = 32,
    layers: Annotated[int, typer.Option(min=1, metavar="N", help="Recurrent layers.")] = 1,
    updates: Annotated[int, typer.Option(min=1, metavar="N", help="Steps of the optimiser.")] = 1000,
    steps: Annotated[int, typer.Option(min=8, metavar="N", help="Rows of a window that is trained on.")] = 256,
    batch_size: Annotated[int, typer.Option(min=1, metavar="B", help="Windows an update.")] = 16,
    learning_rate: Annotated[float, typer.Option(metavar="RATE", help="Peak learning rate.")] = 5e-3,
    changes: Annotated[
        bool, typer.Option("--changes", help="Read and forecast TARGET as changes: for a series with a trend.")
    ] = False,
    period: Annotated[int, typer.Option(min=0, metavar="N", help="Rows a season; 0 to find it.")] = 0,
    seed: Annotated[int, typer.Option(metavar="N", help="Decides the weights and the order of the windows.")] = 0,
) -> None:
    """Train a forecaster on a table of your own.

    The last quarter of the rows judges it, beside persistence, the season before and straight lines. Missing values are
    marked and left out. A run that was interrupted goes on where it was when started again with the same options.
    """
    import math

    from softgate.series.data import chosen_inputs, prepare
    from softgate.series.settings import SeriesSettings
    from softgate.tables import column_names, read_table

    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise typer.BadParameter(f"expected a finite number above 0, got {learning_rate}", param_hint="--learning-rate")
    frame = read_table(table, "train")
    asked = column_names(inputs, "--inputs")
    if target not in frame.names:  # a name in quotation marks, as --inputs wants it
        target = (column_names(target, "--target") or [target])[0] if target.startswith('"') else target
    settings = SeriesSettings(
        target=target,
        inputs=chosen_inputs(frame, target, asked),
        horizon=horizon,
        hidden_size=hidden_size,
        layers=layers,
        updates=updates,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        changes=changes,
        period=period,
        seed=seed,
    )
    _execute(table, prepare(frame, settings), settings, out)


def _execute(table: Path, data: SeriesData, settings: SeriesSettings, out: Path) -> None:
    """Train, or go on training, into `out`; judge; write what was found; say where it is."""
    from softgate.report import printable, to_html
    from softgate.series.loop import COLUMNS, Forecasting
    from softgate.series.opened import KIND
    from softgate.series.origin import Origin
    from softgate.series.story import outcome, results, summary, tell
    from softgate.train.folder import RunFolder, write_atomically

    folder, subject = RunFolder(out, COLUMNS), table.name
    for line in data.said:
        typer.echo(printable(line))
    _check_run(folder, data, settings)
    with folder.locked():
        config = {"subject": subject, "settings": settings.as_dict(), "scaling": data.scaling.as_dict()}
        origin = Origin.of(table, data.train_end, data.valid_end).as_dict()
        folder.create({"kind": KIND, **config, "table": data.digest, "origin": origin})
        run = Forecasting(data, settings, folder)
        _train(run)
        found = outcome(run)
        write_atomically(out / "results.json", results(found).encode())
        write_atomically(out / "forecasts.parquet", _forecasts(found))
        write_atomically(folder.report_path, to_html(tell(found, subject)).encode("utf-8", "replace"))
    typer.echo(printable(f"\n{summary(found)}\n\nReport: {folder.report_path}"))
    typer.echo(f"Open it with a browser: {folder.report_path.resolve().as_uri()}")


def _train(run: Forecasting) -> None:
    """Make the updates that are left, from where the folder is."""
    if run.restore():
        typer.echo(f"going on after {run.progress.chunks:,} updates")

    def say(row: dict[str, Any]) -> None:
        most = run.settings.updates
        if row["chunks"] == most or row["chunks"] * 10 // most > (row["chunks"] - 25) * 10 // most:
            done = f"{row['chunks']:>6,} of {most:,}"
            typer.echo(f"  {done}  loss {row['loss']:.4f}  rows that choose {row['validation']:.4f}", err=True)

    try:
        run.run(say)
    except KeyboardInterrupt:
        typer.echo(f"stopped after {run.progress.chunks:,} updates; the same command goes on from there", err=True)
        raise typer.Exit(130) from None


def _forecasts(found: Outcome) -> bytes:
    """The judged rows as a Parquet file: when, what came, what each forecast said."""
    import pyarrow
    from pyarrow import parquet

    when = [found.data.when[row + found.data.scaling.horizon] for row in found.rows.tolist()]
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table({"when": when, "observed": found.observed, **found.forecasts}), sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _check_run(folder: RunFolder, data: SeriesData, settings: SeriesSettings) -> None:
    """Make sure that the run in `folder`, if there is one, is the same."""
    from softgate.series.opened import KIND
    from softgate.series.settings import SeriesSettings
    from softgate.train import RunFolderError

    config = folder.config()
    if config is None:
        return
    try:
        problems = SeriesSettings.from_dict(config["settings"]).differences(settings) if config["kind"] == KIND else []
        table = config["table"]
    except (KeyError, TypeError):
        problems, table = ["it is not a forecaster's"], data.digest
    if not problems and table != data.digest:
        problems = ["the table is not the one that the run began with"]
    if problems:
        raise RunFolderError(
            f"{folder.path} holds another run: {'; '.join(problems)}\n"
            "  choose another folder with --out, or delete that one to start anew"
        )
