"""A study as data: what is asked, what is expected, what is measured, and every run that it takes.

All of it is written down before the first run, as JSON. A run is a plain dict that says everything its outcome depends
on, and its key is the SHA-256 of that dict, so a result can be found again, and can only be found, under what made it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from softgate.lab.checked import (
    StudyError,
    canonical,
    count,
    distinct,
    known_fields,
    mapping,
    plain_data,
    several,
    text,
)
from softgate.lab.variant import Variant, variant_of
from softgate.native import native

__all__ = ["FORMAT", "Study", "StudyError", "Variant", "canonical", "key_of", "task_label"]

FORMAT = 1
SPACINGS = ("even", "ratio")
"""Of the dict of a run; it is part of every key."""

_COUNTS = dict.fromkeys(("seeds", "steps", "batch", "hidden_size", "evaluations", "tests"), 1) | {"first_seed": 0}
"""Fields that are whole numbers, and the least of each."""

_NEEDED = frozenset({"name", "question", "hypothesis", "measure", "variants", "tasks"})


@dataclass(frozen=True)
class Study:
    """A question, what is expected, and the runs that decide. Immutable; ``replace`` of dataclasses makes others.

    Attributes:
        name: short; the name of its folder of results.
        question, hypothesis, measure: in words, before the run.
        variants: what is compared.
        tasks: for each its spec, ``{"task": "parity", "length": 40}``.
        seeds: how many, from ``first_seed`` on. A seed is that of the first weights and of the data, for all variants.
        rates: learning rates; every variant runs with each.
        steps: steps of the optimiser.
        batch: sequences a step.
        hidden_size: H.
        measures: what is asked of each trained net: names of :mod:`softgate.lab.measures`, or ``"module:function"``.
        checkpoints: steps at which they are asked too, beside the end.
        evaluations: how many times in a training the score is taken.
        spacing: of those: ``"even"``; or ``"ratio"``, each later than the last by the same ratio, so that steps until
            solved are known equally well in doublings, whether they are many or few. What falls together counts once.
        tests: sequences that a score is taken on.
        curves: whether rows keep the score and the loss of every look; without, they are a twentieth of the size.
        quick: fields to replace for a run in a minute or two; variants may be names.
    """

    name: str
    question: str
    hypothesis: str
    measure: str
    variants: tuple[Variant, ...]
    tasks: tuple[Mapping[str, Any], ...]
    seeds: int = 10
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03)
    steps: int = 2000
    batch: int = 32
    hidden_size: int = 16
    measures: tuple[str, ...] = ()
    checkpoints: tuple[int, ...] = ()
    evaluations: int = 20
    spacing: str = "even"
    tests: int = 256
    first_seed: int = 0
    curves: bool = True
    quick: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("variants", "tasks", "rates", "measures", "checkpoints"):
            object.__setattr__(self, name, several(getattr(self, name), name))
        object.__setattr__(self, "variants", tuple(variant_of(v) for v in self.variants))
        for name in ("rates", "curves", "quick"):
            object.__setattr__(self, name, native(getattr(self, name)))
        for name, least in _COUNTS.items():
            object.__setattr__(self, name, count(getattr(self, name), name, least))
        object.__setattr__(self, "checkpoints", tuple(count(step, "checkpoints") for step in self.checkpoints))
        _check(self)
        object.__setattr__(self, "tasks", native(self.tasks))
        object.__setattr__(self, "rates", tuple(float(rate) for rate in self.rates))

    def quickly(self) -> Study:
        """The study with what ``quick`` replaces; variants may be chosen there by name."""
        fields_ = dict(self.quick)
        if "variants" in fields_:
            by_name = {v.name: v for v in self.variants}
            fields_["variants"] = [by_name.get(v, v) if isinstance(v, str) else v for v in fields_["variants"]]
        return replace(self, **fields_, quick={})

    def runs(self) -> list[dict[str, Any]]:
        """Every run, in the order in which they are best made: some of everything first."""
        return [
            self._run(variant, task, seed, rate)
            for seed in range(self.first_seed, self.first_seed + self.seeds)
            for task in self.tasks
            for variant in self.variants
            for rate in self.rates
        ]

    def _run(self, variant: Variant, task: Mapping[str, Any], seed: int, rate: float) -> dict[str, Any]:
        # What is usual is not named, so that runs keep the keys that they had before there was a choice.
        spaced = {} if self.spacing == "even" else {"spacing": self.spacing}
        return {
            "format": FORMAT,
            "variant": variant.name,
            "cell": dict(variant.cell),
            "hidden_size": self.hidden_size if variant.hidden_size is None else variant.hidden_size,
            "forget_bias": variant.forget_bias,
            "task": dict(task),
            "seed": seed,
            "rate": rate,
            "steps": self.steps,
            "batch": self.batch,
            "evaluations": self.evaluations,
            **spaced,
            "tests": self.tests,
            "measures": list(self.measures),
            "checkpoints": list(self.checkpoints),
        }

    def to_json(self) -> str:
        """The study as JSON, one field a line or more."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, data: str | bytes) -> Study:
        """The study that :meth:`to_json` gave. Nothing of it is imported or run.

        Raises:
            StudyError: it is not JSON, or a field is missing, unknown or not what it has to be.
        """
        try:
            found = json.loads(data)
        except ValueError as error:
            raise StudyError(f"a study is JSON; this is not: {error}") from None
        known = {f.name for f in fields(cls)}
        if not isinstance(found, dict) or found.pop("format", FORMAT) != FORMAT:
            raise StudyError(f"expected a JSON object of format {FORMAT}, as Study.to_json() writes it")
        known_fields(found, known, "study", _NEEDED)
        return cls(**found)

    @classmethod
    def read(cls, path: Path | str) -> Study:
        """The study in a file.

        Raises:
            StudyError: there is no such file, or no study in it.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise StudyError(
                f"{path} cannot be read: {error.strerror or error}; expected a study, as `softgate lab new` writes one"
            ) from None
        try:
            return cls.from_json(data)
        except StudyError as error:
            raise StudyError(f"{path}: {error}") from None


def key_of(run: Mapping[str, Any]) -> str:
    """SHA-256 of a run's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(run).encode()).hexdigest()


def task_label(spec: Mapping[str, Any]) -> str:
    """A task in a word: its name, and its options behind it."""
    options = ", ".join(f"{k}={v}" for k, v in sorted(spec.items()) if k != "task")
    return f"{spec['task']}({options})" if options else str(spec["task"])


def _check(study: Study) -> None:
    for name in ("name", "question", "hypothesis", "measure"):
        text(getattr(study, name), name)
    if study.spacing not in SPACINGS:
        raise StudyError(f"spacing: expected one of {', '.join(SPACINGS)}; got {study.spacing!r}")
    if not isinstance(study.curves, bool):
        raise StudyError(f"curves: expected true or false, got {study.curves!r}")
    for name, least in (("variants", 1), ("tasks", 1), ("rates", 1)):
        if len(getattr(study, name)) < least:
            raise StudyError(f"{name}: expected at least {least}, got none")
    distinct([v.name for v in study.variants], "variants: names")
    for task in study.tasks:
        if not isinstance(mapping(task).get("task"), str):
            raise StudyError(f'tasks: expected specs such as {{"task": "parity"}}, got {task!r}')
        plain_data(task, "tasks")
    distinct([task_label(t) for t in study.tasks], "tasks")
    for rate in study.rates:
        if type(rate) not in (int, float) or not (math.isfinite(rate) and rate > 0):
            raise StudyError(f"rates: expected positive numbers, got {rate!r}")
    distinct([float(rate) for rate in study.rates], "rates")
    distinct(list(study.checkpoints), "checkpoints")
    for name in study.measures:
        text(name, "measures")
    distinct(list(study.measures), "measures")
    if mapping(study.quick) is not study.quick:
        raise StudyError(f"quick: expected fields to replace, got {study.quick!r}")
    known_fields(study.quick, {f.name for f in fields(Study)} - {"quick", "name"}, "quick")
