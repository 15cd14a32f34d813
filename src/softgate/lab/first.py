"""A first study to begin with, and whether what a study names is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from softgate.errors import SoftgateError, UnknownNameError
from softgate.lab.study import Study, StudyError, Variant

__all__ = ["FIRST", "check_names"]

FIRST = Study(
    name="first",
    question="Does a GRU remember one symbol over 12 steps of noise with fewer steps of training than an LSTM?",
    hypothesis="Yes: it has one gate less to learn.",
    measure="steps to solved, at the best learning rate of each",
    variants=(
        Variant("lstm", {"cell": "lstm"}, "input, forget and output gates"),
        Variant("gru", {"cell": "gru"}, "reset and update gates"),
    ),
    tasks=({"task": "delayed_recall", "delay": 12},),
    seeds=3,
    rates=(0.003, 0.01),
    steps=1000,
    batch=16,
    measures=("saturation",),
    quick={"seeds": 1, "steps": 100},
)
"""What ``softgate lab new`` writes: 12 runs, seconds."""


def check_names(study: Study) -> None:
    """Whether the cells, tasks and measures that a study has by name are there, with their options, before any run.

    What it has as ``module:function`` is not imported here: it need only be there where runs are made.

    Raises:
        StudyError: one is not; the message says where in the study, and lists the near names.
    """
    from softgate import cells, tasks
    from softgate.lab import measures

    places: list[tuple[str, Callable[..., Any], Mapping[str, Any], str]]
    places = [(f"variant {v.name!r}", cells.get, v.cell, "cell") for v in study.variants if "cell" in v.cell]
    places += [("tasks", tasks.get, spec, "task") for spec in study.tasks]
    for where, get, spec, what in places:
        try:
            get(spec[what], **{name: value for name, value in spec.items() if name != what})
        except (SoftgateError, TypeError) as error:
            raise StudyError(f"{where}: {error}") from None
    for name in study.measures:
        if ":" not in name and name not in measures.__all__:
            raise StudyError(f"measures: {UnknownNameError('measure', name, measures.__all__)}")
