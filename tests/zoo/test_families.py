"""Every family: the net is its program, the program is what it says, the roles are what the definitions say."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import torch

import softgate as sg
from zoo.held import TOLERANCE, every_input, largest_error, spelled, weights_of


@pytest.mark.parametrize("name", sg.zoo.names())
def test_net_is_the_program_on_every_input(name: str) -> None:
    machine = sg.zoo.build(name)
    found = list(every_input(machine))
    assert [inputs for inputs, _ in found] == [len(machine.alphabet) ** n for n in range(1, 11)]
    assert max(error for _, error in found) < TOLERANCE


@pytest.mark.parametrize("shrunk", [1.0, 0.1, 0.0])
@pytest.mark.parametrize("name", ["anbn", "counter_bounded", "quote_escape", "timer", "decay_timer"])
def test_merging_beginnings_leaves_nothing_out(name: str, shrunk: float) -> None:
    """Also where gates are half open and every beginning leads elsewhere, or the net does not listen."""
    machine = sg.zoo.build(name)
    with torch.no_grad():
        machine.model.lstm.weight_ih_l0 *= shrunk
    assert list(every_input(machine, 7)) == list(every_input(machine, 7, merge=False))


@pytest.mark.parametrize("name", sg.zoo.names())
def test_net_is_the_program_on_samples_with_every_option(name: str) -> None:
    choices = sg.zoo.get(name).choices
    for values in itertools.islice(itertools.zip_longest(*choices.values()), 3):
        options = {key: value for key, value in zip(choices, values, strict=True) if value is not None}
        machine = sg.zoo.build(name, **options)
        assert largest_error(machine, machine.sample(150, 20, seed=1).numpy(), pieces=2) < TOLERANCE


@pytest.mark.parametrize("name", ["counter", "latch", "toggle", "timer", "quote_escape", "counter_bounded"])
def test_net_is_the_program_over_a_million_steps(name: str) -> None:
    machine = sg.zoo.build(name)
    assert largest_error(machine, machine.sample(1000, 1000, seed=2).numpy(), pieces=4) < TOLERANCE


def test_one_long_run_in_pieces() -> None:
    machine = sg.zoo.build("gated_counter")
    assert largest_error(machine, machine.sample(20_000, 2, seed=3).numpy(), pieces=8) < TOLERANCE


def test_a_wrong_weight_is_seen() -> None:
    for gate in range(4):
        machine = sg.zoo.build("gated_counter")
        with torch.no_grad():
            machine.model.lstm.weight_hh_l0[2 * gate : 2 * gate + 2] *= -1
            machine.model.lstm.weight_ih_l0[2 * gate : 2 * gate + 2] *= -1
            machine.model.lstm.bias_ih_l0[2 * gate : 2 * gate + 2] *= -1
        # o is open wherever nobody asks; shut, the gate of the counter cannot be read.
        assert max(error for _, error in every_input(machine, 7)) > 0.1


# The table of the definitions: i, f, g and o before their activations, at rest, A and B; K = 20.
K = 20.0
TABLE = {
    "counter": ([K, K, K], [K, K, K], [0, K, -K]),
    "latch": ([-K, K, K], [K, -K, -K], [0, K, -K]),
    "toggle": ([-K, K, K], [K, -K, -K], [0, 0, 3 * K]),
    "timer": ([K, -K, K], [K, -K, K], [np.arctanh(1 / 128)] * 3),
}


@pytest.mark.parametrize("name", TABLE)
def test_weights_are_those_of_the_table(name: str) -> None:
    weights = weights_of(sg.zoo.build(name))
    gates = weights["lstm.weight_ih_l0"] + weights["lstm.bias_ih_l0"][:, None] + weights["lstm.bias_hh_l0"][:, None]
    assert np.array_equal(gates, np.array([*TABLE[name], [K] * 3], np.float32))
    own = [[0], [0], [-2 * K if name == "toggle" else 0], [0]]
    assert np.array_equal(weights["lstm.weight_hh_l0"], np.array(own, np.float32))


@pytest.mark.parametrize("name", TABLE)
def test_torch_computes_the_same_in_float64(name: str) -> None:
    machine = sg.zoo.build(name)
    judge = torch.nn.LSTM(3, 1).double()
    judge.load_state_dict(
        {
            key.removeprefix("lstm."): torch.from_numpy(v).double()
            for key, v in weights_of(machine).items()
            if "lstm" in key
        }
    )
    ids = machine.sample(4000, 1, seed=0)
    _, (_, c) = judge(torch.eye(3).double()[ids])
    expected = machine.expected(ids)[:, 0, 0]
    lost = 4000 * 2.1e-9 * (np.abs(expected).max() + 1)  # sigmoid(20) is 1 - 2.06e-9, and float64 sees it
    assert abs(c.item() - expected[-1]) < lost + 4000 * 1e-10  # and g is a float32


# Programs against plain Python


def after_each(name: str, variable: str, letters: str, length: int, **options: object) -> list[tuple[str, int]]:
    """Every word of that length over the letters, with the value of a variable after it."""
    machine = sg.zoo.build(name, **options)
    words = ["".join(word) for word in itertools.product(letters, repeat=length)]
    return list(zip(words, machine.trace(spelled(machine, words))[variable][-1].tolist(), strict=True))


def test_strings_with_escapes() -> None:
    for word, inside in after_each("quote_escape", "inside", 'x"\\', 8):
        left = re.sub(r'"(?:[^"\\]|\\.)*"|\\.', "", word)  # whole strings; what begins one and does not end it is left
        assert (inside > 0) == ('"' in left), word


def test_comments_and_strings() -> None:
    for word, string in after_each("comment", "string", 'x"#\n', 6):
        left = re.sub(r'"[^"]*"|#[^\n]*', "", word)
        assert (string > 0) == ('"' in left), word


def test_remainders_of_binary_numbers() -> None:
    assert all(rest == int(word, 2) % 5 for word, rest in after_each("divisible", "remainder", "01", 10, by=5))


def test_patterns() -> None:
    found = after_each("pattern", "matched", "AB", 9, pattern="ABA")
    assert all((matched == 3) == word.endswith("ABA") for word, matched in found)


def test_stacks_of_brackets() -> None:
    for word, stack in after_each("dyck2", "stack", "()[]", 6):
        left = word
        while (shorter := re.sub(r"\(\)|\[\]", "", left)) != left:
            left = shorter
        deepest = max(sum(word[:k].count(b) for b in "([") - sum(word[:k].count(b) for b in ")]") for k in range(7))
        wrong = re.search(r"[)\]]", left) or deepest > 2
        assert (stack == 7) == bool(wrong), word


def test_words_of_a_then_b() -> None:
    machine = sg.zoo.build("anbn")
    words = ["".join(word) for word in itertools.product("ab", repeat=8)]
    values = machine.trace(spelled(machine, words))
    accepted = (values["due"][-1] == 0) & (values["a_after_b"][-1] < 0) & (values["b_too_many"][-1] < 0)
    assert [word for word, yes in zip(words, accepted, strict=True) if yes] == ["aaaabbbb"]


def test_words_of_a_then_b_then_c() -> None:
    machine = sg.zoo.build("anbncn")
    words = ["".join(word) for word in itertools.product("abc", repeat=6)]
    values = machine.trace(spelled(machine, words))
    accepted = np.all([values[n][-1] == 0 for n in ("b_due", "c_due")], axis=0)
    accepted &= np.all([values[n][-1] < 0 for n in ("late_a", "late_b")], axis=0)
    assert [word for word, yes in zip(words, accepted, strict=True) if yes == 1] == ["aabbcc"]


def test_columns_and_indents() -> None:
    for word, column in after_each("column", "column", "x \n", 7):
        assert column == len(word) - 1 - word.rfind("\n"), word
    for word, indent in after_each("indent", "indent", "x \n", 7):
        line = word.rpartition("\n")[2]
        assert indent == len(line) - len(line.lstrip(" ")), word


def test_bits_count() -> None:
    machine = sg.zoo.build("binary_counter", bits=4)
    ids = machine.sample(60, 5)
    values = machine.trace(ids)
    number = sum((values[f"bit{k}"] > 0) * 2**k for k in range(4))
    assert np.array_equal(number, np.cumsum(ids.numpy(), axis=0) % 16)


# Roles, from what cells do at each symbol and nothing else


def behaviour(before: np.ndarray, after: np.ndarray) -> set[str]:
    """All simple rules that explain the cell states after a symbol by those before it."""
    found = {
        "hold": np.allclose(after, before),
        "flip": np.allclose(after, -before) and np.ptp(before) > 0,
        "add": np.ptp(after - before) < 1e-9 and abs((after - before).flat[0]) > 1e-9,
        "is": np.ptp(after) < 1e-9,
        "decay": len(np.unique(before)) > 2 and np.ptp(after[before != 0] / before[before != 0]) < 1e-9,
    }
    return {name for name, holds in found.items() if holds}


def fits(role: str, rules: list[set[str]]) -> bool:
    """Whether rules, one set for each symbol, are those of a role."""
    allowed = {
        "latch": {"hold", "is"},
        "toggle": {"hold", "flip", "is"},
        "counter": {"hold", "add", "is"},
        "integrator": {"hold", "add", "is"},
        "timer": {"add", "is", "decay"},
        "sensor": {"is"},
        "constant": {"hold"},
        "dead": {"hold"},
    }[role]
    needed = {"toggle": "flip", "counter": "add", "integrator": "add"}.get(role)
    return all(found & allowed for found in rules) and (needed is None or any(needed in found for found in rules))


def check_roles(machine: sg.zoo.Machine) -> None:
    ids = machine.sample(200, 60, seed=4)
    cells, symbols = machine.expected(ids), ids.numpy()[1:]
    for j, unit in enumerate(machine.units):
        before, after = cells[:-1, :, j], cells[1:, :, j]
        rules = [behaviour(before[symbols == s], after[symbols == s]) for s in range(len(machine.alphabet))]
        if not unit.exact:
            continue
        if unit.role == "mixed":
            assert not all(rules), (machine, unit, rules)
        else:
            assert fits(unit.role, rules), (machine, unit, rules)


@pytest.mark.parametrize("name", sg.zoo.names())
def test_roles_are_those_of_the_signatures(name: str) -> None:
    check_roles(sg.zoo.build(name))


def test_roles_in_disguise_are_those_of_the_signatures() -> None:
    for machine in sg.zoo.generate(len(sg.zoo.names()), seed=11):
        check_roles(machine)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (np.zeros(3, int), "ids: expected whole numbers \\[T, B\\], got int64 \\[3\\]"),
        (np.zeros((3, 2)), "ids: expected whole numbers \\[T, B\\], got float64 \\[3, 2\\]"),
        (np.full((3, 2), 3), "ids: expected numbers of the 3 symbols, from 0 to 2, got 3 to 3"),
        (np.full((3, 2), -1), "got -1 to -1"),
    ],
)
def test_ids_that_are_no_symbols(ids: np.ndarray, message: str) -> None:
    for ask in (sg.zoo.build("latch").trace, sg.zoo.build("latch").expected):
        with pytest.raises(sg.ShapeError, match=message):
            ask(ids)


def test_no_steps_and_no_sequences() -> None:
    machine = sg.zoo.build("gated_counter")
    for shape in ((0, 3), (4, 0)):
        assert machine.expected(np.zeros(shape, int)).shape == (*shape, 2)
        assert machine.trace(np.zeros(shape, int))["count"].shape == shape
        assert machine.model(torch.zeros(shape, dtype=torch.int64))[0].shape == (*shape, 2)


def test_there_are_families_of_every_role() -> None:
    roles = {unit.role for name in sg.zoo.names() for unit in sg.zoo.build(name).units}
    assert roles == {"latch", "toggle", "counter", "timer", "integrator", "sensor", "constant", "dead", "mixed"}
    assert len(sg.zoo.names()) >= 25


@pytest.mark.parametrize("name", sg.zoo.names())
def test_output_tells_what_it_shows(name: str) -> None:
    machine = sg.zoo.build(name, hidden_size=len(sg.zoo.build(name).units) + 2)
    ids = machine.sample(40, 30, seed=5)
    trace = machine.trace(ids)
    with torch.no_grad():
        told = machine.readout(machine.model(ids)[0])
    assert set(told) == set(machine.program.shown)
    cells = machine.expected(ids)
    for variable, values in told.items():
        own = [j for j, unit in enumerate(machine.units) if unit.variable == variable]
        clear = np.abs(cells[..., own]).max(-1) < 5  # beyond, tanh lets too little through
        assert np.array_equal(values[clear], trace[variable][clear]), variable
        assert clear.mean() > 0.2
