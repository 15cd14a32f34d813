"""The role of a variable's unit by the definitions: what its signature is at each symbol, for every context.

A unit whose effect at a symbol depends on another unit, or on its own level, has no one signature there: it is mixed,
however simple its idea. What it would be if its conditions were symbols of their own is its `kind`.
"""

from __future__ import annotations

from softgate.zoo.conditions import Is, Not
from softgate.zoo.program import Program
from softgate.zoo.variables import (
    Automaton,
    Constant,
    Copy,
    Counter,
    Decay,
    Flag,
    Idle,
    Latch,
    Modular,
    Sensor,
    Sign,
    Timer,
    Toggle,
    Variable,
)

__all__ = ["events", "kind", "role"]


def kind(variable: Variable, program: Program) -> str:
    """What the variable is where its conditions hold."""
    match variable:
        case Toggle():
            return "toggle"
        case Latch(on=on, off=off):
            return "sensor" if {*on, *off} == {*program.alphabet} else "latch"
        case Counter():
            steps = {variable.add.get(s, 0) for s in program.alphabet if s not in variable.reset}
            if len(steps) == 1:
                return "timer"
            return "counter" if len({abs(step) for step in steps} - {0}) == 1 else "integrator"
        case Decay() | Timer():
            return "timer"
        case Flag(name=name, when=when) if when == (Not(Is(name)),):
            return "toggle"  # on unless it was on: parity of the symbols in a row
        case Sensor() | Flag():
            return "sensor"
        case Constant():
            return "constant"
        case Idle():
            return "dead"
        case _:
            return "mixed"


def role(variable: Variable, program: Program) -> str:
    """The role of the variable's unit."""
    bounded = isinstance(variable, Counter) and (variable.floor is not None or variable.ceiling is not None)
    alone = not variable.conditions() or (kind(variable, program) == "toggle" and isinstance(variable, Flag))
    return kind(variable, program) if alone and not bounded else "mixed"


def events(variable: Variable) -> dict[str, str]:
    """What each symbol does to the variable: ``{"A": "+1", "B": "-1 if open"}``; those that do nothing are left out."""
    found: dict[str, str] = {}
    match variable:
        case Toggle():
            found = dict.fromkeys(variable.on, "set") | dict.fromkeys(variable.off, "clear")
            found |= dict.fromkeys(variable.flip, "flip")
        case Latch():
            found = dict.fromkeys(variable.on, "set") | dict.fromkeys(variable.off, "clear")
        case Counter():
            found = {symbol: f"{amount:+d}" for symbol, amount in variable.add.items() if amount}
        case Modular():
            found = dict.fromkeys(variable.on, f"+1 mod {variable.modulus}")
        case Timer():
            found = dict.fromkeys(variable.since, "reset")
        case Sensor():
            found = {symbol: f"is {value:+d}" for symbol, value in variable.values.items()}
        case Flag(name=name, when=when, on=on) if when == (Not(Is(name)),):
            return dict.fromkeys(on, "flip")
        case Flag():
            found = dict.fromkeys(variable.on, "set")
        case Copy(on=on, of=of):
            found = dict.fromkeys(on or ("every symbol",), f"copy {of}")
        case Sign(of=of):
            found = {"every symbol": f"sign of {of}"}
        case Automaton():
            found = {}
        case _:
            pass
    asked = {symbol: " and ".join(map(str, variable.guards(symbol))) for symbol in found}
    found = {symbol: f"{effect} if {asked[symbol]}" if asked[symbol] else effect for symbol, effect in found.items()}
    return found | (dict.fromkeys(variable.reset, "reset") if isinstance(variable, Counter) else {})
