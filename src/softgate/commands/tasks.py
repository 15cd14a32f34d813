"""`softgate tasks`: what the laboratory trains on, what each task demands of a memory, and how one looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from softgate.tasks import Batch, Task

tasks = typer.Typer(rich_markup_mode=None, help="Tasks of which it is known what they demand of a memory.")

Options = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", metavar="NAME=VALUE", help="As steps=100; may be given several times."),
]


@tasks.callback(invoke_without_command=True)
def _alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        listed()


@tasks.command("list")
def listed() -> None:
    """List the tasks, and what each demands of a memory."""
    from softgate import tasks as library

    _table(("task", "demands"), [(name, library.family(name).demands) for name in library.names()])
    typer.echo(f"\n{len(library.names())} tasks; `softgate tasks show NAME` has the facts of one, and an example.")


@tasks.command("show")
def shown(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which task, of those that `list` has.")],
    option: Options = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the example.")] = 0,
    steps: Annotated[int, typer.Option(min=0, metavar="N", help="Steps of the example, from both ends.")] = 24,
) -> None:
    """Show a task: its facts, its options with their values, and an example step by step."""
    from softgate import tasks as library

    kind = library.family(name)
    task = library.get(name, **dict(_setting(text, kind().options, name) for text in option or ()))
    _table(("", ""), _facts(task), heads=False)
    if steps:
        typer.echo("")
        _example(task, task.batch(seed, 0, 1), steps)


def _setting(text: str, known: dict[str, Any], name: str) -> tuple[str, Any]:
    """An option as it was typed, with a value of the kind that its default has."""
    import ast

    from softgate.errors import UnknownNameError

    key, equals, value = text.partition("=")
    if key not in known or not equals:
        raise UnknownNameError(f"option (of {name})", key, known)
    if isinstance(known[key], tuple):
        return key, tuple(value.split(","))
    try:
        return key, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return key, value


def _facts(task: Task) -> list[tuple[str, str]]:
    better = "higher" if task.higher_is_better else "lower"
    options = [f"{key}={value!r}" for key, value in task.options.items()]
    harder = ["  ".join(f"{key}={value!r}" for key, value in options.items()) for options in task.longer]
    return [
        ("task", task.name),
        ("demands", task.demands),
        ("options", "  ".join(options)),
        ("shapes", f"{task.steps} steps, {task.inputs} inputs, {task.outputs} outputs ({task.kind})"),
        ("score", f"{task.measure}, {better} is better"),
        ("chance", f"{task.chance:.4g}"),
        ("solved", f"{task.solved:.4g}: {task.criterion}"),
        ("harder", "\n".join(harder) or "-"),
        ("source", task.source),
    ]


def _example(task: Task, batch: Batch, most: int) -> None:
    """One sequence, its middle left out if it is long: what goes in, what is wanted; a point where nothing is."""
    import numpy as np

    into, wanted = _input(task), _target(task)
    x, target, mask = batch.x[:, 0], batch.target[:, 0], batch.mask[:, 0]
    real = 1 + int(np.flatnonzero(x.any(-1) | mask).max())
    first = real if real <= most else most - most // 2
    shown = [*range(first), *range(real - min(most // 2, real - first), real)]
    rows = [(str(t), into(x[t]), wanted(target[t]) if mask[t] else ".") for t in shown]
    if real > most:
        rows.insert(first, ("...", "", ""))
    _table(("step", "input", "wanted"), rows)


def _input(task: Task) -> Callable[[Any], str]:
    names = task.input_names
    return lambda x: _visible(names[int(x.argmax())]) if names else "  ".join(f"{v:.3g}" for v in x)


def _target(task: Task) -> Callable[[Any], str]:
    names = task.output_names
    match task.kind:
        case "classes":
            return lambda target: _visible(names[int(target)]) if names else str(int(target))
        case "bits" if names:
            return lambda target: " ".join(name for name, bit in zip(names, target, strict=True) if bit)
        case "bits":
            return lambda target: "  ".join(f"{bit:.0f}" for bit in target)
        case _:
            return lambda target: "  ".join(f"{v:.4g}" for v in target)


def _visible(name: str) -> str:
    """A character as it may be shown in a terminal."""
    return name if name.isprintable() and not name.isspace() else repr(name)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]], heads: bool = True) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*names, box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=heads)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
