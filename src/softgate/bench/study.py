"""A study from its data to its rows, on all cores: the laboratory's own runner against the same study as one writes it.

The other side trains its nets one after the other, each with torch's optimiser and autograd, in as many processes. Data
and scores are those of the same tasks, drawn once for all nets of a seed on both sides. The other side has fewer seeds,
and its time counts for so many more. What is judged is a study of a few steps, by its losses.
"""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from softgate import tasks
from softgate.bench.cases import Case
from softgate.bench.sides import Loop, Results, Side
from softgate.lab.net import Net
from softgate.lab.results import load
from softgate.lab.runner import run
from softgate.lab.store import Store
from softgate.lab.study import Study, Variant
from softgate.lab.train import cell_of

STEPS, JUDGED = 400, 4
"""Steps of each net where it is timed, and where it is judged."""
RATES = (0.003, 0.01)
SEEDS, FEW, FEWER = 10, 2, 1
"""Seeds of a process; of the other side with nn.LSTM, and with a loop in Python."""
LOOKS = 200
"""Steps from score to score; the claims have 100 and fewer sequences in a test."""
BUDGET = 2000
"""Steps after which a net counts as trained, where nets an hour are said."""

Row = dict[str, Any]


def study(case: Case, seeds: int, steps: int) -> Study:
    """What is run: one variant, two rates, so many seeds."""
    name, *options = case.cell.split()
    spec = {"cell": name, **dict(option.split("=", 1) for option in options)}
    task, *rest = case.option.split()
    return Study(
        name="bench",
        question="how long does it take?",
        hypothesis="not long",
        measure="seconds",
        variants=(Variant(case.cell, spec),),
        tasks=({"task": task, **{k: int(v) for k, v in (part.split("=", 1) for part in rest)}},),
        seeds=seeds,
        rates=RATES,
        steps=steps,
        batch=case.B,
        hidden_size=case.H,
        evaluations=max(1, steps // LOOKS) if steps > JUDGED else steps,
    )


def others(case: Case) -> int:
    """How many seeds a process of the other side has."""
    return FEW if case.cell == "lstm" else FEWER


def ours(wanted: Study, count: int) -> list[Row]:
    """The runner, into a folder that is new and thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="softgate-bench-"))
    try:
        run(wanted, folder / "study", backend="loky" if count > 1 else "sequential", jobs=count)
        found: list[Row] = load(folder / "study").to_dict("records")
        return found
    finally:
        shutil.rmtree(folder)


def theirs(runs: list[Row], dtype: torch.dtype = torch.float32) -> list[Row]:
    """Each net by itself, with the data of a seed drawn once."""
    drawn: dict[Any, Any] = {}
    return [_Alone(one, dtype, drawn).trained() for one in runs]


class _Alone:
    """One net as one writes it with torch."""

    def __init__(self, given: Row, dtype: torch.dtype, drawn: dict[Any, Any]) -> None:
        self.run, self.dtype, self.drawn = given, dtype, drawn
        self.task = tasks.get(**given["task"])
        cell = cell_of(given["cell"])
        net = Net(cell, self.task.inputs, given["hidden_size"], self.task.outputs, seed=given["seed"]).to(dtype)
        self.layer: nn.Module = Loop(cell, dict(net.rnn.named_parameters()))
        if given["cell"] == {"cell": "lstm"}:
            self.layer = nn.LSTM(self.task.inputs, given["hidden_size"], dtype=dtype)
            self.layer.load_state_dict(net.rnn.state_dict())
        self.head, self.all = net.head, [*self.layer.parameters(), *net.head.parameters()]
        self.adam = torch.optim.Adam(self.all, lr=given["rate"])

    def trained(self) -> Row:
        """Train it, and take its score now and then."""
        steps, count = self.run["steps"], self.run["evaluations"]
        looks = {round((k + 1) * steps / count) for k in range(count)}
        losses, scores, since = [], [], []
        for step in range(1, steps + 1):
            since.append(self._step(self._batch(step - 1, self.run["batch"], False)))
            if step in looks:
                losses.append(sum(since) / len(since))
                scores.append(self._score())
                since = []
        return {"seed": self.run["seed"], "rate": self.run["rate"], "history_loss": losses, "history": scores}

    def _step(self, batch: Any) -> float:
        y = self.head(self.layer(torch.from_numpy(batch.x).to(self.dtype))[0])
        loss = self.task.loss(y, batch.target, batch.mask)
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.all, 1.0)
        self.adam.step()
        return float(loss.item())

    @torch.no_grad()
    def _score(self) -> float:
        exam = self._batch(0, self.run["tests"], True)
        y = self.head(self.layer(torch.from_numpy(exam.x).to(self.dtype))[0])
        return float(self.task.score(y.numpy(), exam).mean())

    def _batch(self, index: int, size: int, test: bool) -> Any:
        key = (self.run["seed"], index, size, test)
        if key not in self.drawn:
            self.drawn[key] = self.task.batch(self.run["seed"], index, size, test=test)
        return self.drawn[key]


def side(case: Case, which: str) -> Side:
    """One side: timed in processes that live on; judged by the first steps of a few nets."""
    count = torch.get_num_threads()
    small = study(case, others(case), JUDGED)
    if which == "ours":
        timed = study(case, SEEDS * count, STEPS)
        return Side(lambda: ours(timed, count), lambda: _losses(ours(small, 1)))
    parts = [replace(study(case, others(case), STEPS), first_seed=k * others(case)).runs() for k in range(count)]
    spawn = multiprocessing.get_context("spawn")
    crew = ProcessPoolExecutor(count, spawn, initializer=torch.set_num_threads, initargs=(1,))

    def go() -> None:
        rows = [row for found in [crew.submit(theirs, part) for part in parts] for row in found.result()]
        with tempfile.TemporaryDirectory(prefix="softgate-bench-") as folder:
            Store(folder).keep("rows.json", rows)

    return Side(go, lambda: _losses(theirs(small.runs())))


def exact(case: Case) -> Results:
    """What both sides should give, in float64."""
    return _losses(theirs(study(case, others(case), JUDGED).runs(), torch.float64), torch.float64)


def _losses(rows: list[Row], dtype: torch.dtype = torch.float32) -> Results:
    """The losses of all steps, [nets, steps], in the order of seeds and rates."""
    ordered = sorted(rows, key=lambda row: (row["seed"], row["rate"]))
    found: Tensor = torch.tensor([list(row["history_loss"]) for row in ordered], dtype=dtype)
    return {"losses": found}


def nets(case: Case, which: str) -> int:
    """How many nets a run of one side trains, in all processes."""
    return (SEEDS if which == "ours" else others(case)) * len(RATES) * torch.get_num_threads()


def said(case: Case, ours_ms: float, other_ms: float) -> str:
    """Nets an hour of both sides, from the times of a run on all processes."""
    found = [nets(case, w) * STEPS / BUDGET * 3.6e6 / ms for w, ms in (("ours", ours_ms), ("other", other_ms))]
    count = torch.get_num_threads()
    return f"nets an hour, of {BUDGET} steps each, in {count} processes: {found[0]:.0f}, the other side {found[1]:.0f}"
