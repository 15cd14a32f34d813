"""Opens a ``.keras`` file: a Sequential or functional model of the layers in a table."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import InterchangeError
from softgate.interchange import keras_cells
from softgate.interchange.guard import reading
from softgate.interchange.keras_file import Archive
from softgate.interchange.keras_layers import BUILDERS, activation
from softgate.interchange.keras_stack import Found, graph
from softgate.interchange.keras_steps import Embedding, KerasModel, Masking, Plain, Recurrence, Run, Step
from softgate.interchange.weights import build, load_exactly

# What computes each step by itself, so that TimeDistributed around it changes nothing.
_BY_STEP = {"Dense", "Activation", "ReLU", "LeakyReLU", "Softmax", "LayerNormalization", "BatchNormalization"}
_NOTHING = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "ActivityRegularization", "Identity")


def read(path: str | os.PathLike[str]) -> KerasModel:
    """The model in a ``.keras`` file; its recurrent layers are softgate layers under their own names.

    Raises:
        InterchangeError: the file is damaged, or has what cannot be represented: the layer and the reason.
        MissingExtraError: h5py is not installed.
    """
    with reading(path), closing(Archive(path)) as archive:
        return _Reader(archive).model()


class _Reader:
    """Builds the module of one file."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.modules: dict[str, Module] = {}
        self.steps: dict[str, Step] = {}

    def model(self) -> KerasModel:
        whole = graph(self.archive)
        runs = []
        for found, inputs, node in whole.calls:
            if found.key not in self.steps:  # a layer that is called again is the same one
                self.steps[found.key] = self._step(found)
            runs.append(Run(found.name, self.steps[found.key], inputs, found.key, node))
        return KerasModel(self.modules, runs, whole.inputs, whole.outputs).eval()

    def _step(self, found: Found) -> Step:
        for key in ("dtype", "quantization_config"):
            _check_plain(key, found.config.get(key), found)
        if found.kind in (*keras_cells.KINDS, "RNN", "Bidirectional"):
            return self._recurrent(found)
        if found.kind in _NOTHING:
            return Plain()
        builders: dict[str, Callable[[Found], Step]] = {
            "Embedding": self._embedding,
            "Dense": self._dense,
            "TimeDistributed": self._distributed,
            "LayerNormalization": self._layer_norm,
            "Activation": lambda f: Plain(None, activation(f.config.get("activation"), f.where)),
            "Softmax": lambda f: Plain(None, activation("softmax", f.where)),
            "Masking": lambda f: Masking(float(f.config.get("mask_value", 0.0))),
            "Flatten": lambda f: Plain(None, lambda x: x.flatten(1), keeps_mask=False),
            **{kind: partial(build, self) for kind, build in BUILDERS.items()},
        }
        if found.kind not in builders:
            why = "it has code in it, which is not run" if found.kind == "Lambda" else "it is not known"
            known = ", ".join(sorted({*keras_cells.KINDS, "RNN", "Bidirectional", *_NOTHING, *builders}))
            raise InterchangeError(f"{found.where} cannot be represented: {why}; known: {known}")
        return builders[found.kind](found)

    def name(self, name: str, module: Module) -> str:
        """Registers a module under a name that is free."""
        plain = re.sub(r"\W+", "_", name).strip("_")[:80] or "layer"
        while plain in self.modules or hasattr(KerasModel, plain) or plain == "training":
            plain += "_"
        self.modules[plain] = module
        return plain

    def weights(self, found: Found, count: int) -> list[Tensor]:
        """The arrays of a layer. Behind them there may be a counter, which is not looked at."""
        arrays = self.archive.arrays(found.group, found.where, count if found.kind == "Normalization" else None)
        if len(arrays) != count:
            raise InterchangeError(f"{found.where}: {count} arrays were expected, and there are {len(arrays)}")
        return arrays

    def _embedding(self, found: Found) -> Step:
        (table,) = self.weights(found, 1)
        if table.dim() != 2:
            raise InterchangeError(f"{found.where}: its table has the shape {list(table.shape)}")
        made = torch.nn.Embedding(table.shape[0], table.shape[1], dtype=table.dtype)
        load_exactly(made, {"weight": table}, found.where)
        return Embedding(self.name(found.name, made), bool(found.config.get("mask_zero")))

    def _dense(self, found: Found) -> Step:
        bias = bool(found.config.get("use_bias", True))
        kernel, *rest = self.weights(found, 1 + bias)
        if kernel.dim() != 2:
            raise InterchangeError(f"{found.where}: its kernel has the shape {list(kernel.shape)}")
        made = torch.nn.Linear(kernel.shape[0], kernel.shape[1], bias=bias, dtype=kernel.dtype)
        load_exactly(made, {"weight": kernel.T, **({"bias": rest[0]} if bias else {})}, found.where)
        return Plain(self.name(found.name, made), activation(found.config.get("activation"), found.where))

    def _distributed(self, found: Found) -> Step:
        inner = found.inner("layer")
        if inner.kind not in (*_BY_STEP, *_NOTHING):
            known = ", ".join(sorted(_BY_STEP))
            raise InterchangeError(f"{found.where} cannot be represented: it is around {inner.kind}; known: {known}")
        return self._step(Found(inner.kind, found.name, inner.config, f"{found.group}/layer"))

    def _layer_norm(self, found: Found) -> Step:
        c = found.config
        if c.get("axis", -1) not in (-1, [-1], 2, [2]) or c.get("rms_scaling"):
            raise InterchangeError(f"{found.where}: axis must be the last one, and rms_scaling off")
        names = [n for n, said in (("weight", c.get("scale", True)), ("bias", c.get("center", True))) if said]
        arrays = self.weights(found, len(names))
        if not names or "weight" not in names:
            raise InterchangeError(f"{found.where}: without scale it cannot be represented")
        made = torch.nn.LayerNorm(arrays[0].shape, float(c.get("epsilon", 1e-3)), bias="bias" in names)
        load_exactly(made.to(arrays[0].dtype), dict(zip(names, arrays, strict=True)), found.where)
        return Plain(self.name(found.name, made))

    def _recurrent(self, found: Found) -> Step:
        if found.kind != "Bidirectional":
            sides, groups, merge = [_with_cell(found)], [found.group], None
            turns: tuple[bool, ...] = (bool(found.config.get("go_backwards")),)
        else:
            sides = [_with_cell(found.inner("layer")), _with_cell(found.inner("backward_layer", "layer"))]
            groups, turns = [f"{found.group}/forward_layer", f"{found.group}/backward_layer"], (False, True)
            merge = found.config.get("merge_mode")
            if merge not in ("concat", "sum", "mul", "ave"):
                raise InterchangeError(f"{found.where}: merge_mode={merge!r} cannot be represented")
        side = sides[0]
        operators = [keras_cells.operator(s.kind, s.config, found.where) for s in sides if _check_side(s, found)]
        same = {(o.kind, o.squashes, o.linear_before_reset, s.config.get("units"), s.config.get("return_sequences"),
                 s.config.get("use_bias")) for (o, _), s in zip(operators, sides, strict=True)}  # fmt: skip
        if len(same) != 1 or (merge and [bool(s.config.get("go_backwards")) for s in sides] not in ([0, 1], [0, 0])):
            raise InterchangeError(f"{found.where}: its two layers differ in more than their weights")
        _, cell = operators[0]
        ways = [
            keras_cells.arrays(s.kind, cell, s.config, self.archive.arrays(f"{g}/cell", found.where), found.where)
            for s, g in zip(sides, groups, strict=True)
        ]
        name = self.name(found.name, build(cell, [ways], turns[0], found.where))
        sequences, zero = (bool(side.config.get(k)) for k in ("return_sequences", "zero_output_for_mask"))
        states = len(cell.states) if side.config.get("return_state") else 0
        return Recurrence(name, turns, sequences, zero, merge, states)


def _with_cell(found: Found) -> Found:
    """RNN around a cell as the layer that it is."""
    if found.kind != "RNN":
        return found
    cell = found.inner("cell")
    return replace(found, kind=cell.kind.removesuffix("Cell"), config={**cell.config, **found.config})


def _check_side(side: Found, found: Found) -> bool:
    if side.kind not in keras_cells.KINDS:
        raise InterchangeError(f"{found.where}: it is around {side.kind}; known: {', '.join(keras_cells.KINDS)}")
    if side.config.get("stateful"):
        raise InterchangeError(f"{found.where}: stateful=True cannot be represented")
    return True


def _check_plain(key: str, value: Any, found: Found) -> None:
    if isinstance(value, Mapping):
        value = value.get("config", {}).get("name", "?")
    if value not in (None, "float32", "float64"):
        raise InterchangeError(f"{found.where}: {key}={value!r} cannot be represented; float32 and float64 can")
