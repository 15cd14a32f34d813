"""``sg.digitise``: makes the counting of a trained net exact, unit by unit, and says what it changed and why."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from softgate.errors import ShapeError, SoftgateError
from softgate.limits.data import Data, Judged, check_options, data_of
from softgate.limits.inside import head_of, inputs, inside, only_layer
from softgate.limits.made import Change, Digitised
from softgate.limits.nets import one_thread
from softgate.limits.reach import Failure, measured
from softgate.limits.snap import Levels, Plan, adapt, levels, plans, write
from softgate.record import record

__all__ = ["Change", "Digitised", "digitise"]


def digitise(
    model: nn.Module,
    data: Any = None,
    *,
    tolerance: float = 1e-3,
    train_to: int = 50,
    most: int = 10_000,
) -> Digitised:
    """Snap the gates and steps of counters, latches and sensors to exact values, and adapt what reads them.

    Unit by unit, the one with the widest c first: where f is half open or more it becomes exactly 1, else exactly 0;
    what is written there becomes a multiple of half a step, the step becomes 1; i, f and g lose their hidden weights.
    Then head and output gates are fitted to the data again. If the loss is then over what it was by more than
    ``tolerance``, or one more position of the data is wrong, the unit is tried in another way, last as a constant; and
    if nothing serves, it is left as it was.

    Args:
        model: ids [T, B] to (logits [T, B, A], state), with one ``sg.LSTM`` and a linear ``head``.
        data: a language of :mod:`softgate.tasks`, or the name of one; or a pair of ids int64 [T, B], columns of which
            begin with a zero state, and targets: bool sets [T, B, A], or next ids int64 [T, B], below 0 for none.
        tolerance: by how much the loss may grow, in nats a position.
        train_to: of a language, the largest n of the data.
        most: of a language, the largest n for which ``reach_before`` and ``reach_after`` are measured.

    Returns:
        The new model and the record. Where it counts less far than the one that was given, it is returned all the same:
        ``worse`` is true then, ``print`` says so, and a warning is given.

    Warns:
        UserWarning: the new model counts less far than the one that was given.

    Raises:
        ShapeError: the model or the data is built in another way, or symbols that the layer cannot tell apart.
        DtypeError: the model is no torch module.
        SoftgateError: weights that are not finite, or an option out of range.
    """
    check_options(model, tolerance, train_to, most)
    layer = only_layer(model)
    head = head_of(model)
    if not all(bool(torch.isfinite(p).all()) for p in model.parameters()):
        raise SoftgateError("digitise: the model has weights that are not finite numbers")
    given = data_of(model, data, train_to, len(inputs(model, layer, head)))
    with one_thread():
        found = _digitise(model, given, tolerance, most)
    if found.worse and found.reach_before and found.reach_after:
        warnings.warn(
            "digitise: the new model counts less far than the one that was given: up to n = "
            f"{found.reach_after.longest}, before up to {found.reach_before.longest}",
            stacklevel=2,
        )
    return found


def _digitise(model: nn.Module, data: Data, tolerance: float, most: int) -> Digitised:
    layer = only_layer(model)
    fed = inputs(model, layer, model.head)  # type: ignore[arg-type]
    if torch.linalg.matrix_rank(fed) < len(fed):
        raise ShapeError(
            f"digitise: the layer is fed inputs {list(fed.shape)} that depend on each other, so that a gate cannot be "
            "any function of the symbol; give the layer inputs of at least the size of the alphabet"
        )
    if len(fed) != len(data.symbols):
        raise ShapeError(f"digitise: the data has {len(data.symbols)} symbols, the model {len(fed)}")
    start = data.judged(model)
    allowed = Judged(start.loss + tolerance, start.mistakes)
    signals = _signals(model, data)
    found = levels(signals, data.ids, data.real, len(data.symbols))
    best, changes, snapped = model, {}, []  # type: ignore[var-annotated]
    order = signals["c"][data.real].abs().amax(0).argsort(descending=True).tolist()
    seen: dict[int, int] = {}
    for unit in (*order, *order):  # what was left is tried again when others have become exact
        if unit in snapped or seen.get(unit) == len(snapped):
            continue
        seen[unit] = len(snapped)
        tried: list[tuple[Judged, Plan]] = []
        for plan in plans(found[unit], data.begins):
            candidate = _candidate(best, data, unit, plan, fed, [*snapped, unit])
            tried.append((data.judged(candidate), plan))
            if tried[-1][0].within(allowed):
                best = candidate
                snapped.append(unit)
                break
        changes[unit] = _change(unit, found[unit], tried, allowed, data.symbols)
    control = copy.deepcopy(model)
    _refit(control, data)
    reach: list[Failure | None] = [None] * 3
    if data.language is not None:
        reach = [measured(inside(m), data.language, most) for m in (model, best, control)]
    made = best if snapped else copy.deepcopy(model)
    return Digitised(made, tuple(changes.values()), start.loss, data.judged(made).loss, *reach)


def _candidate(model: nn.Module, data: Data, unit: int, plan: Plan, fed: Tensor, snapped: list[int]) -> nn.Module:
    made = copy.deepcopy(model)
    layer = only_layer(made)
    old = _signals(made, data)["h"][data.real][:, unit]
    write(layer, unit, plan, fed)
    adapt(layer, made.head, unit, old, _signals(made, data)["h"][data.real][:, unit])
    for j in snapped:  # what was exact stays so: adapting moves biases
        for gate in range(3):
            layer.bias_hh_l0.data[gate * layer.hidden_size + j] = 0.0
    _refit(made, data)
    return made


def _refit(model: nn.Module, data: Data, steps: int = 60) -> None:
    """Fit head and output gates to the data; neither accumulates anything, so neither has to be exact."""
    layer = only_layer(model)
    H = layer.hidden_size
    own = [p for n, p in layer.named_parameters()]
    readers = [*own, *model.head.parameters()]  # type: ignore[union-attr]
    masks = {id(p): torch.zeros_like(p) for p in own}
    for p in own:
        masks[id(p)][3 * H :] = 1.0
    optimiser = torch.optim.LBFGS(
        readers,
        max_iter=steps,
        history_size=20,
        line_search_fn="strong_wolfe",
        tolerance_grad=0.0,
        tolerance_change=1e-12,
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = data.loss(model)
        loss.backward()  # type: ignore[no-untyped-call]
        for p in own:
            if p.grad is not None:
                p.grad *= masks[id(p)]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    optimiser.zero_grad(set_to_none=True)


def _signals(model: nn.Module, data: Data) -> dict[str, Tensor]:
    with torch.no_grad(), record(model) as run:
        model(data.ids)
    return {n.rpartition(".")[2]: run[n] for n in run.names if ".pre." not in n}


def _change(
    unit: int, level: Levels, tried: list[tuple[Judged, Plan]], allowed: Judged, symbols: tuple[str, ...]
) -> Change:
    before = {s: (float(level.f[k]), float(level.w[k])) for k, s in enumerate(symbols)}
    judged, plan = tried[-1]
    if judged.within(allowed):
        after = {s: (float(plan.f[k]), float(plan.w[k])) for k, s in enumerate(symbols)}
        why = f"c divided by {plan.scale:.4g}" if plan.kind in ("counter", "timer") else "exact values fit the data"
        refused = [p.kind for _, p in tried[:-1] if p.kind != plan.kind]
        why += f"; as {' or '.join(dict.fromkeys(refused))} it does not" if refused else ""
        return Change(unit, plan.kind, before, after, plan.scale, judged.loss, why)
    nearest, plan = min(tried, key=lambda t: (t[0].mistakes, t[0].loss))
    why = (
        f"not changed: at best, as a {plan.kind}, the loss would be {nearest.loss:.2e} with {nearest.mistakes} "
        f"mistakes; allowed are {allowed.loss:.2e} and {allowed.mistakes}"
    )
    return Change(unit, "left", before, {}, 1.0, nearest.loss, why)
