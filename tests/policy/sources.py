"""The source files of softgate as the policies see them: parsed, and named without the leading `softgate.`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "softgate"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Module:
    """One source file. `name` is as in `layout.txt`: `cpu.tile`, `cpu` for a package, `__init__` for softgate."""

    name: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """The package that `from . import x` means, in full."""
        full = "softgate" if self.name == "__init__" else f"softgate.{self.name}"
        return full if self.is_package else full.rpartition(".")[0]


def modules() -> list[Module]:
    """Every module on disk."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package and len(parts) > 1 else parts)
        found.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return found


def rows(name: str) -> list[str]:
    """The lines of a policy's table, without comments and blank lines."""
    lines = (line.partition("#")[0].strip() for line in (HERE / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]
