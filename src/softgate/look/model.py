"""Opens the model that a user names: a run folder, a file of another library, or a function of theirs.

Files are read without running anything in them. A function is the user's own code, and is run as such.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import nn

import softgate as sg
from softgate.errors import SoftgateError
from softgate.look.symbols import Symbols, read_symbols
from softgate.named import imported
from softgate.series.opened import KIND, open_series
from softgate.series.origin import Origin
from softgate.series.scaling import Scaling
from softgate.text.alphabet import Alphabet
from softgate.train.folder import RunFolder
from softgate.train.model import CharacterModel
from softgate.train.settings import Settings

INTERCHANGE = (".onnx", ".keras", ".safetensors")
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
FORMS = "a run folder of `softgate train`, a file that ends in .onnx, .keras or .safetensors, or module:function"

Encode = Callable[[str], Any]


class ModelError(SoftgateError, ValueError):
    """What was named is no model that can be opened; the message says what would be."""


@dataclass(frozen=True)
class Opened:
    """A model, ready to be recorded.

    Attributes:
        model: in evaluation mode.
        title: what it is, in words.
        alphabet: of a character model, its characters.
        encode: of a user's model that reads text, from the text to its input.
        symbols: of a user's model that reads text, which id each symbol has.
        scaling: of a forecaster, how it reads a table.
        origin: of a forecaster, the table that it was trained on, where its run says.
    """

    model: nn.Module
    title: str
    alphabet: Alphabet | None = None
    encode: Encode | None = None
    symbols: Symbols | None = None
    scaling: Scaling | None = None
    origin: Origin | None = None


def open_model(name: str, alphabet: Path | None = None, encode: str = "") -> Opened:
    """The model of that name.

    Args:
        name: a run folder, a file, or ``module:function``.
        alphabet: a file with the symbols of a text that it reads.
        encode: ``module:function``, from a text to the model's input; the function is the user's own code, and is run.

    Raises:
        ModelError: saying what was expected and what came.
        InputError: the alphabet is none.
    """
    if alphabet is not None and encode:
        raise ModelError("--alphabet and --encode both say how a text is read; give one of them")
    symbols = None if alphabet is None else read_symbols(alphabet)
    opened = _opened(name)
    if (symbols is not None or encode) and opened.alphabet is not None:
        raise ModelError(f"{name}: a run folder has its own alphabet; leave out --alphabet and --encode")
    if encode:
        function = _imported(encode)
        if not callable(function):
            raise ModelError(f"{encode}: expected a function from a text to the model's input; got {function!r}")
        return replace(opened, encode=function)
    return opened if symbols is None else replace(opened, symbols=symbols, encode=None)


def _opened(name: str) -> Opened:
    path = Path(name)
    if path.is_dir():
        return _run(path)
    ending = path.suffix.lower()
    if path.is_file():
        if ending in INTERCHANGE:
            return _interchange(path)
        if ending in PICKLES:
            raise ModelError(
                f"{name}: a file that ends in {ending} may run anything when it is opened, so it is not; write a "
                "function that builds the model and loads its weights, and name it as module:function"
            )
        raise ModelError(f"{name}: expected {FORMS}; got a file that ends in {ending or 'nothing'}")
    if ":" in name and not ending.startswith(INTERCHANGE):
        return _function(name)
    raise ModelError(f"{name}: there is no such file or folder; expected {FORMS}")


def _run(path: Path) -> Opened:
    folder = RunFolder(path)
    config = folder.config()
    if config is None:
        raise ModelError(
            f"{path}: expected a run folder of `softgate train`, which has a config.json; got a folder without"
        )
    if config.get("kind") == KIND:
        run = open_series(path, config)
        title = f"a forecaster of {run.scaling.target}, {run.settings.hidden_size} units, trained on {run.subject}"
        return Opened(run.model, title, scaling=run.scaling, origin=run.origin)
    try:
        settings, alphabet = Settings.from_dict(config["settings"]), Alphabet(str(config["alphabet"]))
        model = CharacterModel(len(alphabet), settings.hidden_size, settings.layers, settings.embedding_size)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{folder.config_path}: expected the settings and the alphabet of a run, got something else ({error})"
        ) from None
    weights = path / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"{path}: there is no model.safetensors; the run has not saved a model yet")
    try:
        model.load_state_dict(safetensors.torch.load_file(weights))
    except (safetensors.SafetensorError, RuntimeError) as error:
        raise ModelError(f"{weights}: expected the weights of this run ({str(error).splitlines()[0]})") from None
    layers = "1 layer" if settings.layers == 1 else f"{settings.layers} layers"
    title = f"a character LSTM, {layers} of {settings.hidden_size} units, trained on {config.get('subject', 'a text')}"
    return Opened(model.eval(), title, alphabet)


def _interchange(path: Path) -> Opened:
    name = "softgate.interchange"
    if importlib.util.find_spec(name) is None:
        raise ModelError(f"{path}: this version of softgate cannot open {path.suffix} files; name a module:function")
    model: nn.Module = importlib.import_module(name).load(path)
    return Opened(sg.open(model).eval(), f"{path.name}, {type(model).__name__}")


def _imported(name: str) -> Any:
    try:
        return imported(name)
    except LookupError as error:
        raise ModelError(f"{name}: {error.args[0]}; expected {FORMS}") from None


def _function(name: str) -> Opened:
    function = _imported(name)
    made = function if isinstance(function, nn.Module) else function() if callable(function) else function
    model, encode = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(model, nn.Module) or not (encode is None or callable(encode)):
        raise ModelError(
            f"{name}: expected a torch.nn.Module, or a pair (module, encode) with a function from text to the "
            f"module's input; got {type(made).__name__}"
        )
    return Opened(sg.open(model).eval(), f"{name}, {type(model).__name__}", None, encode)
