"""For tests, of softgate and of your own cells: comparisons that raise, random problems, and the contract of a backend.

``sg.testing.check(cell)`` runs the contract; ``CHECKS`` is the list of it, ``contract`` adds to it.
"""

from __future__ import annotations

from softgate.testing import checks as checks  # the list fills as the file is read
from softgate.testing.compare import FLOORS, TOLERANCES, assert_close, assert_equal, numerics
from softgate.testing.contract import CHECKS, Bench, check, contract
from softgate.testing.problem import Problem, make, random_weights

__all__ = [
    "CHECKS",
    "FLOORS",
    "TOLERANCES",
    "Bench",
    "Problem",
    "assert_close",
    "assert_equal",
    "check",
    "contract",
    "make",
    "numerics",
    "random_weights",
]
