"""Models of other libraries, in and out: :func:`load` and :func:`save`, :func:`export_onnx`.

```
model = sg.open("tagger.onnx")                    # or .keras, or .safetensors; softgate.interchange.load is the same
with sg.record(model) as rec: model(x)
print(rec.names)
```

Nothing in a file is run but its operators: no pickle, no code, no custom layer. What cannot be represented exactly is
an :class:`~softgate.InterchangeError` that names the operator, attribute, layer or node.

Known limits. A GRU that resets before its product (``linear_before_reset=0``, ``reset_after=False``) has no kernel: the
reference runs it. Where masks or lengths are given, signals are recorded as of a packed sequence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from softgate.errors import InterchangeError
from softgate.interchange import keras_read, onnx_read, onnx_torch, onnx_write, state_dicts
from softgate.interchange.guard import write_bytes
from softgate.interchange.keras_steps import KerasModel
from softgate.interchange.onnx_graph import OnnxModel
from softgate.interchange.onnx_torch import translations
from softgate.interchange.state_dicts import Layers, from_state_dict
from softgate.layers import Layer

__all__ = ["KerasModel", "Layers", "OnnxModel", "export_onnx", "from_state_dict", "load", "save", "translations"]

ENDINGS: dict[str, Callable[[Any], Any]] = {
    ".onnx": onnx_read.read,
    ".keras": keras_read.read,
    ".safetensors": state_dicts.read,
}
"""What reads a file, by the end of its name."""


def load(path: str | os.PathLike[str]) -> Any:
    """A model from a file of another library, by the end of its name; its recurrent layers are softgate's.

    Raises:
        InterchangeError: the file is damaged, or has what cannot be represented.
        FileNotFoundError: there is no such file.
        MissingExtraError: the library that parses this format is not installed.
    """
    end = Path(path).suffix.lower()
    if end in (".h5", ".hdf5"):
        raise InterchangeError(
            f"{Path(path).name}: Keras's older format cannot be opened; load it with keras.saving.load_model(path, "
            "safe_mode=True) if you trust it, save it as .keras, and open that"
        )
    if end in (".pt", ".pth", ".pkl", ".bin", ".ckpt"):
        raise InterchangeError(
            f"{Path(path).name}: a pickle runs code when it is read, so it is not; if you trust it, load it with "
            "torch.load(path, weights_only=True) and give the state dict to softgate.interchange.from_state_dict"
        )
    if end not in ENDINGS:
        raise InterchangeError(
            f"{Path(path).name!r}: files that can be opened end in {', '.join(ENDINGS)}, got {end!r}"
        )
    return ENDINGS[end](path)


def save(model: torch.nn.Module, path: str | os.PathLike[str], args: Sequence[Any] | None = None) -> None:
    """Writes a model: ``.onnx`` as :func:`export_onnx` does, ``.safetensors`` as its state dict.

    What the second says of softgate's layers besides (cell, layout), :func:`load` reads again; others pass over it.

    Raises:
        InterchangeError: the format cannot say it.
    """
    end = Path(path).suffix.lower()
    if end == ".onnx":
        export_onnx(model, path, args)
    elif end == ".safetensors":
        state_dicts.write(model, path)
    else:
        raise InterchangeError(f"{Path(path).name}: files that can be written end in .onnx, .safetensors; got {end!r}")


def export_onnx(
    model: torch.nn.Module,
    path: str | os.PathLike[str],
    args: Sequence[Any] | None = None,
    *,
    states: bool = False,
    **options: Any,
) -> None:
    """Writes a model as ONNX, its layers as the standard operators LSTM, GRU and RNN.

    A layer has the input ``input``, [T, B, I] ([B, T, I] with batch_first) with free T and B, and the outputs
    ``output``, ``h_n``, ``c_n``. A ``torch.nn.Sequential`` of embeddings, softgate layers, linear layers and
    activations has ``input`` and ``output``; a layer in it hands on its output. Dropout is left out.

    Args:
        model: a layer, such a stack, or, with ``args``, any model that ``torch.export`` takes.
        path: the file.
        args: inputs to call the model with, for models with a ``forward`` of their own: these go through
            ``torch.onnx.export``, to which ``options`` go, ``dynamic_shapes`` above all.
        states: also take the initial states, ``h_0``, ``c_0``: [layers * directions, B, H] each. For a layer.

    Raises:
        InterchangeError: ONNX cannot say it (another cell, a projection ...), naming layer and reason.
        MissingExtraError: onnx, or for ``args`` onnxscript, is not installed.
    """
    if args is not None:
        return onnx_torch.export(model, path, args, **options)
    if isinstance(model, Layer):
        made = onnx_write.write_layer(model, states)
    elif isinstance(model, torch.nn.Sequential):
        made = onnx_write.write_stack(model)
    else:
        raise InterchangeError(
            f"export_onnx: {type(model).__name__} has a forward of its own (a layer of torch.nn: first sg.open); give "
            "inputs to call it with: sg.export_onnx(model, path, args=(x,))"
        )
    return write_bytes(Path(path), made.SerializeToString())
