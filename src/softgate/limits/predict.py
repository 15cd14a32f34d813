"""The first n that fails, from weights and dtype alone: the map of one symbol, iterated only where it has to be.

While one symbol repeats, a counting net cruises: the readout tanh of every counter is saturated, so h stands still, so
the gates stand still, and each c moves by its own affine map c' = f c + w with w = i g, which has a closed form. The
map itself is iterated only at launch and landing, until h stands still and from where some tanh leaves saturation. So
a string costs some tens of steps whatever its n, and all n are done side by side. docs/limits.md has the theory.

Known imperfection: with f below 1 the closed form is that of real numbers; the rounding of each addition, at most half
a unit in the last place of c, is left out. With f exactly 1, and for 16 bits always, it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.limits.inside import Inside
from softgate.limits.reach import Failure
from softgate.tasks.formal import Language, solved

_LANES = 512


@dataclass
class _Lanes:
    """Strings side by side: sizes [L], states [L, H], symbols left in this phase [L], where each went wrong."""

    sizes: Tensor
    h: Tensor
    c: Tensor
    left: Tensor
    wrong: Tensor  # [L, 2]: phase and symbol, symbol 0 while all is right


def still(dtype: torch.dtype) -> float:
    """By how much h may move and still be said to stand still."""
    return 8 * torch.finfo(dtype).eps if dtype in (torch.float32, torch.float64) else 0.0


@torch.no_grad()
def predicted(net: Inside, language: Language, most: int = 1000, least: int = 1) -> Failure:
    """The smallest n that fails, without running the net on strings.

    Args:
        net: the model, opened by :func:`softgate.limits.inside.inside`, perhaps in another dtype.
        language: its symbols are the model's ids.
        most: no n beyond this one.
        least: the first size.
    """
    begun = net.step(0, *net.begin(1))
    if not bool(solved(net.head(begun["h"]), language.mask(language.first)).all()):
        return Failure(least, most, -1, 1, 1)
    low, taken = least, 1
    while low <= most:
        sizes = torch.arange(low, min(most, low + _LANES - 1) + 1)
        h, c = (begun[n].repeat(len(sizes), 1) for n in "hc")
        lanes = _Lanes(sizes, h, c, sizes.clone(), torch.zeros(len(sizes), 2, dtype=torch.int64))
        for k in range(len(language.phases)):
            lanes.left = torch.where(lanes.wrong[:, 1] > 0, 0, sizes)
            taken += _phase(net, language, k, lanes)
        found = lanes.wrong[:, 1].nonzero().flatten()
        if len(found):
            phase, at = lanes.wrong[found[0]].tolist()
            return Failure(int(sizes[found[0]]), most, phase, at, taken)
        low = int(sizes[-1]) + 1
    return Failure(None, most, iterated=taken)


def _phase(net: Inside, language: Language, k: int, lanes: _Lanes) -> int:
    """Takes every lane through a phase; the number of steps iterated."""
    phase = language.phases[k]
    symbol, taken = language.alphabet.index(phase.symbol), 0
    inner, last = language.mask(phase.before), language.mask(phase.last)
    while len(alive := lanes.left.nonzero().flatten()):
        before, h0 = lanes.left[alive], lanes.h[alive]
        out = net.step(symbol, h0, lanes.c[alive])
        taken += len(alive)
        left = before - 1
        right = solved(net.head(out["h"]), torch.where((left == 0).unsqueeze(1), last, inner))
        at = lanes.sizes[alive] - left
        lanes.wrong[alive[~right]] = torch.stack([torch.full_like(at, k), at], 1)[~right]
        rests = (out["h"] - h0).abs().amax(1) <= still(net.dtype)
        c, jumped = _cruise(net.dtype, out, torch.where(rests & right, left - 1, 0).clamp_min(0))
        lanes.h[alive], lanes.c[alive] = out["h"], c
        lanes.left[alive] = torch.where(right, left - jumped, 0)
    return taken


def _cruise(dtype: torch.dtype, out: dict[str, Tensor], room: Tensor) -> tuple[Tensor, Tensor]:
    """As many steps at once as leave every tanh(c) where it is, at most ``room``: c after them, and how many."""
    if not bool((room > 0).any()):
        return out["c"], torch.zeros_like(room)
    c, f, w = out["c"].double(), out["f"].double(), (out["i"] * out["g"]).double()
    moved = (out["f"] * out["c"] + out["i"] * out["g"]).double() - c  # as the dtype rounds it
    exact = f == 1
    room = _room(dtype, c, moved, exact, room)
    shown, tolerance = torch.tanh(c), still(dtype)
    low, high = torch.zeros_like(room), room.clone()
    while bool((low < high).any()):  # the farthest step that may still be jumped to, all lanes at once
        middle = (low + high + 1) // 2
        near = (torch.tanh(_after(middle, c, f, w, moved, exact)) - shown).abs().amax(1) <= tolerance
        low, high = torch.where(near, middle, low), torch.where(near, high, middle - 1)
    return torch.where((low > 0).unsqueeze(1), _after(low, c, f, w, moved, exact), c).to(dtype), low


def _room(dtype: torch.dtype, c: Tensor, moved: Tensor, exact: Tensor, room: Tensor) -> Tensor:
    """How far one closed form holds: with f = 1 the rounded step is the same until c leaves its binade."""
    exponent = torch.frexp(c)[1]
    top = torch.ldexp(torch.ones_like(c), exponent)
    ahead = torch.where(moved * c > 0, top - c.abs(), c.abs() - top / 2)
    steps = torch.where(moved == 0, torch.inf, torch.floor(ahead / moved.abs()) - 1)
    if dtype in (torch.float32, torch.float64):
        steps = torch.where(exact, steps, torch.inf)
    else:
        steps = torch.where(exact | (moved == 0), steps, 0.0)
    return torch.minimum(room.double(), steps.amin(1)).clamp_min(0).long()


def _after(m: Tensor, c: Tensor, f: Tensor, w: Tensor, moved: Tensor, exact: Tensor) -> Tensor:
    """c after m steps of c' = f c + w, [L, H] in float64, m [L]."""
    m = m.unsqueeze(1).double()
    grown = torch.expm1(m * torch.log(f))  # f^m - 1, also for f next to 1
    leaky = c * (1 + grown) + w * torch.where(exact, m, grown / (f - 1))
    return torch.where(exact | (moved == 0), c + m * moved, leaky)
