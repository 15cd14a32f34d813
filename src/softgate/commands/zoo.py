"""`softgate zoo`: the machines with known function, and what each unit of one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from softgate.commands._zoo_score import score

if TYPE_CHECKING:
    from softgate.zoo import Machine

zoo = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Machines whose every unit's function is known.")
zoo.command("score")(score)


@zoo.command("list")
def listed() -> None:
    """List the families of machines."""
    from softgate.zoo import registry

    rows = [(name, registry.get(name).text) for name in registry.names()]
    _table(("name", "what it does"), rows)
    typer.echo(f"\n{len(rows)} families; `softgate zoo show NAME` has the units of one.")


@zoo.command("show")
def shown(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which family, of those that `list` has.")],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", metavar="NAME=VALUE", help="As modulus=5; may be given several times."),
    ] = None,
    disguise: Annotated[
        list[str] | None,
        typer.Option(
            "--disguise", "-d", metavar="NAME", help="As permuted, split, or all; may be given several times."
        ),
    ] = None,
    hidden_size: Annotated[int | None, typer.Option(help="How many units; the rest have no function.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the disguise and the sample.")] = 0,
    steps: Annotated[int, typer.Option(min=0, max=40, help="Steps of the sample.")] = 12,
) -> None:
    """Show a machine: its symbols, the function of every unit, and a sample with what the cells hold."""
    from softgate import zoo as library
    from softgate.zoo import registry

    found = registry.get(name)
    options = dict(_setting(text, found.options, name) for text in option or ())
    dressed = None if not disguise else "all" if "all" in disguise else disguise
    machine = library.build(name, hidden_size, seed, dressed, **options)
    typer.echo(f"{library.describe(name)}\nsymbols: {' '.join(map(_visible, machine.alphabet))}\n")
    _units(machine)
    if steps:
        _sample(machine, steps, seed)


def _setting(text: str, known: dict[str, Any], name: str) -> tuple[str, Any]:
    """An option as it was typed, with a value of the kind that its default has."""
    import ast

    from softgate.errors import UnknownNameError

    key, _, value = text.partition("=")
    if key not in known:
        raise UnknownNameError(f"option (of {name})", key, known)
    try:
        return key, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return key, value


def _visible(text: str) -> str:
    return {" ": "blank", "\n": "newline"}.get(text, text)


def _units(machine: Machine) -> None:
    rows = []
    for j, unit in enumerate(machine.units):
        events = ", ".join(f"{_visible(symbol)}: {effect}" for symbol, effect in unit.events.items())
        rows.append(
            (str(j), unit.role, unit.variable or "-", f"{unit.scale:.4g}", events, "yes" if unit.read else "no")
        )
    _table(("unit", "role", "variable", "scale", "events", "read"), rows)


def _sample(machine: Machine, steps: int, seed: int) -> None:
    ids = machine.sample(steps, 1, seed)
    cells, trace = machine.expected(ids), machine.trace(ids)
    names = list(trace)[:4]
    width = min(len(machine.units), 6)
    rows = []
    for t in range(steps):
        held = [f"{value + 0.0:.4g}" if value == value else "?" for value in cells[t, 0, :width]]
        values = [str(trace[name][t, 0]) for name in names]
        rows.append((str(t), _visible(machine.alphabet[int(ids[t, 0])]), *values, *held))
    typer.echo("")
    _table(("t", "symbol", *names, *(f"c{j}" for j in range(width))), rows)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=None, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
