"""What turns a function that builds a cell into a member of the library: options checked, results remembered."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec

from softgate import activations
from softgate.activations import Activation
from softgate.equations import Cell
from softgate.errors import DtypeError, UnknownNameError
from softgate.native import native

P = ParamSpec("P")

Squash = str | Activation | Callable[..., Any] | None
"""What may stand in a slot: the name of an activation, an activation, a formula; ``None`` where nothing stands."""
Squashed = str | Activation | Callable[..., Any]
"""The same, of a slot that cannot be empty."""


def factory(build: Callable[P, Cell]) -> Callable[P, Cell]:
    """Make ``build`` answer every call with the same options with the same cell, named after the function.

    Names of activations are looked up before the call, so that ``build`` gets :class:`Activation` or ``None``, never a
    string; the cell keeps all its options in ``cell.options``.

    Raises:
        UnknownNameError: for an option that the cell does not have, or an activation that does not exist.
        DtypeError: for something else where a flag is meant.
    """
    signature = inspect.signature(build)
    made: dict[tuple[Any, ...], Cell] = {}

    @functools.wraps(build)
    def answer(*args: P.args, **options: P.kwargs) -> Cell:
        for name in options:
            if name not in signature.parameters:
                raise UnknownNameError(f"option of cell {build.__name__}", name, signature.parameters)
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        bound.arguments.update({name: native(value) for name, value in bound.arguments.items()})
        for name, value in bound.arguments.items():
            _check(build.__name__, signature.parameters[name], value)
        chosen = {name: _resolve(value) for name, value in bound.arguments.items()}
        key = tuple(chosen.values())
        if key not in made:
            made[key] = build(**chosen).with_name(build.__name__, options=chosen)  # type: ignore[call-arg]
        return made[key]

    return answer


def _check(cell: str, option: inspect.Parameter, value: Any) -> None:
    """Whether the value of an option is of the kind that its default is of."""
    name, default = option.name, option.default
    if isinstance(default, bool):
        if not isinstance(value, (bool, int)):
            raise DtypeError(f"cell {cell}: {name} is a flag, {name}=True or {name}=False; got {value!r}")
        return
    came = f"got {type(value).__name__}: {value!r}"
    if isinstance(default, (int, float)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise DtypeError(f"cell {cell}: {name}: a number, as {name}={default!r}; {came}")
    elif not (isinstance(value, str) or callable(value) or (value is None and option.annotation == "Squash")):
        kinds = "an activation, its name or None" if option.annotation == "Squash" else "an activation or its name"
        raise DtypeError(f"cell {cell}: {name}: {kinds}; {came}")


def _resolve(value: Any) -> Any:
    plain = value is None or isinstance(value, (bool, int, float))
    return value if plain else activations.get(value)
