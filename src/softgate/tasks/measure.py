"""How an answer is judged: a score for each sequence in NumPy, and a loss in torch.

An answer is y [T, B, O], the output of a net before any activation: logits of classes or of bits, or numbers. What is
no number is never right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BITS", "MSE", "RIGHT", "loss", "score"]

RIGHT = "share of sequences right"
MSE = "mean squared error"
BITS = "bits a character"

Array = NDArray[Any]


def score(measure: str, y: Array, target: Array, mask: Array) -> NDArray[np.float64]:
    """The score of each sequence, [B].

    Args:
        measure: :data:`RIGHT` (1 if every counted step is right, else 0), :data:`MSE` or :data:`BITS`, which are means
            over the counted steps.
        y: [T, B, O].
        target: classes int64 [T, B], or bits or numbers float32 [T, B, O].
        mask: bool [T, B], the steps that count.
    """
    if measure == RIGHT:
        right = _class_is_right(y, target) if target.ndim == 2 else _bits_are_right(y, target)
        return np.asarray(np.all(right | ~mask, axis=0), dtype=np.float64)
    each = _squares(y, target) if measure == MSE else _surprise(y, target)
    return np.asarray(np.where(mask, each, 0).sum(0) / mask.sum(0), dtype=np.float64)


def _class_is_right(y: Array, target: Array) -> Array:
    """Whether the right class stands above every other; a tie is wrong."""
    chosen = np.take_along_axis(y, target[..., None], axis=-1)[..., 0]
    # Classes first: a maximum over few of them is then one over long rows.
    classes = np.ascontiguousarray(np.moveaxis(y, -1, 0))
    np.put_along_axis(classes, target[None], -np.inf, axis=0)
    return np.asarray(chosen > classes.max(0))


def _bits_are_right(y: Array, target: Array) -> Array:
    """Whether the logits are positive for exactly the bits that are set; zero is wrong."""
    return np.asarray(np.where(target > 0.5, y > 0, y < 0).all(-1))


def _squares(y: Array, target: Array) -> Array:
    return np.asarray(np.square(y.astype(np.float64) - target).mean(-1))


def _surprise(y: Array, target: Array) -> Array:
    """-log2 of the probability of the right class."""
    y = y.astype(np.float64)
    y = y - y.max(-1, keepdims=True)
    chosen = np.take_along_axis(y, target[..., None], axis=-1)[..., 0]
    return np.asarray((np.log(np.exp(y).sum(-1)) - chosen) / np.log(2))


def loss(kind: str, y: Tensor, target: Any, mask: Any) -> Tensor:
    """The mean over the counted steps, and over the outputs where there are several bits or numbers.

    Args:
        kind: ``classes`` (cross entropy, in nats), ``bits`` (binary cross entropy, in nats) or ``numbers`` (square).
        y: [T, B, O], or [N, T, B, O] of N nets, which gives [N].
        target: int64 [T, B] or float [T, B, O]; with a net axis, or one for all nets.
        mask: bool [T, B], or with a net axis.
    """
    import torch
    from torch.nn import functional

    target, mask = torch.as_tensor(target, device=y.device), torch.as_tensor(mask, device=y.device)
    if kind == "classes":
        place = target.expand(y.shape[:-1]).unsqueeze(-1)
        each = -functional.log_softmax(y, -1).gather(-1, place).squeeze(-1)
    else:
        wanted = target.to(y.dtype).expand(y.shape)
        apart = functional.binary_cross_entropy_with_logits if kind == "bits" else functional.mse_loss
        each = apart(y, wanted, reduction="none").mean(-1)
    mask = mask.expand(each.shape)
    mean: Tensor = torch.where(mask, each, 0).sum((-2, -1)) / mask.sum((-2, -1))
    return mean
