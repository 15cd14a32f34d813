"""The wording of errors, and what code written for torch may catch."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import softgate as sg

EXAMPLES: list[tuple[sg.SoftgateError, tuple[type[Exception], ...]]] = [
    (sg.CellDefinitionError("signal 'c' is never defined", "cells.py", 12, "c = f * c"), (ValueError,)),
    (sg.UnknownNameError("signal", "l0.F", ["l0.f", "l0.i"]), (KeyError, ValueError)),
    (sg.ShapeError("x: expected [T, B, 64], got [7, 3, 63]"), (ValueError, RuntimeError)),
    (sg.DtypeError("x: expected float32, got float64"), (TypeError, ValueError, RuntimeError)),
    (sg.InterchangeError("model.onnx: operator Det of node 'd' is not known"), (ValueError,)),
    (sg.MissingExtraError("onnx", "onnx", "exporting"), (ImportError,)),
    (sg.NotRecordedError("l0.f: its layer has not run"), (KeyError, ValueError)),
    (sg.RecordingFolderError("runs/a: no recording"), (ValueError,)),
    (sg.RecordingTooLargeError("record: needs 2 GiB, there is 1 GiB"), (MemoryError,)),
    (sg.CacheError("kernel 1f: checksum differs"), (RuntimeError,)),
]


@pytest.mark.parametrize(("error", "also"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_error_is_also_a_built_in(error: sg.SoftgateError, also: tuple[type[Exception], ...]) -> None:
    for kind in (sg.SoftgateError, *also):
        assert isinstance(error, kind)


@pytest.mark.parametrize(("error", "also"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_error_survives_a_worker_process(error: sg.SoftgateError, also: Any) -> None:
    back = copy.copy(error)  # takes it apart and rebuilds it as a worker process does
    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


def test_every_error_has_an_example() -> None:
    public = {getattr(sg, name) for name in sg.__all__ if name.endswith("Error")}
    assert public == {type(error) for error, _ in EXAMPLES} | {sg.SoftgateError}


def test_cell_definition_shows_the_place() -> None:
    error = sg.CellDefinitionError("signal 'c' is never defined", "cells.py", 12, "    c = f * c\n")
    assert str(error) == "signal 'c' is never defined\n  in cells.py, line 12\n    c = f * c"


@pytest.mark.parametrize(
    ("place", "text"), [((), "wrong"), (("a.py",), "wrong\n  in a.py"), ((None, None, "c = 1"), "wrong\n    c = 1")]
)
def test_cell_definition_shows_what_is_known_of_the_place(place: tuple[Any, ...], text: str) -> None:
    assert str(sg.CellDefinitionError("wrong", *place)) == text


def test_unknown_name_lists_the_near_ones_first() -> None:
    error = sg.UnknownNameError("cell", "LSTN", ["gru", "lstm", "lstm1997", "rnn"])
    assert str(error) == "unknown cell 'LSTN'; did you mean 'lstm'?\n  known: gru, lstm, lstm1997, rnn"


def test_unknown_name_without_near_ones() -> None:
    assert str(sg.UnknownNameError("unit", 99, ["a", "b"])) == "unknown unit 99\n  known: a, b"
    assert str(sg.UnknownNameError("unit", 99)) == "unknown unit 99"


def test_missing_extra_prints_the_line_that_installs_it() -> None:
    expected = "exporting needs onnx, which is not installed: pip install 'softgate[onnx]'"
    assert str(sg.MissingExtraError("onnx", "onnx", "exporting")) == expected


def test_names_that_softgate_does_not_have() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'recrod'; did you mean sg\.record\?"):
        sg.recrod  # noqa: B018


def test_a_flag_that_is_none() -> None:
    with pytest.raises(
        sg.DtypeError, match=r"cell lstm: peephole is a flag, peephole=True or peephole=False; got 'yes'"
    ):
        sg.cells.lstm(peephole="yes")  # type: ignore[arg-type]


OPTIONS = [
    ("lstm", "candidate", 3, "an activation, its name or None; got int: 3"),
    ("lstm", "candidate", [1], r"an activation, its name or None; got list: \[1\]"),
    ("lstm", "forget_gate", True, "an activation, its name or None; got bool: True"),
    ("rnn", "nonlinearity", None, "an activation or its name; got NoneType: None"),
    ("slstm", "forget_gate", None, "an activation or its name; got NoneType: None"),
    ("janet", "beta", "much", "a number, as beta=0.0; got str: 'much'"),
]


@pytest.mark.parametrize(("cell", "option", "value", "message"), OPTIONS)
def test_an_option_of_another_kind(cell: str, option: str, value: Any, message: str) -> None:
    with pytest.raises(sg.DtypeError, match=f"^cell {cell}: {option}: {message}$"):
        getattr(sg.cells, cell)(**{option: value})


def test_an_activation_points_at_its_line() -> None:
    def root(x: Any) -> Any:
        y = x + 1
        return y**1.7

    with pytest.raises(sg.CellDefinitionError, match="powers are whole or half-whole") as found:
        sg.activation(root)
    assert isinstance(found.value, TypeError)
    assert found.value.source is not None
    assert "return y**1.7" in found.value.source
