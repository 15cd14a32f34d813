"""Main effects of the matrix: against a fit by least squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from softgate.lab.claims import matrix
from softgate.lab.claims.factors import main_effects


def rows(cost: dict[str, float]) -> Any:
    """A time for every combination: what its shapes cost, added up, with noise."""
    import pandas as pd

    draw = np.random.default_rng(4)
    return pd.DataFrame([
        {"variant": v.name, "task": task, "seed": seed,
         "pace": 8.0 + seed + sum(cost.get(p, 0.0) for p in matrix.parts(v.name)) + 0.1 * draw.standard_normal()}
        for v in matrix.STUDY.variants for task in ("a", "b") for seed in range(5)
    ])  # fmt: skip


def test_effects_are_those_of_a_linear_model() -> None:
    cost = {"relu": 1.0, "softsign": -0.5, "arctan 0 to 1": 0.25}
    frame = rows(cost)
    found = {(e.part, e.shape): e for e in main_effects(frame, "pace")}
    assert len(found) == 4 + 6 + 4
    design, names = [np.ones(len(frame)), frame["seed"].to_numpy(float)], [None, None]
    for k, (part, shapes) in enumerate(matrix.PARTS.items()):
        for shape in shapes[1:]:
            design.append(np.array([matrix.parts(v)[k] == shape for v in frame["variant"]], float))
            names.append((part, shape))
    fitted = np.linalg.lstsq(np.stack(design, 1), frame["pace"].to_numpy(), rcond=None)[0]
    for name, value in zip(names[2:], fitted[2:], strict=True):
        assert found[name].overall.value == pytest.approx(value, abs=0.05)
        assert found[name].overall.low <= found[name].overall.value <= found[name].overall.high
    assert found["readout", "relu"].by_task["a"] == pytest.approx(1.0, abs=0.05)


def test_pairs_without_a_value_are_left_out() -> None:
    frame = rows({})
    hard = frame["variant"].str.startswith("hard sigmoid")
    found = {(e.part, e.shape) for e in main_effects(frame.assign(pace=frame["pace"].where(~hard)), "pace")}
    assert ("gates", "hard sigmoid") not in found
    assert ("gates", "tanh") in found
