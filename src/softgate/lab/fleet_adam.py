"""Adam for all nets of a fleet at once, with a learning rate and a bound on the gradient for each."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_TINY = 1e-6
"""What torch adds to a norm before it divides by it."""


class Adam:
    """torch.optim.Adam and torch.nn.utils.clip_grad_norm_, of N nets with P parameters each.

    Args:
        rates: the learning rate of each net, [N].
        count: P.
        clip: the largest norm of a net's gradient; None is no bound.
        betas, eps: as torch's. (Kingma and Ba, 2015.)
    """

    def __init__(
        self,
        rates: Tensor,
        count: int,
        clip: float | None,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        self.rates, self.clip, self.betas, self.eps = rates.unsqueeze(1), clip, betas, eps
        self.steps = 0
        self.first, self.second = (rates.new_zeros(len(rates), count) for _ in range(2))

    def __call__(self, parameters: Tensor, gradient: Tensor, norms: Tensor, alive: Tensor | None = None) -> None:
        """One step of all nets, or of those that are ``alive``, bool [N].

        ``gradient`` [N, P], of which ``norms`` [N] are the norms, is used up.
        """
        one, two = self.betas
        self.steps += 1
        if self.clip is not None:
            gradient.mul_((self.clip / (norms + _TINY)).clamp_max_(1.0).unsqueeze(1))
        # What is frozen is left out for good, so what its moments hold no longer matters.
        self.first.lerp_(gradient, 1 - one)
        self.second.mul_(two).addcmul_(gradient, gradient, value=1 - two)
        denominator = self.second.sqrt().div_(math.sqrt(1 - two**self.steps)).add_(self.eps)
        change = torch.div(self.first, denominator, out=denominator).mul_(self.rates / -(1 - one**self.steps))
        if alive is not None:
            change.masked_fill_(~alive.unsqueeze(1), 0.0)
        parameters.add_(change)
