"""The same counts by torch: for tensors that no kernel takes, and what the kernels are held against, bit for bit.

Sums run down the rows, one after the other: ``cumsum`` and ``cumprod`` do, where ``sum`` would be free to regroup.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from softgate.streaming.buffers import BINS, GATE, HOLD, SPAN, SUMS, Array, Buffers

_FRACTION, _ONE = (1 << 52) - 1, 1023 << 52


def gather(to: Buffers, signals: Sequence[Tensor]) -> None:
    """Add rows of every signal, [rows, H] each of the buffers' type."""
    for s, x in enumerate(signals):
        values, H = x.detach().cpu().numpy(), to.units
        d = torch.from_numpy(values.astype(np.float64) - to.shift[s, :H])
        for k, term in enumerate((d, d * d)):
            to.sums[s, k, :H] = _after(to.sums[s, k, :H], term)
        low, high = to.extremes[s, 0, :H], to.extremes[s, 1, :H]
        to.extremes[s, 0, :H] = np.fmin(low, np.fmin.reduce(values, initial=np.inf))
        to.extremes[s, 1, :H] = np.fmax(high, np.fmax.reduce(values, initial=-np.inf))
        with np.errstate(invalid="ignore"):
            at = np.floor(values * to.scales[s]) - to.bases[s]
        at = np.where(at < 0, 0, at)
        for b in range(BINS):
            to.counts[s, b, :H] += (at == b).sum(0)
        if to.kinds[s] >= GATE:
            to.shares[s, 0, :H] += (values < to.limits[0]).sum(0)
            to.shares[s, 1, :H] += (values > to.limits[1]).sum(0)
        if to.kinds[s] >= HOLD:
            to.zeros[s, :H] += (values == 0).sum(0)
            _multiply(to, s, values.astype(np.float64))


def _after(start: Array, terms: Tensor) -> Array:
    """``start`` [H] with the rows of ``terms`` added one by one."""
    total: Array = torch.cat([torch.from_numpy(start)[None], terms]).cumsum(0)[-1].numpy()
    return total


def _multiply(to: Buffers, s: int, values: Array) -> None:
    H = to.units
    fractions, exponents = _parts(values)
    to.exponents[s, :H] += exponents.sum(0)
    for start in range(0, len(values), SPAN):
        block = torch.from_numpy(np.concatenate([to.products[s : s + 1, :H], fractions[start : start + SPAN]]))
        fraction, exponent = _parts(block.cumprod(0)[-1].numpy())
        to.products[s, :H] = fraction
        to.exponents[s, :H] += exponent - 1023


def _parts(x: Array) -> tuple[Array, Array]:
    """Of |x| its fraction in [1, 2), and its exponent as it is stored, 1023 too high."""
    bits = np.ascontiguousarray(x).view(np.int64)
    return ((bits & _FRACTION) | _ONE).view(np.float64), (bits >> 52) & 2047


def pairs(sums: Array, source: Tensor, before: Tensor, classes: Array) -> None:
    """Add what was held before each row, ``before`` [rows, H], and its change to ``source`` [rows, H].

    ``classes`` is [rows], ``sums`` [1, classes, 5, H'] float64.
    """
    H = source.shape[1]
    p = before.detach().cpu().numpy().astype(np.float64)
    d = source.detach().cpu().numpy().astype(np.float64) - p
    terms = torch.from_numpy(np.stack([p, d, p * p, p * d, d * d], 1))
    for k in np.unique(classes[classes >= 0]):
        chosen = terms[torch.from_numpy(classes == k)].flatten(1)
        sums[0, k, :, :H] = _after(sums[0, k, :, :H].reshape(-1), chosen).reshape(SUMS, H)
