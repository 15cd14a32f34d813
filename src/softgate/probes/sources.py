"""Where labels come from: a column, a file, an array, a function of the text, a tokenizer. Files are only read.

A name on a command line is one of, in this order: a column of the input; `python` or `json` or one label of theirs;
`FILE.csv`, `FILE.parquet` (all their columns of numbers), `FILE.csv:COLUMN`, `FILE.npy`; `module:function`, which is
imported and called with the text, or with the columns of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.named import imported
from softgate.probes.labels import LabelError
from softgate.tables import Frame, is_table, read_table
from softgate.text.json_labels import JSON_LABELS, label_json
from softgate.text.labels import LABELS, label_document

Floats = NDArray[np.float64]

TOKENIZERS: Mapping[str, Callable[[str], Mapping[str, Any] | None]] = {"python": label_document, "json": label_json}
SPELT = {"python": "Python", "json": "JSON"}
TOKENIZED = {"python": tuple(item.name for item in LABELS), "json": tuple(item.name for item in JSON_LABELS)}


@dataclass(frozen=True)
class Labelled:
    """What labels are about.

    Attributes:
        name: of the file.
        text: the whole of it, where it is text.
        frame: its rows, where it is a table.
    """

    name: str
    text: str | None = None
    frame: Frame | None = None

    @property
    def length(self) -> int:
        """Characters or rows."""
        return len(self.text) if self.text is not None else self.frame.rows if self.frame is not None else 0


def find_labels(wanted: Sequence[str], about: Labelled) -> dict[str, Floats]:
    """The labels of those names, each [length].

    Raises:
        LabelError: there is no such label, or its length is another; the message has both.
        UnknownNameError: a file has no column of that name.
    """
    found: dict[str, Floats] = {}
    for name in wanted:
        for key, values in _find(name, about).items():
            found[f"{name} {key}" if key in found else key] = values
    if not found:
        raise LabelError("labels: expected at least one name, got none")
    return found


def _find(name: str, about: Labelled) -> dict[str, Floats]:
    if about.frame is not None and name in about.frame.names:
        return {name: about.frame.column(name)}
    if about.text is not None and (found := _tokenized(name, about)):
        return found
    file, _, column = name.rpartition(":")
    path = Path(file if file and (is_table(Path(file)) or Path(file).is_file()) else name)
    if is_table(path):
        frame = read_table(path, "probes")
        chosen = [column] if path.as_posix() != Path(name).as_posix() else frame.numbers()
        if not chosen:
            raise LabelError(f"{path}: expected columns of numbers; the table has {frame.types}")
        return {one: _fitting(f"{path}:{one}", frame.column(one), about) for one in chosen}
    if path.suffix.lower() == ".npy":
        return {path.stem: _fitting(name, _array(path), about)}
    if ":" in name:
        return _called(name, about)
    known = [f"{kind} ({', '.join(names)})" for kind, names in TOKENIZED.items()]
    if about.frame is not None:
        known = about.frame.names
    raise LabelError(
        f"label {name!r}: expected one of {', '.join(known)}, a table or table:column, a .npy file, or module:function"
    )


def _tokenized(name: str, about: Labelled) -> dict[str, Floats]:
    """What a tokenizer says of the text, if `name` is one or a label of one."""
    kind = "json" if about.name.lower().endswith((".json", ".jsonl")) else "python"
    if name in TOKENIZERS:
        kind = name
    elif name not in TOKENIZED[kind]:
        return {}
    assert about.text is not None
    if name == "column":
        from softgate.text.labels import columns

        return {name: columns(about.text).astype(np.float64)}
    series = TOKENIZERS[kind](about.text)
    if series is None:
        raise LabelError(f"label {name!r}: {about.name} is not {SPELT[kind]} source that its tokenizer can read")
    chosen = series if name in TOKENIZERS else {name: series[name]}
    return {one: np.asarray(values, dtype=np.float64) for one, values in chosen.items()}


def _array(path: Path) -> Floats:
    try:
        found = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise LabelError(f"{path}: expected an array of numbers in NumPy's format ({error})") from None
    return _numbers(str(path), found)


def _numbers(name: str, found: Any) -> Floats:
    if hasattr(found, "detach"):
        found = found.detach().cpu().numpy()
    try:
        values: Floats = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        kind = getattr(found, "dtype", type(found).__name__)
        raise LabelError(f"label {name!r}: expected an array of numbers, got {kind}") from None
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim != 1:
        raise LabelError(f"label {name!r}: expected a number for every step, [T], got {list(values.shape)}")
    return values


def _fitting(name: str, values: Floats, about: Labelled) -> Floats:
    if len(values) != about.length:
        of = "characters" if about.text is not None else "rows"
        raise LabelError(
            f"label {name!r}: expected as many numbers as {about.name} has {of}, {about.length:,}; got {len(values):,}"
        )
    return values


def _called(name: str, about: Labelled) -> dict[str, Floats]:
    """What a function of the user's says of the text, or of the columns of the table."""
    try:
        function = imported(name)
    except LookupError as error:
        raise LabelError(f"label {name!r}: there is no such file, and {error.args[0]}") from None
    if not callable(function):
        raise LabelError(f"label {name!r}: expected a function, got {type(function).__name__}")
    frame = about.frame
    given = about.text if frame is None else {one: frame.column(one) for one in frame.numbers()}
    try:
        made = function(given)
    except Exception as error:  # it is the user's: whatever it raises is said in one line
        line = " ".join(str(error).split())[:200]
        raise LabelError(f"label {name!r}: the function raised {type(error).__name__}: {line}") from error
    named = made if isinstance(made, Mapping) else {name.partition(":")[2]: made}
    return {str(k): _fitting(f"{name} {k}", _numbers(f"{name} {k}", v), about) for k, v in named.items()}
