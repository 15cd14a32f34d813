"""Expressions: the small language in which a cell's equations are written.

A cell's definition runs once, on symbols; what it computes is a graph of :class:`Expr` nodes. Nodes are interned
(hash-consed): two equal expressions are one object, so common subexpressions are shared without a search, and
identity is equality. Nothing is rearranged or simplified beyond ``x + 0``, ``x * 1`` and arithmetic between two
numbers: the order in which an author wrote a numerically delicate formula is the order in which it is computed.

What may stand in a graph is the table in :mod:`softgate.ops`; elsewhere such a graph is called an expression DAG
or a computation graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from softgate.expr import (
    Expr,
    Number,
    Operand,
    add,
    as_expr,
    const,
    div,
    is_const,
    mul,
    neg,
    node,
    power,
    sub,
    sym,
    to_text,
)

__all__ = [
    "Expr",
    "Number",
    "Operand",
    "add",
    "as_expr",
    "check_kinds",
    "const",
    "div",
    "is_const",
    "mul",
    "neg",
    "node",
    "power",
    "rewrite",
    "sub",
    "substitute",
    "sym",
    "symbols_in",
    "to_text",
    "walk",
]


def walk(roots: Iterable[Expr]) -> Iterator[Expr]:
    """Every node under ``roots``, once, arguments before the nodes that use them."""
    seen: set[int] = set()
    stack = [(r, False) for r in reversed(list(roots))]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif id(e) not in seen:
            seen.add(id(e))
            stack.append((e, True))
            stack.extend((a, False) for a in reversed(e.args) if id(a) not in seen)


def symbols_in(*roots: Expr) -> list[str]:
    """Names of the symbols under ``roots``, in order of first use."""
    return [str(e.attr) for e in walk(roots) if e.op == "sym"]


def rewrite(roots: Iterable[Expr], rule: Callable[[Expr], Expr | None]) -> list[Expr]:
    """``roots`` with each node that ``rule`` answers replaced by its answer; arguments are rewritten first."""
    roots = list(roots)
    done: dict[int, Expr] = {}
    for e in walk(roots):
        args = tuple(done[id(a)] for a in e.args)
        rebuilt = e if args == e.args else node(e.op, *args, attr=e.attr)
        answer = rule(rebuilt)
        done[id(e)] = rebuilt if answer is None else answer
    return [done[id(r)] for r in roots]


def substitute(roots: Iterable[Expr], table: Mapping[Expr, Expr]) -> list[Expr]:
    """``roots`` with each key of ``table`` replaced by its value."""
    return rewrite(roots, table.get)


def check_kinds(roots: Iterable[Expr]) -> None:
    """See that comparisons stand where a condition is wanted, and nowhere else.

    Raises:
        TypeError: naming the subexpression.
    """
    roots = list(roots)
    inner = [(a, e.op == "where" and k == 0) for e in walk(roots) for k, a in enumerate(e.args)]
    for e, wanted in [*inner, *((r, False) for r in roots)]:
        if wanted and e.op not in ("lt", "le"):
            raise TypeError(f"the condition of sg.where is a comparison, as in x > 0; got {to_text(e)}")
        if not wanted and e.op in ("lt", "le"):
            raise TypeError(f"a comparison is not a number: write sg.where({to_text(e)}, 1.0, 0.0)")
