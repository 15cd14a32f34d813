"""The nets here are tiny: threads would do nothing but wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from softgate.limits.nets import one_thread


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield
