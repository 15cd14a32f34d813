"""A recording on disk: a folder that can be read at every moment, also when the process that writes it was killed.

    recording.json     names, steps and the equations of the cells
    calls.jsonl        a line for each run of a place, written when its signals are there
    l0.f.npy           a signal, [T, B, H], the calls one after the other along T; any reader of NumPy's opens it
    l0.f.1.npy         the same signal from where the size of the batch changed

A line of ``calls.jsonl`` comes after the arrays that it is of have grown, and the header of an array after its values,
so what is named is there. NumPy has no bfloat16: such values are kept as the int16 of the same bits. Nothing is
unpickled; names of files are made from names of signals and never read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import torch
from numpy.lib import format as npy
from torch import Tensor

from softgate.equations import Cell
from softgate.errors import NotRecordedError, RecordingFolderError, SoftgateError
from softgate.recording.choice import Steps, choice
from softgate.recording.recorded import Recorded
from softgate.spelling import read, spell

FORMAT = 1
_HEAD, _CALLS = "recording.json", "calls.jsonl"
_DTYPES = {str(d).removeprefix("torch."): d for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)}
_MOST_NUMBER = 1 << 48
"""No array has a size beyond that; a file that says so was damaged."""


_DAMAGED = (SoftgateError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Piece:
    """One call's part of a signal: which file, from which row, shaped how."""

    file: int
    start: int
    shape: tuple[int, int, int]
    dtype: torch.dtype


class Writer:
    """Writes a new recording into a folder that is empty, or not there."""

    def __init__(self, folder: Path, names: Sequence[str], cells: Mapping[str, Cell], steps: Steps) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RecordingFolderError(
                f"record: {str(folder)!r} is not empty; choose a new folder for to=, or remove this one yourself"
            )
        self.folder = folder
        self._ends: dict[str, tuple[int, tuple[Any, ...], int]] = {}
        self.pieces: dict[str, list[Piece]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        shown = ["slice", steps.start, steps.stop, steps.step] if isinstance(steps, slice) else steps
        head = {
            "format": FORMAT,
            "names": list(names),
            "steps": shown,
            "cells": {p: spell(c) for p, c in cells.items()},
        }
        temporary = folder / f".{_HEAD}.tmp"
        temporary.write_text(json.dumps(head), encoding="utf-8")
        os.replace(temporary, folder / _HEAD)

    def append(self, values: Mapping[str, Tensor]) -> None:
        """The signals of one run of a place, [T, B, H] each."""
        line = {}
        for name, value in values.items():
            kind, (T, B, H) = str(value.dtype).removeprefix("torch."), value.shape
            number, tail, rows = self._ends.get(name, (0, None, 0))
            if tail is not None and tail != (B, H, kind):
                number, rows = number + 1, 0
            _grow(self.folder / _file(name, number), _array(value), rows)
            self._ends[name] = (number, (B, H, kind), rows + T)
            line[name] = [number, rows, T, B, H, kind]
            self.pieces.setdefault(name, []).append(Piece(number, rows, (T, B, H), value.dtype))
        with (self.folder / _CALLS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class Calls(Mapping[str, list[Tensor]]):
    """The calls of each signal, mapped into memory when they are asked for; changing a tensor leaves the file alone."""

    def __init__(self, folder: Path, pieces: Mapping[str, list[Piece]]) -> None:
        self._folder, self._pieces = folder, pieces

    def __getitem__(self, name: str) -> list[Tensor]:
        return [_mapped(self._folder / _file(name, p.file), p) for p in self._pieces[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __contains__(self, name: object) -> bool:
        return name in self._pieces


class Stored(Recorded):
    """What a :class:`Writer` wrote, or is writing."""

    _where = "there is no complete call of its layer in the folder"

    def __init__(self, folder: Path) -> None:
        path = folder / _HEAD
        if not path.is_file():
            raise NotRecordedError(f"{str(folder)!r} is no recording: there is no {_HEAD} in it")
        try:
            head = json.loads(path.read_text(encoding="utf-8"))
            if head["format"] != FORMAT:
                raise ValueError(f"its format is {head['format']!r}, this version reads {FORMAT}")
            names, steps = [str(name) for name in head["names"]], head["steps"]
            if isinstance(steps, list) and steps[:1] == ["slice"]:
                steps = slice(*steps[1:])
            cells = {str(prefix): read(text) for prefix, text in head["cells"].items()}
            super().__init__(names, cells, choice(steps, None).steps)
            self._calls = Calls(folder, _index(folder / _CALLS, set(names)))
        except _DAMAGED as error:
            raise RecordingFolderError(f"{str(path)!r} cannot be read: {type(error).__name__}: {error}") from error

    @property
    def calls(self) -> Calls:
        """By name, what each call of the layer gave, [T, B, H] each, mapped into memory."""
        return self._calls


def _index(path: Path, names: set[str]) -> dict[str, list[Piece]]:
    """The calls; a last line without its end is of a call that was being written."""
    pieces: dict[str, list[Piece]] = {}
    if not path.exists():
        return pieces
    *lines, _ = path.read_text(encoding="utf-8").split("\n")
    for line in lines:
        for name, (number, start, T, B, H, kind) in json.loads(line).items():
            sizes = (number, start, T, B, H)
            if name not in names or any(type(n) is not int or not 0 <= n < _MOST_NUMBER for n in sizes):
                raise ValueError(f"{_CALLS} has a line that no recording writes: {line[:80]!r}")
            pieces.setdefault(name, []).append(Piece(number, start, (T, B, H), _DTYPES[kind]))
    return pieces


def _file(name: str, number: int) -> str:
    """The file of a signal; whatever a module is called, it stays in the folder."""
    stem = quote(name, safe=" ()[]+,=@")
    return f"{stem}.{number}.npy" if number else f"{stem}.npy"


def _array(value: Tensor) -> Any:
    plain = value.detach().cpu().contiguous()
    return (plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain).numpy()


def _grow(path: Path, array: Any, rows: int) -> None:
    """Puts ``array`` behind the first ``rows`` rows of a file: values first, then the header that counts them."""
    with path.open("r+b" if rows else "w+b") as file:
        if not rows:
            _header(file, array, 0)
        else:
            npy.read_magic(file)
            npy.read_array_header_1_0(file)
        file.seek(file.tell() + rows * array[:1].nbytes if rows else file.tell())
        if array.size:
            file.write(memoryview(array).cast("B"))
        file.flush()
        file.seek(0)
        _header(file, array, rows + len(array))


def _header(file: Any, array: Any, rows: int) -> None:
    # NumPy leaves room for the first axis to grow, so every header of a file is as long as the first.
    shape = (rows, *array.shape[1:])
    npy.write_array_header_1_0(file, {"descr": array.dtype.str, "fortran_order": False, "shape": shape})


def _mapped(path: Path, piece: Piece) -> Tensor:
    T, B, H = piece.shape
    if 0 in piece.shape:
        return torch.empty(piece.shape, dtype=piece.dtype)
    stored = torch.int16 if piece.dtype == torch.bfloat16 else piece.dtype
    try:
        array = npy.open_memmap(path, mode="c")
    except (OSError, ValueError, EOFError) as error:
        raise RecordingFolderError(f"{str(path)!r} cannot be read: {error}") from error
    right = (
        array.ndim == 3 and array.shape[1:] == (B, H) and array.dtype == np.dtype(str(stored).removeprefix("torch."))
    )
    if not right or len(array) < piece.start + T:
        raise RecordingFolderError(
            f"{str(path)!r}: expected at least [{piece.start + T}, {B}, {H}] of {stored}, "
            f"found {list(array.shape)} of {array.dtype}"
        )
    return torch.from_numpy(array[piece.start : piece.start + T]).view(piece.dtype)
