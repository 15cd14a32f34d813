"""Opens a ``.keras`` file: a Sequential, or a functional model that is one stack, of the layers in a table."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import InterchangeError
from softgate.interchange import keras_cells
from softgate.interchange.guard import reading
from softgate.interchange.keras_file import Archive
from softgate.interchange.keras_stack import Found, stack
from softgate.interchange.keras_steps import Embedding, KerasModel, Masking, Plain, Recurrence, Step
from softgate.interchange.squashes import from_keras
from softgate.interchange.weights import build, load_exactly

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
        self.steps: list[tuple[str, Step]] = []

    def model(self) -> KerasModel:
        for found in stack(self.archive):
            step = self._step(found)
            if step is not None:
                self.steps.append((found.name, step))
        return KerasModel(self.modules, self.steps).eval()

    def _step(self, found: Found) -> Step | None:
        for key in ("dtype", "quantization_config"):
            _check_plain(key, found.config.get(key), found)
        if found.kind in keras_cells.KINDS or found.kind == "Bidirectional":
            return self._recurrent(found)
        if found.kind in _NOTHING:
            return None
        builders: dict[str, Callable[[Found], Step]] = {
            "Embedding": self._embedding,
            "Dense": self._dense,
            "TimeDistributed": self._distributed,
            "LayerNormalization": self._layer_norm,
            "Activation": lambda f: Plain(None, _activation(f.config.get("activation"), f.where)),
            "ReLU": self._relu,
            "Softmax": lambda f: Plain(None, _activation("softmax", f.where)),
            "Masking": lambda f: Masking(float(f.config.get("mask_value", 0.0))),
            "Flatten": lambda f: Plain(None, lambda x: x.flatten(1), keeps_mask=False),
        }
        if found.kind not in builders:
            why = "it has code in it, which is not run" if found.kind == "Lambda" else "it is not known"
            known = ", ".join(sorted({*keras_cells.KINDS, "Bidirectional", *_NOTHING, *builders}))
            raise InterchangeError(f"{found.where} cannot be represented: {why}; known: {known}")
        return builders[found.kind](found)

    def _name(self, name: str, module: Module) -> str:
        """Registers a module under a name that is free."""
        plain = re.sub(r"\W+", "_", name).strip("_")[:80] or "layer"
        while plain in self.modules or hasattr(KerasModel, plain) or plain == "training":
            plain += "_"
        self.modules[plain] = module
        return plain

    def _weights(self, found: Found, count: int, below: str = "") -> list[Tensor]:
        arrays = self.archive.arrays(found.group + below, found.where)
        if len(arrays) != count:
            raise InterchangeError(f"{found.where}: {count} arrays were expected, and there are {len(arrays)}")
        return arrays

    def _embedding(self, found: Found) -> Step:
        (table,) = self._weights(found, 1)
        if table.dim() != 2:
            raise InterchangeError(f"{found.where}: its table has the shape {list(table.shape)}")
        made = torch.nn.Embedding(table.shape[0], table.shape[1], dtype=table.dtype)
        load_exactly(made, {"weight": table}, found.where)
        return Embedding(self._name(found.name, made), bool(found.config.get("mask_zero")))

    def _dense(self, found: Found, below: str = "") -> Step:
        bias = bool(found.config.get("use_bias", True))
        kernel, *rest = self._weights(found, 1 + bias, below)
        if kernel.dim() != 2:
            raise InterchangeError(f"{found.where}: its kernel has the shape {list(kernel.shape)}")
        made = torch.nn.Linear(kernel.shape[0], kernel.shape[1], bias=bias, dtype=kernel.dtype)
        load_exactly(made, {"weight": kernel.T, **({"bias": rest[0]} if bias else {})}, found.where)
        return Plain(self._name(found.name, made), _activation(found.config.get("activation"), found.where))

    def _distributed(self, found: Found) -> Step:
        inner = found.inner("layer")
        if inner.kind != "Dense":
            raise InterchangeError(f"{found.where} cannot be represented: it is around {inner.kind}; Dense is known")
        return self._dense(Found(inner.kind, found.name, inner.config, found.group), "/layer")

    def _layer_norm(self, found: Found) -> Step:
        c = found.config
        if c.get("axis", -1) not in (-1, [-1], 2, [2]) or c.get("rms_scaling"):
            raise InterchangeError(f"{found.where}: axis must be the last one, and rms_scaling off")
        names = [n for n, said in (("weight", c.get("scale", True)), ("bias", c.get("center", True))) if said]
        arrays = self._weights(found, len(names))
        if not names or "weight" not in names:
            raise InterchangeError(f"{found.where}: without scale it cannot be represented")
        made = torch.nn.LayerNorm(arrays[0].shape, float(c.get("epsilon", 1e-3)), bias="bias" in names)
        load_exactly(made.to(arrays[0].dtype), dict(zip(names, arrays, strict=True)), found.where)
        return Plain(self._name(found.name, made))

    def _relu(self, found: Found) -> Step:
        c = found.config
        if c.get("max_value") is not None or c.get("threshold") or c.get("negative_slope"):
            raise InterchangeError(f"{found.where}: max_value, negative_slope and threshold cannot be represented")
        return Plain(None, torch.relu)

    def _recurrent(self, found: Found) -> Step:
        if found.kind != "Bidirectional":
            sides, groups, merge = [found], [found.group], None
            turns: tuple[bool, ...] = (bool(found.config.get("go_backwards")),)
        else:
            sides = [found.inner("layer"), found.inner("backward_layer", "layer")]
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
        name = self._name(found.name, build(cell, [ways], turns[0], found.where))
        sequences, zero = (bool(side.config.get(k)) for k in ("return_sequences", "zero_output_for_mask"))
        return Recurrence(name, turns, sequences, zero, merge)


def _check_side(side: Found, found: Found) -> bool:
    if side.kind not in keras_cells.KINDS:
        raise InterchangeError(f"{found.where}: it is around {side.kind}; known: {', '.join(keras_cells.KINDS)}")
    for key in ("return_state", "stateful"):
        if side.config.get(key):
            raise InterchangeError(f"{found.where}: {key}=True cannot be represented in a stack")
    return True


def _check_plain(key: str, value: Any, found: Found) -> None:
    if isinstance(value, Mapping):
        value = value.get("config", {}).get("name", "?")
    if value not in (None, "float32", "float64"):
        raise InterchangeError(f"{found.where}: {key}={value!r} cannot be represented; float32 and float64 can")


def _activation(name: object, where: str) -> Callable[[Tensor], Tensor] | None:
    if name in (None, "linear"):
        return None
    if name == "softmax":
        return lambda x: torch.softmax(x, -1)
    if name == "log_softmax":
        return lambda x: torch.log_softmax(x, -1)
    if name == "gelu":
        return torch.nn.functional.gelu
    squash = from_keras(name, where)
    return lambda x: squash(x)
