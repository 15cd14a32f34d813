"""Values as JSON has them, which knows no NaN and no infinity."""

from __future__ import annotations

import math
from typing import Any


def plain(value: Any) -> Any:
    """The value with None for what is not finite, and lists for tuples."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value
