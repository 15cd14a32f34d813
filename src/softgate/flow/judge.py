"""What a sample of training says: the norms of each step, how far a gradient reaches, and which gate is to blame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.flow.jacobian import memory
from softgate.flow.linear import Linear, States
from softgate.flow.results import gate_path
from softgate.flow.sweep import Parts, back, parts
from softgate.statistics import holds
from softgate.symbols import symbols_in, to_text


@dataclass(frozen=True, repr=False)
class Sample:
    """One layer and direction, seen in one backward pass.

    Attributes:
        call: which training call of the layer, from 0.
        place: ``"encoder.l0."``, what the names begin with.
        norms: by state, ``"encoder.l0.c"``, the norm of dL/ds_t over units and watched rows, [T].
        reach: [T], how much of the gradient that arrives at a sequence's last step is left k steps before it: a ratio
            of norms, of the state that remembers; NaN where no sequence is that long.
        finding: what is wrong, or None.
    """

    call: int
    place: str
    norms: Mapping[str, Tensor]
    reach: Tensor
    finding: str | None

    def __repr__(self) -> str:
        return f"<{self.place.rstrip('.')}, call {self.call}: {self.finding or 'the gradient arrives'}>"


def judge(
    call: int, place: str, linear: Linear, inject: Mapping[str, Tensor], vanishing: float, exploding: float
) -> tuple[Sample, str | None]:
    """A sample, and what is wrong with it: ``"vanishing"``, ``"exploding"`` or None.

    Args:
        call, place: for the sample.
        linear, inject: the call, and what arrives at it.
        vanishing, exploding: ratios under and over which a gradient is said to have vanished or exploded.
    """
    state, found = memory(linear.cell), parts(linear, inject)
    totals = {s: v.sum(0) for s, v in found.states.items()}
    norms = {place + s: v.double().flatten(1).norm(dim=1).cpu() for s, v in totals.items()}
    left = reach(linear, inject, state)
    kind, text = None, None
    infinite = [name for name, values in norms.items() if not values.isfinite().all()]
    above, under = (left > exploding).nonzero(), (left < vanishing).nonzero()
    if infinite:
        kind, text = "exploding", f"the gradient of {infinite[0].removeprefix(place)} is not finite"
    elif len(above):
        kind, text = "exploding", _told(state, "grows", left, int(above[0]))
    elif len(under):
        kind, text = "vanishing", _told(state, "falls", left, int(under[0]))
    if kind is not None:
        text = f"{place.rstrip('.')}: {text}; {_blame(linear, found, state, kind)}"
    return Sample(call, place, norms, left, text), kind


@torch.no_grad()
def reach(linear: Linear, inject: Mapping[str, Tensor], state: str) -> Tensor:
    """What is left of the gradient that arrives at each row's last step, k steps before: [T], 1 at k = 0.

    The last step is the last at which anything arrives. Rows count as far as their sequence goes back: to its
    beginning, or to where the state was zeroed.
    """
    T, B, _ = linear.shape
    order = torch.tensor(linear.steps, dtype=torch.int64)
    arrives = torch.stack([v.abs().sum(-1).cpu() for v in inject.values()]).sum(0)[order] != 0
    behind = torch.arange(T)[:, None].expand(T, B)
    last = torch.where(arrives, behind, -1).amax(0) if T else torch.full((B,), -1)
    alone = (behind == last)[order.argsort()]
    masked = {s: torch.where(alone[..., None].to(v.device), v, 0.0)[None] for s, v in inject.items()}
    sizes = torch.zeros(T, B, dtype=torch.float64)
    for t, got in back(linear, masked):
        sizes[t] = got[state][0].double().norm(dim=-1).cpu()
    sizes = sizes[order]
    cut = torch.zeros(T, B, dtype=torch.int64) if linear.cut is None else linear.cut.cpu().long()[order]
    there = torch.ones(T, B, dtype=torch.bool) if linear.there is None else linear.there.cpu()[order]
    at = last - behind  # [k, B]: the place in the order of computation, k steps before the last
    known, borders = at.clamp(min=0), cut.cumsum(0)
    counts = (at >= 0) & there.gather(0, known)
    if T:
        counts &= borders.gather(0, known) == borders.gather(0, last.clamp(min=0)[None])
    squares = torch.where(counts, sizes.gather(0, known).square(), 0.0).sum(1)
    begin = torch.where(counts, sizes.gather(0, known[:1]).square().expand(T, B) if T else sizes, 0.0).sum(1)
    return (squares / begin).sqrt()


def _told(state: str, does: str, left: Tensor, k: int) -> str:
    ratio = float(left[k])
    how = "to nothing" if ratio == 0 else f"by 10^{torch.tensor(ratio, dtype=torch.float64).log10():.0f}"
    return f"the gradient of {state} {does} {how} within {k} step{'s' * (k != 1)}"


def _blame(linear: Linear, found: Parts, state: str, kind: str) -> str:
    """The gate that does it, in words."""
    factor, value = holds(linear.cell).get(state), linear.hold(state)
    hold = None
    if factor is not None and value is not None:
        names = symbols_in(factor)
        mean = float(linear.seen(value).nanmean())
        what = f"forget gate {names[0]}" if names == ["f"] == [to_text(factor)] else f"gate {' and '.join(names)}"
        text = "" if to_text(factor) in names else f": {to_text(factor)}"
        hold = f"{what}{text} is {mean:.2g} on average"
        if kind == "vanishing":
            return hold
    _, by_unit, by_matrix = (_size(v) for v in found.states[state])
    if hold is not None and by_unit > by_matrix:
        return hold
    shares = {g: _size(p[state]) for g, p in _paths(linear, found).items()}
    if not shares:
        return "it comes back unit by unit, through no gate"
    gate = max(shares, key=lambda g: float(shares[g]))
    rows = linear.weights.weight_hh
    assert rows is not None
    size = torch.linalg.matrix_norm(rows.chunk(len(linear.cell.h_gates))[linear.cell.h_gates.index(gate)], ord=2)
    passed = linear.means(linear.cell.states[0]).get(gate, linear.means(state).get(gate, torch.nan))
    whole = float(torch.stack([*shares.values()]).sum())
    share = f"{float(shares[gate]) / whole:.0%} of what" if whole else "what"
    return (
        f"{share} comes back through hidden weights comes through gate {gate}, "
        f"whose matrix has norm {float(size):.2g} and whose slope is {passed:.2g} on average"
    )


def _size(gradient: Tensor) -> Tensor:
    """The norm of what is finite: an inf makes what comes before it NaN, and says no more of where it grew."""
    wide = gradient.double()
    size: Tensor = torch.linalg.vector_norm(torch.where(wide.isfinite(), wide, 0.0))
    return size


def _paths(linear: Linear, found: Parts) -> dict[str, States]:
    return {g: gate_path(linear, found, g) for g in linear.cell.h_gates}
