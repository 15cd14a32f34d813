"""How well a label can be read from a model's units: the best single unit, beside what it has to be held against.

``probe`` runs a model, asks every unit and a linear probe over all of them, and sets beside them what the last few
inputs say without memory (``context``), what chance gives, and how all that holds away from events (``judge``). What is
judged was never fitted on (``folds``). ``sources`` reads labels from tables, arrays and tokenizers.

Known imperfection: a linear probe sees 12,000 steps at most of each fold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from softgate.errors import SoftgateError
from softgate.probes.context import Context, context, gram_means
from softgate.probes.folds import Split, split
from softgate.probes.judge import Judge, Score, away_from_events
from softgate.probes.labels import LabelError, Series, gather
from softgate.probes.linear import fitted
from softgate.probes.table import Probe, Probes, adjusted
from softgate.probes.units import Watched, watch
from softgate.track import Half, centred_scores

__all__ = ["LabelError", "Probe", "Probes", "probe", "probed"]

Floats = NDArray[np.float64]


def probe(
    model: torch.nn.Module,
    data: Any,
    labels: Any,
    *,
    names: str | Iterable[str] | None = None,
    where: Any = None,
    back: int | None = None,
    twin: torch.nn.Module | None = None,
    folds: int = 5,
    gap: int | None = None,
    seed: int = 0,
) -> Probes:
    """Which unit follows a label best, how well, and what else would: a linear probe, the last few inputs, chance.

    Everything is scored on steps that it was not chosen or fitted on: by whole sequences if there are as many as
    `folds`, else by contiguous blocks with a gap. Yes-or-no labels are scored by the area under the ROC curve, numbers
    by a rank correlation. A score says that a unit correlates with a label, not that the network uses it.

    Args:
        model: a module with softgate layers in it.
        data: what it takes: ids [T, B] or x [T, B, I] ([B, T] of a model that is batch-first), or a list of such.
        labels: by name, an array laid out like the first two axes of the data (a list of them for several batches), or
            a function of the batch.
        names: signals to search, or patterns of them; the memory of each layer (c, or h) if None.
        where: a mask laid out like a label; only its steps are fitted and judged.
        back: how many inputs the baseline without memory sees; 6 ids or 32 steps if None.
        twin: another model of the same kind, as one that was never trained; its best unit is shown beside.
        folds: how many parts are judged in turn.
        gap: steps left out on either side of a judged block; if None, 2 % of the longest sequence, at least `back`.
        seed: of draws and shifts.

    Returns:
        A sequence of :class:`Probe`, with ``.table()``, ``.frame()`` and ``.to_json()``.

    Raises:
        LabelError: a label of another length, with NaN, or constant.
        SoftgateError: a twin that does not take the data.
        MissingExtraError: scikit-learn is not installed.
    """
    batches = list(data) if isinstance(data, list | tuple) else [data]
    if not batches:
        raise SoftgateError("probe: expected data, a tensor or a list of them, got an empty list")
    units = watch(model, batches, names)
    other = None if twin is None else _watched_twin(twin, batches, names)
    found = gather(labels, batches, units.shapes, units.turned, where)
    return probed(units, found, back=back, twin=other, folds=folds, gap=gap, seed=seed)


def probed(
    units: Watched,
    labels: list[Series],
    *,
    back: int | None = None,
    twin: Watched | None = None,
    folds: int = 5,
    gap: int | None = None,
    seed: int = 0,
) -> Probes:
    """The same from states that were watched already; arguments as of :func:`probe`."""
    _check(units, back, folds, gap)
    around = context(units, back)
    k = around.k if around is not None else back or 1
    space = max(k, max(units.lengths) // 50) if gap is None else gap
    how = split(units.lengths, folds, space)
    real = np.isfinite(units.values).all(1)
    if not real.any():
        raise SoftgateError("probe: no step has finite values in all units; are there NaN in the data or the weights?")
    if not all(len(fold.train) for fold in how.folds):
        raise SoftgateError(
            f"gap: {space} steps on either side of what is judged leave nothing to fit on; the longest sequence has "
            f"{max(units.lengths)}"
        )
    found = [_judged(units, around, how, label, real & label.valid, twin, k, seed) for label in labels]
    for row, q in zip(found, adjusted([row["best"].p for row in found]), strict=True):
        row["q"] = float(q)
    return Probes(tuple(Probe(**row) for row in found), f"judged on {how.kind}", units.values.shape[1], k)


def _watched_twin(twin: torch.nn.Module, batches: list[Any], names: str | Iterable[str] | None) -> Watched:
    try:
        return watch(twin, batches, names)
    except (RuntimeError, IndexError) as error:
        raise SoftgateError(
            f"probe: twin: expected a model that takes the same data, {_shape(batches[0])}, as one with the same sizes "
            f"and random weights does; it says: {error}"
        ) from error


def _shape(batch: Any) -> str:
    return f"shaped {list(batch.shape)}" if hasattr(batch, "shape") else f"a {type(batch).__name__}"


def _check(units: Watched, back: int | None, folds: int, gap: int | None) -> None:
    """See that there is something to judge, and that the options are in range."""
    for name, value, least in (("back", back, 1), ("folds", folds, 2), ("gap", gap, 0)):
        if value is not None and value < least:
            raise SoftgateError(f"{name}: expected at least {least}, got {value}")
    if len(units.values) < 2 * folds:
        raise SoftgateError(
            f"probe: expected at least two steps for each of {folds} folds; the data has {len(units.values)} in all"
        )


def _judged(
    units: Watched,
    around: Context | None,
    how: Split,
    label: Series,
    valid: NDArray[np.bool_],
    twin: Watched | None,
    k: int,
    seed: int,
) -> dict[str, Any]:
    """The fields of a :class:`Probe`, but for q."""
    chosen = _kept(how, valid)
    away = away_from_events(label.values, units.lengths, k) & valid
    judge = Judge(chosen.folds, label.values, label.binary, chosen.pieces, away, seed)
    tests = [fold.test for fold in chosen.folds]
    steps = sum(len(t) for t in tests if len(t) and np.ptp(label.values[t]) > 0)
    if not steps:
        raise LabelError(
            f"label {label.name!r} is constant within every part that would be judged; it changes too rarely for "
            f"{len(tests)} folds of {len(label.values):,} steps"
        )
    best, votes = _best_units(units.values, chosen, label)
    unit, sign = max(set(votes), key=votes.count)
    line = [fitted(units.values[f.train], label.values[f.train], label.binary, units.values[f.test])
            for f in chosen.folds]  # fmt: skip
    plain = None if around is None else _without_memory(around, chosen, label)
    ahead = (math.nan, math.nan)
    if plain is not None:
        low, high = np.nanquantile(judge.draws(best) - judge.draws(plain), [0.025, 0.975])
        ahead = (float(low), float(high))
    signal, index = units.names[unit]
    return {
        "label": label.name,
        "binary": label.binary,
        "signal": signal,
        "unit": index,
        "sign": sign,
        "agreed": sum(vote[0] == unit for vote in votes) / len(votes),
        "best": judge.score(best),
        "linear": judge.score(line),
        "context": None if plain is None else judge.score(plain),
        "baseline": "" if around is None else around.title,
        "twin": None if twin is None else _twin(judge, twin, chosen, label),
        "ahead": ahead,
        "steps": steps,
        "away_steps": int(sum(away[t].sum() for t in tests)),
    }


def _twin(judge: Judge, twin: Watched, how: Split, label: Series) -> Score:
    return judge.score(_best_units(twin.values, how, label)[0])


def _kept(how: Split, valid: NDArray[np.bool_]) -> Split:
    """The folds without the steps that are not judged."""
    from softgate.probes.folds import Fold

    made = []
    for fold in how.folds:
        keep = valid[fold.test]
        ends = np.cumsum(keep)[np.array(fold.ends) - 1]
        made.append(Fold(fold.train[valid[fold.train]], fold.test[keep], tuple(int(e) for e in ends)))
    return Split(tuple(made), how.kind, how.pieces)


def _best_units(values: NDArray[np.float32], how: Split, label: Series) -> tuple[list[Floats], list[tuple[int, int]]]:
    """For each fold, the unit that follows best where it was fitted, with its sign, at the steps to be judged."""
    predicted, votes = [], []
    for fold in how.folds:
        known = label.values[fold.train]
        unit, sign = 0, 1
        if len(known) and np.ptp(known) > 0:
            scores = centred_scores(Half(values[fold.train], (len(known),)).ranked, known, label.binary)
            unit = int(np.argmax(np.nan_to_num(np.abs(scores), nan=-1.0)))
            sign = -1 if scores[unit] < 0 else 1
        votes.append((unit, sign))
        predicted.append(sign * values[fold.test, unit].astype(np.float64))
    return predicted, votes


def _without_memory(around: Context, how: Split, label: Series) -> list[Floats]:
    """What the last inputs say at the steps to be judged."""
    y = label.values
    if around.lags is None:
        return [gram_means(around.codes, y, f.train, f.test) for f in how.folds]
    return [fitted(around.lags[f.train], y[f.train], label.binary, around.lags[f.test]) for f in how.folds]
