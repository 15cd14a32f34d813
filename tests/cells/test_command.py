"""`softgate cells`: the list, one cell, its LaTeX, its passes, and what is said of a wrong option."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import softgate as sg
from softgate.cli import app


def run(*args: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["cells", *args])
    assert result.exit_code == code, result.output
    return result.output


def test_the_list_has_one_line_a_cell_and_fits_80_columns() -> None:
    head, *lines = run().splitlines()
    assert head.split() == ["name", "gates", "state", "year", "what", "differs"]
    assert [line.split()[0] for line in lines] == sg.cells.names()
    assert max(map(len, lines)) <= 80
    assert all(sg.cells.get(line.split()[0]).note in line for line in lines)


@pytest.mark.parametrize("name", sg.cells.names())
def test_one_cell(name: str) -> None:
    cell, text = sg.cells.get(name), run(name)
    assert str(cell.source) in " ".join(text.split())  # broken where a line ends
    for line in cell.text.splitlines():
        assert line in text
    for gate in cell.gates:
        assert f"W_{gate} x" in text
        assert f"d.z.{gate}" in text
    assert "Adjoint step" in text
    assert "Saved for it" in text


def test_the_lstm_in_full() -> None:
    *lines, saved = run("lstm").partition("\n\n")[2].partition("Saved for it, beside the states\n")[::2]
    assert sorted(saved.splitlines()) == [f"saved.{g} = {'tanh' if g == 'g' else 'sigmoid'}(z.{g})" for g in "fgio"]
    assert lines[0].splitlines() == [
        "Equations",
        "z.i = W_i x + U_i prev.h + b_i",
        "z.f = W_f x + U_f prev.h + b_f",
        "z.g = W_g x + U_g prev.h + b_g",
        "z.o = W_o x + U_o prev.h + b_o",
        "i = sigmoid(z.i)",
        "f = sigmoid(z.f)",
        "g = tanh(z.g)",
        "o = sigmoid(z.o)",
        "c = f * prev.c + i * g",
        "h = o * tanh(c)",
        "",
        "Adjoint step: d.x is the gradient of the loss with respect to x",
        "t1 = tanh(state.c)",
        "t2 = d.c + d.h * saved.o * (1 - t1 * t1)",
        "d.z.i = t2 * saved.g * (saved.i * (1 - saved.i))",
        "d.z.f = t2 * prev.c * (saved.f * (1 - saved.f))",
        "d.z.g = t2 * saved.i * (1 - saved.g * saved.g)",
        "d.z.o = d.h * t1 * (saved.o * (1 - saved.o))",
        "d.prev.c = t2 * saved.f",
        "",
    ]


def test_options() -> None:
    text = run("lstm", "--option", "candidate=softsign", "-o", "peephole=true", "-o", "readout=none")
    assert "g = softsign(z.g)" in text
    assert "h = o * c" in text
    assert "i = sigmoid(z.i + w.p_i * prev.c)" in text
    assert "i = sigmoid(1 - z.f)" in run("janet", "-o", "beta=1")
    assert "elu[alpha=0.5](z.g)" in run("lstm", "-o", "candidate=elu[alpha=0.5]")


def test_latex() -> None:
    text = run("gru", "--latex")
    assert text.count(r"\begin{aligned}") == text.count(r"\end{aligned}") == 2
    assert r"n_t &= \tanh\left(z^{(n, x)}_t + r_t \odot z^{(n, h)}_t\right)" in text


def test_explain_shows_the_program_after_each_pass() -> None:
    text = run("lstm", "--explain", "-o", "candidate=gelu")
    titles = [line for line in text.splitlines() if line[:1].isdigit()]
    assert [t.partition(":")[0] for t in titles] == [
        "1. trace", "2. slots", "3. expand", "4. adjoint", "5. save", "6. fuse", "7. fuse, adjoint",
    ]  # fmt: skip
    assert "g = gelu(z.g)" in text
    assert "erf(" in text
    assert "saved.pre.g = z.g" in text
    assert "fma(" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["lsmt"], "unknown cell 'lsmt'; did you mean"),
        (["lstm", "-o", "canidate=tanh"], "did you mean 'candidate'?"),
        (["lstm", "-o", "candidate=tahn"], "did you mean 'tanh' or"),
        (["lstm", "-o", "peephole"], "is not name=value, as in candidate=softsign"),
        (["lstm", "-o", "peephole=maybe"], "peephole is true or false; got 'maybe'"),
        (["janet", "-o", "beta=much"], "beta is a number; got 'much'"),
        (["gru", "-o", "reset_after=false"], "reset_after=False needs U @ (r * h)"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_right(args: list[str], message: str) -> None:
    output = run(*args, code=2)
    assert message in " ".join(output.replace("│", " ").split())
