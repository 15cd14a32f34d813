"""The public names: sorted, typed, explained where they are defined and mentioned in the documentation."""

from __future__ import annotations

import ast
import re
from types import ModuleType
from typing import Any

import pytest

import softgate as sg
from policy.sources import ROOT, Module, modules


def typed_names(face: Module) -> dict[str, str]:
    """Name to module, as the block for type checkers has it."""
    (block,) = (n for n in face.tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom), f"line {node.lineno}: only `from softgate... import name as name`"
        for alias in node.names:
            assert alias.asname == alias.name, f"line {node.lineno}: write `{alias.name} as {alias.name}`"
            found[alias.name] = (node.module or "").removeprefix("softgate").removeprefix(".")
    return found


def documentation() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def mentions(text: str, name: str) -> bool:
    return re.search(rf"\b(sg|softgate)\.{name}\b", text) is not None


def test_names_are_sorted_and_distinct() -> None:
    assert sg.__all__ == sorted(set(sg.__all__))


def test_both_tables_of_the_face_agree() -> None:
    (face,) = (module for module in modules() if module.name == "__init__")
    assert typed_names(face) == sg._HOME | dict.fromkeys(sg._MODULES, "")


def test_dir_lists_every_name() -> None:
    assert set(sg.__all__) <= set(dir(sg))


@pytest.mark.parametrize("name", sg.__all__)
def test_name_is_explained(name: str) -> None:
    value = getattr(sg, name)
    assert (value.__doc__ or "").strip(), f"softgate.{name} has no docstring"
    assert value.__doc__ != type(value).__doc__ or isinstance(value, type), (
        f"softgate.{name} only inherits its docstring"
    )
    assert mentions(documentation(), name), f"neither README.md nor docs/ mentions sg.{name}"


def test_a_mention_is_of_the_whole_name() -> None:
    assert mentions("call `sg.exp` there", "exp")
    assert not mentions("call `sg.expm1` there", "exp")
    assert not mentions("exp", "exp")


def test_unknown_name_is_an_attribute_error_that_python_can_mend() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sigmodi'") as caught:
        sg.sigmodi  # noqa: B018
    assert caught.value.name == "sigmodi"
    assert caught.value.obj is sg


def test_a_function_may_have_the_name_of_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sg._HOME, "record", "record")
    module = ModuleType("softgate.record")
    module.record = lambda: "recorded"  # type: ignore[attr-defined]
    face: Any = type(sg)("softgate")
    face.record = module  # as the import of softgate.record does
    assert face.record() == "recorded"
