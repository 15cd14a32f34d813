"""What LSTM, GRU, RNN and Recurrent share: layers times directions of one cell, in every form torch.nn takes.

The work is done by :func:`softgate.functional.recurrence`, one call a layer and direction. Where that has no fast way
and the cell is torch's own, torch's fused layer runs instead; :mod:`softgate.dispatch` says when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate import dispatch, fused, taps
from softgate.errors import ShapeError, StateError
from softgate.functional import recurrence
from softgate.layers import packed, quick
from softgate.layers.construct import Constructed
from softgate.layers.stream import Stream
from softgate.reference import Weights
from softgate.taps import Place


class Layer(Constructed):
    """The part of a recurrent layer that does not depend on its cell. Not for use by itself."""

    backwards = False
    """Whether it goes from the last step to the first, in its only direction."""

    def path(self, x: Tensor | PackedSequence, *, reset: Any = None) -> dispatch.Path:
        """Which path a call with this input takes; see :func:`softgate.explain_path`.

        Raises:
            ShapeError, RuntimeError, ValueError: as the call would.
        """
        data, sizes = (x.data, x.batch_sizes) if isinstance(x, PackedSequence) else (x, None)
        if data.dim() != 2 or sizes is not None:
            self.check_input(data, sizes)
        else:
            self.check_input(data.unsqueeze(0), None)
        path = dispatch.choose(self.cell, data, self._weights(0, False), reset)
        if path.kernel == "torch fused" and taps.edited(self):
            return dispatch.Path("reference", f"{path.reason}; torch's fused layer cannot be edited")
        slow = next((why for why in (editor.slow(self) for editor in taps.editors()) if why), None)
        return dispatch.Path("reference", slow) if slow and torch.is_grad_enabled() else path

    def _weights(self, layer: int, reverse: bool) -> Weights:
        """The parameters of one layer and direction, wherever they now are: a parametrized one is computed here."""
        rows = self._slots[layer * self._directions + reverse]
        found = self._parameters
        ih, hh, b_ih, b_hh, hr, fb, *units = [
            None if name is None else found.get(name) if name in found else getattr(self, name) for name in rows
        ]
        return Weights(ih, hh, b_ih, b_hh, hr, fb, tuple(units))  # type: ignore[arg-type]

    def forward(self, input: Any, hx: Any = None, *, reset: Any = None) -> Any:  # noqa: A002
        """Run the layer.

        Args:
            input: [T, B, I], [B, T, I] with batch_first, [T, I] unbatched, or a packed sequence.
            hx: initial states, each [layers * directions, B, H] ([layers * directions, H] unbatched): a tensor for a
                cell with one state, else a tuple in the cell's order, ``(h_0, c_0)`` for LSTM. Zeros if not given.
            reset: bool, shaped as the input without its last axis: true where a new sequence begins. No state crosses
                the border before that step, in either direction.

        Returns:
            The output, in the layout of the input, and the last states, in the form of ``hx``.

        Raises:
            ShapeError, DtypeError, RuntimeError, ValueError: as torch.nn's layers do, in the same words.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx, reset)
        if reset is None and quick.takes(self, input, hx):
            done = quick.run(self, input.transpose(0, 1) if self.batch_first else input, hx)
            if done is not None:
                return (done[0].transpose(0, 1) if self.batch_first else done[0]), self._tidy(done[1])
        if input.dim() not in (2, 3):
            what = "D tensor" if isinstance(self, torch.nn.RNN) else "D"
            raise ShapeError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.dim()}{what} instead")
        if self._leaves(input, reset):
            return super().forward(input, hx)
        batched = input.dim() == 3
        x = input if batched else input.unsqueeze(0 if self.batch_first else 1)
        states = self._begin_states(x, hx, batched)
        mask = None if reset is None else packed.dense_mask(reset, input, self.batch_first)
        if self.batch_first:
            x = x.transpose(0, 1)
        y, finals = self._layers(x, self._tuple(states), None, mask)
        if not batched:
            return y.squeeze(1), self._tidy([f.squeeze(1) for f in finals])
        return (y.transpose(0, 1) if self.batch_first else y), self._tidy(finals)

    def _forward_packed(self, input: PackedSequence, hx: Any, reset: Any) -> Any:  # noqa: A002
        x, sizes, order, back = input
        if self._leaves(x, reset):
            return super().forward(input, hx)
        if hx is None:
            self.check_input(x, sizes)
            hx = self._zeros(x, int(sizes[0]))
        else:
            hx = self.permute_hidden(self._tidy(self._tuple(hx)), order)
            self.check_forward_args(x, hx, sizes)
        mask = None if reset is None else packed.packed_mask(reset, input, self.batch_first)
        y, finals = self._layers(x, self._tuple(hx), sizes, mask, back)
        return PackedSequence(y, sizes, order, back), self.permute_hidden(self._tidy(finals), back)

    def stream(self, batch_size: int = 1) -> Stream:
        """Step through a sequence with the state carried along, for inference.

        ``step = layer.stream(batch_size=1); y_t = step(x_t); step.reset(); step.state``: x_t is [B, I], or [I].

        Raises:
            ShapeError: the layer is bidirectional.
        """
        return Stream(self, batch_size)

    def _leaves(self, x: Tensor, reset: Any) -> bool:
        """Whether the whole call, all layers at once, is for torch's own layer."""
        if not self.plain:
            return False
        tap, weights = taps.current(), self._weights(0, False)
        if fused.refusal(self.cell, x, weights, reset) is not None or (tap is not None and tap.watches(self)):
            return False
        if taps.edited(self):
            return False
        if dispatch.observed(x):
            return not dispatch.operable(x)
        return dispatch.refusal(self.cell, x, weights) is not None

    @property
    def _turns(self) -> tuple[bool, ...]:
        """For each direction, whether it goes from the last step to the first."""
        return (False, True) if self.bidirectional else (self.backwards,)

    def _begin_states(self, x: Tensor, hx: Any, batched: bool) -> Any:
        """``hx`` as [layers * directions, B, ...], zeros if None; refuses a wrong number of dimensions."""
        if hx is None:
            self.check_input(x, None)
            return self._zeros(x, x.shape[0 if self.batch_first else 1])
        states, wanted = self._tuple(hx), 3 if batched else 2
        if any(s.dim() != wanted for s in states):
            kind = "batched 3-D" if batched else "unbatched 2-D"
            which = "hx" if len(states) == 1 else "hx and cx"
            came = ", ".join(f"{s.dim()}-D" for s in states)
            came = f"{came} tensor" if len(states) == 1 else f"({came}) tensors"
            raise ShapeError(f"For {kind} input, {which} should also be {wanted}-D but got {came}")
        hx = self._tidy(states if batched else [s.unsqueeze(1) for s in states])
        self.check_forward_args(x, hx, None)
        return hx

    def _zeros(self, x: Tensor, B: Any) -> Any:
        n = self.num_layers * self._directions
        widths = (self._width, *(self.hidden_size for _ in self.cell.states[1:]))
        return self._tidy([x.new_zeros(n, B, width) for width in widths])

    def _tuple(self, hx: Any) -> tuple[Tensor, ...]:
        names = [f"{n}_0" for n in self.cell.states]
        if len(names) == 1:
            if not isinstance(hx, Tensor):
                raise StateError(f"hx: expected {names[0]}, a tensor, got {type(hx).__name__}")
            return (hx,)
        wanted = f"hx: expected ({', '.join(names)}), one tensor for each state, got "
        if isinstance(hx, Tensor):
            raise ShapeError(f"{wanted}one tensor {list(hx.shape)}")
        if not isinstance(hx, (tuple, list)):
            raise StateError(f"{wanted}{type(hx).__name__}")
        if len(hx) != len(names):
            raise ShapeError(f"{wanted}{len(hx)}")
        for name, state in zip(names, hx, strict=True):
            if not isinstance(state, Tensor):
                raise StateError(f"hx: {name} must be a tensor, got {type(state).__name__}")
        return tuple(hx)

    def _tidy(self, states: Sequence[Tensor]) -> Any:
        return states[0] if len(self.cell.states) == 1 else tuple(states)

    def _layers(
        self,
        x: Tensor,
        states: tuple[Tensor, ...],
        sizes: Tensor | None,
        reset: Tensor | None,
        unsorted: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Run all: x [T, B, I] or [rows, I] to y and the last states, [layers * directions, B, ...] each."""
        tap = taps.watching(self)
        edited = taps.edited(self)
        masks = (reset, packed.for_reverse(reset, sizes) if reset is not None and self._turns[-1] else None)
        finals: list[tuple[Tensor, ...]] = []
        for k in range(self.num_layers):
            outs = []
            for way, reverse in enumerate(self._turns):
                start = [s[len(finals)] for s in states]
                y, last = recurrence(
                    *(self.cell, x, start, self._weights(k, bool(way))),
                    lengths=sizes,
                    reset=masks[reverse],
                    reverse=reverse,
                    tap=tap,
                    place=Place(self, k, bool(way), unsorted) if tap is not None or edited else None,
                )
                outs.append(y)
                finals.append(last)
            x = outs[0] if len(outs) == 1 else torch.cat(outs, -1)
            if self.dropout and self.training and k + 1 < self.num_layers:
                x = torch.nn.functional.dropout(x, self.dropout, True)
        if len(finals) == 1:
            return x, [last.unsqueeze(0) for last in finals[0]]
        return x, [torch.stack(column) for column in zip(*finals, strict=True)]
