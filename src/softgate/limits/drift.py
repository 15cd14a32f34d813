"""The first n that fails, by formula: a drift that grows with n, against the window that the landing leaves it.

One string of a moderate size is run. In the middle of each of its phases h stands still, and every unit has two
numbers there, f and w = i g. With them alone the end of a phase of n symbols is

    E(n) = f^n E_before(n) + w (1 - f^n) / (1 - f),

so D(n) = E(n) - E(reference) is by how much a string of another size comes in to land beside the one that was run. The
landing, the last symbols of a phase, is then run with c moved by D(n), for every n. What is left out: that turning from
one phase to the next is not affine, that f and w are not quite constant, and rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from softgate.limits.inside import Inside
from softgate.limits.reach import Failure
from softgate.tasks.formal import Language, solved


@torch.no_grad()
def by_drift(net: Inside, language: Language, most: int = 1000, reference: int = 32) -> Failure:
    """The smallest n beyond ``reference`` that fails, by the formula above.

    Args:
        net: the model, opened by :func:`softgate.limits.inside.inside`; float32 or float64, since rounding is left out.
        language: its symbols are the model's ids.
        most: no n beyond this one.
        reference: the size of the string that is run; half of it is the landing.
    """
    sizes = torch.arange(reference, most + 1)
    end = torch.zeros(len(sizes), net.layer.hidden_size, dtype=torch.float64)
    first = net.step(0, *net.begin(1))
    h, c = first["h"], first["c"]
    found = Failure(None, most)
    taken, half = 1, reference // 2
    for k, phase in enumerate(language.phases):
        symbol = language.alphabet.index(phase.symbol)
        middle: dict[str, Tensor] = {}
        for t in range(reference):
            out = net.step(symbol, h, c)
            h, c, taken = out["h"], out["c"], taken + 1
            if t + 1 == reference - half:
                middle = out
        end = _affine(sizes, end, middle["f"].double(), (middle["i"] * middle["g"]).double())
        moved = middle["c"] + (end - end[:1]).to(net.dtype)
        wrong = _landing(net, language, k, middle["h"].expand_as(moved), moved, half)
        taken += half * len(sizes)
        bad = (wrong > 0).nonzero().flatten()
        if len(bad) and (found.n is None or int(sizes[bad[0]]) < found.n):
            n = int(sizes[bad[0]])
            found = Failure(n, most, k, n - half + int(wrong[bad[0]]))
    return Failure(found.n, most, found.phase, found.at, taken)


def _affine(n: Tensor, before: Tensor, f: Tensor, w: Tensor) -> Tensor:
    """c after n steps of c' = f c + w from ``before``: [N, H], n [N], f and w [1, H]."""
    steps = n.double().unsqueeze(1)
    grown = torch.expm1(steps * torch.log(f))
    return before * (1 + grown) + w * torch.where(f == 1, steps, grown / (f - 1))


def _landing(net: Inside, language: Language, k: int, h: Tensor, c: Tensor, left: int) -> Tensor:
    """The symbol, from 1, of the last ``left`` of phase k at which each lane first goes wrong; 0 for none."""
    phase = language.phases[k]
    symbol = language.alphabet.index(phase.symbol)
    wrong = torch.zeros(len(h), dtype=torch.int64)
    for t in range(1, left + 1):
        out = net.step(symbol, h, c)
        h, c = out["h"], out["c"]
        right = solved(net.head(h), language.mask(phase.last if t == left else phase.before))
        wrong = torch.where((wrong == 0) & ~right, t, wrong)
    return wrong
