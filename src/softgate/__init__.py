"""softgate: LSTM gates you can open.

A cell is its equations; the reference, the gradient, the kernel and the names of its signals are derived from them.

This file is the whole public face. Every name is loaded when it is first used, so that `import softgate` itself costs
next to nothing. A name is added in two places, which a test compares: `_FACE`, for Python, and the block below it, for
type checkers.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Module of softgate: the public names that live there.
_FACE = {
    "activations": """
        Activation activation
        affine arctan elu erf gelu hard_sigmoid hard_tanh identity leaky_relu mish relu scaled_sigmoid scaled_tanh
        sigmoid silu softplus softsign tanh thresholded_relu
        cos exp expm1 log log1p maximum minimum sin sqrt where
    """,
    "convert": "open",
    "changes": "add fix replace resample scale transplant",
    "dispatch": "explain_path",
    "edit": "edit",
    "equations": "Cell cell",
    "errors": """
        CacheError CellDefinitionError DtypeError GradientWarning InterchangeError MissingExtraError NotRecordedError
        RecordingFolderError RecordingTooLargeError ShapeError SoftgateError UnknownNameError
    """,
    "gradient_flow": "gradient_flow",
    "gradient_watch": "watch_gradients",
    "interchange": "export_onnx",
    "layers": "GRU LSTM RNN Recurrent",
    "limits.digitise": "digitise",
    "probes": "LabelError probe",
    "record": "load_recording record",
    "roles.find": "find_roles",
    "streaming.store": "Statistics",
    "streaming.stream": "collect stream_statistics",
}

# Modules that are public as they are: `softgate.activations.names()`.
_MODULES = ("activations", "cells", "convert", "figures", "interchange", "lab", "tasks", "testing", "zoo")

if TYPE_CHECKING:
    from softgate import (
        activations as activations,
        cells as cells,
        convert as convert,
        figures as figures,
        interchange as interchange,
        lab as lab,
        tasks as tasks,
        testing as testing,
        zoo as zoo,
    )
    from softgate.activations import (
        Activation as Activation,
        activation as activation,
        affine as affine,
        arctan as arctan,
        cos as cos,
        elu as elu,
        erf as erf,
        exp as exp,
        expm1 as expm1,
        gelu as gelu,
        hard_sigmoid as hard_sigmoid,
        hard_tanh as hard_tanh,
        identity as identity,
        leaky_relu as leaky_relu,
        log as log,
        log1p as log1p,
        maximum as maximum,
        minimum as minimum,
        mish as mish,
        relu as relu,
        scaled_sigmoid as scaled_sigmoid,
        scaled_tanh as scaled_tanh,
        sigmoid as sigmoid,
        silu as silu,
        sin as sin,
        softplus as softplus,
        softsign as softsign,
        sqrt as sqrt,
        tanh as tanh,
        thresholded_relu as thresholded_relu,
        where as where,
    )
    from softgate.changes import (
        add as add,
        fix as fix,
        replace as replace,
        resample as resample,
        scale as scale,
        transplant as transplant,
    )
    from softgate.convert import open as open  # noqa: A004 - sg.open(model) is the name
    from softgate.dispatch import explain_path as explain_path
    from softgate.edit import edit as edit
    from softgate.equations import Cell as Cell, cell as cell
    from softgate.errors import (
        CacheError as CacheError,
        CellDefinitionError as CellDefinitionError,
        DtypeError as DtypeError,
        GradientWarning as GradientWarning,
        InterchangeError as InterchangeError,
        MissingExtraError as MissingExtraError,
        NotRecordedError as NotRecordedError,
        RecordingFolderError as RecordingFolderError,
        RecordingTooLargeError as RecordingTooLargeError,
        ShapeError as ShapeError,
        SoftgateError as SoftgateError,
        UnknownNameError as UnknownNameError,
    )
    from softgate.gradient_flow import gradient_flow as gradient_flow
    from softgate.gradient_watch import watch_gradients as watch_gradients
    from softgate.interchange import export_onnx as export_onnx
    from softgate.layers import GRU as GRU, LSTM as LSTM, RNN as RNN, Recurrent as Recurrent
    from softgate.limits.digitise import digitise as digitise
    from softgate.probes import LabelError as LabelError, probe as probe
    from softgate.record import load_recording as load_recording, record as record
    from softgate.roles.find import find_roles as find_roles
    from softgate.streaming.store import Statistics as Statistics
    from softgate.streaming.stream import collect as collect, stream_statistics as stream_statistics

_HOME = {name: module for module, names in _FACE.items() for name in names.split()}

__all__ = sorted((*_HOME, *_MODULES))  # noqa: PLE0605 - the table above is the list


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(_unknown(name), name=name, obj=sys.modules[__name__])
    globals()[name] = value  # the next look-up does not come here
    return value


def _unknown(name: str) -> str:
    """What to say of a name that is not there."""
    text = f"module {__name__!r} has no attribute {name!r}"
    from difflib import get_close_matches

    lowered = {known.lower(): known for known in __all__}
    near = [lowered[match] for match in get_close_matches(name.lower(), lowered)]
    return f"{text}; did you mean {' or '.join(f'sg.{n}' for n in near)}?" if near else text


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Face(ModuleType):
    """Lets a public function have the name of its module.

    Python binds a submodule as an attribute of the package when it is imported, whoever imports it. Where the face has
    a function of that name, the function is bound instead.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if _HOME.get(name) == name and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
