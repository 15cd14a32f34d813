"""The two parts of a ``.keras`` file, taken out with care: a zip of ``config.json`` and ``model.weights.h5``.

keras is not imported, nothing is unpickled, nothing is written to disk. Of the HDF5 part only plain arrays of floats
behind plain links are read, since HDF5 can also name other files and filters to load.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import InterchangeError, MissingExtraError
from softgate.interchange.guard import MOST_BYTES, bounded, read_bytes

MOST_CONFIG = 16 << 20
"""The largest ``config.json``, in bytes."""

MOST_INFLATED, RATIO = 256 << 20, 16
"""A part that is compressed is inflated to so many bytes, or so many times its size; Keras compresses nothing."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ROOTS = ("layers", "_layer_checkpoint_dependencies")  # the second by Keras before 3


class Archive:
    """An open ``.keras`` file.

    Attributes:
        config: what ``config.json`` says.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            import h5py
        except ImportError as error:
            raise MissingExtraError("h5py", "keras", "opening a .keras file") from error
        self._h5 = h5py
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as parts:
            text = _member(parts, "config.json", MOST_CONFIG)
            weights = _member(parts, "model.weights.h5", MOST_BYTES, _HDF5)
        self.config: Any = json.loads(text.getvalue())
        if not isinstance(self.config, dict):
            raise InterchangeError("config.json does not describe a model")
        self._file = h5py.File(weights, "r")

    def close(self) -> None:
        """Lets go of the weights."""
        self._file.close()

    def root(self, base: str) -> str:
        """The group that the layers of the model at ``base`` are in."""
        for name in _ROOTS:
            if self._group(f"{base}{name}") is not None:
                return f"{base}{name}/"
        return f"{base}{_ROOTS[0]}/"

    def arrays(self, group: str, where: str, most: int | None = None) -> list[Tensor]:
        """The arrays ``0``, ``1`` ... of a group's ``vars``, in order, the first ``most``; none if there is no group.

        Raises:
            InterchangeError: one is not a plain array of floats.
        """
        found = self._group(f"{group}/vars")
        if found is None:
            return []
        names = sorted((n for n in found if n.isdigit()), key=int)
        if names != [str(n) for n in range(len(names))] or len(names) != len(found):
            raise InterchangeError(f"{where}: its arrays are named {list(found)[:9]}, not 0, 1, 2 ...")
        return [self._array(found, n, where) for n in names[:most]]

    def _group(self, path: str) -> Any:
        here = self._file
        for part in path.strip("/").split("/"):
            here = self._follow(here, part)
            if not isinstance(here, self._h5.Group):
                return None
        return here

    def _follow(self, group: Any, name: str) -> Any:
        link = group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, self._h5.HardLink):
            raise InterchangeError(f"{name}: a link of kind {type(link).__name__}, which is not followed")
        return group[name]

    def _array(self, group: Any, name: str, where: str) -> Tensor:
        found = self._follow(group, name)
        plain = isinstance(found, self._h5.Dataset) and found.external is None and not found.is_virtual
        if not plain or found.id.get_create_plist().get_nfilters() or found.dtype.kind != "f":
            raise InterchangeError(f"{where}: array {name} of its weights is not a plain array of floats")
        bounded(found.shape, where, found.dtype.itemsize, MOST_BYTES)
        if found.id.get_storage_size() != found.nbytes:  # else a small file could have a large array of nothing
            raise InterchangeError(f"{where}: array {name} of its weights is not all there")
        return torch.from_numpy(np.ascontiguousarray(found[()], dtype=found.dtype.newbyteorder("=")))


def _member(parts: zipfile.ZipFile, name: str, most: int, begins: bytes = b"") -> io.BytesIO:
    """One file of a zip, inflated to at most ``most`` bytes whatever its header says, if it begins as it should."""
    if name not in parts.namelist():
        raise InterchangeError(f"it has no {name}, so it is not a model saved by Keras 3")
    said = parts.getinfo(name)
    if said.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InterchangeError(f"{name} is compressed in a way that Keras does not use")
    if said.compress_type == zipfile.ZIP_DEFLATED:
        most = min(most, max(MOST_INFLATED, RATIO * said.compress_size))
    held = io.BytesIO()
    with parts.open(name) as file:
        while piece := file.read(1 << 20):
            if held.tell() == 0 and not piece.startswith(begins):
                raise InterchangeError(f"{name} is damaged: it does not begin as a file of its kind")
            if held.tell() + len(piece) > most:
                raise InterchangeError(f"{name} inflates to more than {most} bytes")
            held.write(piece)
    return held
