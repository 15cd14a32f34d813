"""What disguises do to weights and truth, one function each; :class:`softgate.zoo.disguise.Disguise` says what.

A unit is copied with its row and its column, turned around with the sign of what it writes and of who reads it, moved
with both. Noise and random readers keep to gates that can bear them: `slack` and `silent` of the wiring.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from softgate.zoo.conditions import Array
from softgate.zoo.disguise import Disguise
from softgate.zoo.wiring import UnitFunction, Wiring

__all__ = ["apply"]

_F, _G = 1, 2  # of the gates i f g o


def apply(wiring: Wiring, disguise: Disguise, random: np.random.Generator) -> Wiring:
    """The wiring in disguise; `rescaled` is up to the compiler. Reproducible from the state of the generator."""
    useful = np.flatnonzero([unit.role != "dead" for unit in wiring.units])
    for j in _some(random, useful, disguise.split):
        wiring = _copied(wiring, j, shared=True)
    for j in _some(random, useful, disguise.decoys):
        wiring = _copied(wiring, j, shared=False)
    if disguise.distractors:
        wiring = _distracted(wiring, disguise.distractors, random)
    if disguise.flipped:
        sign = np.where(random.random(wiring.size) < 0.5, -1.0, 1.0)
        sign[random.integers(wiring.size)] = -1  # at least one
        wiring = _flipped(wiring, sign)
    if disguise.leak is not None:
        wiring = _leaky(wiring, disguise.leak)
    if disguise.noise:
        wiring = _noisy(wiring, disguise.noise, random)
    if disguise.permuted:
        order = random.permutation(wiring.size)
        wiring = _take(wiring, order if np.any(np.diff(order) < 0) else order[::-1])
    return _rotated(wiring, random) if disguise.rotated else wiring


def _some(random: np.random.Generator, units: Array, count: int) -> list[int]:
    """That many of the units, each once before any comes twice."""
    rounds = [random.permutation(units) for _ in range(-(-count // max(len(units), 1)))]
    return np.concatenate(rounds)[:count].tolist() if count and len(units) else []


def _take(wiring: Wiring, order: Array) -> Wiring:
    """The units of `order`, in that order and perhaps some twice, with rows and columns."""
    return replace(
        wiring,
        origin=wiring.origin[order],
        sign=wiring.sign[order],
        x=wiring.x[:, order],
        h=wiring.h[:, order][:, :, order],
        bias=wiring.bias[:, order],
        slack=wiring.slack[:, order],
        silent=wiring.silent[:, order],
        start=wiring.start[order],
        head=wiring.head[:, order],
        units=tuple(wiring.units[j] for j in order.tolist()),
    )


def _copied(wiring: Wiring, j: int, shared: bool) -> Wiring:
    """A second carrier of unit j, last: it reads what j reads, and itself where j reads itself."""
    H = wiring.size
    made = _take(wiring, np.append(np.arange(H), j))
    h, head, own = made.h.copy(), made.head.copy(), wiring.h[:, j, j]
    part = 0.5 if shared else 1.0
    h[:, :, j] *= part
    h[:, :, H] *= 1 - part
    head[:, j] *= part
    head[:, H] *= 1 - part
    h[:, [j, H], [j, H]] = own[:, None]
    h[:, [j, H], [H, j]] = 0
    made = replace(made, h=h, head=head)
    note = wiring.units[j].note
    if shared:
        return made.change(j, note=f"{note}; shared").change(H, note=f"{note}; shared")
    return made.change(H, read=False, note=f"{note}; a decoy that is read by nobody")


def _distracted(wiring: Wiring, count: int, random: np.random.Generator) -> Wiring:
    """Random units behind the others. Gates that can bear it read them weakly; nothing changes for it."""
    H, A = wiring.size, wiring.x.shape[2]
    made = _take(wiring, np.append(np.arange(H), np.zeros(count, int)))
    x, h, bias, head = made.x.copy(), made.h.copy(), made.bias.copy(), made.head.copy()
    h[:, :, H:] = np.where(wiring.silent[..., None].repeat(count, 2), 0.05, 0.0)[:, [*range(H), *[0] * count]]
    h[:, :, H:] *= random.normal(size=h[:, :, H:].shape)
    x[:, H:] = random.normal(size=(4, count, A))
    h[:, H:] = random.normal(size=(4, count, H + count)) * 1.5 / np.sqrt(H + count)
    bias[:, H:] = random.normal(size=(4, count)) * 0.5
    bias[_F, H:] += 1
    head[:, H:] = 0
    slack, silent, start, sign = made.slack.copy(), made.silent.copy(), made.start.copy(), made.sign.copy()
    slack[:, H:], silent[:, H:], start[H:], sign[H:] = 0, False, 0, 1
    origin = np.append(wiring.origin, np.full(count, -1))
    unit = UnitFunction("mixed", read=False, exact=False, note="a distractor with random weights")
    return replace(
        made,
        origin=origin,
        sign=sign,
        x=x,
        h=h,
        bias=bias,
        slack=slack,
        silent=silent,
        start=start,
        head=head,
        units=(*wiring.units, *[unit] * count),
    )


def _flipped(wiring: Wiring, sign: Array) -> Wiring:
    """Units whose sign is -1 turned around: what they write, and how they are read."""
    x, h, bias = wiring.x.copy(), wiring.h * sign, wiring.bias.copy()
    x[_G] *= sign[:, None]
    h[_G] *= sign[:, None]
    bias[_G] *= sign
    units = tuple(replace(u, scale=u.scale * float(s)) for u, s in zip(wiring.units, sign, strict=True))
    start, head = wiring.start * sign, wiring.head * sign
    return replace(wiring, sign=wiring.sign * sign, x=x, h=h, bias=bias, start=start, head=head, units=units)


def _leaky(wiring: Wiring, hold: float) -> Wiring:
    """Forget gates that are driven no further than `hold`."""
    x, h, bias = wiring.x.copy(), wiring.h.copy(), wiring.bias.copy()
    units = list(wiring.units)
    for j in np.flatnonzero(wiring.slack[_F] > 0):
        symbols = wiring.x[_F, j] + wiring.bias[_F, j]
        if not np.any(wiring.h[_F, j]) and np.all(symbols < 0):
            continue  # it never holds anything
        share = hold / (wiring.K * (2 if np.any(wiring.h[_F, j]) else 1))
        x[_F, j], h[_F, j], bias[_F, j] = x[_F, j] * share, h[_F, j] * share, bias[_F, j] * share
        units[j] = replace(units[j], exact=False, note=f"{units[j].note}; leaks")
    return replace(wiring, x=x, h=h, bias=bias, units=tuple(units))


def _noisy(wiring: Wiring, noise: float, random: np.random.Generator) -> Wiring:
    """Weights times 1 + noise where a gate can bear it, and something small added where that does nothing."""
    share = np.minimum(noise, wiring.slack / 8)[..., None]

    def shaken(weights: Array, added: float) -> Array:
        factor = 1 + share * random.normal(size=weights.shape).clip(-2.5, 2.5)
        extra = np.where(wiring.silent[..., None], added * random.normal(size=weights.shape).clip(-2.5, 2.5), 0.0)
        return np.asarray(weights * factor + extra)

    x, h = shaken(wiring.x, 2 * noise), shaken(wiring.h, 2 * noise)
    bias = shaken(wiring.bias[..., None], 0.0)[..., 0]
    h[:, :, [not unit.exact and unit.variable is None for unit in wiring.units]] = wiring.h[
        :, :, [not unit.exact and unit.variable is None for unit in wiring.units]
    ]
    return replace(wiring, x=x, h=h, bias=bias)


def _rotated(wiring: Wiring, random: np.random.Generator) -> Wiring:
    """Symbols as signed rows of a Hadamard matrix, whose products with rounded weights lose nothing in float32."""
    A = len(wiring.embedding)
    made = np.ones((1, 1))
    while len(made) < A:
        made = np.block([[made, made], [made, -made]])
    rows = random.permutation(len(made))[:A]
    signs = random.choice((-1.0, 1.0), size=len(made))
    grid = np.where(wiring.slack[..., None] > 0, np.rint(wiring.x * 1024) / 1024, wiring.x)
    return replace(wiring, embedding=made[rows][:, random.permutation(len(made))] * signs, x=grid)
