"""Equations as LaTeX, for papers and for the pages of the documentation. The rules are the rows of the table of
operations; what is decided here is where parentheses go and how names are set.

``z.i`` becomes z^{(i)}_t, ``prev.c`` c_{t-1}, ``d.c`` (a gradient) a bar over c_t, ``p_f`` p_{f}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from softgate.celltype import Cell
from softgate.ops import OPS
from softgate.symbols import Expr, is_const, sym, walk

_RANK = {"lt": 0, "le": 0, "add": 1, "sub": 1, "neg": 1, "mul": 2}
"""How tightly an operation binds; whatever is not here is closed (a function, a fraction, a name)."""

_NEEDS = {"lt": (1, 1), "le": (1, 1), "add": (1, 1), "sub": (1, 2), "neg": (2,), "mul": (2, 2)}
"""The rank that each operand must have to stand without parentheses."""


def to_latex(e: Expr, signals: Iterable[str] = (), *, product: str = r" \odot ") -> str:
    """One expression.

    Args:
        e: what to write.
        signals: names that are values of this step, and get the index t.
        product: between two factors, neither of which is a number.
    """
    steps = frozenset(signals)
    done: dict[Expr, str] = {}
    for n in walk([e]):
        if n.op == "const":
            done[n] = _number(n.attr)
        elif n.op == "sym":
            done[n] = name(str(n.attr), steps)
        else:
            done[n] = _write(n, [_close(n, k, a, done[a]) for k, a in enumerate(n.args)], product)
    return done[e]


def _write(e: Expr, args: list[str], product: str) -> str:
    if e.op == "act":
        return _call(e.attr, args[0])
    if e.op == "mul":
        left, right = args
        number = is_const(e.args[0]) or is_const(e.args[1])
        sign = r" \cdot " if right[0].isdigit() else " " if number else product
        return f"{left}{sign}{right}"
    if e.op == "add" and args[1].startswith("-"):
        return f"{args[0]} - {args[1][1:].lstrip()}"
    return OPS[e.op].latex.format(*args)


def _close(parent: Expr, k: int, e: Expr, text: str) -> str:
    """``text``, the ``k``-th operand, in parentheses if it needs them."""
    # a + -b is written a - b, where b must bind like the right side of a difference; that of a neg does.
    rank = 1 if text.startswith("-") and not (k == 1 and parent.op == "add") else _RANK.get(e.op, 3)
    leads = k == 0 and parent.op == "mul" and e.op == "const"
    if leads or rank >= _NEEDS.get(parent.op, (0, 0, 0))[k]:
        return text
    return rf"\left({text}\right)"


def _call(activation: Any, x: str) -> str:
    formula: Expr = activation.value
    if formula.op in OPS and len(formula.args) == 1 and formula.args[0] is sym("x"):
        return OPS[formula.op].latex.format(x)
    return rf"{_title(activation)}\left({x}\right)"


def _title(activation: Any) -> str:
    title = rf"\operatorname{{{_plain(activation.name)}}}"
    changed = str(activation).partition("[")[2].rstrip("]").split(",")
    values = [_number(float(s.partition("=")[2])) for s in changed if s]
    return title + (f"_{{{', '.join(values)}}}" if values else "")


def _number(value: Any) -> str:
    text = f"{value:.6g}"
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text.replace("inf", r"\infty")


def _plain(word: str) -> str:
    return word.replace("_", r"\_").replace("<", "").replace(">", "")


def _letters(word: str) -> str:
    return word if len(word) == 1 else rf"\mathrm{{{_plain(word)}}}"


def name(symbol: str, signals: Iterable[str] = ()) -> str:
    """The name of a value: ``i``, ``z.i``, ``z.n.x``, ``prev.c``, ``w.p_f``, ``d.c``, ``saved.i``, ``t1``."""
    space, _, rest = symbol.partition(".")
    if space == "z" and rest:
        return f"z^{{({', '.join(_letters(p) for p in rest.split('.'))})}}_t"
    if space == "prev":
        return f"{_letters(rest)}_{{t-1}}"
    if space == "w":
        head, _, tail = rest.partition("_")
        return f"{_letters(head)}_{{{_letters(tail)}}}" if tail else _letters(head)
    if space == "d":
        return rf"\overline{{{name(rest, signals)}}}" if "." in rest else rf"\bar{{{_letters(rest)}}}_t"
    if space in ("saved", "state"):
        return name(f"z.{rest[4:]}") if rest.startswith("pre.") else f"{_letters(rest)}_t"
    if symbol not in signals and symbol[1:].isdigit():
        return f"{symbol[0]}_{{{symbol[1:]}}}"
    return f"{_letters(symbol)}_t" if symbol in signals else _letters(symbol)


def gates(cell: Cell) -> dict[str, str]:
    """Each gate's pre-activation, or each of its two parts, with its matrix products."""
    h = _letters(cell.states[0])
    lines: dict[str, str] = {}
    for slot in cell.slots:
        g = _letters(slot.gate)
        terms = []
        if "x" in slot.part:
            terms.append(f"W_{{{g}}} x_t")
        if "h" in slot.part:
            fed = cell.through.get(slot.gate)
            terms.append(f"U_{{{g}}} " + (f"{h}_{{t-1}}" if fed is None else name(fed, cell.signals)))
            if slot.gate in cell.feedback:
                terms += [f"V_{{{g} {_letters(k)}}} {_letters(k)}_{{t-1}}" for k in cell.feedback]
        bias = "b" if slot.part == "xh" else f"b^{{{slot.part}}}"
        lines[name(slot.symbol)] = " + ".join([*terms, f"{bias}_{{{g}}}"])
    return lines


def program(lines: Mapping[str, Expr], signals: Iterable[str] = ()) -> str:
    """Named expressions as an ``aligned`` environment."""
    steps = tuple(signals)
    return _aligned({name(n, steps): to_latex(e, steps) for n, e in lines.items()})


def equations(cell: Cell) -> str:
    """The cell: pre-activations, then every signal, then the activations that have no sign of their own."""
    lines = gates(cell)
    split = {s.gate for s in cell.slots if s.part != "xh"}
    whole = [n for n in walk(cell.signals.values()) if n.op == "sym" and str(n.attr).startswith("z.")]
    for symbol in dict.fromkeys(str(n.attr) for n in whole):
        if symbol[2:] in split:
            lines[name(symbol)] = f"{name(symbol + '.x')} + {name(symbol + '.h')}"
    for n, e in cell.equations.items():
        lines[name(n, cell.signals)] = to_latex(e, cell.signals)
    called: list[Any] = [n.attr for n in walk(cell.signals.values()) if n.op == "act"]
    for activation in called:
        if len(activation.value.args) != 1:
            lines.setdefault(_call(activation, "x"), to_latex(activation.value, product=" "))
    return _aligned(lines)


def _aligned(lines: Mapping[str, str]) -> str:
    body = " \\\\\n".join(f"  {left} &= {right}" for left, right in lines.items())
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
