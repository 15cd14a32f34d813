"""Lets ``torch.compile(fullgraph=True)`` through our layers, which it would refuse for being torch.nn.LSTM's children.

torch's compiler stops at every instance of torch.nn.LSTM, GRU and RNN, because it would unroll their time loop; a
switch of its own, ``torch._dynamo.config.allow_rnn``, lets all of them through. Ours are one operator and have nothing
to unroll; torch's own are better left alone. So the switch is on only while the compiler looks at one of ours.

The compiler takes a second to import and is not imported here: :func:`install` waits until somebody else does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from softgate import taps
from softgate.errors import SoftgateError
from softgate.layers.construct import Constructed

_BUILDER = "torch._dynamo.variables.builder"


def install() -> None:
    """Opens the compiler's door to our layers, now or as soon as the compiler is there. Once is enough."""
    if _BUILDER in sys.modules:
        _open(sys.modules[_BUILDER])
    elif not any(isinstance(finder, _Waiting) and finder.name == _BUILDER for finder in sys.meta_path):
        when_loaded(_BUILDER, _open)


def when_loaded(name: str, action: Callable[[Any], None]) -> None:
    """Has ``action`` called with the module of that name as soon as it has been imported, which it is not yet."""
    sys.meta_path.insert(0, _Waiting(name, action))


class _Waiting(MetaPathFinder):
    """Sees the import of one module, steps aside, and acts when that module is there."""

    def __init__(self, name: str, action: Callable[[Any], None]) -> None:
        self.name, self._action = name, action

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                self._action(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _open(builder: Any) -> None:
    """Has ``VariableBuilder.wrap_module``, which decides, decide for our layers with the switch on."""
    original = getattr(builder.VariableBuilder, "wrap_module", None)
    if original is None or hasattr(original, "softgate"):
        return

    def wrap_module(self: Any, value: Any) -> Any:
        if not isinstance(value, Constructed):
            return original(self, value)
        if taps.anyone():
            raise SoftgateError(
                "what torch compiles or exports can be neither recorded nor edited; "
                "put the with block around its call, and call sg.gradient_flow outside of it"
            )
        with builder.config.patch(allow_rnn=True):
            return original(self, value)

    wrap_module.softgate = True  # type: ignore[attr-defined]
    builder.VariableBuilder.wrap_module = wrap_module
