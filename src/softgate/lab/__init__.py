"""A laboratory: studies as data, the runs they take, and what follows from them.

``lab.run(study, folder)`` makes every run that is missing; ``lab.load(folder)`` is the table of them, one row a run;
``lab.verdict(rule, table)`` says what a rule that was fixed beforehand makes of it.
"""

from __future__ import annotations

from softgate.lab.checked import StudyError
from softgate.lab.pairs import at_best_rate, differences, rate_effects
from softgate.lab.results import load
from softgate.lab.rules import Rule
from softgate.lab.runner import Outcome, Standing, run
from softgate.lab.store import ResultsError, ResultsWarning
from softgate.lab.study import Study, Variant, key_of, task_label
from softgate.lab.verdicts import Comparison, Verdict, verdict

__all__ = [
    "Comparison",
    "Outcome",
    "ResultsError",
    "ResultsWarning",
    "Rule",
    "Standing",
    "Study",
    "StudyError",
    "Variant",
    "Verdict",
    "at_best_rate",
    "differences",
    "key_of",
    "load",
    "rate_effects",
    "run",
    "task_label",
    "verdict",
]
