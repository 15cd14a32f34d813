"""Bad input: torch's words, as torch's kind of error; and what torch does not know."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

import softgate as sg
from layers.twins import KINDS, twins

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def complaint(make: Any, *arguments: Any, **options: Any) -> Exception:
    with pytest.raises((ValueError, TypeError, RuntimeError)) as found:
        make(*arguments, **options)
    return found.value


CONSTRUCTORS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((3, 0), {}),
    ((0, 3), {}),
    ((3, 4, 0), {}),
    ((3.5, 4), {}),
    ((3, 4.5), {}),
    ((3, 4), {"bias": 0}),
    ((3, 4), {"batch_first": "yes"}),
    ((3, 4), {"dropout": 1.5}),
    ((3, 4), {"dropout": True}),
    ((3, 4), {"dropout": -0.1}),
]


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(("sizes", "options"), CONSTRUCTORS)
def test_constructor(kind: str, sizes: Any, options: dict[str, Any]) -> None:
    mine, theirs = {"lstm": sg.LSTM, "gru": sg.GRU, "rnn": sg.RNN}[kind], {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    wanted = complaint(theirs.get(kind, torch.nn.RNN), *sizes, **options)
    for make in (mine, partial(sg.Recurrent, "cifg")):
        got = complaint(make, *sizes, **options)
        assert isinstance(got, type(wanted))
        assert str(got) == str(wanted)


@pytest.mark.parametrize("size", [-1, 4, 5])
def test_projection_sizes(size: int) -> None:
    with pytest.raises(ValueError, match="proj_size") as wanted:
        torch.nn.LSTM(3, 4, proj_size=size)
    with pytest.raises(ValueError, match="proj_size") as got:
        sg.LSTM(3, 4, proj_size=size)
    assert str(got.value) == str(wanted.value)


@pytest.mark.parametrize("make", [sg.GRU, sg.RNN])
def test_projection_of_others(make: Any) -> None:
    with pytest.raises(ValueError, match="proj_size argument is only supported for LSTM, not RNN or GRU"):
        make(3, 4, proj_size=2)


def test_unknown_nonlinearity() -> None:
    with pytest.raises(ValueError, match=r"Unknown nonlinearity 'selu'. Select from 'tanh' or 'relu'"):
        sg.RNN(3, 4, nonlinearity="selu")


def test_dropout_on_one_layer_warns() -> None:
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        sg.LSTM(3, 4, dropout=0.5)


def sizes(layer: Any, n: int, B: int, H: int) -> Any:
    h, c = torch.zeros(n, B, layer.proj_size or H), torch.zeros(n, B, H)
    return (h, c) if isinstance(layer, torch.nn.LSTM) else h


CALLS: dict[str, Any] = {
    "4-D input": lambda m: (torch.zeros(2, 3, 4, 5), None),
    "1-D input": lambda m: (torch.zeros(5), None),
    "another input size": lambda m: (torch.zeros(4, 2, 6), None),
    "another dtype": lambda m: (torch.zeros(4, 2, 5, dtype=torch.float64), None),
    "integers": lambda m: (torch.zeros(4, 2, 5, dtype=torch.long), None),
    "2-D state of a batch": lambda m: (torch.zeros(4, 2, 5), unbatched(sizes(m, 2, 2, 7))),
    "3-D state of no batch": lambda m: (torch.zeros(4, 5), sizes(m, 2, 1, 7)),
    "batch of the state": lambda m: (torch.zeros(4, 2, 5), sizes(m, 2, 3, 7)),
    "layers of the state": lambda m: (torch.zeros(4, 2, 5), sizes(m, 1, 2, 7)),
    "width of the state": lambda m: (torch.zeros(4, 2, 5), sizes(m, 2, 2, 8)),
    "packed, another input size": lambda m: (pack_sequence([torch.zeros(3, 6), torch.zeros(2, 6)]), None),
    "packed, batch of the state": lambda m: (pack_sequence([torch.zeros(3, 5), torch.zeros(2, 5)]), sizes(m, 2, 3, 7)),
}


def unbatched(hx: Any) -> Any:
    return tuple(s[:, 0] for s in hx) if isinstance(hx, tuple) else hx[:, 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_call(kind: str, call: str, batch_first: bool) -> None:
    mine, theirs = twins(kind, 5, 7, num_layers=2, batch_first=batch_first)
    wanted, got = (complaint(layer, *CALLS[call](layer)) for layer in (theirs, mine))
    assert isinstance(got, type(wanted))
    if call.startswith("packed") and kind.startswith("lstm"):
        # Here torch's LSTM does not look, and a product inside complains of its own sizes.
        assert ("Expected" in str(got)) > ("Expected" in str(wanted))
    else:
        assert str(got) == str(wanted)


def test_states_of_another_cell() -> None:
    layer = sg.Recurrent("slstm", 3, 4)
    x, h = torch.zeros(5, 2, 3), torch.zeros(1, 2, 4)
    with pytest.raises(sg.ShapeError, match=r"hx: expected \(h_0, c_0, n_0, m_0\), one tensor for each state, got 2"):
        layer(x, (h, h))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[3\] size \(1, 2, 4\), got \[1, 2, 5\]"):
        layer(x, (h, h, h, torch.zeros(1, 2, 5)))


def test_a_state_of_another_dtype() -> None:
    layer = sg.LSTM(3, 4)
    h = torch.zeros(1, 2, 4, dtype=torch.float64)
    for made in (layer, sg.Recurrent("peephole", 3, 4)):
        with pytest.raises(sg.DtypeError, match=r"h_0: expected torch.float32, as the input, got torch.float64"):
            made(torch.zeros(5, 2, 3), (h, h))


def test_a_bias_of_another_dtype() -> None:
    layer = sg.LSTM(3, 4)
    layer.bias_hh_l0 = torch.nn.Parameter(layer.bias_hh_l0.double())
    with pytest.raises(sg.DtypeError, match=r"bias_hh_l0: expected torch.float32, as the input, got torch.float64"):
        layer(torch.zeros(5, 2, 3))


def test_cells_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"GRU: cell lstm has the states \(h, c\), .* sg.Recurrent\(lstm, input_size"):
        sg.GRU(6, 8, cell=sg.cells.lstm())
    with pytest.raises(ValueError, match=r"LSTM: cell gru has the states \(h\)"):
        sg.LSTM(6, 8, cell="gru")
    with pytest.raises(ValueError, match="nonlinearity='relu' would mean nothing"):
        sg.RNN(6, 8, nonlinearity="relu", cell=sg.cells.gru())
    with pytest.raises(TypeError, match=r"call it: sg.cells.lstm\(\); write sg.Recurrent\(sg.cells.lstm\(\), 3, 4\)"):
        sg.Recurrent(sg.cells.lstm, 3, 4)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"write sg.LSTM\(..., cell=sg.cells.lstm\(\)\)"):
        sg.LSTM(3, 4, cell=True)  # type: ignore[arg-type]
    assert sg.LSTM(3, 4, cell="peephole").cell is sg.cells.peephole()


def test_no_cell() -> None:
    with pytest.raises(sg.DtypeError, match=r"write sg.Recurrent\(sg.cells.lstm\(\), 4"):
        sg.Recurrent(3, 4, 5)  # type: ignore[arg-type]
    with pytest.raises(sg.UnknownNameError, match="unknown cell 'lstn'; did you mean 'lstm'"):
        sg.Recurrent("lstn", 3, 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", ["ab", 3, "list", "tuple", (None, None)])
def test_initial_states_of_another_kind(kind: str, given: Any) -> None:
    """torch says so by whatever Python stumbles over; the kind of error is the same, or a TypeError."""
    for x in (torch.zeros(4, 2, 5), pack_sequence([torch.zeros(3, 5), torch.zeros(2, 5)])):
        mine, theirs = twins(kind, 5, 7)
        one = torch.zeros(1, 2, 7)
        hx = {"list": [one], "tuple": (one,)}.get(given, given) if isinstance(given, str) else given
        with pytest.raises((AttributeError, TypeError, RuntimeError, IndexError)):
            theirs(x, hx)
        with pytest.raises(sg.SoftgateError, match=r"^hx: .*h_0.*got (str|int|list|tuple|NoneType|1)$") as found:
            mine(x, hx)
        assert isinstance(found.value, (AttributeError, sg.ShapeError))


def test_one_tensor_is_not_two_states() -> None:
    with pytest.raises(sg.ShapeError, match=r"hx: expected \(h_0, c_0\), one .* got one tensor \[2, 1, 2, 7\]"):
        sg.LSTM(5, 7)(torch.zeros(4, 2, 5), torch.zeros(2, 1, 2, 7))


def test_a_list_of_states_is_as_good_as_a_tuple() -> None:
    mine, theirs = twins("lstm", 5, 7)
    x, states = torch.randn(4, 2, 5), [torch.randn(1, 2, 7), torch.randn(1, 2, 7)]
    torch.testing.assert_close(mine(x, states), theirs(x, states))


def test_a_mask_elsewhere() -> None:
    layer, x = sg.LSTM(3, 4), torch.zeros(5, 2, 3)
    mask = torch.zeros(5, 2, dtype=torch.bool)
    for given in (x, torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 3]))):
        with pytest.raises(
            sg.DtypeError, match=r"reset: expected a mask on cpu, as the input, got meta; write mask\.to"
        ):
            layer(given, reset=mask.to("meta"))
        with pytest.raises(sg.DtypeError, match=r"reset: expected a dense mask, got torch\.sparse_coo"):
            layer(given, reset=mask.to_sparse())
