"""A program as lines of text: one line a value, with a line of its own for whatever is used more than once."""

from __future__ import annotations

from collections.abc import Mapping

from softgate.symbols import Expr, node, sym, to_text, walk

_CHEAP = ("const", "sym", "neg")


def listing(program: Mapping[str, Expr]) -> dict[str, Expr]:
    """``program`` with shared subexpressions named ``t1``, ``t2`` ..., each given before it is used."""
    uses: dict[Expr, int] = {}
    for e in walk(program.values()):
        for a in e.args:
            uses[a] = uses.get(a, 0) + 1
    results: dict[Expr, str] = {}
    for name, e in program.items():
        if e.op not in _CHEAP:
            results.setdefault(e, name)
    lines: dict[str, Expr] = {}
    short: dict[Expr, Expr] = {}
    for e in walk(program.values()):
        written = node(e.op, *(short[a] for a in e.args), attr=e.attr) if e.args else e
        if e in results:
            lines[results[e]], short[e] = written, sym(results[e])
        elif uses.get(e, 0) > 1 and e.op not in _CHEAP:
            short[e] = sym(f"t{sum(n[0] == 't' and n[1:].isdigit() for n in lines) + 1}")
            lines[str(short[e].attr)] = written
        else:
            short[e] = written
    return {**lines, **{name: short[e] for name, e in program.items() if name not in lines}}


def to_lines(program: Mapping[str, Expr]) -> list[str]:
    """The listing as text, ``name = expression`` a line."""
    return [f"{name} = {to_text(e)}" for name, e in listing(program).items()]
