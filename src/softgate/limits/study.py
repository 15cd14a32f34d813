"""The protocol from end to end: nets trained, their limits predicted, then measured, then moved by digitising."""

from __future__ import annotations

import statistics
import textwrap
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import torch
from torch import nn

from softgate.limits.digitise import Digitised, digitise
from softgate.limits.drift import by_drift
from softgate.limits.inside import Inside, inside
from softgate.limits.nets import Protocol, Trained, one_thread, train
from softgate.limits.others import Other, others
from softgate.limits.predict import predicted
from softgate.limits.reach import Failure, measured
from softgate.limits.rows import Row, write_rows
from softgate.record import record
from softgate.tasks.formal import Language

__all__ = ["Row", "Study", "study", "write_rows"]


@dataclass(frozen=True)
class Study:
    """The rows, the nets behind them, what took how long, in seconds, and nets of other cells beside them."""

    language: Language
    rows: tuple[Row, ...]
    nets: tuple[Trained, ...]
    digitised: tuple[Digitised, ...]
    seconds: dict[str, float]
    others: tuple[Other, ...] = ()

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
            *self._worse(),
            "steps: the share of the string for which the map was iterated",
            *self._beside(),
            spent,
        ]
        return "\n".join(lines)

    def _worse(self) -> list[str]:
        """The nets that count less far once they are exact."""
        worse = [f"seed {r.seed} ({r.longest} -> {r.digitised})" for r in self.rows if r.digitised < r.longest]
        return textwrap.wrap(f"digitised nets that count less far: {', '.join(worse)}", 79) if worse else []

    def reaches(self) -> dict[str, list[int]]:
        """By cell, the longest correct n of each net: lstm, then lstm digitised, then the others."""
        found = {"lstm": [r.longest for r in self.rows], "digitised": [r.digitised for r in self.rows]}
        for r in self.others:
            found.setdefault(r.cell, []).append(r.longest)
        return found

    def _beside(self) -> list[str]:
        """A line for each other cell."""
        lines = []
        for name in dict.fromkeys(r.cell for r in self.others):
            mine = [r for r in self.others if r.cell == name]
            far, learned = sorted(r.longest for r in mine), sum(r.learned for r in mine)
            lines.append(
                f"{name} beside it: median longest correct n {statistics.median(far):.0f} ({far[0]} to {far[-1]}), "
                f"{learned} of {len(mine)} learned"
            )
        return lines

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
        shown = {name: c[:, unit].double().numpy() for name, c in traces.items()}
        return counting(title, shown, dots, self.reaches(), self.rows[k].train_to)


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
    beside: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Study:
    """Run the protocol.

    Args:
        language: what the nets learn.
        seeds: one a net.
        protocol: how they are trained.
        dtype: what weights and states are rounded to for prediction and measurement; digitising is in float32.
        most: the largest n that is looked at.
        beside: other cells that are trained and measured too, gru and rnn, in float32.
        progress: called with a line of text now and then.
    """
    p, say = protocol or Protocol(), progress or (lambda _: None)
    spent: dict[str, float] = {}

    def timed(what: str, work: Callable[[], Any]) -> Any:
        start = perf_counter()
        found = work()
        spent[what] = spent.get(what, 0.0) + perf_counter() - start
        return found

    nets_of = f"{len(seeds)} net{'s' * (len(seeds) != 1)} of {p.units} units"
    say(f"training {nets_of} on {language.name}, n up to {p.train_to}")
    nets = timed("training", partial(train, language, seeds, p))
    rows, made = [], []
    with one_thread():
        for t in nets:
            opened = inside(t.net, dtype)
            # The prediction comes first: it has seen no run of the net.
            guess = timed("predicting", partial(predicted, opened, language, most))
            rough = timed("predicting", partial(by_drift, opened, language, most, p.train_to))
            truth = timed("measuring", partial(measured, opened, language, most))
            repaired = timed("digitising", partial(_repaired, t.net, language, p.train_to, most))
            rows.append(_row(language, p, dtype, t, (truth, guess, rough), repaired, opened))
            made.append(repaired)
            say(f"seed {t.seed}: formula {rough}, map {guess}, measured {truth}, digitised {repaired.reach_after}")
    if beside:
        say(f"training as many of {' and '.join(beside)}")
    rest = timed("other cells", partial(others, language, seeds, p, beside, most)) if beside else ()
    return Study(language, tuple(rows), tuple(nets), tuple(made), spent, rest)


def _repaired(net: nn.Module, language: Language, train_to: int, most: int) -> Digitised:
    """The net made exact; that some count less far is a line of the table, and needs no warning here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "digitise: the new model counts less far", UserWarning)
        return digitise(net, language, train_to=train_to, most=most)


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
