"""The library of cells: ``sg.cells.lstm(candidate="softsign")``, ``sg.cells.get("gru")``, ``sg.cells.names()``.

One small file a family, each with the equations, the order of the gates, the publication and what differs. A file is
found because it is here: its ``__all__`` names its cells. A cell is called with options and is made once for each set
of them, when it is asked for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from softgate.equations import Cell
from softgate.errors import UnknownNameError

_factories: dict[str, Callable[..., Cell]] = {}

for _found in pkgutil.iter_modules(__path__):
    if not _found.name.startswith("_"):
        _module = import_module(f"{__name__}.{_found.name}")
        _factories.update({_name: getattr(_module, _name) for _name in _module.__all__})

# A cell may have the name of its file: the function is what people call.
globals().update(_factories)

__all__ = ["get", "names", "options"]  # and every name that names() lists


def names() -> list[str]:
    """The names of the library's cells, in alphabetical order."""
    return sorted(_factories)


def get(name: str, **options: Any) -> Cell:
    """The cell of that name, with options set.

    Raises:
        UnknownNameError: for a cell or an option that does not exist, listing the near names.
    """
    return _factory(name)(**options)


def options(name: str) -> dict[str, Any]:
    """The options of a cell with their defaults, as written: ``{"candidate": "tanh", "peephole": False, ...}``."""
    import inspect

    return {n: p.default for n, p in inspect.signature(_factory(name)).parameters.items()}


def _factory(name: str) -> Callable[..., Cell]:
    if name not in _factories:
        raise UnknownNameError("cell", name, names())
    return _factories[name]


def __getattr__(name: str) -> Callable[..., Cell]:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return _factory(name)
    except UnknownNameError as error:
        raise AttributeError(str(error), name=name) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *_factories})
