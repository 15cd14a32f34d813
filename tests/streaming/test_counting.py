"""The kernels beside their twin in torch, bit for bit, on every instruction set of this machine."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from softgate.cpu import isa
from softgate.cpu.tally import Tally, absorb
from softgate.streaming import twin
from softgate.streaming.buffers import GATE, HOLD, PLAIN, SUMS, Buffers, padded

KINDS = [PLAIN, GATE, HOLD, PLAIN]


def rows(n: int, H: int, dtype: torch.dtype) -> list[torch.Tensor]:
    gate = [torch.sigmoid(4 * torch.randn(n, H, dtype=dtype)) for _ in range(2)]
    made = [100 + 4 * torch.randn(n, H, dtype=dtype), *gate, 3 * torch.randn(n, H, dtype=dtype)]
    made[2][n // 2, 0] = 0.0
    made[3][0, 0], made[3][1, -1], made[3][n // 2, 0] = float("inf"), -float("inf"), float("nan")
    made[1][2, 0], made[1][1, 0] = 1.0, 0.9
    return made


@pytest.mark.parametrize("name", [i.name for i in isa.available()])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("H", [1, 16, 37])
def test_kernels_count_as_their_twin(name: str, dtype: torch.dtype, H: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTGATE_ISA", name)
    torch.manual_seed(0)
    real = np.float32 if dtype == torch.float32 else np.float64
    mine, its = (Buffers(KINDS, [2, 32, 32, 16], [-16, 0, 0, -16], H, real, (0.1, 0.9)) for _ in range(2))
    tally, pieces = Tally(mine, dtype), [rows(n, H, dtype) for n in (600, 13)]
    for buffers in (mine, its):
        buffers.begin([x[0].numpy() for x in pieces[0]])
    for piece in pieces:
        tally.gather(piece)
        twin.gather(its, piece)
    tally.finish()
    for what, chosen in {
        **dict.fromkeys(("sums", "extremes", "counts"), slice(None)),
        "shares": slice(1, 3),
        **dict.fromkeys(("zeros", "products", "exponents"), slice(2, 3)),
    }.items():
        got, want = getattr(mine, what)[chosen, ..., :H], getattr(its, what)[chosen, ..., :H]
        np.testing.assert_array_equal(got, want, err_msg=what)
    now, start, classes = pieces[0][0], pieces[1][1], torch.randint(-1, 5, (600,)).numpy()
    came = torch.randint(-1, 613, (600,))
    got, want = np.zeros((tally.groups, 5, SUMS, tally.lanes)), np.zeros((1, 5, SUMS, padded(H)))
    tally.pairs(got, now, start, came, classes)
    twin.pairs(want, now, torch.cat([now, start, torch.zeros(1, H, dtype=dtype)])[came], classes)
    np.testing.assert_array_equal(got.transpose(1, 2, 0, 3).reshape(5, SUMS, -1)[..., :H], want[0, ..., :H])
    assert np.abs(want).sum() > 0


def test_counts_beyond_what_planes_hold() -> None:
    """More rows than 16 bits can count, in one call and in several, and every row of one bin."""
    tally = Tally(mine := Buffers([PLAIN], [1.0], [0], 3, np.float32, (0.1, 0.9)), torch.float32)
    mine.begin([np.zeros(3)])
    for rows_ in (150_001, 65_535, 7):
        x = torch.full((rows_, 3), 5.5)
        x[:, 1] = torch.arange(rows_) % 32
        tally.gather([x])
    tally.finish()
    every = 150_001 + 65_535 + 7
    assert mine.counts[0, :, 0].tolist() == [every if b == 5 else 0 for b in range(32)]
    assert mine.counts[0, :, 1].tolist() == [sum(len(range(b, n, 32)) for n in (150_001, 65_535, 7)) for b in range(32)]
    assert mine.sums[0, 0, 0] == 5.5 * every


def test_absorbing_loses_nothing() -> None:
    from fractions import Fraction

    rng = np.random.default_rng(0)
    total, added = np.zeros((3, 64)), []
    for _ in range(40):
        value = rng.standard_normal(64) * 2.0 ** rng.integers(-40, 40, 64)
        added.append(value.copy())
        absorb(total, value)
        assert not value.any()
    for unit in range(64):
        assert sum(map(Fraction, total[:, unit])) == sum(Fraction(v[unit]) for v in added)


def test_a_shift_is_undone_without_rounding() -> None:
    """Sums of x and x squared from those of x - shift, in whole fractions."""
    from fractions import Fraction

    from softgate.streaming.bins import bins
    from softgate.streaming.sums import Group, Row

    rng, H, n = np.random.default_rng(0), 16, 12_345
    got = Buffers([PLAIN], [1.0], [0], H, np.float64, (0.1, 0.9))
    got.begin([rng.standard_normal(H) * 1e3])
    got.sums[:] = rng.standard_normal((1, 2, H)) * 1e2
    group = Group((Row("x", PLAIN, bins(0, 1)),), H)
    group.add(got, n, np.zeros((1, H), np.int64))
    for unit in range(H):
        s, d, q = (Fraction(v) for v in (got.shift[0, unit], got.sums[0, 0, unit], got.sums[0, 1, unit]))
        assert s != 0
        assert group.first.fractions()[unit] == d + n * s
        assert group.second.fractions()[unit] == q + 2 * s * d + n * s * s
