"""Small nets that learn to count, many at once: ten of them are one layer whose hidden weights are block-diagonal.

A net of three units leaves the kernels nothing to do; S of them side by side cost little more than one. They share data
and steps and nothing else: no weight joins two of them, losses are added up, gradients are clipped net by net, and Adam
treats every number by itself. So each net is what its seed makes it, whoever is trained beside it, within rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from softgate import cells
from softgate.functional import recurrence
from softgate.layers import GRU, LSTM, RNN
from softgate.reference import Weights
from softgate.tasks.formal import Language, Rows, solved

_CELLS = {"lstm": cells.lstm, "gru": cells.gru, "rnn": cells.rnn}


LAYERS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
"""The layers that a counter may have, by the name under which it has them."""


class Counter(nn.Module):
    """A net over the symbols of an alphabet: one-hot, one LSTM (or GRU, or tanh RNN), one linear head.

    ``forward(ids, state=None)``: ids int64 [T, B] to logits [T, B, A] and the state: (h, c), or h.
    """

    def __init__(self, alphabet: Sequence[str], hidden_size: int, layer: str = "lstm"):
        super().__init__()
        self.alphabet, self.kind = tuple(alphabet), layer
        self.add_module(layer, LAYERS[layer](len(self.alphabet), hidden_size))
        self.head = nn.Linear(hidden_size, len(self.alphabet))

    lstm: LSTM

    def forward(self, ids: Tensor, state: Any = None, *, reset: Tensor | None = None) -> tuple[Tensor, Any]:
        """Run the net; ``reset`` bool [T, B] is true where a new string begins."""
        x = nn.functional.one_hot(ids, len(self.alphabet)).to(self.head.weight.dtype)
        y, state = self.get_submodule(self.kind)(x, state, reset=reset)
        return self.head(y), state


@dataclass(frozen=True)
class Protocol:
    """How nets are trained.

    Attributes:
        units: H of each net.
        train_to: the largest size of a string in the data; every size from 1 is there.
        steps: updates, after each of which all of the data has been seen once.
        rate: the largest learning rate; it falls along a half cosine to a hundredth of that.
        first: sizes up to this at the start; the largest grows evenly over the first third.
        clip: the largest norm of a net's gradient.
        layer: lstm, gru or rnn. Gates that hold begin open, as far as there are any: f, and z of a GRU.
    """

    units: int = 3
    train_to: int = 50
    steps: int = 3000
    rate: float = 0.03
    first: int = 8
    clip: float = 1.0
    layer: str = "lstm"


@dataclass(frozen=True)
class Trained:
    """A net, and how its training ended: mean loss a position, and whether all strings of the data are right."""

    seed: int
    net: Counter
    loss: float
    learned: bool


class Bundle(nn.Module):
    """S nets side by side, each parameter stacked: [S, ...]."""

    def __init__(self, alphabet: Sequence[str], units: int, seeds: Sequence[int], layer: str = "lstm"):
        super().__init__()
        self.alphabet, self.units, self.seeds, self.kind = tuple(alphabet), units, tuple(seeds), layer
        self.cell = _CELLS[layer]()
        S, A, H, G = len(seeds), len(alphabet), units, len(self.cell.gates)
        shapes = {"ih": (S, G, H, A), "hh": (S, G, H, H), "bias": (S, G, H), "head": (S, A, H), "shift": (S, A)}
        if layer == "gru":  # of the candidate, what is added to U h comes before the reset
            shapes["inner"] = (S, G, H)
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        with torch.no_grad():
            for s, seed in enumerate(seeds):
                generator = torch.Generator().manual_seed(seed)
                for p in self.parameters():
                    p[s].uniform_(-1 / math.sqrt(H), 1 / math.sqrt(H), generator=generator)
            for gate in ("f", "z"):  # gates that hold begin open
                if gate in self.cell.gates:
                    self.bias[:, self.cell.gates.index(gate)] += 1.0

    ih: Tensor
    hh: Tensor
    bias: Tensor
    head: Tensor
    shift: Tensor
    inner: Tensor

    def forward(self, rows: Rows) -> Tensor:
        """Logits [T, B, S, A]."""
        S, G, H, A = self.ih.shape
        x = nn.functional.one_hot(rows.ids, A).to(self.ih.dtype)
        eye = torch.eye(S, dtype=x.dtype)
        weights = Weights(
            self.ih.transpose(0, 1).reshape(G * S * H, A),
            torch.einsum("sgij,st->gsitj", self.hh, eye).reshape(G * S * H, S * H),
            self.bias.transpose(0, 1).reshape(-1),
            self._inner().transpose(0, 1).reshape(-1),
        )
        zeros = x.new_zeros(x.shape[1], S * H)
        y, _ = recurrence(self.cell, x, [zeros] * len(self.cell.states), weights, reset=rows.reset)
        return torch.einsum("tbsh,sah->tbsa", y.reshape(*y.shape[:2], S, H), self.head) + self.shift

    def _inner(self) -> Tensor:
        """The hidden bias [S, G, H]: zero, but of a GRU."""
        return self.inner if self.kind == "gru" else torch.zeros_like(self.bias)

    def net(self, s: int) -> Counter:
        """One of them as a net of its own."""
        net = Counter(self.alphabet, self.units, self.kind)
        values = {
            f"{self.kind}.weight_ih_l0": self.ih[s].flatten(0, 1),
            f"{self.kind}.weight_hh_l0": self.hh[s].flatten(0, 1),
            f"{self.kind}.bias_ih_l0": self.bias[s].flatten(),
            f"{self.kind}.bias_hh_l0": self._inner()[s].flatten(),
            "head.weight": self.head[s],
            "head.bias": self.shift[s],
        }
        net.load_state_dict({name: value.detach().clone() for name, value in values.items()})
        return net


def losses(logits: Tensor, rows: Rows) -> Tensor:
    """Mean binary cross-entropy a position, in nats, of each net: [S] from logits [T, B, S, A]."""
    wanted = rows.sets.unsqueeze(2).expand_as(logits).to(logits.dtype)
    found = nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(-1)
    weight = rows.real.to(logits.dtype)
    return torch.einsum("tbs,tb->s", found, weight) / weight.sum()


def train(
    language: Language,
    seeds: Sequence[int],
    protocol: Protocol | None = None,
    progress: Callable[[int, Tensor], None] | None = None,
) -> list[Trained]:
    """Train a net for each seed, all at once.

    Args:
        language: what they learn.
        seeds: one a net; it is all that tells the nets apart.
        protocol: how; the default's is that of the tables in docs/limits.md.
        progress: called now and then with the step and the losses, [S].
    """
    with one_thread():
        return _train(language, seeds, protocol or Protocol(), progress)


@contextmanager
def one_thread() -> Iterator[None]:
    """For work in pieces so small that threads would do nothing but wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _train(
    language: Language, seeds: Sequence[int], p: Protocol, progress: Callable[[int, Tensor], None] | None
) -> list[Trained]:
    bundle = Bundle(language.alphabet, p.units, seeds, p.layer)
    adam = torch.optim.Adam(bundle.parameters(), lr=p.rate, betas=(0.9, 0.99))
    stages = sorted({min(p.train_to, p.first + round(k * (p.train_to - p.first) / 8)) for k in range(9)})
    data = {top: language.rows(language.words(range(1, top + 1))) for top in stages}
    for step in range(p.steps):
        stage = min(len(stages) - 1, step * 3 * len(stages) // p.steps)
        rows = data[stages[stage]]
        for group in adam.param_groups:
            group["lr"] = p.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * step / p.steps)) / 2)
        adam.zero_grad()
        found = losses(bundle(rows), rows)
        found.sum().backward()  # type: ignore[no-untyped-call]
        _clip(bundle, p.clip)
        adam.step()
        if progress and (step + 1) % 100 == 0:
            progress(step + 1, found.detach())
    rows = data[p.train_to]
    with torch.no_grad():
        logits = bundle(rows)
        right = (solved(logits, rows.sets.unsqueeze(2)) | ~rows.real.unsqueeze(2)).all(0).all(0)
        last = losses(logits, rows)
    return [Trained(seed, bundle.net(s), float(last[s]), bool(right[s])) for s, seed in enumerate(seeds)]


def _clip(bundle: Bundle, most: float) -> None:
    grads = [p.grad for p in bundle.parameters() if p.grad is not None]
    norms = torch.stack([g.flatten(1).square().sum(1) for g in grads]).sum(0).sqrt()
    factor = (most / norms.clamp_min(1e-12)).clamp_max(1.0)
    for g in grads:
        g.mul_(factor.view(-1, *[1] * (g.dim() - 1)))
