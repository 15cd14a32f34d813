"""The layers of a Keras model in the order in which they run, and where the weights of each are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from softgate.errors import InterchangeError
from softgate.interchange.keras_file import Archive

MOST_LAYERS, MOST_DEPTH = 1000, 8
_MODELS = ("Sequential", "Functional")
# The operations by which a functional model says what Embedding and Masking mask; steps find that themselves.
_MASKS = ("NotEqual", "Any")


@dataclass(frozen=True)
class Found:
    """A layer.

    Attributes:
        kind, name: its class in Keras and its name.
        config: its configuration.
        group: where its weights are.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    group: str

    @property
    def where(self) -> str:
        """What errors call it."""
        return f"layer {self.name!r} ({self.kind})"

    def inner(self, *keys: str) -> Found:
        """The layer inside, under the first of these keys that there is."""
        for key in keys:
            if isinstance(self.config.get(key), Mapping):
                return layer(self.config[key], self.group)
        raise InterchangeError(f"{self.where}: it has no layer inside")


def layer(said: Any, group: str) -> Found:
    """One entry of a model's list of layers.

    Raises:
        InterchangeError: it is not the description of a layer of Keras's own.
    """
    config = said.get("config") if isinstance(said, Mapping) else None
    kind = said.get("class_name") if isinstance(said, Mapping) else None
    if not isinstance(config, Mapping) or not isinstance(kind, str):
        raise InterchangeError("config.json: a layer is not described as one")
    found = Found(kind, str(config.get("name") or said.get("name") or kind), config, group)
    if not str(said.get("module") or "").startswith("keras"):
        raise InterchangeError(f"{found.where} cannot be represented: it is not one of Keras's own")
    return found


def stack(archive: Archive) -> list[Found]:
    """All layers of a model, models inside written out.

    Raises:
        InterchangeError: it is not one stack.
    """
    top = layer(archive.config, "")
    found = list(_layers(top, archive, "", 0))
    if not any(f.group for f in found):
        raise InterchangeError("it has no layers")
    return found


def _layers(model: Found, archive: Archive, base: str, depth: int) -> Iterator[Found]:
    said = model.config.get("layers")
    if model.kind not in _MODELS or not isinstance(said, list) or not said:
        raise InterchangeError(f"{model.where}: only Sequential and Functional models can be opened")
    if depth > MOST_DEPTH or len(said) > MOST_LAYERS:
        raise InterchangeError(f"{model.where}: more than {MOST_LAYERS} layers, or {MOST_DEPTH} models in each other")
    root, counts = archive.root(base), dict[str, int]()
    if model.kind == "Functional":
        said = _in_order(model, said)
    for entry in said:
        found = layer(entry, "")
        if found.kind in _MASKS:
            continue
        # Weights lie under the class in snake case, numbered, as Keras names them.
        plain = _snake(found.kind)
        counts[plain] = counts.get(plain, -1) + 1
        group = root + plain + (f"_{counts[plain]}" if counts[plain] else "")
        found = Found(found.kind, found.name, found.config, group)
        if found.kind in _MODELS:
            yield from _layers(found, archive, group + "/", depth + 1)
        elif found.kind != "InputLayer":
            yield found


def _in_order(model: Found, said: list[Any]) -> list[Any]:
    """Checks that a functional model is one stack: each layer is called once, with the output of the one before it."""
    last: str | None = None
    for entry in said:
        found = layer(entry, "")
        if found.kind in _MASKS:
            continue
        calls = entry.get("inbound_nodes")
        sources = [_sources(call) for call in calls] if isinstance(calls, list) else [[]]
        expected = [] if last is None else [[last]]
        if (found.kind == "InputLayer" and last is None and sources == []) or (
            last is not None and sources == expected
        ):
            last = found.name
        else:
            raise InterchangeError(f"{model.where}: it is not one stack; {found.where} takes {sources or 'nothing'}")
    ends = str(model.config.get("output_layers"))
    if ends.count("[") > 1 + ("[[" in ends) or repr(last) not in ends:
        raise InterchangeError(f"{model.where}: its output is not that of its last layer: {ends[:200]}")
    return said


def _sources(call: Any) -> list[Any]:
    """The layers whose outputs a call has as its positional arguments."""
    args = call.get("args") if isinstance(call, Mapping) else None
    found = []
    for value in args if isinstance(args, list) else ["?"]:
        config = value.get("config") if isinstance(value, Mapping) else None
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        found.append(history[0] if isinstance(history, list) and history else "?")
    return found


def _snake(name: str) -> str:
    """``SimpleRNN`` as ``simple_rnn``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
