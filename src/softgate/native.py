"""Numbers as Python has them: what comes out of an array is the same number, and is to be the same in JSON and keys."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

__all__ = ["native", "whole"]


def native(value: Any) -> Any:
    """Python's own bool, int or float in place of any other number that it equals, inside of lists and mappings too.

    So ``np.int64(2)`` is 2, ``np.float32(0.5)`` is 0.5, ``np.bool_(True)`` is True, and an array is a list. What has no
    equal, as a third of :mod:`fractions` and most of NumPy's long doubles, is given back as it came.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        return {k: native(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(native, value))
    numpy = sys.modules.get("numpy")  # whoever has a value of its has loaded it
    if numpy is not None and isinstance(value, numpy.ndarray) and value.ndim:
        return native(value.tolist())
    if numpy is not None and isinstance(value, numpy.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    return _real(value) if isinstance(value, Real) else value


def whole(value: Any) -> Any:
    """As :func:`native`, and 2 in place of 2.0, where whole numbers are counted: 2.5 is given back as it came."""
    found = native(value)
    return int(found) if type(found) is float and found.is_integer() else found


def _real(value: Real) -> Any:
    try:
        found = float(value)
    except OverflowError:
        return value
    return found if found == value or found != found else value
