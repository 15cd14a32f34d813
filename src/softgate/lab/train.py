"""Runs of one variant on one task, trained at once as a fleet: the function that workers call.

Everything of a row depends on its run alone, and not on what is trained beside it. The score is taken on test sequences
that a seed has for all its runs; the outputs of a net that has diverged count as guessing where they are not finite.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from softgate import cells, tasks
from softgate.lab.drawn import training
from softgate.lab.fleet import Fleet
from softgate.lab.rows import Run, begun
from softgate.named import imported

MEASURES = "softgate.lab.measures"


def fleet_rows(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    """Train runs that differ in seed and rate alone, and give the row of each.

    Raises:
        SoftgateError: the cell, the task or a measure is not there. What a measure raises is in the row.
    """
    yield from _Training(runs).rows()


def looked_at(steps: int, evaluations: int, spacing: str) -> list[int]:
    """The steps after which scores are taken, in order; the last is ``steps``."""
    count = min(evaluations, steps)
    if spacing == "even":
        return [round((k + 1) * steps / count) for k in range(count)]
    return sorted({round(steps ** ((k + 1) / count)) for k in range(count)})


class _Training:
    """A fleet at work, and what is noted of it on the way."""

    def __init__(self, runs: Sequence[Run]):
        first = self.first = runs[0]
        self.runs, self.started = runs, time.perf_counter()
        self.task = tasks.get(**first["task"])
        self.measures = {name: measure_of(name) for name in first["measures"]}
        self.seeds = [run["seed"] for run in runs]
        self.fleet = Fleet(
            cell_of(first["cell"]),
            self.task.inputs,
            first["hidden_size"],
            self.task.outputs,
            self.seeds,
            [run["rate"] for run in runs],
            forget_bias=first["forget_bias"],
            kind=self.task.kind,
        )
        self.exam = self._drawn(0, {})
        self.history: list[np.ndarray[Any, Any]] = []
        self.history_loss: list[np.ndarray[Any, Any]] = []
        self.asked: list[list[dict[str, Any]]] = []
        self.diverged = np.zeros(len(runs), bool)

    def rows(self) -> Iterator[dict[str, Any]]:
        steps, batch = self.first["steps"], self.first["batch"]
        looks = looked_at(steps, self.first["evaluations"], self.first.get("spacing", "even"))
        asks = sorted({*(s for s in self.first["checkpoints"] if s < steps), steps}) if self.measures else []
        total, since = np.zeros(len(self.runs)), 0
        for step in range(1, steps + 1):
            data = {seed: training(self.task, seed, step - 1, batch) for seed in set(self.seeds)}
            losses = np.asarray(self.fleet.step([data[seed] for seed in self.seeds]), np.float64)
            self.diverged |= ~np.isfinite(losses)
            total, since = total + losses, since + 1
            if step in looks:
                self.history_loss.append(total / since)
                self.history.append(self._scores(self.exam))
                total, since = np.zeros(len(self.runs)), 0
            if step in asks:
                self.asked.append([self._asked(k) for k in range(len(self.runs))])
        longer = {label(o): self._scores(self._drawn(1 + j, o)) for j, o in enumerate(self.task.longer)}
        seconds = (time.perf_counter() - self.started) / len(self.runs)
        for k in range(len(self.runs)):
            yield self._row(k, looks, asks, longer, seconds)

    def _row(
        self, k: int, looks: list[int], asks: list[int], longer: dict[str, np.ndarray[Any, Any]], seconds: float
    ) -> dict[str, Any]:
        scores = [float(found[k]) for found in self.history]
        right = [s >= self.task.solved if self.task.higher_is_better else s <= self.task.solved for s in scores]
        measured, wrong = _joined([found[k] for found in self.asked])
        return {
            **begun(self.runs[k]),
            "loss": float(self.history_loss[-1][k]),
            "score": scores[-1],
            "solved": right[-1],
            "steps_to_solved": float(looks[right.index(True)]) if True in right else None,
            "diverged": bool(self.diverged[k]),
            "seconds": seconds,
            "error": "; ".join(wrong) or None,
            "chance": float(self.task.chance),
            "higher_is_better": bool(self.task.higher_is_better),
            "parameters": sum(p.numel() for p in self.fleet.net(k).parameters()),
            "history": scores,
            "history_steps": looks,
            "history_loss": [float(found[k]) for found in self.history_loss],
            "measured_at": asks,
            **{f"score_longer.{name}": float(found[k]) for name, found in longer.items()},
            **measured,
        }

    def _drawn(self, index: int, harder: dict[str, Any]) -> list[Any]:
        size = self.first["tests"]
        data = {s: self.task.batch(s, index, size, test=True, **harder) for s in set(self.seeds)}
        return [data[seed] for seed in self.seeds]

    @torch.no_grad()
    def _scores(self, exam: list[Any]) -> np.ndarray[Any, Any]:
        """The mean score of each net, [N]."""
        if len({batch.x.shape for batch in exam}) == 1:
            outputs: Any = self.fleet(torch.from_numpy(np.stack([batch.x for batch in exam]))).numpy()
        else:
            outputs = [self.fleet.net(k)(torch.from_numpy(batch.x))[0].numpy() for k, batch in enumerate(exam)]
        return np.array([
            np.mean(self.task.score(y, batch)) if np.isfinite(y).all() else self.task.chance
            for y, batch in zip(outputs, exam, strict=True)
        ])  # fmt: skip

    def _asked(self, k: int) -> dict[str, Any]:
        """What the measures say of a net, by ``measure.name``; under the measure's name alone, what it raised."""
        found: dict[str, Any] = {}
        net = self.fleet.net(k)
        for name, measure in self.measures.items():
            short = name.rpartition(":")[2]
            try:
                answers = measure(net, self.task, self.seeds[k])
                found |= {f"{short}.{what}": float(value) for what, value in answers.items()}
            except Exception as error:  # noqa: BLE001 - a measure may be anybody's; its run is still a result
                found[short] = f"measure {name}: {type(error).__name__}: {error}"
        return found


def _joined(asked: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The last answers, the answers over all checkpoints as ``NAME.history``, and what was raised."""
    wrong = list(dict.fromkeys(value for found in asked for value in found.values() if isinstance(value, str)))
    names = dict.fromkeys(name for found in asked for name, value in found.items() if not isinstance(value, str))
    last = {name: asked[-1].get(name) for name in names}
    if len(asked) > 1:
        last |= {f"{name}.history": [found.get(name, np.nan) for found in asked] for name in names}
    return last, wrong


def label(options: Any) -> str:
    """Options of a harder test in a word: ``length=200``."""
    return ",".join(f"{k}={v}" for k, v in sorted(dict(options).items()))


def cell_of(spec: Any) -> Any:
    """The cell that a variant names.

    Raises:
        UnknownNameError: no such cell or option.
        LookupError: no such module or function.
    """
    if "equations" in spec:
        found = imported(spec["equations"])
        return found(**{k: v for k, v in spec.items() if k != "equations"}) if not hasattr(found, "gates") else found
    return cells.get(spec["cell"], **{k: v for k, v in spec.items() if k != "cell"})


def measure_of(name: str) -> Any:
    """The function that a study names.

    Raises:
        LookupError: there is none of that name.
    """
    return imported(name if ":" in name else f"{MEASURES}:{name}")
