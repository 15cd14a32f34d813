"""Comparing tensors so that a difference cannot be overlooked: it raises, and says what, where and how much."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

TOLERANCES: dict[torch.dtype, tuple[float, float]] = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
}
"""Relative and absolute, by dtype: those of ``torch.testing.assert_close``. The one table of fixed tolerances."""

FLOORS: dict[torch.dtype, float] = {torch.float16: 2.0, torch.bfloat16: 2.0, torch.float32: 8.0, torch.float64: 256.0}
"""The small floor of :func:`numerics`, in units in the last place of the largest value.

In float64 the plain implementation is the exact one and has no error to be measured against, so the floor is all.
"""


def assert_close(
    got: Tensor,
    want: Tensor,
    *,
    name: str,
    rtol: float | None = None,
    atol: float | None = None,
    gates: Sequence[str] = (),
) -> None:
    """Raise unless every value of ``got`` is within tolerance of ``want``; NaN equals NaN, an infinity itself.

    Args:
        got, want: of one shape and dtype.
        name: what it is, for the message.
        rtol, atol: relative and absolute tolerance; both from :data:`TOLERANCES` if not given.
        gates: of a parameter, the gates whose rows are stacked along its first axis.

    Raises:
        AssertionError: naming the tensor, the worst index, its time step and unit or its gate, both values.
    """
    __tracebackhide__ = True
    _same_kind(got, want, name)
    relative, absolute = TOLERANCES.get(want.dtype, (0.0, 0.0))
    allowed = (absolute if atol is None else atol) + (relative if rtol is None else rtol) * want.double().abs()
    _judge(got, want, torch.nan_to_num(allowed, nan=0.0, posinf=0.0), name, gates)


def assert_equal(got: Tensor, want: Tensor, *, name: str, gates: Sequence[str] = ()) -> None:
    """Raise unless ``got`` is ``want``, to the last bit (NaN equals NaN).

    Raises:
        AssertionError: as in :func:`assert_close`, whose arguments these are.
    """
    __tracebackhide__ = True
    _same_kind(got, want, name)
    _judge(got, want, torch.zeros_like(want, dtype=torch.float64), name, gates)


def numerics(
    got: Tensor, plain: Tensor, exact: Tensor, *, name: str, gates: Sequence[str] = (), scale: float = 0.0
) -> None:
    """The numerics rule: an error at most twice that of a plain implementation in the same dtype, plus a small floor.

    Args:
        got: what is judged.
        plain: the same from a plain implementation in the dtype of ``got``.
        exact: the same from float64 arithmetic on the same inputs.
        name, gates: as in :func:`assert_close`.
        scale: size of the terms that the values are sums of, where these may have cancelled; the floor is a few units
            in the last place of this, or of the largest value.

    Raises:
        AssertionError: as in :func:`assert_close`.
    """
    __tracebackhide__ = True
    _same_kind(got, plain, name)
    finite = torch.where(exact.isfinite(), exact, 0.0).abs()
    largest = max(scale, finite.max().item() if finite.numel() else 0.0)
    floor = FLOORS[got.dtype] * torch.finfo(got.dtype).eps * largest
    error = torch.nan_to_num((plain.double() - exact).abs(), nan=0.0, posinf=0.0)
    allowed = 2 * (error.max().item() if error.numel() else 0.0) + max(floor, torch.finfo(got.dtype).tiny)
    # Where the plain one leaves the range of its dtype, that is the right answer.
    expected = torch.where(plain.isfinite() == exact.isfinite(), exact, plain.double())
    _judge(got, expected, torch.full_like(expected, allowed), name, gates)


def _same_kind(got: Tensor, want: Tensor, name: str) -> None:
    __tracebackhide__ = True
    if got.shape != want.shape:
        raise AssertionError(f"{name}: shape {[*got.shape]}, expected {[*want.shape]}")
    if got.dtype != want.dtype:
        raise AssertionError(f"{name}: dtype {got.dtype}, expected {want.dtype}")


def _judge(got: Tensor, want: Tensor, allowed: Tensor, name: str, gates: Sequence[str]) -> None:
    __tracebackhide__ = True
    got, want = got.detach().double(), want.detach().double()
    strange = got.isnan() != want.isnan()
    if strange.any():
        at = tuple(strange.nonzero()[0].tolist())
        count = int(strange.sum())
        raise AssertionError(
            f"{name}: got {got[at].item():g}, expected {want[at].item():g} {_place(at, got, gates)}; "
            f"NaN on one side only in {count} of {got.numel()} values"
        )
    same = (got == want) | got.isnan()
    off = torch.where(same, 0.0, (got - want).abs())
    wrong = off > allowed
    if wrong.any():
        at = tuple(int(k) for k in torch.unravel_index((off - allowed).argmax(), off.shape))
        raise AssertionError(
            f"{name}: got {got[at].item():.9g}, expected {want[at].item():.9g} {_place(at, got, gates)}; "
            f"off by {off[at].item():.3g}, allowed {allowed[at].item():.3g}; "
            f"{int(wrong.sum())} of {got.numel()} values are wrong"
        )


def _place(at: tuple[int, ...], values: Tensor, gates: Sequence[str]) -> str:
    """The index, and in words: time step, batch, unit; or gate and unit."""
    words = ""
    if gates and at:
        units = max(values.shape[0] // len(gates), 1)
        words = f" (gate {gates[min(at[0] // units, len(gates) - 1)]}, unit {at[0] % units})"
    elif len(at) == 3:
        words = f" (time step {at[0]}, batch {at[1]}, unit {at[2]})"
    return f"at [{', '.join(map(str, at))}]{words}"
