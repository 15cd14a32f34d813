"""`softgate` on the command line: gathers the commands, and turns softgate's errors into messages.

A command is added by putting a file into `softgate/commands/`; nothing here changes. An error from softgate's own tree
is the user's to mend: it prints its message and exits with 2. Any other is ours, and keeps its traceback.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from softgate import __version__, commands
from softgate.errors import SoftgateError

__all__ = ["app"]


class _Commands(TyperGroup):
    """A group in which a `SoftgateError` is an answer and not a crash."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SoftgateError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from error


# Help is printed as written: rich markup would swallow the brackets of [T, B, H].
app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"softgate {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """LSTM gates you can open."""


def _register() -> None:
    for found in pkgutil.iter_modules(commands.__path__):
        if not found.name.startswith("_"):
            module = importlib.import_module(f"{commands.__name__}.{found.name}")
            command = getattr(module, found.name)
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=found.name)
            else:
                app.command(found.name)(command)


_register()
