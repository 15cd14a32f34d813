"""A laboratory: studies as data, the runs they take, and what follows from them.

``lab.run(study, folder)`` makes every run that is missing; ``lab.load(folder)`` is the table of them, one row a run.
"""

from __future__ import annotations

from softgate.lab.results import load
from softgate.lab.runner import Outcome, Standing, run
from softgate.lab.store import ResultsError, ResultsWarning
from softgate.lab.study import Study, StudyError, Variant, key_of

__all__ = [
    "Outcome",
    "ResultsError",
    "ResultsWarning",
    "Standing",
    "Study",
    "StudyError",
    "Variant",
    "key_of",
    "load",
    "run",
]
