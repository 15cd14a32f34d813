"""What a layer was given and gave, kept while the fast path runs it; and the names of places in a model."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate import taps
from softgate.equations import Cell
from softgate.errors import NotRecordedError
from softgate.layers import Layer
from softgate.recording.eager import eager
from softgate.recording.names import advice
from softgate.taps import Call, Place


class Names:
    """The prefixes of a model's recurrences, as in a recording: ``"encoder.l0.reverse."``.

    Raises:
        NotRecordedError: the model has no softgate layer; ``who`` asks.
    """

    def __init__(self, model: torch.nn.Module, who: str) -> None:
        self.layers = {id(m): (path, m) for path, m in model.named_modules() if isinstance(m, Layer)}
        if not self.layers:
            raise NotRecordedError(f"{who}: {type(model).__name__} has no softgate layer in it; {advice(model)}")

    def __contains__(self, owner: object) -> bool:
        return id(owner) in self.layers

    def prefix(self, place: Place) -> str:
        """What the names of a place's signals begin with."""
        path = self.layers[id(place.owner)][0]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"


class Follower:
    """A tap that hands each call of a model's layers to :meth:`took`, with its states; calls of threads may overlap."""

    def __init__(self, names: Names) -> None:
        self.places = names
        self._states: dict[Any, Mapping[str, Tensor]] = {}

    def watches(self, owner: object) -> bool:
        """Whether a layer is in this model."""
        return owner in self.places

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The states, from which all else is computed again."""
        return cell.states

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The states, for the call that comes next."""
        self._states[_here(place)] = signals

    def after(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
        """The call itself."""
        self.took(place, call, self._states.pop(_here(place)), (y, *finals))

    def took(self, place: Place, call: Call, states: Mapping[str, Tensor], outputs: tuple[Tensor, ...]) -> None:
        """What to do with a call: its states, and y and the last states with their graph."""
        raise NotImplementedError


@contextmanager
def with_gradients(tap: Follower) -> Iterator[None]:
    """Has a model run, followed by a tap, so that every output of its layers has a gradient, of a frozen model too.

    What a layer reads is a leaf if nothing before it has a gradient. Parameters stay as they are: other threads have
    them as well. Compiled code, which would not ask who is looking, runs uncompiled.
    """

    def lead(_: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not taps.is_set(tap) or torch._C._are_functorch_transforms_active() or not (args or "input" in kwargs):
            return None
        return ((_leaf(args[0]), *args[1:]), kwargs) if args else (args, kwargs | {"input": _leaf(kwargs["input"])})

    with ExitStack() as stack:
        stack.enter_context(eager())
        stack.enter_context(torch.enable_grad())
        stack.enter_context(taps.tapped(tap))
        for _, layer in tap.places.layers.values():
            stack.callback(layer.register_forward_pre_hook(lead, with_kwargs=True).remove)
        yield


def not_transformed(verb: str) -> None:
    """Refuses to look at what ``torch.func`` transforms: its tensors end with the transform, and so do their graphs.

    Raises:
        NotRecordedError: a transform is being made.
    """
    if torch._C._are_functorch_transforms_active():
        raise NotRecordedError(
            f"{verb}: inside torch.func.vmap, grad and the like no gradient can be followed; "
            f"call the model outside of the transform, vmap's batch as a batch"
        )


def _leaf(x: Any) -> Any:
    """The input of a layer, as one that has a gradient."""
    if isinstance(x, PackedSequence):
        return x._replace(data=_leaf(x.data))
    if not isinstance(x, Tensor) or not x.is_floating_point() or x.requires_grad or torch.is_inference_mode_enabled():
        return x
    return (x.clone() if x.is_inference() else x.detach()).requires_grad_()


def _here(place: Place) -> Any:
    return threading.get_ident(), *place.key
