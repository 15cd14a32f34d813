"""The protocol from end to end: nets trained, their limits predicted, then measured, then moved by digitising."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

from softgate.errors import MissingExtraError, UnknownNameError
from softgate.limits.digitise import Digitised, digitise
from softgate.limits.drift import by_drift
from softgate.limits.inside import Inside, inside
from softgate.limits.nets import Protocol, Trained, one_thread, train
from softgate.limits.predict import predicted
from softgate.limits.reach import Failure, measured
from softgate.record import record
from softgate.tasks.formal import Language


@dataclass(frozen=True)
class Row:
    """One net; a column of the file for each field.

    Attributes:
        language, seed, units, train_to, dtype: what was trained, and what it was rounded to.
        learned: whether every string of the data is right. Nets that are not are rows like all others.
        loss: mean over positions at the end of training, in nats.
        measured, predicted, drift: first failing n: run, from the map, from the formula of
            :mod:`softgate.limits.drift`; one more than was looked at where none fails.
        fails: whether one fails, measured.
        error, drift_error: of the two predictions, relative to the measured.
        phase, symbol: where the string of size ``measured`` goes wrong first: stretch from 0, symbol of it from 1.
        iterated: share of the symbols of the string of size ``predicted`` for which the map was computed.
        digitised, refitted: longest correct n after digitising, and of the control that only had its readers fitted.
        loss_digitised: loss on the data afterwards.
        kinds: what became of the units, by unit.
    """

    language: str
    seed: int
    units: int
    train_to: int
    dtype: str
    learned: bool
    loss: float
    measured: int
    predicted: int
    drift: int
    fails: bool
    error: float
    drift_error: float
    phase: int
    symbol: int
    iterated: float
    digitised: int
    refitted: int
    loss_digitised: float
    kinds: str


@dataclass(frozen=True)
class Study:
    """The rows, the nets behind them and what took how long, in seconds."""

    language: Language
    rows: tuple[Row, ...]
    nets: tuple[Trained, ...]
    digitised: tuple[Digitised, ...]
    seconds: dict[str, float]

    @property
    def error(self) -> float:
        """The median relative error of the prediction over nets that fail somewhere; NaN if none does."""
        return _median(r.error for r in self.rows if r.fails)

    @property
    def drift_error(self) -> float:
        """The same of the formula."""
        return _median(r.drift_error for r in self.rows if r.fails)

    def text(self) -> str:
        """The table, for 80 columns."""
        head = (
            f"{'seed':>4} {'loss':>8} {'measured':>8} {'formula':>7} {'error':>6} {'map':>7} {'error':>6} {'steps':>5}"
        )
        lines = [f"{head}  digitised (refitted)"]
        for r in self.rows:
            n = str(r.measured) if r.fails else f"> {r.measured - 1}"
            lines.append(
                f"{r.seed:>4} {r.loss:>8.1e} {n:>8} {r.drift:>7} {r.drift_error:>6.1%} {r.predicted:>7} "
                f"{r.error:>6.1%} {r.iterated:>5.0%}  {r.digitised} ({r.refitted})"
                + ("" if r.learned else "  not learned")
            )
        spent = ", ".join(f"{what} {s:.0f} s" for what, s in self.seconds.items())
        far = [r.measured - 1 for r in self.rows], [r.digitised for r in self.rows]
        lines += [
            "",
            f"median relative error: formula {self.drift_error:.1%}, map {self.error:.1%}",
            f"median longest correct n: {statistics.median(far[0]):.0f}, digitised {statistics.median(far[1]):.0f}",
            "steps: the share of the string for which the map was iterated",
            spent,
        ]
        return "\n".join(lines)

    def figure(self) -> Any:
        """One counter over a string before and after, and the formula's limits against measured ones."""
        from softgate.figures.counting import counting

        k = next((k for k, r in enumerate(self.rows) if r.fails and r.learned), 0)
        n = min(self.rows[k].measured, 2000)
        pair = (self.nets[k].net, self.digitised[k].model)
        traces = dict(zip(("trained", "digitised"), (_counter(m, self.language.string(n)) for m in pair), strict=True))
        unit = int(max(range(traces["trained"].shape[1]), key=lambda j: traces["trained"][:, j].abs().max()))
        dots = [(f"seed {r.seed}", r.measured, r.drift) for r in self.rows if r.fails]
        title = f"{self.language.name}: unit {unit} of seed {self.rows[k].seed} on the string of size {n}"
        return counting(title, {name: c[:, unit].double().numpy() for name, c in traces.items()}, dots)


@torch.no_grad()
def _counter(model: nn.Module, ids: Sequence[int]) -> torch.Tensor:
    with record(model, "*.c") as run:
        model(torch.tensor(ids).unsqueeze(1))
    return run[run.names[0]][:, 0]


def study(
    language: Language,
    seeds: Sequence[int],
    protocol: Protocol | None = None,
    *,
    dtype: str = "float32",
    most: int = 10_000,
    progress: Callable[[str], None] | None = None,
) -> Study:
    """Run the protocol.

    Args:
        language: what the nets learn.
        seeds: one a net.
        protocol: how they are trained.
        dtype: what weights and states are rounded to for prediction and measurement; digitising is in float32.
        most: the largest n that is looked at.
        progress: called with a line of text now and then.
    """
    p, say = protocol or Protocol(), progress or (lambda _: None)
    spent: dict[str, float] = {}

    def timed(what: str, work: Callable[[], Any]) -> Any:
        start = perf_counter()
        found = work()
        spent[what] = spent.get(what, 0.0) + perf_counter() - start
        return found

    say(f"training {len(seeds)} nets of {p.units} units on {language.name}, n up to {p.train_to}")
    nets = timed("training", partial(train, language, seeds, p))
    rows, made = [], []
    with one_thread():
        for t in nets:
            opened = inside(t.net, dtype)
            # The prediction comes first: it has seen no run of the net.
            guess = timed("predicting", partial(predicted, opened, language, most))
            rough = timed("predicting", partial(by_drift, opened, language, most, p.train_to))
            truth = timed("measuring", partial(measured, opened, language, most))
            repaired = timed("digitising", partial(digitise, t.net, language, train_to=p.train_to, most=most))
            rows.append(_row(language, p, dtype, t, (truth, guess, rough), repaired, opened))
            made.append(repaired)
            say(f"seed {t.seed}: formula {rough}, map {guess}, measured {truth}, digitised {repaired.reach_after}")
    return Study(language, tuple(rows), tuple(nets), tuple(made), spent)


def _median(values: Iterable[float]) -> float:
    found = list(values)
    return statistics.median(found) if found else float("nan")


def _row(
    language: Language, p: Protocol, dtype: str, t: Trained, failures: tuple[Failure, ...], d: Digitised, opened: Inside
) -> Row:
    truth = failures[0]
    n, map_n, drift_n = (f.longest + 1 for f in failures)
    alone = predicted(opened, language, map_n, map_n).iterated
    kinds = " ".join(c.kind for c in sorted(d.changes, key=lambda c: c.unit))
    reach, control = (0 if f is None else f.longest for f in (d.reach_after, d.reach_refitted))
    return Row(
        *(language.name, t.seed, p.units, p.train_to, dtype, t.learned, t.loss, n, map_n, drift_n),
        *(truth.n is not None, abs(map_n - n) / n, abs(drift_n - n) / n, truth.phase, truth.at),
        *(alone / (map_n * len(language.phases) + 1), reach, control, d.loss_after, kinds),
    )


def write_rows(rows: Sequence[Row], path: str | Path) -> Path:
    """Write rows to a file, ``.csv`` or ``.parquet``; one that is there is replaced.

    Raises:
        UnknownNameError: another ending.
        MissingExtraError: Parquet without pyarrow.
    """
    path = Path(path)
    names = [f.name for f in fields(Row)]
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(asdict(r) for r in rows)
    elif path.suffix == ".parquet":
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtraError("pyarrow", "train", "a Parquet file") from None
        pq.write_table(pa.table({n: [getattr(r, n) for r in rows] for n in names}), path)
    else:
        raise UnknownNameError("ending of a file of rows", path.suffix, [".csv", ".parquet"])
    return path
