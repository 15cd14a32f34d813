"""Weights as the tiles read them: the kernels against their twins, and where lanes are past the last unit."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cpu.memory import poisoned
from softgate.cpu import pack, prepare
from softgate.cpu.arguments import Arguments
from softgate.cpu.isa import choose
from softgate.cpu.launch import Launch

GATES, BLOCKS = 4, 2
CHOSEN = (2, 0, 3)


def run(name: str, arguments: Arguments, source: Tensor, to: Tensor, **values: int) -> Tensor:
    """One launch, from a matrix that may be columns of another."""
    kernel = prepare.pack_kernel(choose(), source.dtype)[name]
    given = {"threads": 1, "source": source.data_ptr(), "row": source.stride(0), "to": to.data_ptr()}
    Launch(kernel, arguments, **given, **values)()
    return to


def block(rows: int, columns: int, dtype: torch.dtype, whole: bool) -> Tensor:
    """Random numbers, alone or in the middle of a wider matrix whose other columns are NaN."""
    drawn = torch.randn(rows, columns, dtype=dtype, generator=torch.Generator().manual_seed(0))
    wide = torch.full((rows, 3 * columns), torch.nan, dtype=dtype)
    middle = wide[:, columns : 2 * columns]
    middle.copy_(drawn)
    return drawn if whole else middle


@pytest.mark.parametrize("whole", [True, False], ids=["alone", "columns"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("units", [1, 5, 16, 37])
def test_rows(units: int, dtype: torch.dtype, whole: bool, isa: str) -> None:
    source, depth = block(GATES * units, 21, dtype, whole), 21
    lanes, chosen = choose().lanes(dtype.itemsize * 8), prepare.table(*CHOSEN)
    wanted = pack.row_panels(source, GATES, CHOSEN, units, BLOCKS, lanes)
    found = run(
        "pack_rows", pack.ROWS, source, poisoned(wanted.shape, dtype),
        depth=depth, units=units, groups=len(wanted), blocks=BLOCKS, chosen=chosen.data_ptr(), count=len(CHOSEN),
    )  # fmt: skip
    inside = pack.row_panels(torch.ones_like(source), GATES, CHOSEN, units, BLOCKS, lanes).bool()
    assert torch.equal(found[inside], wanted[inside])
    assert found.isfinite().all()


@pytest.mark.parametrize("whole", [True, False], ids=["alone", "columns"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("units", [1, 5, 16, 37])
def test_columns_beside_others(units: int, dtype: torch.dtype, whole: bool, isa: str) -> None:
    """Two matrices in one panel; of the second some gates are zeros."""
    lanes = choose().lanes(dtype.itemsize * 8)
    first, second = block(GATES * units, units, dtype, True), block(GATES * units, units, dtype, whole)
    gates = (CHOSEN, (-1, 1, -1))
    wanted = torch.cat(
        [pack.column_panels(m, GATES, g, BLOCKS, lanes) for m, g in zip((first, second), gates, strict=True)], 2
    )
    found = poisoned(wanted.shape, dtype)
    for k, (source, chosen) in enumerate(zip((first, second), (prepare.table(*g) for g in gates), strict=True)):
        run(
            "pack_columns", pack.COLUMNS, source, found,
            units=units, columns=units, groups=len(wanted), blocks=BLOCKS, chosen=chosen.data_ptr(), count=len(chosen),
            width=2 * BLOCKS, position=k * BLOCKS,
        )  # fmt: skip
    assert torch.equal(found, wanted)


def test_the_twins_are_what_they_say() -> None:
    """By hand: two gates of three units, two lanes."""
    weight = torch.arange(12.0).view(6, 2)
    assert pack.row_panels(weight, 2, [1], 3, 1, 2).tolist() == [[[[6, 8]], [[7, 9]]], [[[10, 0]], [[11, 0]]]]
    wide = torch.arange(6.0).view(2, 3)
    assert pack.column_panels(wide, 2, [1, -1], 1, 2).tolist() == [[[[3, 4]], [[0, 0]]], [[[5, 0]], [[0, 0]]]]
