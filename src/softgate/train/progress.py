"""The progress bar of training: how far, how good, how fast. On something that is no terminal, a line now and then."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from softgate.train.loop import Training

__all__ = ["ConsoleProgress"]

LINE_EVERY = 15.0


class ConsoleProgress(ProgressBar):
    """Shows the share of the run that is done, the latest loss in bits a character, and characters a second."""

    def __init__(self, console: Console | None = None):
        super().__init__()
        self.console = Console(stderr=True) if console is None else console
        self._bar: Progress | None = None
        self._said = 0.0
        self._ended = False

    def disable(self) -> None:
        """Lightning's word for being silent."""
        self.console.quiet = True

    def enable(self) -> None:
        """And for speaking again."""
        self.console.quiet = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw an empty bar."""
        self._said = time.monotonic()
        if self.console.is_terminal:
            columns = (BarColumn(None), TextColumn("{task.percentage:3.0f} %"), TextColumn("{task.description}"))
            self._bar = Progress(*columns, TimeRemainingColumn(), console=self.console, expand=True)
            self._bar.add_task("training", total=1.0)
            self._bar.start()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Move the bar."""
        assert isinstance(pl_module, Training)
        text = self._text(pl_module)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=pl_module.fraction, description=text)
        elif time.monotonic() - self._said >= LINE_EVERY or (pl_module.progress.finished and not self._ended):
            self._ended = pl_module.progress.finished
            self._said = time.monotonic()
            self.console.print(f"  {pl_module.fraction:4.0%}  {text}", highlight=False)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the terminal as it was, whatever ended the training."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @staticmethod
    def _text(training: Training) -> str:
        if not training.metrics:
            return "warming up"
        rows = training.metrics[-5:]
        bits, speed = (sum(row[name] for row in rows) / len(rows) for name in ("bits", "characters_per_second"))
        return f"{bits:.3f} bits/char  {speed:,.0f} char/s"
