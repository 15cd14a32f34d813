"""`softgate cells`: the library of cells, and what follows from the equations of one."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from softgate.celltype import Cell
    from softgate.symbols import Expr


def cells(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which cell; without one, all are listed.")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Equations and adjoint step as LaTeX.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="The program after each pass.")] = False,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", metavar="NAME=VALUE", help="As candidate=softsign; may be given several times."),
    ] = None,
) -> None:
    """List the cells, or show one.

    Of one: its equations, the adjoint step derived from them, and what is saved for it.
    """
    from softgate import cells as library

    if name is None:
        _table()
        return
    cell = library.get(name, **dict(_setting(o, library.options(name)) for o in option or ()))
    blocks = _passes(cell) if explain else _latex(cell) if latex else {**_head(cell), **_text(cell)}
    typer.echo("\n\n".join(f"{title}\n{body}" if title else body for title, body in blocks.items()))


def _table() -> None:
    from rich.console import Console
    from rich.table import Table

    from softgate import cells as library

    table = Table("name", "gates", "state", "year", "what differs", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in library.names():
        cell = library.get(name)
        year = str(cell.source.year) if cell.source else ""
        table.add_row(name, " ".join(cell.gates), " ".join(cell.states), year, cell.note)
    Console(highlight=False).print(table)


def _setting(text: str, known: dict[str, Any]) -> tuple[str, Any]:
    """``candidate=softsign`` as a keyword argument, of the type of the option's default."""
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not name=value, as in candidate=softsign")
    default = known.get(name)
    if value.lower() == "none":
        return name, None
    if isinstance(default, bool):
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if value.lower() not in words:
            raise typer.BadParameter(f"{name} is true or false; got {value!r}")
        return name, words[value.lower()]
    if isinstance(default, float):
        try:
            return name, float(value)
        except ValueError as error:
            raise typer.BadParameter(f"{name} is a number; got {value!r}") from error
    return name, value


def _head(cell: Cell) -> dict[str, str]:
    head, *_ = cell.text.splitlines()
    options = " ".join(f"{k}={v}" for k, v in cell.options.items())
    lines = [f"{cell.name}: {cell.note}", str(cell.source or ""), head, options and f"options {options}"]
    return {"": "\n".join(map(_wrapped, filter(None, lines)))}


def _wrapped(line: str) -> str:
    """The line, broken between words where the terminal ends, its rest indented."""
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _text(cell: Cell) -> dict[str, str]:
    from softgate.listing import to_lines
    from softgate.symbols import to_text

    adjoint, saved = _adjoint(cell)
    stored = "\n".join(f"saved.{n} = {to_text(e)}" for n, e in saved.items())
    gates = [f"{s.symbol} = {_product(cell, s)}" for s in cell.slots]
    return {
        "Equations": "\n".join([*gates, *cell.text.splitlines()[1:]]),
        "Adjoint step: d.x is the gradient of the loss with respect to x": "\n".join(to_lines(adjoint)),
        "Saved for it, beside the states": stored or "nothing",
    }


def _product(cell: Cell, slot: Any) -> str:
    g = slot.gate
    fed = [f"V_{g}{k} prev.{k}" for k in cell.feedback] if g in cell.feedback and "h" in slot.part else []
    parts = [f"W_{g} x"] * ("x" in slot.part) + [f"U_{g} prev.{cell.states[0]}"] * ("h" in slot.part)
    return " + ".join([*parts, *fed, f"b_{g}" if slot.part == "xh" else f"b_{g}{slot.part}"])


def _adjoint(cell: Cell) -> tuple[dict[str, Expr], dict[str, Expr]]:
    """The adjoint step by name, and what it reads of the forward step, in the words of the equations."""
    from softgate import step
    from softgate.celltype import with_names

    derived = step.adjoint(cell)
    program = {f"d.{s.symbol}": e for s, e in zip(cell.slots, derived.slots, strict=True)}
    program |= {f"d.prev.{n}": e for n, e in derived.prev.items()}
    program |= {f"d.w.{n}": e for n, e in derived.weights.items()}
    names = {e: n for n, e in reversed(step.forward(cell).signals.items())}
    # A value that has a name is shown by it only inside another: "saved.i = i" would say nothing.
    saved = {n: e if not e.args else with_names(e, {k: v for k, v in _symbols(names).items() if k is not e})
             for n, e in derived.saved.items()}  # fmt: skip
    return program, saved


def _symbols(names: dict[Expr, str]) -> dict[Expr, Expr]:
    from softgate.symbols import sym

    return {e: sym(n) for e, n in names.items() if e.args}


def _latex(cell: Cell) -> dict[str, str]:
    from softgate import latex
    from softgate.listing import listing

    adjoint, _ = _adjoint(cell)
    return {
        "% equations": latex.equations(cell),
        "% adjoint step": latex.program(listing(adjoint), cell.signals),
    }


def _passes(cell: Cell) -> dict[str, str]:
    """Each pass from the equations to what a kernel computes, with the program after it."""
    from softgate import step
    from softgate.listing import to_lines
    from softgate.symbols import to_text

    forward = step.forward(cell)
    adjoint, saved = _adjoint(cell)
    products = "\n".join(f"{s.symbol} = {_product(cell, s)}" for s in cell.slots)
    return {
        "1. trace: the equations, as they were written": cell.text,
        "2. slots: one matrix product for each": products,
        "3. expand: activations replaced by their formulas, shared values named": "\n".join(to_lines(forward.signals)),
        "4. adjoint: the gradient of every slot, state and weight a unit": "\n".join(to_lines(adjoint)),
        "5. save: what the forward pass stores for it": "\n".join(
            f"saved.{n} = {to_text(e)}" for n, e in saved.items()
        ),
        "6. fuse: products and sums made one operation, forward": _fused(forward.signals),
        "7. fuse, adjoint": _fused(adjoint),
    }


def _fused(program: dict[str, Expr]) -> str:
    from softgate import step
    from softgate.listing import to_lines

    fused = step.fuse(list(program.values()))
    return "\n".join(to_lines(dict(zip(program, fused, strict=True))))
