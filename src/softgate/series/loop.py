"""Training a forecaster into a run folder, so that a run that was killed ends as if it had not been.

An update draws its windows by the seed and its own number, so all that a run has to remember are the weights, those
that did best on the rows that choose, the optimiser, and how many updates were made.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import SoftgateError
from softgate.series.data import SeriesData
from softgate.series.model import SeriesModel
from softgate.series.settings import SeriesSettings
from softgate.train.clock import StepClock
from softgate.train.folder import Metrics, Progress, RunFolder

__all__ = ["COLUMNS", "DivergedError", "Forecasting"]

COLUMNS = ("chunks", "seconds", "loss", "validation", "learning_rate")
LOOK_EVERY = 25
SAVE_EVERY = 5.0
SMALL = 64
"""Up to so many units, threads wait for each other longer than they work; on a busy machine by far."""


class DivergedError(SoftgateError, RuntimeError):
    """The loss is not a finite number any more."""


class Forecasting:
    """One run: the model, its optimiser, and the best weights so far."""

    def __init__(self, data: SeriesData, settings: SeriesSettings, folder: RunFolder):
        self.data, self.settings, self.folder = data, settings, folder
        self.steps = max(8, min(settings.steps, data.train_end // 2))
        self.model = SeriesModel(data.x.shape[1], settings.hidden_size, settings.layers, self.steps, settings.seed)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.progress, self.metrics = Progress(), Metrics()
        self.best, self.best_error = self._weights(), math.inf
        self.losses: list[float] = []
        self._x = torch.from_numpy(data.x)
        self._wanted = torch.from_numpy(data.scaled.astype(np.float32))
        self._choose = torch.from_numpy(data.rows(data.train_end, data.valid_end))

    def run(self, say: Callable[[dict[str, Any]], None] = lambda row: None) -> None:
        """Make the updates that are left; `say` hears each row of the metrics. Saved whatever ends it."""
        clock, saved = StepClock(), time.monotonic()
        threads = torch.get_num_threads()
        if self.settings.hidden_size <= SMALL:
            torch.set_num_threads(1)
        try:
            while self.progress.chunks < self.settings.updates:
                self._update()
                self.progress.seconds += clock.lap()
                self.progress.chunks += 1
                if self.progress.chunks % LOOK_EVERY == 0 or self.progress.chunks == self.settings.updates:
                    say(self._look())
                if time.monotonic() - saved >= SAVE_EVERY:
                    self.save()
                    saved = time.monotonic()
                    clock.start()
            self.progress.finished = True
        finally:
            torch.set_num_threads(threads)
            if self.progress.chunks:
                self.save()

    def predicted(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Forecasts of the best weights for every row, [T], in the units of the target."""
        now = self._weights()
        self.model.load_state_dict(self.best)
        with torch.no_grad():
            y = self.model(self._x[:, None])[0][:, 0].numpy()
        self.model.load_state_dict(now)
        return self.data.natural(y)

    def _update(self) -> None:
        """One step of the optimiser on windows of the training rows; their first quarter only fills the memory."""
        k, settings = self.progress.chunks, self.settings
        last = self.data.train_end - self.data.scaling.horizon - self.steps
        first = np.random.default_rng([settings.seed, k]).integers(0, max(1, last + 1), settings.batch_size)
        rows = torch.from_numpy(first + np.arange(self.steps)[:, None])
        wanted = self._wanted[rows].clone()
        wanted[: self.steps // 4] = torch.nan
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate(k)
        self.optimizer.zero_grad()
        loss = self.model.loss(self._x[rows], wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        if not (math.isfinite(float(loss.detach())) and math.isfinite(float(norm))):
            raise DivergedError(
                f"the loss is {float(loss.detach()):g} at update {k + 1}, with learning rate {settings.rate(k):g}: the "
                f"training diverged; start it in another folder with a smaller --learning-rate"
            )
        self.optimizer.step()
        self.losses.append(float(loss.detach()))

    def _look(self) -> dict[str, Any]:
        """Score the rows that choose, and keep the weights if they are the best so far."""
        with torch.no_grad():
            y = self.model(self._x[: self.data.valid_end, None])[0][:, 0]
        error = float((y[self._choose] - self._wanted[self._choose]).square().mean())
        if error < self.best_error:
            self.best, self.best_error = self._weights(), error
        row = {
            "chunks": self.progress.chunks,
            "seconds": self.progress.seconds,
            "loss": sum(self.losses) / max(1, len(self.losses)),
            "validation": error,
            "learning_rate": self.settings.rate(self.progress.chunks),
        }
        self.losses = []
        self.metrics.append(row)
        return row

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def save(self) -> None:
        """Put everything needed to go on into the folder; its `model.safetensors` has the best weights."""
        tensors = {f"model.{name}": value for name, value in self.best.items()}
        tensors |= {f"current.{name}": value for name, value in self._weights().items()}
        for index, entries in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in entries.items()}
        tensors["best_error"] = torch.tensor(self.best_error, dtype=torch.float64)
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float64)
        self.folder.save(tensors, self.progress, self.metrics)

    def restore(self) -> bool:
        """Take up what the folder holds; False if it holds nothing."""
        saved = self.folder.load()
        if saved is None:
            return False
        tensors, self.progress, self.metrics = saved
        self.best = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
        self.model.load_state_dict(
            {k.removeprefix("current."): v for k, v in tensors.items() if k.startswith("current.")}
        )
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, entry = key.split(".")
                state.setdefault(int(index), {})[entry] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.best_error = float(tensors["best_error"])
        self.losses = [float(value) for value in tensors["losses"]]
        return True
