"""Where a definition stands in its author's file: the line that an error points at."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import traceback
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from softgate.errors import CellDefinitionError


class Site:
    """The source of a cell's definition, with lines numbered as in its file."""

    def __init__(self, function: Callable[..., Any], title: str) -> None:
        self.function, self.title = function, title
        code = function.__code__
        self.file, self.first = code.co_filename, code.co_firstlineno

    @cached_property
    def _tree(self) -> ast.AST:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(self.function)))
        except (OSError, TypeError, SyntaxError):  # typed in at a prompt, or a lambda
            return ast.Module([], [])
        return ast.increment_lineno(tree, self.first - 1)

    def _nodes(self, kind: type[ast.AST]) -> Iterator[Any]:
        return (n for n in ast.walk(self._tree) if isinstance(n, kind))

    def error(self, message: str, line: int | None = None) -> CellDefinitionError:
        """The error, to be raised, pointing at ``line``, or at the definition's first."""
        line = line or self.first
        return CellDefinitionError(
            f"cell {self.title}: {message}", self.file, line, linecache.getline(self.file, line) or None
        )

    def of_argument(self, name: str) -> int | None:
        """The line of the decorator's argument ``gates=``, ``state=``, ``weights=``."""
        lines = [k.value.lineno for f in self._nodes(ast.FunctionDef) for d in f.decorator_list
                 if isinstance(d, ast.Call) for k in d.keywords if k.arg == name]  # fmt: skip
        return min(lines, default=None)

    def of_use(self, name: str) -> int | None:
        """The last line that reads ``z.name``, ``prev.name`` or ``w.name``."""
        lines = [n.lineno for n in self._nodes(ast.Attribute) if n.attr == name and isinstance(n.value, ast.Name)]
        return max(lines, default=None)

    def of_signal(self, name: str | None = None) -> int | None:
        """The line of a signal in the returned dictionary, or of the ``return`` itself."""
        returns = list(self._nodes(ast.Return))
        for r in reversed(returns):
            for n in ast.walk(r):
                if isinstance(n, ast.keyword) and n.arg == name:
                    return n.lineno
                if isinstance(n, ast.Constant) and n.value == name and name is not None:
                    return n.lineno
        return max((r.lineno for r in returns), default=None)

    def of_exception(self, error: BaseException) -> int | None:
        """The line of the definition that raised, or that called what raised."""
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == self.file]
        # The first frame in this file may be whoever decorates; the definition's own come after it.
        last = self.first + max((n.end_lineno - self.first for n in self._nodes(ast.FunctionDef)), default=10**6)
        inside = [n for n in lines if n is not None and self.first <= n <= last]
        return inside[-1] if inside else None
