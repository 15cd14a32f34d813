"""The training loop: Lightning drives, this says what a step is and when to save.

Needs the extra `train`. Lightning's own checkpoints (pickles) and logs are switched off; what it has to keep is in
`RunFolder`, and the time a run has used is part of that, so a run that was killed uses up the rest and no more.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from softgate.errors import MissingExtraError
from softgate.train.clock import StepClock
from softgate.train.diverged import DivergedError, GoodState, has_finite_weights
from softgate.train.folder import Metrics, Progress, RunFolder, RunFolderError
from softgate.train.model import CharacterModel, State
from softgate.train.settings import Settings
from softgate.train.stages import Stages
from softgate.train.stream import Lanes

try:
    import lightning.pytorch as pl
    from lightning.pytorch.callbacks import Callback, ProgressBar
except ImportError:
    raise MissingExtraError("lightning", "train", "training") from None

__all__ = ["Training", "fit"]

SAVE_EVERY = 10.0
ROW_EVERY = 1.0


class Training(pl.LightningModule):
    """One run: the model, its optimiser, its place in the data, and what it has measured."""

    def __init__(self, model: CharacterModel, lanes: Lanes, settings: Settings, folder: RunFolder):
        super().__init__()
        self.automatic_optimization = False
        self.model, self.lanes, self.settings, self.folder = model, lanes, settings, folder
        self.progress, self.metrics, self.stages = Progress(), Metrics(), Stages(folder.path)
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=settings.weight_decay
        )
        self.carried: State | None = None
        self.nats, self.nats_chunks, self.row_seconds, self.row_characters = 0.0, 0, 0.0, 0
        self.clock, self.saved_at = StepClock(), time.monotonic()
        self.good, self.saving, self.broke, self.begun = GoodState(), False, False, 0

    @property
    def fraction(self) -> float:
        """How much of the run is done, 0 to 1."""
        return self.settings.fraction(self.progress.seconds, self.progress.chunks)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The optimiser, which is ours since its state is saved by us."""
        return self.optimizer

    def on_train_start(self) -> None:
        """Only what is spent from here on counts as training time."""
        self.saved_at = time.monotonic()
        self.clock.start()

    def training_step(self, batch: Tensor, batch_idx: int) -> None:
        """One chunk of the lanes; truncated backpropagation, with the state carried on.

        The chunk is fetched here and not by the iterator, of which Lightning asks one more than it has used.
        """
        if self.fraction >= 1.0:
            return
        ids, targets = self.lanes.chunk(self.progress.chunks)
        if self.lanes.starts_epoch(self.progress.chunks):
            self.carried = None
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate(self.fraction)
        self.optimizer.zero_grad()
        loss, (h, c) = self.model.loss(ids, targets, self.carried)
        self._require_finite("loss", float(loss.detach()))
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self._require_finite("norm of the gradient", float(norm))
        self.progress.finished = False
        self.saving = self.progress.chunks > self.begun and time.monotonic() - self.saved_at >= SAVE_EVERY
        self.good.take(self.tensors, self.progress, at_once=self.saving)
        self.optimizer.step()
        self.carried = (h.detach(), c.detach())
        self._count(float(loss.detach()), ids.numel())

    def _require_finite(self, what: str, value: float) -> None:
        """Stop, with the last good state in the folder, where training has broken down."""
        if math.isfinite(value):
            return
        step, rate = self.progress.chunks + 1, self.settings.rate(self.fraction)
        self.broke, kept = True, None
        if self.good.tensors is not None:
            self.progress, kept = self.good.progress, self.good.progress.chunks
            self.progress.diverged = True
            self._save_good()
        raise DivergedError(what, value, step, rate, kept)

    def _require_good_end(self) -> None:
        """No chunk comes after the last step to show whether it was a good one, so one is computed for that."""
        if not has_finite_weights(self.model):
            self._require_finite("largest weight", math.inf)
        with torch.no_grad():
            ids, targets = self.lanes.chunk(self.progress.chunks)
            self._require_finite("loss", float(self.model.loss(ids, targets)[0]))

    def _count(self, nats: float, characters: int) -> None:
        self.progress.seconds += self.clock.lap()
        self.progress.chunks += 1
        self.progress.characters += characters
        self.nats += nats
        self.nats_chunks += 1
        finished = self.fraction >= 1.0
        if finished:
            self._require_good_end()
        bits = self.nats / self.nats_chunks / math.log(2)
        kept = self.stages.take(self.model, self.progress.characters - characters, self.progress, bits)
        if self.progress.seconds - self.row_seconds >= ROW_EVERY or finished:
            self._add_row()
        self.progress.diverged = False
        if finished:
            self.progress.finished = True
            self.save()
        elif self.saving:
            self._save_good()
        if finished or self.saving:
            self.saved_at = time.monotonic()
        if finished or self.saving or kept:
            self.clock.start()

    def _save_good(self) -> None:
        """Put the last state that is known to be good into the folder: the one after the step may not be."""
        at = self.good.progress
        assert self.good.tensors is not None
        self.folder.save(self.good.tensors, at, [row for row in self.metrics if row["chunks"] <= at.chunks])

    def _add_row(self) -> None:
        progress = self.progress
        elapsed = max(progress.seconds - self.row_seconds, 1e-9)
        self.metrics.append(
            {
                "chunks": progress.chunks,
                "characters": progress.characters,
                "seconds": progress.seconds,
                "bits": self.nats / self.nats_chunks / math.log(2),
                "characters_per_second": (progress.characters - self.row_characters) / elapsed,
                "learning_rate": self.settings.rate(self.fraction),
            }
        )
        self.nats, self.nats_chunks = 0.0, 0
        self.row_seconds, self.row_characters = progress.seconds, progress.characters

    def save(self) -> None:
        """Put everything needed to go on into the folder."""
        self.folder.save(self.tensors(), self.progress, self.metrics)

    def tensors(self) -> dict[str, Tensor]:
        """Everything needed to go on, by name; not copies."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for index, entries in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in entries.items()}
        if self.carried is not None:
            tensors |= {"state.h": self.carried[0], "state.c": self.carried[1]}
        tensors["random"] = torch.get_rng_state()
        return tensors

    def restore(self) -> bool:
        """Take up what the folder holds; False if it holds nothing."""
        saved = self.folder.load()
        self.stages.forget_after(0 if saved is None else saved[1].characters)
        if saved is None:
            return False
        tensors, self.progress, self.metrics = saved
        self.begun = self.progress.chunks
        named = {key.removeprefix("model."): value for key, value in tensors.items() if key.startswith("model.")}
        self.model.load_state_dict(named)
        if not has_finite_weights(self.model):
            raise RunFolderError(
                f"{self.folder.path} holds weights that are not finite, of a training that diverged; choose another "
                "folder with --out, or delete that one to start anew"
            )
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, entry = key.split(".")
                state.setdefault(int(index), {})[entry] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.carried = (tensors["state.h"], tensors["state.c"]) if "state.h" in tensors else None
        torch.set_rng_state(tensors["random"])
        if self.metrics:
            self.row_seconds, self.row_characters = self.metrics[-1]["seconds"], int(self.metrics[-1]["characters"])
        return True


class _Beats:
    """What Lightning counts as batches, until the run ends. No DataLoader: there is nothing to load."""

    def __init__(self, training: Training):
        self._training = training

    def __iter__(self) -> Iterator[Tensor]:
        while self._training.fraction < 1.0:
            yield torch.empty(0)


def fit(training: Training, callbacks: list[Callback]) -> None:
    """Train until the budget is used. On Ctrl-C the state is saved before the interrupt goes on its way."""
    with _quiet():
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
            enable_model_summary=False,
            callbacks=callbacks,
            use_distributed_sampler=False,
        )
        try:
            trainer.fit(training, train_dataloaders=_Beats(training))
        finally:
            if not training.progress.finished and training.progress.chunks and not training.broke:
                training.save()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lightning greets, advises and reports what hardware it did not use; none of that is for the reader of a demo."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric", "lightning")]
    levels: list[Any] = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
