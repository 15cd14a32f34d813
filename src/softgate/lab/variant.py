"""One of the things that a study compares: a cell, with how wide it is and where its forget gates begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from softgate.lab.checked import StudyError, count, known_fields, mapping, plain_data, text
from softgate.native import native

__all__ = ["Variant", "variant_of"]


@dataclass(frozen=True)
class Variant:
    """One of the things that a study compares.

    Attributes:
        name: short, unique in the study.
        cell: ``{"cell": "lstm", "candidate": "sigmoid"}``, a name and options of :mod:`softgate.cells`; or
            ``{"equations": "module:function"}``, a cell of your own, whose module is imported when it runs.
        what: what is different about it, in words. Not part of the key.
        hidden_size: H, if it is not the study's.
        forget_bias: where the forget gates begin: a number, or ``"chrono:LAG"``; None leaves them to chance.
    """

    name: str
    cell: Mapping[str, Any]
    what: str = ""
    hidden_size: int | None = None
    forget_bias: float | str | None = None

    def __post_init__(self) -> None:
        text(self.name, "variant: name")
        where = f"variant {self.name!r}"
        if len({"cell", "equations"} & set(mapping(self.cell))) != 1:
            raise StudyError(f'{where}: cell is {{"cell": "lstm", ...}} or {{"equations": "module:function"}}; got '
                             f"{self.cell!r}")  # fmt: skip
        plain_data(self.cell, f"{where}: cell")
        for name in ("cell", "forget_bias"):
            object.__setattr__(self, name, native(getattr(self, name)))
        if self.hidden_size is not None:
            object.__setattr__(self, "hidden_size", count(self.hidden_size, f"{where}: hidden_size"))
        if not isinstance(self.forget_bias, int | float | str | None):
            raise StudyError(f"{where}: forget_bias is a number, 'chrono:LAG' or None; got {self.forget_bias!r}")


def variant_of(value: Any) -> Variant:
    """A variant as it is, or from its fields.

    Raises:
        StudyError: it is neither, or a field is missing, unknown or not what it has to be.
    """
    if isinstance(value, Variant):
        return value
    if not isinstance(value, Mapping) or not {"name", "cell"} <= set(value):
        raise StudyError(f"variants: expected a Variant, or its fields, name and cell at least; got {value!r}")
    known_fields(value, {f.name for f in fields(Variant)}, "variant")
    return Variant(**value)
