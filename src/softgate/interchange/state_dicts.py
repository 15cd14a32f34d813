"""State dicts of torch.nn, from memory or from ``.safetensors``: every LSTM, GRU and RNN in one becomes a layer.

A state dict has names and shapes and no program, so what comes out is the layers, each where its parameters stood, to
be called by whoever knows the program. Sizes, number of layers and directions are read off the names and shapes. What
:func:`write` writes says besides which cell a layer has, as equations: data, which is checked, never code.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn import Module

from softgate import cells
from softgate.equations import Cell
from softgate.errors import InterchangeError
from softgate.interchange.guard import read_bytes, reading, write_bytes
from softgate.interchange.turned import Backwards
from softgate.interchange.weights import Arrays, build
from softgate.layers import Layer
from softgate.ops import OPS
from softgate.spelling import read as read_cell, spell

KEY = "softgate"
"""The entry of a file's metadata that says what the layers are."""

_NAME = re.compile(r"^(?:(?P<path>.*)\.)?(?P<part>\w+?)_l(?P<layer>\d{1,4})(?P<end>|_reverse)$")
_BY_GATES = {4: "lstm", 3: "gru", 1: "rnn"}


class Layers(Module):
    """The layers of a state dict, as attributes at the paths where they stood: ``model.encoder(x)``.

    Attributes:
        left: names of the arrays that belong to no recurrent layer.
    """

    def __init__(self, layers: Mapping[str, Layer], left: list[str]) -> None:
        super().__init__()
        self.left = left
        for path, made in layers.items():
            *above, last = path.split(".")
            here: Module = self
            for step in above:
                if step not in here._modules:
                    here.add_module(step, Module())
                here = here.get_submodule(step)
            if hasattr(here, last):
                raise InterchangeError(f"layer {path!r}: no module can have an attribute {last!r} of this kind")
            here.add_module(last, made)

    def forward(self, *inputs: Any) -> Any:
        """Raises InterchangeError: a state dict does not say how its layers are connected."""
        names = ", ".join(sorted(name for name, module in self.named_modules() if isinstance(module, Layer)))
        raise InterchangeError(f"a state dict does not say how its layers are connected; call them one by one: {names}")


def from_state_dict(
    state: Mapping[str, Tensor], *, batch_first: bool = False, nonlinearity: str = "tanh", said: Any = None
) -> Any:
    """The recurrent layers of a state dict of torch.nn's names.

    Args:
        state: name to tensor, as ``model.state_dict()`` gives it.
        batch_first, nonlinearity: what names and shapes do not say: the layout of all layers, the activation of an RNN.
        said: by path, what :func:`write` wrote about a layer.

    Returns:
        A layer, if the state dict is that of one; else a :class:`Layers`.

    Raises:
        InterchangeError: there is no recurrent layer in it, or shapes do not fit each other.
    """
    grouped: dict[str, dict[str, Tensor]] = {}
    for name, value in state.items():
        match = _NAME.match(name)
        if match is not None and _is_recurrent(match, state):
            grouped.setdefault(match["path"] or "", {})[name] = value
    if not grouped:
        raise InterchangeError(
            "no recurrent layer in it: there are no arrays called [<path>.]weight_ih_l0 and weight_hh_l0"
        )
    about: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    made = {
        path: _layer(path, found, about.get(path), batch_first=batch_first, nonlinearity=nonlinearity)
        for path, found in grouped.items()
    }
    if list(made) == [""] and len(grouped[""]) == len(state):
        return made[""]
    if "" in made:
        raise InterchangeError(f"the layer at the top has others beside it: {list(state)[:6]}")
    inside = {name for found in grouped.values() for name in found}
    return Layers(made, [name for name in state if name not in inside])


def _is_recurrent(match: re.Match[str], state: Mapping[str, Tensor]) -> bool:
    path = f"{match['path']}." if match["path"] else ""
    return any(f"{path}weight_{part}_l0" in state for part in ("ih", "hh"))


def _layer(path: str, found: Mapping[str, Tensor], said: Any, *, batch_first: bool, nonlinearity: str) -> Layer:
    where = f"layer {path!r}" if path else "the layer"
    rows: dict[tuple[int, str], dict[str, Tensor]] = {}
    for name, value in found.items():
        match = _NAME.match(name)
        assert match is not None
        rows.setdefault((int(match["layer"]), match["end"]), {})[match["part"]] = value
    ends = sorted({end for _, end in rows})
    count = 1 + max(k for k, _ in rows)
    if set(rows) != {(k, end) for k in range(count) for end in ends} or "" not in ends:
        raise InterchangeError(f"{where}: layers or directions are missing: there are {sorted(rows)}")
    directions: list[list[Arrays]] = [[rows[k, end] for end in ends] for k in range(count)]
    reverse = False
    options: dict[str, Any] = {"batch_first": batch_first}
    if isinstance(said, Mapping):
        cell, reverse = _said_cell(said.get("cell"), where), bool(said.get("reverse"))
        options["batch_first"] = bool(said.get("batch_first"))
    else:
        cell = _guess(directions[0][0], nonlinearity, where)
    if "weight_hr" in directions[0][0]:
        options["proj_size"] = directions[0][0]["weight_hr"].shape[0]
    return build(cell, directions, reverse, where, **options)


def _guess(arrays: Arrays, nonlinearity: str, where: str) -> Cell:
    """The cell of torch's that has so many gates."""
    recurrent, projection = arrays.get("weight_hh"), arrays.get("weight_hr")
    if recurrent is None or recurrent.dim() != 2 or "weight_ih" not in arrays or 0 in recurrent.shape:
        raise InterchangeError(f"{where}: weight_ih and weight_hh must both be there, [G H, I] and [G H, H]")
    H = recurrent.shape[1] if projection is None else projection.shape[-1]
    gates = recurrent.shape[0] / max(H, 1)
    if gates not in _BY_GATES:
        raise InterchangeError(
            f"{where}: weight_hh {list(recurrent.shape)} is of {gates:g} gates; LSTM has 4, GRU 3, RNN 1"
        )
    name = _BY_GATES[int(gates)]
    return cells.get(name, nonlinearity=nonlinearity) if name == "rnn" else cells.get(name)


def _said_cell(text: Any, where: str) -> Cell:
    """The cell that a file spells: looked over before it is built, since it may be anybody's."""
    said = json.loads(text) if isinstance(text, str) else None
    if not isinstance(said, Mapping) or not isinstance(said.get("nodes"), list):
        raise InterchangeError(f"{where}: its cell is not spelled as softgate spells one")
    for entry in said["nodes"]:
        op = entry[0] if isinstance(entry, list) and entry else None
        if op not in OPS and op not in ("const", "sym"):
            raise InterchangeError(f"{where}: its cell has the operation {op!r}, which there is not")
        if op in OPS and len(entry) != 2 + OPS[op].arity:
            raise InterchangeError(f"{where}: its cell has the operation {op!r} with {len(entry) - 2} operands")
    return read_cell(str(text))


def read(path: str | os.PathLike[str]) -> Any:
    """The layers in a ``.safetensors`` file: as :func:`from_state_dict`, which takes options that this does not.

    Raises:
        InterchangeError: the file is damaged, or has no recurrent layer in it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    with reading(path):
        data = read_bytes(path)
        try:
            state = load(data)
        except SafetensorError as error:
            raise InterchangeError(f"it is not a safetensors file ({error})") from error
        # The library has checked the header; its metadata it gives only for files that it opens itself.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        said = (header.get("__metadata__") or {}).get(KEY)
        return from_state_dict(state, said=None if said is None else json.loads(said))


def write(model: Module, path: str | os.PathLike[str]) -> None:
    """A model's state dict as ``.safetensors``, and in its metadata the cell and layout of each softgate layer."""
    from safetensors.torch import save

    state = {name: value.detach().cpu().clone().contiguous() for name, value in model.state_dict().items()}
    said = {
        name: {"cell": spell(m.cell), "batch_first": m.batch_first, "reverse": isinstance(m, Backwards)}
        for name, m in model.named_modules()
        if isinstance(m, Layer)
    }
    write_bytes(Path(path), save(state, {KEY: json.dumps(said)}))
