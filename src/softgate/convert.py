"""``sg.open(model)``: every torch.nn.LSTM, GRU and RNN in a model becomes a softgate layer, where it stands.

A layer changes its class and nothing else: it stays the same object with the same parameters, hooks, name, training
flag, device and parametrizations, so whoever else holds it (a second place in the model, an optimizer, a list) sees the
opened one. :func:`plan` says what would happen, :func:`close` undoes it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import torch
from torch.nn import Module
from torch.nn.utils import parametrize

from softgate import cells, interchange
from softgate.equations import Cell
from softgate.layers import GRU, LSTM, RNN, Layer
from softgate.layers.gru import TorchGRU
from softgate.layers.lstm import TorchLSTM
from softgate.layers.rnn import TorchRNN

M = TypeVar("M", bound=Module)

_KINDS: dict[type[Module], type[Layer]] = {TorchLSTM: LSTM, TorchGRU: GRU, TorchRNN: RNN}


@dataclass(frozen=True)
class Found:
    """One recurrent module of a model: its name in it, its class, and what :func:`open` does with it.

    ``action`` is ``"open"``, ``"is open"`` or ``"leave"``; ``reason`` says why it is left.
    """

    name: str
    kind: str
    action: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.name or '(the model)'}: {self.kind}: {self.action}{f', {self.reason}' if self.reason else ''}"


@overload
def open(model: M) -> M: ...  # noqa: A001
@overload
def open(model: str | os.PathLike[str]) -> Any: ...  # noqa: A001
def open(model: Any) -> Any:  # noqa: A001 - sg.open(model) is the name
    """Makes every torch.nn.LSTM, GRU and RNN in ``model`` a softgate layer. Opening twice is opening once.

    A subclass is opened if it has torch's own ``forward``. Cells, quantized layers and subclasses with a ``forward``
    of their own are left alone: ``softgate.convert.plan(model)`` lists everything, with reasons.

    Args:
        model: any module; may be such a layer itself; or the path of a file that :func:`softgate.interchange.load`
            reads, which is then read.

    Returns:
        The same model.

    Raises:
        TypeError: for something that is neither.
        InterchangeError: a file that cannot be opened: its ending, or what is wrong in it.
    """
    if isinstance(model, (str, os.PathLike)):
        return interchange.load(model)
    if not isinstance(model, Module):
        ends = ", ".join(interchange.ENDINGS)
        raise TypeError(
            f"open: expected a torch.nn.Module, got {type(model).__name__}; write sg.open(model), or the path of a "
            f"file that ends in {ends}"
        )
    for module in list(model.modules()):
        if _reason_to_leave(module) is None:
            _open(module)
    return model


def close(model: M) -> M:
    """Makes every softgate LSTM, GRU and RNN with torch's own cell a torch.nn layer again; returns the same model."""
    for module in list(model.modules()):
        theirs = next((theirs for theirs, ours in _KINDS.items() if isinstance(module, ours)), None)
        if theirs is not None and isinstance(module, Layer) and module.plain:
            before: Any = getattr(type(module), "softgate_from", None) or _rebase(module, theirs)
            module.__class__ = before
            for name in ("cell", "plain", "forget_bias", "_slots"):
                module.__dict__.pop(name, None)
    return model


def plan(model: Module) -> list[Found]:
    """What :func:`open` does with each recurrent module of ``model``; changes nothing."""
    rows = []
    for name, module in model.named_modules():
        if not _is_recurrent(module):
            continue
        why = _reason_to_leave(module)
        action = "open" if why is None else "is open" if isinstance(module, Layer) else "leave"
        rows.append(Found(name, f"{type(module).__module__}.{type(module).__qualname__}", action, why or ""))
    return rows


def _is_recurrent(module: Module) -> bool:
    if isinstance(module, (torch.nn.RNNBase, torch.nn.RNNCellBase)):
        return True
    kind = type(module)
    return kind.__module__.startswith("torch.ao.") and kind.__name__ in (
        "LSTM",
        "GRU",
        "LSTMCell",
        "GRUCell",
        "RNNCell",
    )


def _reason_to_leave(module: Module) -> str | None:
    """Why a module stays as it is; None if it is to be opened."""
    if isinstance(module, Layer):
        return "it is a softgate layer"
    kind = next((kind for kind in _KINDS if isinstance(module, kind)), None)
    if kind is None:
        if isinstance(module, torch.nn.RNNCellBase):
            return "it is not torch.nn.LSTM, GRU or RNN, but a single step"
        return "it is not torch.nn.LSTM, GRU or RNN"
    if type(module).forward is not kind.forward or "forward" in module.__dict__:
        return "it has a forward of its own"
    return None


def _open(module: Any) -> None:
    kind = next(kind for kind in _KINDS if isinstance(module, kind))
    ours = _KINDS[kind]
    if type(module) is kind:
        module.__class__ = ours
    elif parametrize.is_parametrized(module) and type(module).__bases__ == (kind,):
        module.__class__ = _rebase(module, ours)
    else:
        module.__class__ = opened(type(module))
    module._adopt(_cell(module))


def _cell(module: Any) -> Cell:
    """The cell that a torch.nn layer computes."""
    if isinstance(module, TorchLSTM):
        return cells.lstm()
    return cells.gru() if isinstance(module, TorchGRU) else cells.rnn("relu" if module.mode == "RNN_RELU" else "tanh")


def _rebase(module: Module, kind: type[Module]) -> type[Module]:
    """The class of a parametrized module, on another base. torch makes such a class for each module, and unmakes it."""
    if not parametrize.is_parametrized(module):
        return kind
    body = {n: v for n, v in vars(type(module)).items() if n not in ("__dict__", "__weakref__")}
    return type(type(module).__name__, (kind,), body)


_opened: dict[type[Module], type[Module]] = {}


def opened(kind: type[Module]) -> type[Module]:
    """For a subclass of torch.nn's, the class that is also a softgate layer: its methods, our ``forward``."""
    if kind not in _opened:
        ours = next(ours for theirs, ours in _KINDS.items() if issubclass(kind, theirs))

        def reduce(self: Any, protocol: Any = None) -> tuple[Any, ...]:
            return _revive, (kind,), self.__getstate__()

        body = {"softgate_from": kind, "__reduce_ex__": reduce, "__doc__": kind.__doc__, "__module__": kind.__module__}
        _opened[kind] = type(kind.__name__, (kind, ours), body)
    return _opened[kind]


def _revive(kind: type[Module]) -> Module:
    """An empty instance, for copying and loading: the class above is made here, and has no name to be found by."""
    made: Module = opened(kind).__new__(opened(kind))
    return made
