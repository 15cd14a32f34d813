"""`softgate zoo list` and `softgate zoo show`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import softgate as sg
from softgate import cli


def softgate(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, ["zoo", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_list_has_every_family() -> None:
    code, printed, _ = softgate("list")
    assert code == 0
    firsts = [line.split()[0] for line in printed.splitlines()[1:-2] if not line.startswith(" ")]
    assert firsts == sg.zoo.names()
    assert f"{len(firsts)} families" in printed


def test_show_tells_units_and_a_sample() -> None:
    code, printed, _ = softgate("show", "modular_counter", "-o", "modulus=4", "--steps", "3")
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert code == 0
    assert lines[1] == "symbols: rest A"
    assert "0 mixed count 0.25 A: +1 mod 4 yes" in lines
    assert lines[-4] == "t symbol count c0"
    assert len(lines[-3:]) == 3


def test_show_in_disguise() -> None:
    code, printed, _ = softgate("show", "column", "-d", "distractors", "-d", "decoys", "--steps", "1")
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert code == 0
    assert "1 timer column 1 x: +1, blank: +1, newline: reset no" in lines
    assert lines.count("2 mixed - 1 no") == 1
    assert softgate("show", "column", "-d", "all")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "lach"), "error: unknown machine 'lach'; did you mean 'latch'?"),
        (("show", "timer", "-o", "stop=1"), "error: unknown option (of timer) 'stop'; did you mean 'step'?"),
        (("show", "timer", "-o", "step=x"), "error: timer: expected step of type float, as 0.0078125, got 'x'"),
        (("show", "timer", "-d", "wig"), "error: unknown disguise 'wig'"),
        (("show", "anbn", "--hidden-size", "2"), "error: hidden_size: this program needs 4 units, got 2"),
    ],
)
def test_bad_input_is_an_answer(arguments: tuple[str, ...], said: str) -> None:
    code, _, error = softgate(*arguments)
    assert code == 2
    assert error.startswith(said)
