"""``with sg.watch_gradients(model, every=100) as watch:``: how the gradient fares inside of layers while they train.

Most calls run as if nobody watched. Every so often a training call of a layer is followed: its states are kept, the
backward pass shows what arrives at its output, and at the end of that pass a few rows of the batch are followed back
step by step, as :mod:`softgate.gradient_flow` does. Compiled code (``torch.compile``) and what ``torch.func``
transforms show nothing; a warning says so, once for each layer.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from softgate import taps
from softgate.errors import GradientWarning, MissingExtraError, ShapeError
from softgate.flow.capture import Follower, Names
from softgate.flow.judge import Sample, judge
from softgate.flow.linear import Linear, linearise
from softgate.flow.trace import injected
from softgate.recording.eager import not_compiled
from softgate.taps import Call, Place


class _Pending:
    """A call that waits for its backward pass. It keeps no output: that would keep the graph."""

    def __init__(self, number: int, prefix: str, linear: Linear, outputs: int) -> None:
        self.number, self.prefix, self.linear = number, prefix, linear
        self.found: list[Tensor | None] = [None] * outputs
        self.queued = False


class GradientWatch(Follower):
    """A watch over a model's layers; also the context in which they are watched.

    Attributes:
        samples: what was seen, a :class:`softgate.flow.judge.Sample` for each layer, direction and sampled call.
    """

    def __init__(self, model: torch.nn.Module, every: int, rows: int, vanishing: float, exploding: float) -> None:
        super().__init__(Names(model, "watch_gradients"))
        if every < 1 or rows < 1:
            raise ShapeError(f"watch_gradients: every and rows must be 1 or more, got {every} and {rows}")
        self.every, self.rows, self.vanishing, self.exploding = every, rows, vanishing, exploding
        self.samples: list[Sample] = []
        self._calls: dict[int, int] = {}
        self._seen: set[int] = set()
        self._open: dict[tuple[int, int], tuple[AbstractContextManager[None], int]] = {}
        self._hooks: list[Any] = []
        self._warned: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @property
    def norms(self) -> dict[str, Tensor]:
        """The newest norms of dL/ds_t by state, ``"encoder.l0.c"``, [T] each."""
        return {name: values for sample in self.samples for name, values in sample.norms.items()}

    def callback(self) -> Any:
        """A Lightning callback that watches while a trainer fits: ``Trainer(callbacks=[watch.callback()])``.

        Raises:
            MissingExtraError: Lightning is not installed.
        """
        try:
            from lightning.pytorch import Callback
        except ImportError as error:
            raise MissingExtraError("lightning", "train", "the callback of a gradient watch") from error
        watch = self

        class Watching(Callback):
            def on_train_start(self, *_: Any) -> None:
                watch.__enter__()

            def on_train_end(self, *_: Any) -> None:
                watch.__exit__()

            def on_exception(self, *_: Any) -> None:
                watch.__exit__()

        return Watching()

    def __enter__(self) -> GradientWatch:
        not_compiled("watch_gradients")
        for path, layer in self.places.layers.values():
            self._hooks.append(layer.register_forward_pre_hook(self._before))
            self._hooks.append(layer.register_forward_hook(self._after, always_call=True))
            first = next((p for p in layer.parameters() if p.requires_grad and p.is_leaf), None)
            if first is not None:
                name = path or type(layer).__name__
                hook = partial(self._came_back, id(layer), name)
                self._hooks.append(first.register_post_accumulate_grad_hook(hook))  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        while self._hooks:
            self._hooks.pop().remove()

    def __repr__(self) -> str:
        return (
            "\n".join([f"<gradient watch, {len(self.samples)} samples", *(f"  {s!r}" for s in self.samples[-8:])]) + ">"
        )

    def _before(self, layer: torch.nn.Module, *_: object) -> None:
        """Follows this call, if it is one to be sampled."""
        if torch.compiler.is_compiling():
            return
        self._seen.add(id(layer))
        if not (layer.training and torch.is_grad_enabled()):
            return
        if torch._C._are_functorch_transforms_active():
            path = self.places.layers[id(layer)][0] or type(layer).__name__
            self._warn(path, "transformed", f"{path}: what torch.func transforms is not watched")
            return
        with self._lock:
            count = self._calls.get(id(layer), -1) + 1
            self._calls[id(layer)] = count
        if count % self.every == 0:
            tapped = taps.tapped(self)
            self._open[threading.get_ident(), id(layer)] = tapped, count
            tapped.__enter__()

    def _after(self, layer: torch.nn.Module, *_: object) -> None:
        opened = None if torch.compiler.is_compiling() else self._open.pop((threading.get_ident(), id(layer)), None)
        if opened is not None:
            opened[0].__exit__(None, None, None)

    def _came_back(self, layer: int, path: str, _: Tensor) -> None:
        """A gradient has come to a layer's weights: of calls that nobody has seen, if there were none."""
        if layer not in self._seen and "torch._dynamo" in sys.modules:
            self._warn(path, "unseen", (
                f"{path}: a gradient came, and no call was seen: what torch.compile made is not watched; for that, "
                f'have it run uncompiled: with torch.compiler.set_stance("force_eager")'
            ))  # fmt: skip

    def took(self, place: Place, call: Call, states: Mapping[str, Tensor], outputs: tuple[Tensor, ...]) -> None:
        """Waits for the gradients of this call's outputs."""
        if any(t.requires_grad for t in outputs):
            linear = linearise(call, states, self.rows)
            _, count = self._open[threading.get_ident(), id(place.owner)]
            pending = _Pending(count, self.places.prefix(place), linear, len(outputs))
            for n, t in enumerate(outputs):
                if t.requires_grad:
                    t.register_hook(partial(self._arrived, pending, n))  # type: ignore[no-untyped-call]

    def _arrived(self, pending: _Pending, n: int, gradient: Tensor | None) -> None:
        pending.found[n] = gradient
        if (
            not pending.queued
        ):  # the rest of what arrives is there when the pass ends, and the weights are still the same
            pending.queued = True
            _at_the_end(partial(self._finish, pending))

    @torch.no_grad()
    def _finish(self, pending: _Pending) -> None:
        found, outputs = pending.found, len(pending.found)
        pending.found, pending.queued = [None] * outputs, False
        inject = injected(pending.linear, found)
        sample, kind = judge(pending.number, pending.prefix, pending.linear, inject, self.vanishing, self.exploding)
        self.samples.append(sample)
        if kind is not None and sample.finding is not None:
            self._warn(sample.place, kind, sample.finding)

    def _warn(self, place: str, kind: str, text: str) -> None:
        """Warns, once of each kind at each place."""
        with self._lock:
            new = (place, kind) not in self._warned
            self._warned.add((place, kind))
        if new:
            warnings.warn(GradientWarning(text), stacklevel=3)


def watch_gradients(
    model: torch.nn.Module, every: int = 100, *, rows: int = 8, vanishing: float = 1e-10, exploding: float = 1e4
) -> GradientWatch:
    """Watch the gradient inside of layers while they train: ``with sg.watch_gradients(model) as watch: train()``.

    ``watch.samples`` has, for each layer and direction, the norm of dL/dc_t at every step and how far the gradient
    reaches back; ``watch.norms`` the newest. A layer whose gradient vanishes or explodes is named in a warning, once,
    with the gate that is responsible. Outputs, gradients and training stay as they are, bit for bit. Calls of all
    threads count, in the order in which they come. What ``torch.compile`` made is not seen.

    Args:
        model: any module with softgate layers in it, or such a layer.
        every: of each layer's training calls, every so many-th is looked at, the first one included.
        rows: how many rows of the batch.
        vanishing: a gradient has vanished when less than this ratio is left of what arrived at the last step.
        exploding: it has exploded when it has grown to more than this ratio.

    Raises:
        NotRecordedError: the model has no softgate layer.
        ShapeError: ``every`` or ``rows`` is less than 1.

    Warns:
        GradientWarning: "l0: the gradient of c falls by 10^-10 within 40 steps; forget gate f is 0.55 on average"; or
            that a layer cannot be watched, since only compiled or transformed code runs it.
    """
    not_compiled("watch_gradients")
    return GradientWatch(model, every, rows, vanishing, exploding)


def _at_the_end(do: Callable[[], None]) -> None:
    """Has the backward pass that is running call this when it is done."""
    engine: Any = torch.autograd.Variable._execution_engine
    engine.queue_callback(do)
