"""How a layer is made: torch.nn's constructor for torch's cells, the same for any other, and torch's checks.

The first half of :class:`softgate.layers.base.Layer`. It is mixed into torch.nn's class, which gives parameters,
initial values, state dicts, representation and checks.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from softgate import cells, dispatch
from softgate.equations import Cell
from softgate.errors import CellDefinitionError, DtypeError
from softgate.layers.parameters import ForgetBias, check_forget_bias, set_forget_bias, shapes, slots, suffix
from softgate.spelling import spell


def as_cell(cell: Any, call: str) -> Cell:
    """A cell, or the one of that name.

    Args:
        cell: what came as the argument.
        call: how the layer is called, for the message: ``"sg.Recurrent({}, ...)"``.

    Raises:
        DtypeError: it is neither; UnknownNameError: the library has no such cell.
    """
    if isinstance(cell, str):
        return cells.get(cell)
    if isinstance(cell, Cell):
        return cell
    name = getattr(cell, "__name__", None)
    if callable(cell) and name in cells.names():
        right = call.format(f"sg.cells.{name}()")
        raise DtypeError(f"sg.cells.{name} makes cells, call it: sg.cells.{name}(); write {right}")
    right = call.format("sg.cells.lstm()")
    raise DtypeError(f"a cell or the name of one was expected, got {type(cell).__name__}: {cell!r}; write {right}")


def in_place_of(cell: Any, standard: Cell, kind: str) -> Cell:
    """The cell for a layer of torch.nn's whose own is ``standard``; None is that one.

    Raises:
        CellDefinitionError: its number of states is another, so ``hx`` would not be what this layer's is.
    """
    if cell is None:
        return standard
    found = as_cell(cell, f"sg.{kind}(..., cell={{}})")
    if len(found.states) != len(standard.states):
        ours, theirs = ", ".join(standard.states), ", ".join(found.states)
        raise CellDefinitionError(
            f"{kind}: cell {found.name} has the states ({theirs}), and a layer called {kind} carries ({ours}); "
            f"for any cell there is sg.Recurrent({found.name}, input_size, hidden_size)"
        )
    return found


class Constructed(torch.nn.RNNBase):
    """A layer that is not called yet."""

    cell: Cell
    plain: bool
    softgate_kind: type[torch.nn.RNNBase] | None = None
    """The class of torch.nn that this one stands for."""
    _slots: list[tuple[str | None, ...]]
    forget_bias: ForgetBias

    def _begin(self, cell: Cell, standard: Cell | None, forget_bias: ForgetBias = None) -> None:
        self.cell = cell
        self.plain = standard is not None and cell.key == standard.key
        self.forget_bias = forget_bias
        spell(cell)  # here, because a compiler that traces a call could not

    def _adopt(self, cell: Cell) -> None:
        """Makes one of torch.nn's own layers, whose class was changed to this one, complete."""
        self._begin(cell, cell)
        self._slots = slots(cell, self._all_weights)

    def _construct(self, kind: Any, options: tuple[Any, ...], device: Any, dtype: Any, **others: Any) -> None:
        """Torch's constructor, with its checks; for a cell that torch does not have, then the cell's parameters."""
        dispatch.backend()  # loaded here, so that the first call does not pay for it
        if self.plain:
            kind.__init__(self, *options, device=device, dtype=dtype, **others)
            self._slots = slots(self.cell, self._all_weights)
            return
        if kind is torch.nn.RNNBase:
            options = ("LSTM", *options)
        kind.__init__(self, *options, device="meta", dtype=dtype, **others)
        self.mode = self.cell.name
        self._parameters.clear()
        self._flat_weights_names, self._all_weights = [], []
        for k in range(self.num_layers):
            for reverse in (False, True)[: self._directions]:
                width = self._width * self._directions if k else self.input_size
                found = shapes(self.cell, width, self.hidden_size, self.bias, self.proj_size)
                names = [name + suffix(k, reverse) for name in found]
                for name, shape in zip(names, found.values(), strict=True):
                    values = torch.empty(shape, device=device, dtype=dtype)
                    self.register_parameter(name, torch.nn.Parameter(values))
                self._flat_weights_names += names
                self._all_weights.append(names)
        self._slots = slots(self.cell, self._all_weights)
        self._init_flat_weights()
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _width(self) -> int:
        """The size of an output, in one direction."""
        return self.proj_size or self.hidden_size

    def reset_parameters(self) -> None:
        """Draws new initial values: uniform, as torch does; then the forget bias, if one was asked for."""
        if not self.plain and self.mode != self.cell.name:
            return  # torch's constructor, before the cell's own parameters are there
        check_forget_bias(self.forget_bias, self.cell, self.bias)
        super().reset_parameters()
        if self.forget_bias is not None:
            for names in self._all_weights:
                parts = {n.rpartition("_l")[0]: getattr(self, n) for n in names}
                set_forget_bias(self.forget_bias, self.cell, parts.get("bias_ih"), parts.get("bias_hh"))

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        spell(self.cell)

    def __prepare_scriptable__(self) -> Any:
        """What ``torch.jit.script`` compiles in this layer's place: torch's own, with the same parameters.

        torch leaves it standing in the scripted model's original too; ``sg.open`` opens that again.
        """
        if not self.plain or self.softgate_kind is None:
            return self
        twin = self.softgate_kind.__new__(self.softgate_kind)
        ours = ("cell", "plain", "forget_bias", "_slots")
        twin.__dict__.update({name: value for name, value in self.__dict__.items() if name not in ours})
        return twin

    # Checks and permutations, in torch's words, for any number of states.

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:  # noqa: A002
        """Raises what torch.nn raises where the sizes of the input or of an initial state are wrong."""
        self.check_input(input, batch_sizes)
        for n, state in enumerate((hidden,) if isinstance(hidden, Tensor) else hidden):
            if state.dtype != input.dtype and not torch.is_autocast_enabled(input.device.type):
                name = f"{self.cell.states[n]}_0" if n < len(self.cell.states) else f"hx[{n}]"
                raise DtypeError(f"{name}: expected {input.dtype}, as the input, got {state.dtype}; {name}.to(x.dtype)")
        size = self.get_expected_hidden_size(input, batch_sizes)
        if len(self.cell.states) == 1:
            self.check_hidden_size(hidden, size)
            return
        for n, state in enumerate(hidden):
            expected = size if n == 0 else (*size[:2], self.hidden_size)
            self.check_hidden_size(state, expected, f"Expected hidden[{n}] size {{}}, got {{}}")

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:  # noqa: A002
        """Raises what torch.nn raises; and where the parameters do not agree on a dtype, says which one is alone."""
        super().check_input(input, batch_sizes)
        kind = input.device.type
        if torch.compiler.is_compiling() or kind == "meta" or torch.is_autocast_enabled(kind):
            return
        for name in self._flat_weights_names:
            p = self._parameters.get(name)
            if p is not None and p.dtype != input.dtype and p.is_floating_point():
                raise DtypeError(f"{name}: expected {input.dtype}, as the input, got {p.dtype}; layer.to(x.dtype)")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """States [layers, B, ...] with their batch in another order."""
        if permutation is None:
            return hx
        if len(self.cell.states) == 1:
            return hx.index_select(1, permutation)
        return tuple(s.index_select(1, permutation) for s in hx)

    def flatten_parameters(self) -> None:
        """For cuDNN, which knows torch's cells only; does nothing for others."""
        if self.plain:
            super().flatten_parameters()

    def extra_repr(self) -> str:
        """As torch's, with the cell in front where it is another one."""
        return super().extra_repr() if self.plain else f"{self.cell.name}, {super().extra_repr()}"
