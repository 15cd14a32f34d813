"""`softgate lab`: writes a first study, runs one, goes on with one, and shows what came of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from softgate.lab import Standing

lab = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Studies of cells: what is compared is data. `lab new` writes a first one.",
)


class Backend(StrEnum):
    """Where nets are trained."""

    loky = "loky"
    ray = "ray"
    sequential = "sequential"


@lab.command("new")
def begin(
    path: Annotated[Path, typer.Argument(metavar="STUDY.json", help="The file to write.")] = Path("study.json"),
) -> None:
    """Write a first study, to run as it is and to change: 12 runs, seconds.

    It is that of an LSTM and a GRU on one task. `softgate cells` and `softgate tasks` list what else there is.
    """
    from softgate.errors import SoftgateError
    from softgate.lab.first import FIRST

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(FIRST.to_json())
    except FileExistsError:
        raise SoftgateError(f"{path} is there already, and is left as it is; give the name of another file") from None
    except OSError as error:
        raise SoftgateError(f"{path} cannot be written: {error.strerror or error}") from None
    typer.echo(f"{path}: {len(FIRST.runs())} runs. Change it, or run it as it is:\n\n  softgate lab run {path}")


@lab.command("run")
def execute(
    study: Annotated[Path, typer.Argument(metavar="STUDY.json", help="As `softgate lab new` writes one.")],
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Results; runs/lab/NAME if not given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="With what the study replaces for a quick run.")] = False,
    backend: Annotated[Backend, typer.Option(help="Processes here, a Ray cluster, or this process.")] = Backend.loky,
    address: Annotated[str | None, typer.Option(help="Of the Ray cluster; without it one is started here.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; as many as cores if not given.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many, if not as the study says.")] = None,
    first_seed: Annotated[int | None, typer.Option(min=0, help="The first seed, if not as the study says.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Make failed runs again too.")] = False,
) -> None:
    """Make every run of a study that has no row yet.

    A study that was stopped or killed goes on where it was. Modules that it names, for cells or measures of its own,
    are imported.
    """
    from dataclasses import replace

    from softgate.lab import Study, load, run
    from softgate.lab.first import check_names
    from softgate.lab.show import table

    found = Study.read(study)
    changed: dict[str, Any] = {"seeds": seeds, "first_seed": first_seed}
    chosen = replace(found.quickly() if quick else found, **{k: v for k, v in changed.items() if v is not None})
    check_names(chosen)
    folder = out or Path("runs/lab") / f"{found.name}{'-quick' if quick else ''}"
    with _progress() as tell:
        outcome = run(chosen, folder, backend=backend.value, address=address, jobs=jobs, again=again, progress=tell)
    for path in outcome.damaged:
        typer.echo(f"{path} could not be read; its runs were made again", err=True)
    typer.echo(table(load(folder)))
    failed = f", {outcome.failed} failed" if outcome.failed else ""
    typer.echo(f"\n{outcome.made} of {outcome.runs} runs made in {outcome.seconds:.0f} seconds{failed}; {folder}")


@lab.command("show")
def shown(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where a study was run.")]) -> None:
    """Show the results of a study: a row for each variant and task."""
    from softgate.lab import load
    from softgate.lab.show import table

    typer.echo(table(load(folder)))


def _progress() -> AbstractContextManager[Callable[[Standing], None]]:
    """A bar on a terminal, else a line now and then, on stderr: runs, what is being done, the time left."""
    from contextlib import contextmanager

    @contextmanager
    def shown() -> Iterator[Callable[[Standing], None]]:
        import time

        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True, highlight=False)
        columns = (
            BarColumn(None),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.description}", markup=False),
        )
        bar = Progress(*columns, console=console, expand=True, transient=True, disable=not console.is_terminal)
        said = time.monotonic()
        with bar:
            number = bar.add_task("", total=1.0)

            def tell(standing: Standing) -> None:
                nonlocal said
                text = _said(standing)
                bar.update(number, completed=standing.share, description=text)
                if not console.is_terminal and (time.monotonic() - said >= 15 or standing.share == 1):
                    said = time.monotonic()
                    console.print(f"  {standing.share:4.0%}  {text}", markup=False, soft_wrap=True)

            yield tell

    return shown()


def _said(standing: Standing) -> str:
    left = f", {_clock(standing.left)} left" if standing.left is not None else ""
    failed = f", {standing.failed} failed" if standing.failed else ""
    return f"{standing.done} of {standing.total} runs{failed}{left}  {standing.doing}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
