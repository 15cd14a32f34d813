"""A module imports only from the lines above its own in layout.txt."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from policy.sources import Module, modules, rows


def line_of(name: str, layout: list[str]) -> int | None:
    """Where a module stands in the layout; its own line counts before one with a star."""
    if name in layout:
        return layout.index(name)
    star = f"{name.rpartition('.')[0]}.*"
    return layout.index(star) if star in layout else None


def imports(module: Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Line number and name of each module of softgate that `module` imports, at its top or anywhere else."""

    def short(full: str) -> str:
        """`softgate.a.b` as the layout has it."""
        return full.removeprefix("softgate").removeprefix(".") or "__init__"

    for node in ast.walk(module.tree):
        targets: list[str] = []
        match node:
            case ast.Import(names=names):
                targets = [alias.name for alias in names]
            case ast.ImportFrom(module=source, names=names, level=level):
                above = module.package.rsplit(".", level - 1)[0] if level else ""
                start = ".".join(filter(None, (above, source)))
                deeper = (f"{start}.{alias.name}" for alias in names)  # `name` is a module, or something in one
                targets = [full if short(full) in known else start for full in deeper]
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"), args=[first, *_]):
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    targets = [first.value]
        for target in targets:
            if target.partition(".")[0] == "softgate" and short(target) != module.name:
                yield node.lineno, short(target)


def complaints(found: list[Module], layout: list[str]) -> list[str]:
    """What breaks the rule, in words."""
    known = {module.name for module in found} | set(layout)
    problems = []
    for module in found:
        own = line_of(module.name, layout)
        if own is None:
            problems.append(f"{module.name} has no line in tests/policy/layout.txt: give it one below all it imports")
            continue
        for number, name in imports(module, known):
            other = line_of(name, layout)
            if other is not None and other >= own:
                problems.append(f"{module.name}, line {number}: imports {name}, which is not above it in layout.txt")
    return list(dict.fromkeys(problems))  # one line may import several names of one module


def test_every_import_goes_up() -> None:
    problems = complaints(modules(), rows("layout.txt"))
    assert not problems, "\n".join(problems)


def test_layout_names_nothing_twice() -> None:
    layout = rows("layout.txt")
    assert len(layout) == len(set(layout))


# Tests of the test: a small package that keeps the rule, then one forbidden import at a time.

LAYOUT = ["low", "pack.*", "pack.first", "pack", "high", "__init__"]


def package(**texts: str) -> list[Module]:
    names = ["low", "pack.a", "pack.b", "pack.first", "pack", "high", "__init__"]
    return [Module(name, texts.get(name.replace(".", "_"), ""), name in ("pack", "__init__")) for name in names]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("high", "import softgate.low\nfrom softgate import low, pack\nfrom softgate.pack.a import thing"),
        ("pack", "from . import a, first\nfrom .b import thing\nfrom ..low import other"),
        ("pack_a", "from ..low import x\nfrom .. import low\nimport softgates"),
        ("low", "from softgate.low import itself\nimport torch"),
    ],
)
def test_accepts_imports_from_above(where: str, text: str) -> None:
    assert complaints(package(**{where: text}), LAYOUT) == []


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("low", "import softgate.high"),
        ("low", "from softgate import high"),
        ("low", "from softgate import sigmoid"),
        ("low", "import softgate as sg"),
        ("low", "from softgate.high import thing"),
        ("low", "from . import high"),
        ("low", "from .high import thing"),
        ("low", "def later():\n    from softgate.pack import first"),
        ("low", "if TYPE_CHECKING:\n    from softgate.high import Thing"),
        ("low", "import_module('softgate.high')"),
        ("low", "importlib.import_module('softgate.pack.a')"),
        ("pack_a", "from .b import sibling"),
        ("pack_a", "from ..high import thing"),
        ("pack", "from softgate.high import thing"),
    ],
)
def test_complains_about_a_forbidden_import(where: str, text: str) -> None:
    (problem,) = complaints(package(**{where: text}), LAYOUT)
    assert problem.startswith(where.replace("_", "."))
    assert "not above it" in problem


def test_complains_about_a_module_without_a_line() -> None:
    (problem,) = complaints([Module("stray", "")], LAYOUT)
    assert "stray has no line" in problem
