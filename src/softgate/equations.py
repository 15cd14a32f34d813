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

import hashlib
import linecache
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Union

from softgate.calculus import expand
from softgate.errors import CellDefinitionError, UnknownNameError
from softgate.symbols import Expr, as_expr, node, substitute, sym, symbols_in, to_text, walk

Definition = Callable[..., Mapping[str, Any]]
Names = Union[str, Sequence[str]]


@dataclass(frozen=True)
class Source:
    """Where a cell comes from: authors, title, year, and the equations of the publication."""

    authors: str
    title: str
    year: int
    where: str = ""

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}). {self.title}." + (f" {self.where}." if self.where else "")


@dataclass(frozen=True)
class Slot:
    """One matrix product of a step: a gate's whole pre-activation, or one part of it.

    ``part`` is ``"xh"`` (input and hidden summed), ``"x"`` or ``"h"``.
    """

    gate: str
    part: str

    @property
    def symbol(self) -> str:
        """The name of the symbol that stands for it: ``z.i``, ``z.n.x`` ..."""
        return f"z.{self.gate}" + ("" if self.part == "xh" else f".{self.part}")


@dataclass(frozen=True, eq=False)
class Cell:
    """A recurrent cell: its equations and what they need.

    Attributes:
        name: what it is called.
        gates: gate names in the order in which their weights are stacked.
        states: what is carried to the next step; the first is the output state ``h``.
        signals: every named value of a step with its expression, in the order of the definition.
        weights: names of the weights a unit, each a parameter of shape [H].
        feedback: states that also enter, through weights of their own, the gates of the same name (full gate recurrence).
        source: the publication; ``note`` says what differs from the standard LSTM.
    """

    name: str
    gates: tuple[str, ...]
    states: tuple[str, ...]
    signals: Mapping[str, Expr]
    weights: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    source: Source | None = None
    note: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The matrix products of a step: those of ``x`` alone first, then of both, then of ``h`` alone.

        So the products with ``x`` are the first ones and those with ``h`` the last ones, each a contiguous range.
        """
        used = set(symbols_in(*self.signals.values()))
        kinds: dict[str, list[Slot]] = {"x": [], "xh": [], "h": []}
        for gate in self.gates:
            parts = [p for p in ("x", "h") if f"z.{gate}.{p}" in used]
            if f"z.{gate}" in used:
                parts = ["x", "h"] if parts else ["xh"]
            for part in parts:
                kinds[part].append(Slot(gate, part))
        return (*kinds["x"], *kinds["xh"], *kinds["h"])

    @cached_property
    def x_gates(self) -> tuple[str, ...]:
        """Gates with input weights, in the order of ``weight_ih`` rows ([len(x_gates) * H, I])."""
        return tuple(g for g in self.gates if any(s.gate == g and "x" in s.part for s in self.slots))

    @cached_property
    def h_gates(self) -> tuple[str, ...]:
        """Gates with hidden weights, in the order of ``weight_hh`` rows ([len(h_gates) * H, P])."""
        return tuple(g for g in self.gates if any(s.gate == g and "h" in s.part for s in self.slots))

    @cached_property
    def step_signals(self) -> dict[str, Expr]:
        """The signals in terms of the slots: where a gate is split, ``z.n`` is written ``z.n.x + z.n.h``."""
        split = {s.gate for s in self.slots if s.part != "xh"}
        whole = {
            sym(f"z.{g}"): sym(f"z.{g}.x") + sym(f"z.{g}.h")
            for g in split
            if Slot(g, "x") in self.slots and Slot(g, "h") in self.slots
        }
        return dict(zip(self.signals, substitute(self.signals.values(), whole), strict=True))

    @cached_property
    def equations(self) -> dict[str, Expr]:
        """Each signal as the author wrote it, with the signals given before it under their names."""
        named: dict[Expr, Expr] = {}
        shown: dict[str, Expr] = {}
        for name, e in self.signals.items():
            shown[name] = _with_names(e, named)
            if e.op != "const" and not str(e.attr).startswith(("prev.", "w.")):
                named.setdefault(e, sym(name))
        return shown

    @cached_property
    def text(self) -> str:
        """The equations, one a line, after a line that says what is declared."""
        head = f"gates {' '.join(self.gates)}; state {' '.join(self.states)}"
        head += f"; weights {' '.join(self.weights)}" * bool(self.weights)
        head += f"; feedback {' '.join(self.feedback)}" * bool(self.feedback)
        return "\n".join([head, *(f"{name} = {to_text(e)}" for name, e in self.equations.items())])

    @cached_property
    def key(self) -> str:
        """A fingerprint of the equations: two cells with one key compute the same."""
        roots = expand(self.signals.values())
        number = {id(e): n for n, e in enumerate(walk(roots))}
        lines = [f"{e.op} {e.attr!r} {[number[id(a)] for a in e.args]}" for e in walk(roots)]
        lines += [f"{name} = {number[id(e)]}" for name, e in zip(self.signals, roots, strict=True)]
        declared = (self.gates, self.states, self.weights, self.feedback)
        return hashlib.sha256("\n".join([repr(declared), *lines]).encode()).hexdigest()[:24]

    def with_name(self, name: str, **changes: Any) -> Cell:
        """The same equations under another name, with other remarks."""
        return replace(self, name=name, **changes)

    def __repr__(self) -> str:
        return f"<cell {self.name}: gates {' '.join(self.gates)}, state {' '.join(self.states)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (
            self.name,
            self.gates,
            self.states,
            dict(self.signals),
            self.weights,
            self.feedback,
            self.source,
            self.note,
            dict(self.options),
        )


def _with_names(e: Expr, named: Mapping[Expr, Expr]) -> Expr:
    """``e`` with the outermost subexpressions that have a name replaced by it."""
    if e in named:
        return named[e]
    return e if not e.args else node(e.op, *(_with_names(a, named) for a in e.args), attr=e.attr)


def _restore(*fields: Any) -> Cell:
    return Cell(*fields)


def _split(names: Names) -> tuple[str, ...]:
    return tuple(names.split()) if isinstance(names, str) else tuple(names)


def cell(
    define: Definition | None = None,
    *,
    gates: Names,
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
        title = name or function.__name__
        where = _Where(function, title)
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


class _Where:
    """The definition's place in the user's file, for messages."""

    def __init__(self, function: Definition, title: str) -> None:
        self.code = function.__code__
        self.title = title

    def error(self, message: str, line: int | None = None) -> CellDefinitionError:
        file, line = self.code.co_filename, line or self.code.co_firstlineno
        return CellDefinitionError(f"cell {self.title}: {message}", file, line, linecache.getline(file, line) or None)

    def line_of(self, word: str) -> int | None:
        """The last line of the definition that has this word."""
        lines = {ln for _, _, ln in self.code.co_lines() if ln}
        has = [ln for ln in range(min(lines), max(lines) + 1) if word in linecache.getline(self.code.co_filename, ln)]
        return has[-1] if has else None


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


def _check_declaration(d: _Declared, where: _Where) -> None:
    if not d.states:
        raise where.error('no state: a cell carries at least its output, as in state="h"')
    for kind, names in (("gate", d.gates), ("state", d.states), ("weight", d.weights)):
        for n in names:
            if not n.isidentifier():
                raise where.error(f"{kind} name {n!r} is not an identifier")
            if names.count(n) > 1:
                raise where.error(f"{kind} {n!r} is declared twice")
    for n in d.feedback:
        if n not in d.gates or n not in d.states:
            raise where.error(f"feedback {n!r} must be the name of a gate that is also a state")


def _trace(function: Definition, d: _Declared, where: _Where) -> dict[str, Expr]:
    """Run the definition on symbols."""
    spaces = [_Names("z", "gate", d.gates), _Names("prev", "state", d.states)]
    if d.weights:
        spaces.append(_Names("w", "weight", d.weights))
    try:
        returned = function(*spaces)
    except Exception as e:
        frames = [f for f in traceback.extract_tb(e.__traceback__) if f.name == where.code.co_name]
        line = frames[-1].lineno if frames else None
        reason = str(e)
        if isinstance(e, NameError):
            reason += "; a name is used before it is defined"
        raise where.error(reason, line) from e
    if not isinstance(returned, Mapping):
        came = type(returned).__name__
        raise where.error(
            f"the definition returns every signal by name, as in `return dict(f=f, c=c, h=h)`; got {came}",
            where.line_of("return"),
        )
    signals: dict[str, Expr] = {}
    for n, value in returned.items():
        try:
            signals[n] = as_expr(value)
        except TypeError as e:
            raise where.error(f"signal {n!r}: {e}", where.line_of("return")) from e
    return signals


def _check_cell(made: Cell, where: _Where) -> None:
    """What a legal definition is: every state given, every gate and weight used."""
    for s in made.states:
        if s not in made.signals:
            given = ", ".join(made.signals)
            raise where.error(f"state {s!r} is never given: the returned names are {given}", where.line_of("return"))
    used = symbols_in(*made.signals.values())
    for g in made.gates:
        if not any(name == f"z.{g}" or name.startswith(f"z.{g}.") for name in used):
            raise where.error(f"gate {g!r} is declared but nobody uses z.{g}", where.line_of("gates"))
    for w in made.weights:
        if f"w.{w}" not in used:
            raise where.error(f"weight {w!r} is declared but nobody uses w.{w}", where.line_of("weights"))
    for n in used:
        if n.split(".")[0] not in ("z", "prev", "w"):
            raise where.error(f"symbol {n!r} comes from elsewhere; a cell is made of z, prev, w and numbers")
