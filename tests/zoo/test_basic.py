"""The table of the definitions: rest, A, B."""

from __future__ import annotations

import pytest

import softgate as sg
from zoo.held import exhaustive_error, largest_error


@pytest.mark.parametrize("name", sg.zoo.names())
def test_every_input(name):
    m = sg.zoo.build(name)
    length, worst = exhaustive_error(m, 100_000)
    ids = m.sample(1000, 50, 1).numpy()
    err = largest_error(m, ids, 2)
    print(name, length, worst, err, [u.role for u in m.units])
    assert worst < 1e-5 and err < 1e-3
