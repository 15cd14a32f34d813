"""Right before fast: the results of a case, by the numerics rule. What is wrong is not timed."""

from __future__ import annotations

from softgate.bench.subjects import Subject
from softgate.testing import assert_equal, numerics


def judge(subject: Subject) -> None:
    """Compare everything that comes out of our side: outputs, last states, gradients.

    The error against float64 may be twice that of the plain implementation, plus a small floor
    (:func:`softgate.testing.numerics`). Then the same again on a second run, for what is kept from the first.

    Raises:
        AssertionError: naming what is wrong, where and by how much.
    """
    plain, exact = subject.plain(), subject.exact()
    for again in ("", "second run: "):
        got = subject.ours.results()
        missing = plain.keys() ^ got.keys()
        if missing:
            raise AssertionError(f"{again}only one side has {', '.join(sorted(missing))}")
        for name, value in got.items():
            numerics(value, plain[name], exact[name], name=f"{again}{name}")
    if subject.identical:
        other = subject.other.results()
        for name, value in got.items():
            assert_equal(value, other[name], name=name)
