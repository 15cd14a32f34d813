"""Cells as equations: the ``@cell`` decorator, the :class:`Cell` it makes, and what makes a definition legal.

A definition is a function of ``z`` (gate pre-activations), ``prev`` (the states of the step before) and, if the cell
has per-unit weights, ``w``. It runs once, on symbols, and returns every signal by name. Words::

    z.i            W x + U h + b of gate i, the sum of its two parts
    z.i.x, z.i.h   its input part W x + b_ih and its hidden part U h + b_hh
    prev.c         state c of the step before
    w.p_f          a weight a unit, a parameter of shape [H]

A gate of which only ``.x`` is used has no hidden weights, and one of which only ``.h`` is used has no input weights.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from softgate.celltype import Cell, Slot, Source
from softgate.errors import CellDefinitionError, UnknownNameError
from softgate.site import Site
from softgate.symbols import Expr, as_expr, check_kinds, sym, symbols_in

__all__ = ["Cell", "Slot", "Source", "cell"]

Definition = Callable[..., Any]
Names = str | Sequence[str]


def _split(names: Names) -> tuple[str, ...]:
    return tuple(names.split()) if isinstance(names, str) else tuple(names)


@overload
def cell(define: Definition, *, gates: Names, state: Names = "h", weights: Names = ()) -> Cell: ...
@overload
def cell(
    *,
    gates: Names,
    state: Names = "h",
    weights: Names = (),
    feedback: Names = (),
    name: str | None = None,
    source: Source | None = None,
    note: str = "",
    options: Mapping[str, Any] | None = None,
) -> Callable[[Definition], Cell]: ...
def cell(
    define: Definition | None = None,
    *,
    gates: Names = (),
    state: Names = "h",
    weights: Names = (),
    feedback: Names = (),
    name: str | None = None,
    source: Source | None = None,
    note: str = "",
    options: Mapping[str, Any] | None = None,
) -> Any:
    """Make a :class:`Cell` from equations.

    Args:
        gates: names of the gates, in the order in which their weights are stacked: ``"i f g o"``.
        state: names of the states, the output state first: ``"h c"``.
        weights: names of weights a unit (peepholes and the like).
        feedback: states that enter the gates of the same name through weights of their own.
        name: the cell's name; the function's if not given.
        source: the publication.
        note: what differs from the standard LSTM.
        options: what the definition was made with, for display.

    Raises:
        CellDefinitionError: a wrong definition, pointing at the line to change.
    """

    def decorate(function: Definition) -> Cell:
        if not inspect.isfunction(function):
            came = f"got {type(function).__name__}: {function!r}"
            raise CellDefinitionError(f'cell: the definition is a function, below @sg.cell(gates="f g"); {came}')
        title = name or function.__name__
        where = Site(function, title)
        declared = _Declared(_split(gates), _split(state), _split(weights), _split(feedback))
        _check_declaration(declared, where)
        signals = _trace(function, declared, where)
        made = Cell(
            title,
            declared.gates,
            declared.states,
            signals,
            declared.weights,
            declared.feedback,
            source,
            note,
            dict(options or {}),
        )
        _check_cell(made, where)
        return made

    return decorate if define is None else decorate(define)


@dataclass(frozen=True)
class _Declared:
    gates: tuple[str, ...]
    states: tuple[str, ...]
    weights: tuple[str, ...]
    feedback: tuple[str, ...]


class _Names:
    """``z``, ``prev`` or ``w``: a name space that knows what it has."""

    def __init__(self, prefix: str, kind: str, names: tuple[str, ...]) -> None:
        self._prefix, self._kind, self._known = prefix, kind, names

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._known:
            raise UnknownNameError(self._kind, name, self._known)
        return sym(f"{self._prefix}.{name}")


def _check_declaration(d: _Declared, where: Site) -> None:
    if not d.states:
        raise where.error('no state: a cell carries at least its output, as in state="h"', where.of_argument("state"))
    if not d.gates:
        raise where.error('no gate: without one the input goes nowhere; as in gates="a"', where.of_argument("gates"))
    for kind, argument, names in (
        ("gate", "gates", d.gates),
        ("state", "state", d.states),
        ("weight", "weights", d.weights),
    ):
        for n in names:
            if not n.isidentifier() or n.startswith("_"):
                raise where.error(f"{kind} name {n!r} is not an identifier", where.of_argument(argument))
            if keyword.iskeyword(n):
                raise where.error(f"{kind} name {n!r} is a word of Python's own", where.of_argument(argument))
            if names.count(n) > 1:
                raise where.error(f"{kind} {n!r} is declared twice", where.of_argument(argument))
    for n in d.feedback:
        if n not in d.gates or n not in d.states:
            raise where.error(
                f"feedback {n!r} must be the name of a gate that is also a state", where.of_argument("feedback")
            )


def _trace(function: Definition, d: _Declared, where: Site) -> dict[str, Expr]:
    """Run the definition on symbols."""
    spaces = [_Names("z", "gate", d.gates), _Names("prev", "state", d.states)]
    if d.weights:
        spaces.append(_Names("w", "weight", d.weights))
    try:
        inspect.signature(function).bind(*spaces)
    except TypeError as e:
        wanted = "z, prev, w" if d.weights else "z, prev"
        right = f"write `def {function.__name__}({wanted}):`" + ("" if d.weights else " or declare weights=")
        raise where.error(f"the definition is called with ({wanted}): {right}; {e}") from e
    try:
        returned: object = function(*spaces)
    except Exception as e:
        reason = str(e) or type(e).__name__
        if isinstance(e, NameError):
            reason += "; a name is used before it is defined"
        raise where.error(reason, where.of_exception(e)) from e
    if not isinstance(returned, Mapping):
        came = type(returned).__name__
        wanted = "the definition returns every signal by name, as in `return dict(f=f, c=c, h=h)`"
        raise where.error(f"{wanted}; got {came}", where.of_signal())
    signals: dict[str, Expr] = {}
    for n, value in returned.items():
        if not isinstance(n, str) or not n.isidentifier():
            raise where.error(f"signal name {n!r} is not an identifier", where.of_signal())
        try:
            signals[n] = as_expr(value)
            check_kinds([signals[n]])
        except TypeError as e:
            raise where.error(f"signal {n!r}: {e}", where.of_signal(n)) from e
    return signals


def _check_cell(made: Cell, where: Site) -> None:
    """What a legal definition is: every state given, every gate and weight used."""
    for s in made.states:
        if s not in made.signals:
            given = ", ".join(made.signals)
            raise where.error(f"state {s!r} is never given: the returned names are {given}", where.of_signal())
    for n in symbols_in(*made.signals.values()):
        if n.split(".")[0] not in ("z", "prev", "w"):
            raise where.error(f"symbol {n!r} comes from elsewhere; a cell is made of z, prev, w and numbers")
    _check_states(made, where)
    used, shown = _named_in(*(made.signals[s] for s in made.states)), _named_in(*made.signals.values())
    for kind, argument, space, names in (
        ("gate", "gates", "z", made.gates),
        ("weight", "weights", "w", made.weights),
    ):
        for n in names:
            name = f"{space}.{n}"
            if name in shown and name not in used:
                message = (
                    f"{kind} {n!r} reaches no state: what is made of {name} is returned, and nothing depends on it"
                )
                raise where.error(message, where.of_use(n))
            if name not in used:
                message = f"{kind} {n!r} is declared but nobody uses {name}"
                raise where.error(message, where.of_use(n) or where.of_argument(argument))
    for n in made.feedback:
        if n not in made.h_gates:
            raise where.error(
                f"feedback {n!r} goes into the hidden part of its gate, and only z.{n}.x is used", where.of_use(n)
            )


def _named_in(*roots: Expr) -> set[str]:
    """What is read, without the part of a gate: ``z.i`` of ``z.i.x``. A gate may be called ``x`` itself."""
    return {".".join(n.split(".")[:2]) for n in symbols_in(*roots)}


def _check_states(made: Cell, where: Site) -> None:
    """Every state but the output is read at the next step; one that nobody reads is a signal."""
    read = symbols_in(*made.signals.values())
    for s in made.states[1:]:
        if f"prev.{s}" not in read and s not in made.feedback:
            raise where.error(
                f"state {s!r} is never read: nobody uses prev.{s}, so there is nothing to carry; leave it out of "
                "state= and it is a signal",
                where.of_argument("state"),
            )
