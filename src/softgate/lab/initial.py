"""What a net of the laboratory begins with: the names, shapes and first values of its parameters.

Nets are compared in pairs, one seed and two cells, so the first values follow from the seed alone: each gate's block of
each parameter is a draw of its own. Two cells with the same shapes begin with the same numbers; and of cells whose
gates are among i, f, g, o, those gates that both have begin alike, whatever else is missing from one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from softgate.equations import Cell
from softgate.layers.parameters import ForgetBias, check_forget_bias, set_forget_bias, shapes
from softgate.reference import Weights

HEAD, HEAD_BIAS = "head.weight", "head.bias"
_STANDARD = "ifgo"
_CHRONO = "chrono:"


@dataclass(frozen=True)
class Sizes:
    """The sizes of a net: input size I, units H, outputs O."""

    inputs: int
    hidden: int
    outputs: int


class Layout:
    """The parameters of a net, one after the other in P numbers.

    Attributes:
        places: where each begins, and its shape: ``{"weight_ih": (0, (4H, I)), ... "head.weight": (n, (O, H))}``.
        count: P.
    """

    def __init__(self, cell: Cell, sizes: Sizes) -> None:
        self.cell, self.sizes = cell, sizes
        found = shapes(cell, sizes.inputs, sizes.hidden, True, 0)
        found |= {HEAD: (sizes.outputs, sizes.hidden), HEAD_BIAS: (sizes.outputs,)}
        self.places: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.count = 0
        for name, shape in found.items():
            self.places[name] = (self.count, shape)
            self.count += math.prod(shape)

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Each parameter in the numbers of one net [P], or of several [N, P]: views of the shape, [N, ...]."""
        ends = flat.shape[:-1]
        return {
            name: flat.narrow(-1, start, math.prod(shape)).view(*ends, *shape)
            for name, (start, shape) in self.places.items()
        }

    def weights(self, flat: Tensor) -> Weights:
        """Those of the recurrent layer, from the numbers of one net [P]."""
        found = self.views(flat)
        matrices = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")
        ih, hh, b_ih, b_hh, hr, fb = (found.get(n) for n in matrices)
        return Weights(ih, hh, b_ih, b_hh, hr, fb, tuple(found[n] for n in self.cell.weights))


def initial(layout: Layout, seed: int, forget_bias: ForgetBias = None) -> Tensor:
    """The first numbers of a net, float64 [P]: uniform in ±1/sqrt(H), as torch draws them; then the forget bias.

    Args:
        layout: of the net.
        seed: all that the draw depends on.
        forget_bias: a number, or ``"chrono:LAG"`` for lags up to so many steps; see
            :func:`softgate.layers.parameters.set_forget_bias`.

    Raises:
        UnknownNameError: the cell has no gate f, or the word is not ``chrono``.
        ShapeError: LAG is under 3.
    """
    cell, bound = layout.cell, 1 / math.sqrt(layout.sizes.hidden)
    asked = lag(forget_bias)
    check_forget_bias(asked, cell, True)
    flat = torch.empty(layout.count, dtype=torch.float64)
    for name, view in layout.views(flat).items():
        blocks = list(_gates(cell, name))
        rows = view.view(len(blocks), -1)
        for row, gate in zip(rows, blocks, strict=True):
            generator = np.random.Generator(
                np.random.Philox(np.random.SeedSequence([seed, crc32(name.encode()), gate]))
            )
            row.copy_(torch.from_numpy(generator.uniform(-bound, bound, len(row))))
    if asked is not None:
        found = layout.views(flat)
        with torch.random.fork_rng(devices=[]):
            torch.random.manual_seed(seed)
            set_forget_bias(asked, cell, found.get("bias_ih"), found.get("bias_hh"))
    return flat


def _gates(cell: Cell, name: str) -> Iterator[int]:
    """The number of the gate of each block of a parameter, 0 where it is of none."""
    gates: Sequence[str] = {"weight_ih": cell.x_gates, "bias_ih": cell.x_gates}.get(name, ())
    if name in ("weight_hh", "bias_hh"):
        gates = cell.h_gates
    order = _STANDARD if set(cell.gates) <= set(_STANDARD) else "".join(gates)
    yield from (order.index(g) if order else 0 for g in gates)
    if not gates:
        yield 0


def lag(forget_bias: ForgetBias) -> ForgetBias:
    """``"chrono:LAG"`` as layers want it: ``("chrono", LAG)``; everything else as it is."""
    if isinstance(forget_bias, str) and forget_bias.startswith(_CHRONO) and forget_bias[len(_CHRONO) :].isdecimal():
        return "chrono", int(forget_bias[len(_CHRONO) :])
    return forget_bias
