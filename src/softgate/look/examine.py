"""Runs a model on what it was given, with every signal kept; for a character model, its gradients too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

import softgate as sg
from softgate.figures.signals import MOST_UNITS
from softgate.figures.style import FigureError
from softgate.layers import Layer
from softgate.look.data import Given
from softgate.look.inputs import completed, fixed_steps
from softgate.look.model import ModelError, Opened
from softgate.record import Recording
from softgate.tables import InputError
from softgate.train.model import CharacterModel

GRADIENT_STEPS = 300


@dataclass(frozen=True)
class Seen:
    """What a run showed.

    Attributes:
        recording: every signal, [T, B, H].
        shape: of the input, as the model took it.
        given: what it took of the data.
        flow: the gradients of a character model's loss, where there is ``sg.gradient_flow``.
        flow_steps: over how many steps.
        said: what the model was given besides, in sentences.
    """

    recording: Recording
    shape: tuple[int, ...]
    given: Given
    flow: Any = None
    flow_steps: int = 0
    said: tuple[str, ...] = ()


def check_units(opened: Opened, units: Sequence[int]) -> None:
    """See that units can be drawn, before anything runs.

    Raises:
        FigureError: one is named twice, there are too many, or a layer does not have it.
    """
    if len(units) > MOST_UNITS:
        raise FigureError(f"--units: expected at most {MOST_UNITS} units, which can be told apart; got {len(units)}")
    for unit in units:
        if units.count(unit) > 1:
            raise FigureError(f"--units: unit {unit} is named {units.count(unit)} times")
        for name, layer in opened.model.named_modules():
            narrowest = (
                min(layer.hidden_size, layer.proj_size or layer.hidden_size) if isinstance(layer, Layer) else unit + 1
            )
            if unit >= narrowest:
                raise FigureError(f"--units: {name or 'the layer'} has units 0 to {narrowest - 1}; got {unit}")


def examine(opened: Opened, given: Given) -> Seen:
    """Run, and keep every signal.

    Raises:
        ModelError: there is no recurrent layer to record.
        InputError: the model does not take the input.
    """
    model = opened.model
    layers = [m for m in model.modules() if isinstance(m, Layer)]
    if not layers:
        left = "; ".join(map(str, sg.convert.plan(model)))
        raise ModelError(
            f"{opened.title}: expected a model with an LSTM, GRU or RNN of torch.nn, or a layer of softgate; "
            + (f"none could be opened: {left}" if left else "it has none")
        )
    first = layers[0]
    given = _cut(given, fixed_steps(model))
    x = given.x if given.encoded or not first.batch_first else given.x.transpose(0, 1)
    layouts = [x] if given.encoded or given.steps == 1 else [x, x.transpose(0, 1)]
    recording, x = _taken(model, layouts, first, given.steps)
    flow, steps = _flow(model, given)
    return Seen(recording, tuple(x.shape), given, flow, steps, completed(model, x)[1])


def _cut(given: Given, steps: int | None) -> Given:
    """No more steps than the model takes.

    Raises:
        InputError: there are fewer.
    """
    if steps is None or given.encoded or given.steps == steps:
        return given
    if given.steps < steps:
        raise InputError(f"the model takes {steps} steps, as its file fixes it; got {given.steps}")
    labels = None if given.labels is None else given.labels[:steps]
    said = (*given.said, f"of these the first {steps}, which is what the model's file fixes")
    return replace(given, x=given.x[:steps], steps=steps, labels=labels, said=said)


def _taken(model: torch.nn.Module, layouts: list[Tensor], first: Layer, steps: int) -> tuple[Recording, Tensor]:
    """The recording in the first layout in which time goes in as time: a model may turn its input around."""
    refused: InputError | None = None
    for x in layouts:
        try:
            recording = _recorded(model, x, first)
        except InputError as error:
            refused = refused or error
            continue
        if len(layouts) == 1 or not _swapped(recording, steps):
            return recording, x
    raise refused or InputError(f"the model takes time for the batch, as [{steps}, 1] and as [1, {steps}]")


def _recorded(model: torch.nn.Module, x: Tensor, first: Layer) -> Recording:
    further, _ = completed(model, x)
    with torch.no_grad(), sg.record(model) as recording:
        try:
            model(x, **further)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            reads = f"its first recurrent layer reads {first.input_size} features"
            raise InputError(
                f"the model did not take an input of shape {list(x.shape)}: {error}\n"
                f"  {reads}; --columns chooses columns of a table"
            ) from error
    if not len(recording):
        raise ModelError("the model ran, but none of its recurrent layers did; there is nothing to show")
    return recording


def _swapped(recording: Recording, steps: int) -> bool:
    """Whether time went in as the batch."""
    name = next(n for n in recording.names if n in recording)
    return recording.calls[name][0].shape[:2] == (1, steps)


def _flow(model: torch.nn.Module, given: Given) -> tuple[Any, int]:
    """The gradients of the mean cost of a character, where there is something that splits them."""
    gradient_flow = getattr(sg, "gradient_flow", None)
    steps = min(given.steps - 1, GRADIENT_STEPS)
    if gradient_flow is None or not isinstance(model, CharacterModel) or steps < 1:
        return None, 0
    ids, targets = given.x[:steps], given.x[1 : steps + 1]
    return gradient_flow(model, lambda: model.loss(ids, targets)[0]), steps
