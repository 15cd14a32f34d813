"""The benchmark: machines drawn from all families, with options and disguises, reproducible from one seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

from softgate.errors import WiringError
from softgate.zoo.compiler import compile_program
from softgate.zoo.conditions import AtLeast, asked
from softgate.zoo.disguise import Disguise
from softgate.zoo.dressing import apply
from softgate.zoo.machine import Machine
from softgate.zoo.program import Program
from softgate.zoo.registry import get, names
from softgate.zoo.variables import Counter, Idle, Modular, Sign

__all__ = ["generate", "make"]


def make(
    name: str, program: Program, disguise: Disguise, seed: int, K: float = 20.0, hidden_size: int | None = None
) -> Machine:
    """A machine for a program, in disguise; the same one for the same arguments."""
    if not isinstance(program, Program):
        raise WiringError(f"zoo: program: expected a Program, got {type(program).__name__}")
    whole("seed", seed)
    random = np.random.default_rng([seed, 20])
    amplitudes = {v.name: round(float(random.uniform(disguise.rescaled, 1)), 3) for v in program.variables}
    size = None if hidden_size is None else hidden_size - disguise.added
    wiring = compile_program(program, K, amplitudes if disguise.rescaled < 1 else None, size)
    return Machine(name, apply(wiring, disguise, random), seed)


def generate(count: int, seed: int = 0, disguised: bool = True) -> Iterator[Machine]:
    """Draw machines: the families in turn, with options of theirs and, if asked for, a disguise of several parts.

    Machine k depends on `seed` and k alone, so the first hundred of a thousand are the hundred.

    Args:
        count: how many.
        seed: 0 or more.
        disguised: whether to disguise them.

    Raises:
        WiringError: for a count or seed below 0.
    """
    whole("count", count)
    whole("seed", seed)
    return _generated(count, seed, disguised)


def whole(name: str, value: Any) -> None:
    """Refuse what is no whole number from 0.

    Raises:
        WiringError: naming it.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise WiringError(f"zoo: {name}: expected a whole number from 0, got {value!r}")


def _generated(count: int, seed: int, disguised: bool) -> Iterator[Machine]:
    families = names()
    for k in range(count):
        random = np.random.default_rng([seed, k])
        found = get(families[k % len(families)])
        options = {key: values[int(random.integers(len(values)))] for key, values in found.choices.items()}
        program = found.program(**options)
        if disguised and random.random() < 0.25:
            idle = (Idle(name=f"idle_{n}") for n in range(int(random.integers(1, 4))))
            program = replace(program, variables=(*program.variables, *idle))
        disguise = _drawn(random, program) if disguised else Disguise()
        machine = make(found.name, program, disguise, int(random.integers(2**31)))
        machine.options.update(options, **_said(disguise))
        yield machine


def _drawn(random: np.random.Generator, program: Program) -> Disguise:
    """Each part of a disguise or not, by lot."""
    on = dict(zip((field.name for field in fields(Disguise)), random.random(9) < 0.5, strict=True))
    disguise = Disguise(
        rescaled=0.5 if on["rescaled"] else 1.0,
        split=int(random.integers(1, 3)) if on["split"] else 0,
        decoys=int(random.integers(1, 3)) if on["decoys"] else 0,
        distractors=int(random.integers(1, 7)) if on["distractors"] else 0,
        flipped=bool(on["flipped"]),
        noise=round(float(random.uniform(0.005, 0.03)), 4) if on["noise"] else 0.0,
        permuted=bool(on["permuted"]),
        rotated=bool(on["rotated"]),
    )
    if on["leak"] and random.random() < 0.5 and not _close(program):
        disguise = replace(disguise, leak=round(float(random.uniform(8, 12)), 2))
    return disguise


def _close(program: Program) -> bool:
    """Whether anybody asks for the level of a count: one that leaks is soon another level."""
    questions = [asked(c) for v in program.variables for c in v.conditions()]
    bounded = any(isinstance(v, Counter) and (v.floor, v.ceiling) != (None, None) for v in program.variables)
    return (
        bounded
        or any(isinstance(q, AtLeast) for q in questions)
        or any(isinstance(v, Modular | Sign) for v in program.variables)
    )


def _said(disguise: Disguise) -> dict[str, Any]:
    """The parts of a disguise that do something."""
    plain = Disguise()
    parts = {f.name: getattr(disguise, f.name) for f in fields(disguise)}
    return {"disguise": {k: v for k, v in parts.items() if v != getattr(plain, k)}} if disguise != plain else {}
