"""The layers of a Keras model in the order in which they run, what each takes, and where its weights are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from softgate.errors import InterchangeError
from softgate.interchange.keras_file import Archive

MOST_LAYERS, MOST_DEPTH = 1000, 8
Key = tuple[str, int, int]
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
        key: its path in the model.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    group: str
    key: str = ""

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


class Call(NamedTuple):
    """A layer that is called: with which values, and the how manieth time."""

    found: Found
    inputs: tuple[Key, ...]
    node: int


@dataclass(frozen=True)
class Graph:
    """A model: its calls in the order in which they can be made, its inputs (``("", 0, k)``) and its outputs."""

    calls: list[Call]
    inputs: int
    outputs: list[Key]


def graph(archive: Archive) -> Graph:
    """All layers of a model, models inside written out.

    Raises:
        InterchangeError: it is not a Sequential or Functional model, or not one that a file may be.
    """
    top = layer(archive.config, "")
    entries = top.config.get("input_layers") if top.kind == "Functional" else None
    inputs = [("", 0, k) for k in range(max(1, len(_keys(entries))))]
    walk = _Walk(archive)
    outputs = walk.model(replace(top, key=""), "", inputs, 0)
    if not walk.calls:
        raise InterchangeError("it has no layers")
    return Graph(walk.calls, len(inputs), outputs)


class _Walk:
    """Goes through a model and the models in it."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.calls = archive, list[Call]()

    def model(self, model: Found, base: str, inputs: list[Key], depth: int) -> list[Key]:
        """Writes out the calls of a model that is called with these values; gives its outputs."""
        said = model.config.get("layers")
        if model.kind not in _MODELS or not isinstance(said, list) or not said:
            raise InterchangeError(f"{model.where}: only Sequential and Functional models can be opened")
        if depth > MOST_DEPTH or len(said) > MOST_LAYERS or len(self.calls) > MOST_LAYERS:
            raise InterchangeError(
                f"{model.where}: more than {MOST_LAYERS} layers, or {MOST_DEPTH} models in each other"
            )
        layers = list(self._layers(model, said, base))
        if model.kind == "Functional":
            return self._functional(model, layers, inputs, depth)
        outs = inputs[:1]
        for found, _ in layers:
            if found.kind != "InputLayer":
                outs = self._call(found, outs[:1], 0, depth)
        return outs

    def _layers(self, model: Found, said: list[Any], base: str) -> Iterator[tuple[Found, Any]]:
        """The layers of a model with their groups: under the class in snake case, numbered, as Keras names them."""
        root, counts = self.archive.root(base), dict[str, int]()
        for entry in said:
            found = layer(entry, "")
            if _is_operation(entry, found):
                continue
            plain = _snake(found.kind)
            counts[plain] = counts.get(plain, -1) + 1
            group = root + plain + (f"_{counts[plain]}" if counts[plain] else "")
            yield replace(found, group=group, key=f"{model.key}/{found.name}"), entry

    def _call(self, found: Found, inputs: list[Key], node: int, depth: int) -> list[Key]:
        if found.kind in _MODELS:
            if node:
                raise InterchangeError(f"{found.where}: a model that is called twice cannot be represented")
            return self.model(found, found.group + "/", inputs, depth + 1)
        self.calls.append(Call(found, tuple(inputs), node))
        return [(found.key, node, k) for k in range(_outputs(found))]

    def _functional(self, model: Found, layers: list[tuple[Found, Any]], inputs: list[Key], depth: int) -> list[Key]:
        """The calls of a functional model: each when all that it takes is there."""
        begins = _keys(model.config.get("input_layers"))
        if len(begins) != len(inputs):
            raise InterchangeError(f"{model.where}: it has {len(begins)} inputs and is called with {len(inputs)}")
        there: dict[Key, Key] = dict(zip(begins, inputs, strict=True))
        waiting = [
            (found, node, _sources(call))
            for found, entry in layers
            if found.kind != "InputLayer"
            for node, call in enumerate(_list(entry.get("inbound_nodes")))
        ]
        while waiting:
            ready = next((k for k, (_, _, sources) in enumerate(waiting) if all(s in there for s in sources)), None)
            if ready is None:
                found, _, sources = waiting[0]
                raise InterchangeError(f"{model.where}: {found.where} takes {sources}, which no layer gives")
            found, node, sources = waiting.pop(ready)
            outs = self._call(found, [there[s] for s in sources], node, depth)
            there |= {(found.name, node, k): out for k, out in enumerate(outs)}
        ends = _keys(model.config.get("output_layers"))
        if not ends or any(end not in there for end in ends):
            raise InterchangeError(f"{model.where}: its outputs {str(ends)[:200]} are those of no layer")
        return [there[end] for end in ends]


def _is_operation(entry: Mapping[str, Any], found: Found) -> bool:
    """Whether it is one of the operations by which a model says what is masked; steps find that out themselves."""
    return found.kind in _MASKS or ".ops." in f"{entry.get('module')}."


def _outputs(found: Found) -> int:
    """How many values a layer gives."""
    ways = 1
    if found.kind == "Bidirectional":
        ways, found = 2, found.inner("layer")
    if not found.config.get("return_state"):
        return 1
    kind = found.inner("cell").kind if found.kind == "RNN" else found.kind
    return 1 + ways * (2 if kind.startswith("LSTM") else 1)


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _keys(said: Any) -> list[Key]:
    """``["name", 0, 0]``, or a list of such, or an object of such, as keys."""
    if isinstance(said, Mapping):
        said = list(said.values())
    if isinstance(said, list) and len(said) == 3 and isinstance(said[0], str):
        said = [said]
    found = []
    for entry in _list(said):
        if not isinstance(entry, list) or [type(e) for e in entry] != [str, int, int]:
            raise InterchangeError(f"config.json: {str(entry)[:80]} is not a value of a model")
        found.append((entry[0], entry[1], entry[2]))
    return found


def _sources(call: Any) -> list[Key]:
    """The values that a call has as its arguments, initial states included."""
    args = call.get("args") if isinstance(call, Mapping) else None
    more = call.get("kwargs") if isinstance(call, Mapping) else None
    found: list[Key] = []

    def add(value: Any) -> None:
        if isinstance(value, list):
            for each in value[:MOST_LAYERS]:
                add(each)
        elif isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
            found.extend(_keys(value["config"].get("keras_history")))

    add(args)
    add(more.get("initial_state") if isinstance(more, Mapping) else None)
    if not found:
        raise InterchangeError(f"config.json: a call without an input: {str(call)[:80]}")
    return found


def _snake(name: str) -> str:
    """``SimpleRNN`` as ``simple_rnn``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
