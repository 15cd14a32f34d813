"""`softgate demo`: the whole of it in one command, on text that every Python brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from softgate.commands.train import Characters, HiddenSize, Layers, Seconds, Seed, execute


def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The run folder.")] = Path("runs/demo"),
    seconds: Seconds = 165.0,
    characters: Characters = None,
    hidden_size: HiddenSize = 384,
    layers: Layers = 1,
    seed: Seed = 0,
) -> None:
    """Train on the Python standard library, then open the model up.

    A character LSTM reads the sources that every Python brings along; a report shows what its gates do. Nothing is
    downloaded. A run that was interrupted goes on where it was.
    """
    import platform

    from softgate.text.corpus import read_corpus, standard_library
    from softgate.train.settings import Settings

    settings = Settings(hidden_size=hidden_size, layers=layers, seconds=seconds, characters=characters, seed=seed)
    corpus = read_corpus(standard_library(), characters=characters, seed=seed)
    version = ".".join(platform.python_version_tuple()[:2])
    execute(f"the standard library of Python {version}", corpus, settings, out)
