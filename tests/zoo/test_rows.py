"""A gate keeps its distance from 0 at every corner of what its conditions may be worth."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings, strategies as st

import softgate as sg
from softgate.zoo.rows import Demand, Form, switch

ALPHABET = ("a", "b", "c")


@st.composite
def demands(draw: Any) -> tuple[list[Form], dict[str, Demand]]:
    more = st.floats(1, 3)
    forms = [Form(f"v{k}", {f"v{k}": 1.0}, 0.0, -draw(more), draw(more)) for k in range(draw(st.integers(1, 3)))]
    some = st.lists(st.sampled_from(forms), max_size=3, unique_by=lambda form: form.text).map(tuple)
    return forms, {symbol: draw(st.one_of(st.booleans(), some)) for symbol in ALPHABET}


@settings(max_examples=300)
@given(demands())
def test_a_gate_is_driven_beyond_its_threshold(case: tuple[list[Form], dict[str, Demand]]) -> None:
    forms, wanted = case
    try:
        row = switch("gate", ALPHABET, wanted, K=20)
    except sg.zoo.WiringError:
        nested = [{f.text for f in d} for d in wanted.values() if not isinstance(d, bool)]
        assert len({frozenset(s) for s in nested}) > 1 or max(f.high for f in forms) > 1
        return
    least = 40 if row.hidden else 20
    for values in product(*((f.low, -1.0, 1.0, f.high) for f in forms)):
        holds = {form.text: value > 0 for form, value in zip(forms, values, strict=True)}
        pre = row.symbols + row.bias + sum(row.hidden.get(f.text, 0) * v for f, v in zip(forms, values, strict=True))
        for symbol, value in zip(ALPHABET, pre, strict=True):
            demand = wanted[symbol]
            is_open = demand if isinstance(demand, bool) else all(holds[form.text] for form in demand)
            assert value * (1 if is_open else -1) >= least * (1 - 1e-6)
    assert np.isfinite(row.symbols).all()
