"""Modules of at most 250 lines, functions of at most 60; what is larger is in sizes.txt, with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from policy.sources import Module, modules, rows

LONGEST_MODULE = 250
LONGEST_FUNCTION = 60


def too_large(module: Module) -> Iterator[tuple[str, int]]:
    """Name and number of lines of what exceeds the limits."""
    lines = len(module.text.splitlines())
    if lines > LONGEST_MODULE:
        yield module.name, lines
    yield from _long_functions(module.tree, f"{module.name}:")


def _long_functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
    for node in ast.iter_child_nodes(tree):
        name = prefix
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{node.name}"
            if not isinstance(node, ast.ClassDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                lines = (node.end_lineno or first) - first + 1
                if lines > LONGEST_FUNCTION:
                    yield name, lines
            name += "."
        yield from _long_functions(node, name)


def complaints(found: list[Module], table: list[str]) -> list[str]:
    """What is too large and not on the list, and what is on the list for nothing."""
    allowed: dict[str, int] = {}
    problems = []
    for row in table:
        name, most, *reason = row.split(maxsplit=2)
        allowed[name] = int(most)
        if not reason:
            problems.append(f"sizes.txt: {name} gives no reason")
    large = {name: lines for module in found for name, lines in too_large(module)}
    for name, lines in large.items():
        limit = allowed.get(name, LONGEST_FUNCTION if ":" in name else LONGEST_MODULE)
        if lines > limit:
            problems.append(f"{name} has {lines} lines, the most is {limit}: split it, or say why not in sizes.txt")
    problems += [f"sizes.txt: {name} is not too large any more" for name in allowed if name not in large]
    return problems


def test_sizes() -> None:
    problems = complaints(modules(), rows("sizes.txt"))
    assert not problems, "\n".join(problems)


# Tests of the test


def function(lines: int, name: str = "f") -> str:
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def test_complains_about_a_long_function() -> None:
    assert complaints([Module("m", function(60))], []) == []
    (problem,) = complaints([Module("m", function(61))], [])
    assert problem.startswith("m:f has 61 lines, the most is 60")


def test_finds_methods_and_nested_functions() -> None:
    body = "".join(f"    {line}\n" for line in function(70, "inside").splitlines())
    assert list(too_large(Module("m", "class Big:\n" + body))) == [("m:Big.inside", 70)]
    assert dict(too_large(Module("m", "def outside():\n" + body))) == {"m:outside": 71, "m:outside.inside": 70}


def test_decorators_count() -> None:
    (problem,) = complaints([Module("m", "@wrapped\n" + function(60))], [])
    assert "61 lines" in problem


def test_complains_about_a_long_module() -> None:
    (problem,) = complaints([Module("m", "x = 1\n" * 251)], [])
    assert problem.startswith("m has 251 lines, the most is 250")


def test_the_list_allows_with_a_ceiling_and_a_reason() -> None:
    long = [Module("m", function(70))]
    assert complaints(long, ["m:f 70 one table, read at one glance"]) == []
    assert "the most is 65" in complaints(long, ["m:f 65 one table, read at one glance"])[0]
    assert "no reason" in complaints(long, ["m:f 70"])[0]
    assert "not too large any more" in complaints([Module("m", "")], ["m:f 70 it was long"])[0]
