"""The best that a straight line through many numbers can do, by scikit-learn: logistic for yes or no, else ridge.

How strongly it is held back is chosen on the last fifth of what it is fitted on, which is then fitted again as a whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError
from softgate.track import auc, graded

Floats = NDArray[np.float64]

STRENGTHS = (1e-4, 1e-2, 1.0)
MOST = 12000
"""A fit sees at most so many steps, evenly spaced."""


def fitted(x: NDArray[Any], y: Floats, binary: bool, judged: NDArray[Any]) -> Floats:
    """Fit [N, n] to [N] and predict for `judged` [M, n]: [M], log odds for yes or no."""
    with _one_thread():
        return _chosen(x, y, binary, judged)


def _chosen(x: NDArray[Any], y: Floats, binary: bool, judged: NDArray[Any]) -> Floats:
    stride = -(-len(x) // MOST)
    x, y = np.asarray(x[::stride], np.float64), y[::stride]
    if len(y) < 3 or np.ptp(y) == 0:
        return np.zeros(len(judged))
    edge = len(y) * 4 // 5
    best, strength = -np.inf, STRENGTHS[1]
    if np.ptp(y[:edge]) > 0 and np.ptp(y[edge:]) > 0:
        for candidate in STRENGTHS:
            guess = _predicted(_machine(binary, candidate, edge).fit(x[:edge], y[:edge]), x[edge:], binary)
            value = auc(guess, y[edge:]) if binary else graded(guess, y[edge:])
            if np.isfinite(value) and value > best:
                best, strength = value, candidate
    return _predicted(_machine(binary, strength, len(y)).fit(x, y), np.asarray(judged, np.float64), binary)


def _one_thread() -> Any:
    """Such small products are faster on one thread, by far where other threads of the machine are busy."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise MissingExtraError("scikit-learn", "probes", "a linear probe") from None
    return threadpool_limits(1)


def _machine(binary: bool, strength: float, steps: int) -> Any:
    """A pipeline; `strength` is the penalty a step."""
    try:
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise MissingExtraError("scikit-learn", "probes", "a linear probe") from None
    if binary:
        model = LogisticRegression(C=1 / (strength * steps), tol=1e-3, max_iter=1000)
    else:
        model = Ridge(alpha=strength * steps)
    return make_pipeline(StandardScaler(), model)


def _predicted(machine: Any, x: Floats, binary: bool) -> Floats:
    found: Floats = machine.decision_function(x) if binary else machine.predict(x)
    return found
