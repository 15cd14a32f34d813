"""A program: an alphabet, variables that change at its symbols, and what is shown of them.

:meth:`Program.run` is the meaning of a program, in numpy and without any net: what every machine is held to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from softgate.errors import UnknownNameError, WiringError
from softgate.zoo.conditions import Array, AtLeast, In, Is, Values, asked
from softgate.zoo.variables import (
    Automaton,
    Counter,
    Decay,
    Idle,
    Modular,
    Sensor,
    Sign,
    Switch,
    Timer,
    Toggle,
    Variable,
    World,
)

__all__ = ["Program", "Sampler"]

Sampler: TypeAlias = Callable[[np.random.Generator, int, int], Array]


@dataclass(frozen=True)
class Program:
    """What a machine computes.

    Attributes:
        alphabet: the symbols, in the order of their numbers.
        variables: in any order; all change at once.
        show: names of the variables that can be read off the output; all of them if None.
        weights: how often each symbol comes in samples, 1 if not named.
        sampler: draws whole-number sequences [T, B] from a generator, T and B, where samples are not to be independent.

    Raises:
        WiringError, UnknownNameError: from :meth:`check`, which `wire` calls.
    """

    alphabet: tuple[str, ...]
    variables: tuple[Variable, ...]
    show: tuple[str, ...] | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    sampler: Sampler | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The variables that the output tells."""
        if self.show is not None:
            return self.show
        return tuple(v.name for v in self.variables if not isinstance(v, Idle))

    def variable(self, name: str) -> Variable:
        """A variable by its name."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise UnknownNameError("variable", name, [v.name for v in self.variables])

    def start(self, shape: tuple[int, ...]) -> dict[str, Array]:
        """The values before the first symbol, each of that shape."""
        return {v.name: np.full(shape, v.start, np.int64) for v in self.variables}

    def step(self, ids: Array, before: Values) -> dict[str, Array]:
        """The values after one symbol; `ids` and the values are of one shape."""
        world = World(self.alphabet, ids, before)
        return {v.name: v.after(world) for v in self.variables}

    def steps(self, ids: Array, before: Values | None = None) -> Iterator[dict[str, Array]]:
        """The values after each symbol of ids [T, B], each [B]."""
        values = dict(before) if before is not None else self.start(ids.shape[1:])
        for now in ids:
            values = self.step(now, values)
            yield values

    def run(self, ids: Array, before: Values | None = None) -> dict[str, Array]:
        """The values after each symbol.

        Args:
            ids: [T, B], whole numbers below A.
            before: values to go on from, each [B]; those of the start if None.

        Returns:
            Variable to values [T, B].
        """
        found = list(self.steps(ids, before))
        return {v.name: np.array([values[v.name] for values in found]).reshape(ids.shape) for v in self.variables}

    def sample(self, steps: int, batch: int, seed: int) -> Array:
        """Symbols [T, B], drawn with the weights of the program, or by its sampler."""
        random = np.random.default_rng(seed)
        if self.sampler is not None:
            return self.sampler(random, steps, batch)
        weights = np.array([self.weights.get(symbol, 1.0) for symbol in self.alphabet])
        return random.choice(len(self.alphabet), size=(steps, batch), p=weights / weights.sum())

    def check(self) -> None:
        """Raise unless this is a program.

        Raises:
            WiringError: for a name used twice, a condition that asks the wrong kind of variable, a bound that is none.
            UnknownNameError: for a symbol, or a variable in a condition or in `show`, that does not exist.
        """
        names = [v.name for v in self.variables]
        for name in names:
            if names.count(name) > 1:
                raise WiringError(f"{name}: two variables have this name, each needs its own")
        if len(set(self.alphabet)) < len(self.alphabet) or not self.alphabet:
            raise WiringError(f"alphabet: expected different symbols, at least one, got {self.alphabet}")
        if not self.variables:
            raise WiringError("program: expected at least one variable, got none")
        weights = [self.weights.get(symbol, 1.0) for symbol in self.alphabet]
        if min(weights) < 0 or not 0 < sum(weights) < np.inf:
            raise WiringError(f"weights: expected numbers from 0, not all of them 0, got {dict(self.weights)}")
        for name in self.shown:
            self.variable(name)
        for variable in self.variables:
            _check_tuples(variable)
            for symbol in sorted(variable.mentions()):
                if symbol not in self.alphabet:
                    raise UnknownNameError(f"symbol (of {variable.name})", symbol, self.alphabet)
            self._check_conditions(variable)
            _check_numbers(variable)

    def _check_conditions(self, variable: Variable) -> None:
        if variable.when and not isinstance(variable, Switch | Counter | Modular):
            raise WiringError(f"{variable.name}: {_kind(variable)} has no conditions; a switch, Counter or Modular has")
        for condition in variable.conditions():
            question = asked(condition)
            other = self.variable(question.name)
            wanted: type[Variable] | tuple[type[Variable], ...]
            match question:
                case Is():
                    wanted, kinds = Switch, "a latch, toggle, flag or copy"
                    if isinstance(other, Switch) and other.start == 0:
                        raise WiringError(
                            f"{variable.name}: asks {other.name!r}, which is neither on nor off before its first "
                            "event; let it begin at 1 or -1"
                        )
                case AtLeast():
                    wanted, kinds = (Counter, Modular, Timer), "a counter or timer"
                case In():
                    wanted, kinds = Automaton, "an automaton"
            if not isinstance(other, wanted):
                raise WiringError(f"{variable.name}: '{question}' asks {kinds}, {other.name!r} is a {_kind(other)}")
        if isinstance(variable, Sign) and not isinstance(self.variable(variable.of), Counter):
            raise WiringError(f"{variable.name}: Sign is of a counter, {variable.of!r} is none")


def _check_tuples(variable: Variable) -> None:
    """A text is a sequence of letters, so that one symbol in the place of several would be several others."""
    for name in ("on", "off", "flip", "since", "reset"):
        given = getattr(variable, name, None)
        if isinstance(given, str):
            raise WiringError(f"{variable.name}: {name}: expected a tuple of symbols, ({given!r},), got {given!r}")


def _check_numbers(variable: Variable) -> None:
    low, high = variable.span
    if not low <= variable.start <= high:
        raise WiringError(f"{variable.name}: starts at {variable.start}, which is not within {low} and {high}")
    told = variable.add if isinstance(variable, Counter) else variable.values if isinstance(variable, Sensor) else {}
    for symbol, number in told.items():
        if not isinstance(number, int | np.integer):
            raise WiringError(f"{variable.name}: expected a whole number of steps at {symbol!r}, got {number!r}")
    step = getattr(variable, "step", 1.0)
    if not 0 < step <= 1:
        raise WiringError(f"{variable.name}: expected a step above 0 and at most 1, got {step}")
    if isinstance(variable, Counter):
        for symbol, amount in variable.add.items():
            if abs(amount) * step > 1:
                raise WiringError(
                    f"{variable.name}: adds {amount} x {step} at {symbol!r}; one step of a cell adds at most 1, so "
                    f"take a step of {1 / abs(amount):.3g} or less"
                )
    if isinstance(variable, Toggle) and variable.begin == 0 and not (variable.on or variable.off):
        raise WiringError(f"{variable.name}: nothing ever takes it away from 0; let it begin at 1 or -1")
    if isinstance(variable, Sensor) and (most := max(map(abs, variable.span)) * variable.scale) > 1:
        raise WiringError(f"{variable.name}: its greatest value is kept as {most:g}, and one step writes at most 1")
    if isinstance(variable, Modular) and variable.modulus < 2:
        raise WiringError(f"{variable.name}: expected a modulus of 2 or more, got {variable.modulus}")
    if isinstance(variable, Decay) and not 0 < variable.keep < 1:
        raise WiringError(f"{variable.name}: keep is a share above 0 and below 1, got {variable.keep}")
    if isinstance(variable, Automaton):
        for state, row in enumerate(variable.table):
            for symbol, target in row.items():
                if not 0 <= target < len(variable.table):
                    raise WiringError(
                        f"{variable.name}: state {state} goes to {target} at {symbol!r}; there are the states 0 to "
                        f"{len(variable.table) - 1}"
                    )


def _kind(variable: Variable) -> str:
    return type(variable).__name__
