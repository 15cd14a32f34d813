"""What a model was at chosen points of its training: weights after 100 thousand characters, 200, 500, a million ...

    stages/000000100000.safetensors     the weights; with characters read, training bits and steps as metadata

A stage is written before the run's own state is, so a run that goes on after a kill has every stage up to the point
that it goes on from; the later ones are removed then, and come again. There are 16 stages at most, of 64 MiB at most
each: a larger model has none.
"""

from __future__ import annotations

import contextlib
import logging
import math
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor, nn

from softgate.train.folder import Progress, RunFolderError, write_atomically

__all__ = ["MILESTONES", "Stage", "Stages"]

MOST_BYTES = 64 * 2**20
MILESTONES = tuple(digit * 10**power for power in range(5, 11) for digit in (1, 2, 5))[:16]
"""The numbers of characters at which a stage is kept."""


@dataclass(frozen=True)
class Stage:
    """A model on its way. `weights` is a state dict of the model."""

    milestone: int
    characters: int
    """Characters read: at most a chunk more than the milestone."""
    bits: float
    """Training bits a character, over the last stretch before."""
    weights: dict[str, Tensor]


class Stages:
    """The stages of one run, in the folder `stages` of the run's."""

    def __init__(self, run: Path):
        self.path = run / "stages"

    def take(self, model: nn.Module, before: int, progress: Progress, bits: float) -> bool:
        """Keep the weights if the characters read, `before` this step and now, have a milestone between them."""
        reached = bisect_right(MILESTONES, progress.characters)
        if reached == bisect_right(MILESTONES, before):
            return False
        weights = {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}
        size = sum(value.numel() * value.element_size() for value in weights.values())
        if size > MOST_BYTES or not all(bool(value.isfinite().all()) for value in weights.values()):
            return False
        told = {"characters": str(progress.characters), "chunks": str(progress.chunks), "bits": repr(bits)}
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"{self.path} cannot be made: {error.strerror or error}") from None
        write_atomically(self._file(MILESTONES[reached - 1]), safetensors.torch.save(weights, told))
        return True

    def forget_after(self, characters: int) -> None:
        """Remove the stages of a future that is not this run's, and what a kill left half written."""
        for path in [*self.path.glob("*.safetensors"), *self.path.glob(".*.tmp")]:
            if path.suffix == ".tmp" or _milestone(path) > characters:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def load(self, characters: int) -> list[Stage]:
        """The stages up to so many characters, in order. What cannot be read is left out, with a warning."""
        found = []
        for milestone in MILESTONES:
            path = self._file(milestone)
            if milestone <= characters and path.exists():
                try:
                    found.append(_read(path, milestone))
                except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
                    logging.getLogger(__name__).warning("%s cannot be read and is left out: %s", path, error)
        return found

    def _file(self, milestone: int) -> Path:
        return self.path / f"{milestone:012d}.safetensors"


def _milestone(path: Path) -> float:
    return int(path.stem) if path.stem.isdecimal() else math.inf


def _read(path: Path, milestone: int) -> Stage:
    with safetensors.safe_open(path, framework="pt") as file:
        told = file.metadata() or {}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a mapping
    return Stage(milestone, int(told["characters"]), float(told["bits"]), weights)
