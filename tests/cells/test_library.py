"""The library: its names, options and sources; that a cell is made once; that errors say what would have been right."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import softgate as sg
from softgate import cells
from softgate.cells import search_space
from softgate.celltype import Source
from softgate.symbols import to_text

FILES = sorted(Path(cells.__file__).parent.glob("[a-z]*.py"))
STUDY = {"V", "NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "NP", "FGR"}


def test_the_names() -> None:
    wanted = "lstm lstm1997 peephole cifg janet gru mgu rnn rnn_tanh rnn_relu slstm minlstm mingru"
    study = "vanilla nig nfg nog niaf noaf np fgr"
    assert cells.names() == sorted([*wanted.split(), *study.split()])
    assert {*cells.names(), "get", "names", "options"} <= {*dir(cells)}


@pytest.mark.parametrize("name", cells.names())
def test_a_cell_says_where_it_comes_from(name: str) -> None:
    cell = cells.get(name)
    assert cell.name == name
    assert isinstance(cell.source, Source)
    assert cell.source.authors
    assert cell.source.where
    assert 1990 <= cell.source.year <= 2024
    stop = "" if cell.source.title.endswith("?") else "."
    assert f"({cell.source.year}). {cell.source.title}{stop}" in str(cell.source)
    assert cell.note
    assert len(cell.note) <= 42, "the table has one line for it"
    assert cell.states[0] == "h"


@pytest.mark.parametrize("name", cells.names())
def test_a_cell_is_made_once(name: str) -> None:
    assert cells.get(name) is cells.get(name)
    assert getattr(cells, name)() is cells.get(name)
    assert cells.get(name, **cells.options(name)) is cells.get(name)


def test_options_written_in_other_ways_are_the_same_cell() -> None:
    plain = cells.lstm()
    assert cells.lstm("sigmoid", candidate=sg.tanh, readout="TANH", peephole=False) is plain
    assert cells.lstm(candidate="elu[alpha=0.5]") is cells.lstm(candidate=sg.activations.get("elu", alpha=0.5))
    squash = lambda x: x / (1 + x * x)  # noqa: E731
    assert cells.lstm(candidate=squash) is cells.lstm(candidate=squash)
    assert cells.lstm(candidate=squash) is not plain


def test_options_are_kept() -> None:
    options = cells.lstm(candidate="softsign", peephole=True).options
    assert str(options["candidate"]) == "softsign"
    assert str(options["readout"]) == "tanh"
    assert options["peephole"] is True
    assert options["coupled"] is False
    assert cells.lstm(forget_gate=None).options["forget_gate"] is None
    assert cells.options("lstm")["candidate"] == "tanh"


def test_plain_lstm_has_the_signals_and_the_order_of_torch() -> None:
    cell = cells.lstm()
    assert list(cell.signals) == ["i", "f", "g", "o", "c", "h"]
    assert cell.gates == ("i", "f", "g", "o")
    assert cell.states == ("h", "c")
    assert cells.gru().gates == ("r", "z", "n")


@pytest.mark.parametrize("slot", ["input_gate", "forget_gate", "output_gate", "candidate"])
def test_a_gate_that_is_absent_has_no_weights(slot: str) -> None:
    letter = {"input_gate": "i", "forget_gate": "f", "output_gate": "o", "candidate": "g"}[slot]
    cell = cells.lstm(**{slot: None}, peephole=True)
    assert letter not in cell.gates
    assert letter not in cell.signals
    assert f"p_{letter}" not in cell.weights
    w = sg.testing.random_weights(cell, 3, 5)
    assert w.weight_ih.shape == (15, 3)


def test_every_combination_of_options_can_be_made() -> None:
    made = set()
    for k in range(2**8):
        on = [bool(k >> bit & 1) for bit in range(8)]
        slots = {
            n: None if off else "softsign"
            for n, off in zip(("input_gate", "forget_gate", "output_gate", "candidate", "readout"), on, strict=False)
        }
        flags = dict(zip(("coupled", "peephole", "full_gate_recurrence"), on[5:], strict=True))
        if (flags["coupled"] and on[0]) or all(on[:4]) or (flags["coupled"] and all(on[i] for i in (0, 2, 3))):
            with pytest.raises(sg.CellDefinitionError, match="input"):
                cells.lstm(**slots, **flags)
        else:
            made.add(cells.lstm(**slots, **flags).key)
    assert len(made) > 100


def test_coupled_gates() -> None:
    cell = cells.lstm(coupled=True)
    assert cell.gates == ("i", "g", "o")
    assert to_text(cell.equations["f"]) == "1 - i"


def test_full_gate_recurrence_is_feedback_of_the_gates() -> None:
    cell = cells.fgr()
    assert cell.feedback == ("i", "f", "o")
    assert cell.states == ("h", "c", "i", "f", "o")


def test_the_study_by_its_own_names() -> None:
    variants = search_space.variants()
    assert set(variants) == STUDY
    assert len({c.key for c in variants.values()}) == 9
    with_peepholes = {n for n, c in variants.items() if c.weights}
    assert with_peepholes == STUDY - {"NP"}
    for cell in variants.values():
        assert cell.source.year == 2017


def test_the_form_of_gru_that_cannot_be_written() -> None:
    with pytest.raises(sg.CellDefinitionError, match=r"reset_after=False needs U @ \(r \* h\).*reset_after=True"):
        cells.gru(reset_after=False)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cells.get("lsmt"), r"unknown cell 'lsmt'; did you mean .*'lstm'"),
        (lambda: cells.lstm(canidate="tanh"), r"unknown option of cell lstm 'canidate'; did you mean 'candidate'\?"),
        (lambda: cells.get("gru", peephole=True), r"unknown option of cell gru 'peephole'\n  known: reset_after"),
        (lambda: cells.lstm(candidate="tahn"), r"unknown activation 'tahn'; did you mean 'tanh'"),
        (lambda: cells.slstm(forget_gate="tanh"), r"unknown forget gate of slstm 'tanh'\n  known: sigmoid, exp"),
    ],
)
def test_unknown_names(call, message: str) -> None:
    with pytest.raises(sg.UnknownNameError, match=message):
        call()


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="unknown cell 'lsmt'; did you mean"):
        _ = cells.lsmt
    assert not hasattr(cells, "__wrapped__")


def test_a_formula_that_is_no_formula_says_so() -> None:
    with pytest.raises(TypeError, match=r"torch's tanh takes arrays"):
        cells.lstm(candidate=lambda x: torch.tanh(x))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_cell_is_one_small_file(path: Path) -> None:
    """Equations, gate order, source, what differs; the option builder may be longer."""
    text = path.read_text(encoding="utf-8")
    limit = {"lstm": 80, "slstm": 45}.get(path.stem, 42)
    assert len(text.splitlines()) <= limit
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("name", cells.names())
def test_a_factory_explains_itself(name: str) -> None:
    factory = getattr(cells, name)
    assert inspect.getdoc(factory)
    for option in inspect.signature(factory).parameters:
        assert option in inspect.getdoc(factory) or option in ("nonlinearity", "peephole"), option


def test_asking_for_the_names_loads_no_torch() -> None:
    code = "import sys, softgate.cells as c; c.get('slstm').text; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
