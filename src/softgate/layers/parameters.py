"""The parameters of a layer: their names and shapes for any cell, and the values they start with.

Names, shapes and order are torch's where torch has the parameter, so state dicts go both ways and the same seed gives
the same values.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from softgate.equations import Cell
from softgate.errors import ShapeError, UnknownNameError
from softgate.symbols import symbols_in

ForgetBias = float | str | tuple[str, int] | None

CHRONO_T_MAX = 100
"""The longest dependency, in steps, for which ``forget_bias="chrono"`` draws; ``("chrono", T_max)`` sets another."""


def shapes(cell: Cell, input_size: int, hidden_size: int, bias: bool, proj_size: int) -> dict[str, tuple[int, ...]]:
    """The parameters of one layer and direction without their suffix, in torch's order: ``{"weight_ih": (4H, I) ...}``.

    Raises:
        ShapeError: a projection of a cell in which a unit sees its own last output, which then has another size.
    """
    H, P = hidden_size, proj_size or hidden_size
    if proj_size and f"prev.{cell.states[0]}" in symbols_in(*cell.signals.values()):
        raise ShapeError(
            f"proj_size={proj_size}: cell {cell.name} uses prev.{cell.states[0]} unit by unit, [B, H], but a projected "
            f"output is [B, proj_size]; leave proj_size out, or use a cell that sees it through its gates only"
        )
    X, U = len(cell.x_gates) * H, len(cell.h_gates) * H
    rows: dict[str, tuple[int, ...]] = {"weight_ih": (X, input_size), "weight_hh": (U, P)}
    if bias:
        rows |= {"bias_ih": (X,), "bias_hh": (U,)}
    if proj_size:
        rows["weight_hr"] = (P, H)
    if cell.feedback:
        rows["weight_fb"] = (len(cell.feedback) * H, len(cell.feedback) * H)
    rows |= dict.fromkeys(cell.weights, (H,))
    return {name: shape for name, shape in rows.items() if shape[0]}


MATRICES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")


def slots(cell: Cell, all_names: list[list[str]]) -> list[tuple[str | None, ...]]:
    """For each layer and direction, its parameters in the order of :func:`softgate.autograd.flat`; None: it has none.

    Args:
        cell: the cell.
        all_names: the names of each layer and direction, with their suffix, as in ``_all_weights``.
    """
    rows = []
    for names in all_names:
        end = names[0][names[0].rindex("_l") :]
        rows.append(tuple(n + end if n + end in names else None for n in (*MATRICES, *cell.weights)))
    return rows


def suffix(layer: int, reverse: bool) -> str:
    """What follows the name of a parameter of this layer and direction: ``_l0``, ``_l0_reverse``."""
    return f"_l{layer}_reverse" if reverse else f"_l{layer}"


def check_forget_bias(value: ForgetBias, cell: Cell, bias: bool) -> None:
    """Refuses what :func:`set_forget_bias` cannot do.

    Raises:
        UnknownNameError: the cell has no forget gate, or the word is not ``"chrono"``.
        ShapeError: the layer has no bias, or T_max is under 3.
    """
    if value is None:
        return
    if "f" not in cell.gates:
        raise UnknownNameError(f"gate of cell {cell.name}, for forget_bias", "f", cell.gates)
    if not bias:
        raise ShapeError("forget_bias needs bias=True: without bias there is no forget bias to set")
    word, t_max = _chrono(value)
    if word is not None and word != "chrono":
        raise UnknownNameError("forget_bias", word, ("chrono",))
    if t_max < 3:
        raise ShapeError(f'forget_bias=("chrono", T_max): T_max must be 3 or more steps, got {t_max}')


def _chrono(value: ForgetBias) -> tuple[str | None, int]:
    if isinstance(value, str):
        return value, CHRONO_T_MAX
    if isinstance(value, (tuple, list)):
        return value[0], int(value[1])
    return None, CHRONO_T_MAX


@torch.no_grad()
def set_forget_bias(value: ForgetBias, cell: Cell, bias_ih: Tensor | None, bias_hh: Tensor | None) -> None:
    """Sets the biases, [G * H] each, of the forget gate, and for ``"chrono"`` of the input gate too.

    A number is the whole bias of the forget gate. ``"chrono"`` draws it from log U(1, T_max - 1), so that the units
    forget over all time scales up to T_max, and gives the input gate its negative. (Tallec and Ollivier, 2018.)
    """
    if value is None:
        return
    rows = list(_rows(cell, "f", bias_ih, bias_hh))
    word, t_max = _chrono(value)
    if word is None:
        start = torch.full_like(rows[0], float(value))  # type: ignore[arg-type]
    else:
        start = torch.empty_like(rows[0]).uniform_(1.0, t_max - 1.0).log_()
        for n, row in enumerate(_rows(cell, "i", bias_ih, bias_hh)):
            row.copy_(-start if n == 0 else torch.zeros_like(start))
    for n, row in enumerate(rows):
        row.copy_(start if n == 0 else torch.zeros_like(start))


def _rows(cell: Cell, gate: str, bias_ih: Tensor | None, bias_hh: Tensor | None) -> Iterator[Tensor]:
    """The places, [H] each, where a gate's bias is kept."""
    for gates, bias in ((cell.x_gates, bias_ih), (cell.h_gates, bias_hh)):
        if bias is not None and gate in gates:
            yield bias.chunk(len(gates))[gates.index(gate)]
