"""The :class:`Cell`: equations and what they need. Made by :func:`softgate.equations.cell`, immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from softgate.calculus import expand
from softgate.errors import CellDefinitionError
from softgate.symbols import Expr, const, node, substitute, sym, symbols_in, to_text, walk


@dataclass(frozen=True)
class Source:
    """Where a cell comes from: authors, title, year, and the equations of the publication."""

    authors: str
    title: str
    year: int
    where: str = ""

    def __str__(self) -> str:
        stop = "" if self.title.endswith(("?", "!")) else "."
        return f"{self.authors} ({self.year}). {self.title}{stop}" + (f" {self.where}." if self.where else "")


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
        feedback: states that also enter the gates of the same name, through weights of their own.
        through: gates whose hidden product is not of the state before but of a signal of the same step, by gate that
            signal: ``{"n": "rh"}`` of a GRU that resets before its product. Kernels have no such product.
        given: values that come from outside, as an edit's do, by name with their kind: ``"unit"`` [H], ``"row"`` one a
            sequence and step, [T, B, 1], ``"full"`` [T, B, H]. Their symbols are ``w.<name>``; they have no gradient,
            and follow the weights a unit wherever those are passed on.
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
    given: Mapping[str, str] = field(default_factory=dict)
    through: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for gate, signal in self.through.items():
            made = symbols_in(self.signals[signal]) if signal in self.signals else ()
            early = {f"z.{g}{part}" for g in self.through for part in ("", ".x", ".h")}
            states = {self.signals.get(s) for s in self.states} & set(walk([self.signals.get(signal, const(0.0))]))
            if gate not in self.gates or signal not in self.signals or early.intersection(made) or states:
                raise CellDefinitionError(f"cell {self.name}: gate {gate!r} cannot have a product of {signal!r}")

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
            shown[name] = with_names(e, named)
            if e.op != "const" and not str(e.attr).startswith(("prev.", "w.")):
                named.setdefault(e, sym(name))
        return shown

    @cached_property
    def text(self) -> str:
        """The equations, one a line, after a line that says what is declared."""
        head = f"gates {' '.join(self.gates)}; state {' '.join(self.states)}"
        head += f"; weights {' '.join(self.weights)}" * bool(self.weights)
        head += f"; feedback {' '.join(self.feedback)}" * bool(self.feedback)
        head += f"; through {', '.join(f'{g} ({s})' for g, s in self.through.items())}" * bool(self.through)
        head += f"; given {' '.join(f'{name} ({kind})' for name, kind in self.given.items())}" * bool(self.given)
        return "\n".join([head, *(f"{name} = {to_text(e)}" for name, e in self.equations.items())])

    @cached_property
    def key(self) -> str:
        """A fingerprint of the equations: two cells with one key compute the same."""
        roots = expand(self.signals.values())
        number = {id(e): n for n, e in enumerate(walk(roots))}
        lines = [f"{e.op} {e.attr!r} {[number[id(a)] for a in e.args]}" for e in walk(roots)]
        lines += [f"{name} = {number[id(e)]}" for name, e in zip(self.signals, roots, strict=True)]
        declared: tuple[Any, ...] = (self.gates, self.states, self.weights, self.feedback)
        declared += (sorted(self.given.items()),) * bool(self.given)
        declared += (("through", sorted(self.through.items())),) * bool(self.through)
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
            dict(self.given),
            dict(self.through),
        )


def with_names(e: Expr, named: Mapping[Expr, Expr]) -> Expr:
    """``e`` with the outermost subexpressions that have a name replaced by it."""
    if e in named:
        return named[e]
    return e if not e.args else node(e.op, *(with_names(a, named) for a in e.args), attr=e.attr)


def _restore(*fields: Any) -> Cell:
    return Cell(*fields)
