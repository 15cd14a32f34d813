"""Data of which the truth is known.

:mod:`softgate.tasks.formal` has formal languages: which symbols may come next is known exactly at every position.
"""

from __future__ import annotations

from softgate.tasks.formal import Language, get, names

__all__ = ["Language", "get", "names"]
