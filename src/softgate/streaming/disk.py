"""Statistics on disk: one safetensors file, its header in JSON. What is read is checked before it is believed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from softgate.errors import ShapeError
from softgate.streaming.bins import Bins
from softgate.streaming.buffers import HOLD, PLAIN, SUMS, Array, padded
from softgate.streaming.exact import Exact
from softgate.streaming.sums import Group, Pairs, Row, one_dtype

_FORMAT = "softgate statistics 1"
_PLAIN = ("nan", "low", "high", "counts", "shares", "zeros", "exponents")
_EXACT = ("first", "second", "logs")


def save(stats: Any, path: str | Path) -> None:
    """Write a :class:`~softgate.streaming.store.Statistics`, under another name first."""
    from safetensors.numpy import save_file

    path = Path(path)
    header, arrays = _taken_apart(stats)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        save_file(arrays, new, metadata={"softgate": json.dumps(header)})
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def same(a: Any, b: Any) -> bool:
    """Whether two statistics have the same exact sums and counts."""
    (header, arrays), (other, others) = _taken_apart(a), _taken_apart(b)
    return (
        header == other
        and arrays.keys() == others.keys()
        and all(np.array_equal(v, others[k], equal_nan=v.dtype.kind == "f") for k, v in arrays.items())
    )


def _taken_apart(stats: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    arrays: dict[str, Array] = {}
    groups, pairs = [], []
    for k, (key, group) in enumerate(sorted(stats._groups.items())):
        rows = [[r.name, r.kind, r.bins.first, r.bins.width, r.hidden] for r in group.rows]
        groups.append({"key": key, "units": group.units, "steps": group.steps, "rows": rows})
        arrays |= {f"g{k}.{n}": np.ascontiguousarray(getattr(group, n)) for n in _PLAIN}
        for n in _EXACT:
            _put(arrays, f"g{k}.{n}", getattr(group, n))
    for k, (state, found) in enumerate(sorted(stats._pairs.items())):
        last = int(np.flatnonzero(found.n).max(initial=-1)) + 1  # how many were made room for does not matter
        pairs.append({"state": state, "units": found.units})
        arrays[f"p{k}.n"] = found.n[:last].copy()
        _put(arrays, f"p{k}.sums", found.sums, last)
    return {"format": _FORMAT, "groups": groups, "pairs": pairs, "holds": dict(sorted(stats._holds.items()))}, arrays


def _put(arrays: dict[str, Array], name: str, exact: Exact, first: int | None = None) -> None:
    part = Exact(())
    part.levels, part.special = exact.levels[:, :first], exact.special[:first]
    arrays[name] = np.ascontiguousarray(part.canonical())
    arrays[f"{name}.special"] = np.ascontiguousarray(part.special)


def load(path: str | Path, stats: Any) -> None:
    """Read into empty statistics, and check that every array is there, of the shape and type that the header says."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "numpy") as file:
            header = json.loads((file.metadata() or {}).get("softgate", "null"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    except (SafetensorError, UnicodeDecodeError, json.JSONDecodeError) as error:
        wanted = "expected statistics that softgate has saved"
        raise ShapeError(f"{path}: {wanted}, got a file that is none ({error})") from None
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise ShapeError(f"{path}: expected {_FORMAT!r} in the header, got {str(header)[:60]!r}")
    try:
        _put_together(header, arrays, stats)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ShapeError(f"{path}: the header and the arrays do not fit each other: {error}") from None


def _put_together(header: dict[str, Any], arrays: dict[str, Array], stats: Any) -> None:
    for k, found in enumerate(header["groups"]):
        rows, units = tuple(_row(*row) for row in found["rows"]), _count(found["units"])
        shape: tuple[int, ...] = (len(rows), padded(units))
        _has(arrays, f"g{k}.nan", shape)  # before anything of that size is made
        group = Group(rows, units, _count(found["steps"]))
        for n in _PLAIN:
            setattr(group, n, _checked(arrays[f"g{k}.{n}"], getattr(group, n), f"g{k}.{n}"))
        for n in _EXACT:
            setattr(group, n, _exact(arrays, f"g{k}.{n}", shape))
        stats._groups[str(found["key"])] = group
    for k, found in enumerate(header["pairs"]):
        units, numbers = _count(found["units"]), arrays[f"p{k}.n"]
        shape = (numbers.size, SUMS, padded(units))
        _has(arrays, f"p{k}.sums.special", shape)
        pairs = Pairs(units)
        pairs.n = _checked(numbers, np.zeros(numbers.size, np.int64), f"p{k}.n")
        pairs.sums = _exact(arrays, f"p{k}.sums", shape)
        stats._pairs[str(found["state"])] = pairs
    one_dtype("load", [(key, group.rows) for key, group in stats._groups.items()])
    stats._holds = {str(state): str(name) for state, name in header["holds"].items()}


def _has(arrays: dict[str, Array], name: str, shape: tuple[int, ...]) -> None:
    if arrays[name].shape != shape:
        raise ValueError(f"{name} should be {list(shape)}, is {list(arrays[name].shape)}")


def _row(name: str, kind: int, first: int, width: float, hidden: bool) -> Row:
    if not (PLAIN <= kind <= HOLD and width > 0 and isinstance(name, str)):
        raise ValueError(f"a signal {name!r} of kind {kind} with bins of width {width}")
    return Row(name, int(kind), Bins(int(first), float(width)), bool(hidden))


def _count(n: Any) -> int:
    if type(n) is not int or not 0 <= n < 1 << 62:
        raise ValueError(f"a count of {n!r}")
    return n


def _checked(came: Array, like: Array, name: str) -> Array:
    if came.shape != like.shape or came.dtype != like.dtype:
        raise ValueError(f"{name} should be {like.dtype} {list(like.shape)}, is {came.dtype} {list(came.shape)}")
    return np.array(came)


def _exact(arrays: dict[str, Array], name: str, shape: tuple[int, ...]) -> Exact:
    _has(arrays, f"{name}.special", shape)
    exact, levels = Exact(shape), arrays[name]
    exact.levels = _checked(levels, np.zeros((levels.shape[0], *shape)), name)
    exact.special = _checked(arrays[f"{name}.special"], exact.special, f"{name}.special")
    if not np.isfinite(exact.levels).all():
        raise ValueError(f"{name} is not finite")
    return exact
