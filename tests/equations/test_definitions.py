"""The `@cell` decorator: what it makes of a right definition, and which line it points at in a wrong one."""

from __future__ import annotations

import copy
import inspect

import pytest
import torch

import softgate as sg
from equations import wrong
from equations.judges import through_a_process
from softgate.symbols import sym

WRONG = [f for _, f in inspect.getmembers(wrong, inspect.isfunction) if f.__module__ == wrong.__name__]


@pytest.mark.parametrize("define", WRONG, ids=lambda f: f.__name__)
def test_a_wrong_definition_points_at_the_line_to_change(define) -> None:
    with pytest.raises(sg.CellDefinitionError) as caught:
        define()
    error = caught.value
    assert define.__doc__ in str(error)
    assert str(error).startswith("cell cell: ")
    assert error.file == wrong.__file__
    lines, first = inspect.getsourcelines(define)
    marked = [first + k for k, line in enumerate(lines) if "# HERE" in line]
    assert [error.line] == marked, f"points at line {error.line}: {error.source}"
    assert "# HERE" in error.source
    assert f"line {error.line}" in str(error)


def test_every_kind_of_wrong_is_there() -> None:
    assert len(WRONG) >= 35


def test_a_definition_without_a_file() -> None:
    """Typed in at a prompt: there is no source to show, and the message is still right."""
    scope: dict[str, object] = {"sg": sg}
    text = "@sg.cell(gates='a o')\ndef typed(z, prev):\n    return dict(h=z.a)\n"
    with pytest.raises(sg.CellDefinitionError, match=r"gate 'o' is declared but nobody uses z\.o"):
        exec(compile(text, "<prompt>", "exec"), scope)


@pytest.mark.parametrize("come", ["i f g o", print, sg.cells.lstm()])
def test_a_definition_is_a_function(come) -> None:
    with pytest.raises(sg.CellDefinitionError, match=r"the definition is a function, below @sg\.cell\(gates=.*; got"):
        sg.cell(come)


def called_x(z, prev):
    return {"h": sg.tanh(z.x)}


def called_h(z, prev):
    return {"h": sg.sigmoid(z.i) * sg.tanh(z.h)}


def in_parts(z, prev):
    c = prev.c * sg.sigmoid(z.x.h + z.x.x) + sg.tanh(z.h.x)
    return {"c": c, "h": c * sg.tanh(z.h.h)}


@pytest.mark.parametrize(
    ("define", "gates", "state"), [(called_x, "x", "h"), (called_h, "i h", "h"), (in_parts, "h x", "h c")]
)
def test_gates_called_as_the_parts_of_a_gate(define, gates, state) -> None:
    made = sg.cell(define, gates=gates, state=state)
    sg.testing.check(made)
    layer = sg.Recurrent(made, 3, 4)
    assert sg.explain_path(layer, torch.zeros(5, 2, 3)).fast
    assert layer.weight_ih_l0.shape == (4 * len(gates.split()), 3)


def test_a_gate_called_x_is_torchs_plain_network() -> None:
    mine, theirs = sg.Recurrent(sg.cell(called_x, gates="x"), 3, 4), torch.nn.RNN(3, 4)
    theirs.load_state_dict(mine.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(mine(x), theirs(x))
    with pytest.raises(sg.CellDefinitionError, match=r"gate 'h' is declared but nobody uses z\.h"):
        sg.cell(called_x, gates="x h")


def test_the_example_of_the_documentation() -> None:
    @sg.cell(gates="i f g o", state="h c")
    def lstm(z, prev):
        i, f, o = sg.sigmoid(z.i), sg.sigmoid(z.f), sg.sigmoid(z.o)
        g = sg.tanh(z.g)
        c = f * prev.c + i * g
        return dict(i=i, f=f, g=g, o=o, c=c, h=o * sg.tanh(c))  # noqa: C408

    library = sg.cells.lstm()
    assert lstm.key == library.key
    assert lstm.name == "lstm"
    assert lstm.gates == ("i", "f", "g", "o")
    assert lstm.states == ("h", "c")
    assert repr(lstm) == "<cell lstm: gates i f g o, state h c>"


def test_peepholes_by_hand_are_those_of_the_library() -> None:
    @sg.cell(gates="i f g o", state="h c", weights="p_i p_f p_o")
    def peeping(z, prev, w):
        i = sg.sigmoid(z.i + w.p_i * prev.c)
        f = sg.sigmoid(z.f + w.p_f * prev.c)
        g = sg.tanh(z.g)
        c = f * prev.c + i * g
        o = sg.sigmoid(z.o + w.p_o * c)
        return {"i": i, "f": f, "g": g, "c": c, "o": o, "h": o * sg.tanh(c)}

    assert peeping.key == sg.cells.peephole().key


def test_without_arguments_to_spare() -> None:
    plain = sg.cell(lambda z, prev: {"h": sg.tanh(z.a)}, gates="a")
    assert plain.key == sg.cells.rnn().key


def test_slots_say_which_matrix_products_a_step_has() -> None:
    gru = sg.cells.gru()
    assert [s.symbol for s in gru.slots] == ["z.n.x", "z.r", "z.z", "z.n.h"]
    assert gru.x_gates == gru.h_gates == ("r", "z", "n")
    free = sg.cells.mingru()
    assert free.x_gates == ("z", "n")
    assert free.h_gates == ()


def test_a_gate_used_whole_and_in_parts_is_split() -> None:
    mixed = sg.cell(lambda z, prev: {"h": sg.tanh(z.a) * sg.sigmoid(z.a.x)}, gates="a")
    assert [s.symbol for s in mixed.slots] == ["z.a.x", "z.a.h"]
    assert mixed.step_signals["h"] is sg.tanh(sym("z.a.x") + sym("z.a.h")) * sg.sigmoid(sym("z.a.x"))


def test_equations_are_shown_as_they_were_written() -> None:
    assert sg.cells.gru().text.splitlines() == [
        "gates r z n; state h",
        "r = sigmoid(z.r)",
        "z = sigmoid(z.z)",
        "n = tanh(z.n.x + r * z.n.h)",
        "h = (1 - z) * n + z * prev.h",
    ]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, through_a_process])
@pytest.mark.parametrize("name", sg.cells.names())
def test_a_cell_survives_copying(name: str, copied) -> None:
    cell = sg.cells.get(name)
    again = copied(cell)
    assert again.key == cell.key
    assert again.text == cell.text
    assert (again.name, again.source, again.note, again.options) == (cell.name, cell.source, cell.note, cell.options)


def test_the_key_is_of_the_equations() -> None:
    a, b = sg.cells.lstm(), sg.cells.np()
    assert a.key == b.key, "the same equations under two names"
    keys = {sg.cells.get(n).key for n in sg.cells.names()}
    assert len(keys) == len(sg.cells.names()) - 3, "lstm = np, peephole = vanilla, rnn = rnn_tanh; the others differ"
