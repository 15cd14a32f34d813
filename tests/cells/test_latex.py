"""LaTeX of every cell and activation: well formed, and with parentheses where they are needed and nowhere else."""

from __future__ import annotations

import re

import pytest

import softgate as sg
from softgate import activations, latex, step
from softgate.latex import to_latex
from softgate.listing import listing
from softgate.symbols import Expr, sym

x, y, c = sym("x"), sym("y"), sym("c")
# Commands of LaTeX and amsmath that may come up, with the number of arguments in braces that each must have.
KNOWN = {
    **dict.fromkeys(["left", "right", "odot", "cdot", "sigma", "tanh", "arctan", "sin", "cos", "ln", "max", "min"], 0),
    **dict.fromkeys(["le", "infty", "_", "\\", "quad"], 0),
    **dict.fromkeys(["operatorname", "mathrm", "text", "sqrt", "bar", "overline", "begin", "end"], 1),
    "frac": 2,
}


def check(text: str) -> None:
    """A strict reading: braces, \\left and \\right and environments pair up, commands are known and complete."""
    depth, delimiters, environments = 0, 0, []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            command = re.match(r"\\([a-zA-Z]+|.)", text[at:], re.DOTALL)[1]
            assert command in KNOWN, f"unknown command \\{command}"
            after = at + 1 + len(command)
            if command in ("left", "right"):
                assert text[after] in "()|", f"\\{command} needs a delimiter"
                delimiters += 1 if command == "left" else -1
                assert delimiters >= 0
            rest = text[after:]
            for _ in range(KNOWN[command]):
                assert rest.startswith("{"), f"\\{command} lacks an argument: {rest[:20]}"
                rest = rest[closing(rest) + 1 :]
            if command == "begin":
                environments.append(re.match(r"\{(\w+)\}", text[after:])[1])
            if command == "end":
                assert environments.pop() == re.match(r"\{(\w+)\}", text[after:])[1]
            at = after
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        assert depth >= 0, f"a brace too many: {text[max(0, at - 20) : at + 1]}"
        if text[at] in "_^":
            assert re.match(r"[_^](\{|[a-zA-Z0-9])", text[at:]), f"nothing to raise: {text[at : at + 5]}"
        assert text[at] not in "#%$~", f"{text[at]} is not plain LaTeX"
        if text[at] == "&":
            assert environments, "& outside of an environment"
        at += 1
    assert (depth, delimiters, environments) == (0, 0, [])
    assert not re.search(r"\d \d", text), "two numbers side by side read as one"
    assert not re.search(r"[_^]\w[_^]?\w?_", re.sub(r"\{[^{}]*\}", "", text)), "a double subscript"
    assert "--" not in text
    assert "+ -" not in text


def closing(text: str) -> int:
    depth = 0
    for at, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return at
    raise AssertionError(f"a brace is not closed: {text[:30]}")


@pytest.mark.parametrize(
    "bad", ["{x", "x}", r"\left(x", r"\nonsense{x}", r"\frac{1}x", "x_", "2 3", r"\begin{cases} x", "a & b"]
)
def test_the_checker_is_strict(bad: str) -> None:
    with pytest.raises(AssertionError):
        check(bad)


@pytest.mark.parametrize("name", sg.cells.names())
def test_a_cell(name: str) -> None:
    cell = sg.cells.get(name)
    text = latex.equations(cell)
    check(text)
    for signal in cell.signals:
        assert f"  {latex.name(signal, cell.signals)} &= " in text
    derived = step.adjoint(cell)
    check(
        latex.program(
            listing({f"d.{s.symbol}": e for s, e in zip(cell.slots, derived.slots, strict=True)}), cell.signals
        )
    )


@pytest.mark.parametrize("name", activations.names())
def test_an_activation(name: str) -> None:
    activation = activations.get(name)
    for e in (activation.value, activation.slope, activation.curvature):
        check(to_latex(e, product=" "))


def test_the_lstm_as_in_a_textbook() -> None:
    assert latex.equations(sg.cells.lstm()).splitlines() == [
        r"\begin{aligned}",
        r"  z^{(i)}_t &= W_{i} x_t + U_{i} h_{t-1} + b_{i} \\",
        r"  z^{(f)}_t &= W_{f} x_t + U_{f} h_{t-1} + b_{f} \\",
        r"  z^{(g)}_t &= W_{g} x_t + U_{g} h_{t-1} + b_{g} \\",
        r"  z^{(o)}_t &= W_{o} x_t + U_{o} h_{t-1} + b_{o} \\",
        r"  i_t &= \sigma\left(z^{(i)}_t\right) \\",
        r"  f_t &= \sigma\left(z^{(f)}_t\right) \\",
        r"  g_t &= \tanh\left(z^{(g)}_t\right) \\",
        r"  o_t &= \sigma\left(z^{(o)}_t\right) \\",
        r"  c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\",
        r"  h_t &= o_t \odot \tanh\left(c_t\right)",
        r"\end{aligned}",
    ]


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (x + y * c, "x + y c"),
        ((x + y) * c, r"\left(x + y\right) c"),
        (x - (y - c), r"x - \left(y - c\right)"),
        (x - y - c, "x - y - c"),
        (x - (y + c), r"x - \left(y + c\right)"),
        (x + (y - c), "x + y - c"),
        (x + -y, "x - y"),
        (x + -(y + c), r"x - \left(y + c\right)"),
        (x - -y, r"x - \left(-y\right)"),
        (x + -2.0 * y, "x - 2 y"),
        (x * -y, r"x \left(-y\right)"),
        (-x * y, r"\left(-x\right) y"),
        (-(x * y), "-x y"),
        (-(x + y), r"-\left(x + y\right)"),
        (2 * x, "2 x"),
        (x * 2, r"x \cdot 2"),
        (2 * (3 * x), r"2 \cdot 3 x"),
        ((x + y) / (x - y), r"\frac{x + y}{x - y}"),
        (x * (y / c), r"x \frac{y}{c}"),
        (sg.exp(-x), "e^{-x}"),
        (abs(x), r"\left|x\right|"),
        (sg.where(x > 0, x, -x), r"\begin{cases} x & 0 < x \\ -x & \text{else} \end{cases}"),
        (sg.sqrt(1 + x * x), r"\sqrt{1 + x x}"),
        (1e-7 * x, r"1 \cdot 10^{-7} x"),
        (sg.softsign(x), r"\operatorname{softsign}\left(x\right)"),
        (activations.get("elu", alpha=0.5)(x), r"\operatorname{elu}_{0.5}\left(x\right)"),
    ],
)
def test_parentheses(e: Expr, text: str) -> None:
    found = to_latex(e, product=" ")
    assert found == text
    check(found)


def test_names() -> None:
    assert latex.name("z.n.x") == "z^{(n, x)}_t"
    assert latex.name("prev.c") == "c_{t-1}"
    assert latex.name("w.p_f") == "p_{f}"
    assert latex.name("d.prev.c") == r"\overline{c_{t-1}}"
    assert latex.name("saved.pre.g") == "z^{(g)}_t"
    assert latex.name("z", {"z"}) == "z_t"
    assert latex.name("my_gate", {"my_gate"}) == r"\mathrm{my\_gate}_t"
    assert latex.name("t12") == "t_{12}"
