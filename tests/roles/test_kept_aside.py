"""Ten machines typed as numbers, from the table of definitions alone: no compiler, no program, no names of roles in it.

The gates i, f, g and o, of each a line for each unit: what every symbol adds, one-hot. In `own` is what every unit's h
adds, by number of the line as torch has them. Biases are zero, nets begin at zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch

import softgate as sg


@dataclass(frozen=True)
class Typed:
    """A net, how often its symbols come, and what each unit is: its role, and what events do."""

    symbols: str
    gates: list[list[list[float]]]
    units: list[tuple[str, str]]
    own: dict[int, list[float]] = field(default_factory=dict)
    often: tuple[float, ...] | None = None

    def layer(self) -> torch.nn.Module:
        H = len(self.units)
        layer = torch.nn.LSTM(len(self.symbols), H)
        with torch.no_grad():
            for p in layer.parameters():
                p.zero_()
            layer.weight_ih_l0.copy_(torch.tensor(self.gates).flatten(0, 1))
            for line, weights in self.own.items():
                layer.weight_hh_l0[line] = torch.tensor(weights)
        return sg.open(layer)

    def data(self, seed: int) -> torch.Tensor:
        weights = torch.tensor(self.often or (1,) * len(self.symbols)).float()
        generator = torch.Generator().manual_seed(seed)
        ids = torch.multinomial(weights, 240 * 20, True, generator=generator).view(240, 20)
        return torch.nn.functional.one_hot(ids, len(self.symbols)).float()


MACHINES = {
    "counts A up and B down": Typed(
        "-AB",
        [[[20, 20, 20]], [[20, 20, 20]], [[0, 20, -20]], [[20, 20, 20]]],
        [("counter", "A +1, B -1")],
        often=(2, 1, 1),
    ),
    "keeps which of A and B came last": Typed(
        "-AB",
        [[[-20, 20, 20]], [[20, -20, -20]], [[0, 20, -20]], [[20, 20, 20]]],
        [("latch", "A set +1, B set -1")],
    ),
    "is turned by A and set by B": Typed(
        "-AB",
        [[[-20, 20, 20]], [[20, -20, -20]], [[0, 0, 60]], [[20, 20, 20]]],
        [("toggle", "A flip, B set +1")],
        own={2: [-40]},
    ),
    "says how long ago A came": Typed(
        "-AB",
        [[[20, -20, 20]], [[20, -20, 20]], [[0.00781266, 0.00781266, 0.00781266]], [[20, 20, 20]]],
        [("timer", "A reset")],
        often=(8, 1, 4),
    ),
    "a count in halves, downwards, and a decay of 15/16 since R": Typed(
        "xyR",
        [
            [[20, 20, 20], [20, -20, 20]],
            [[20, 20, 20], [2.7080502, 2.7080502, -20]],
            [[-0.5493061, 0, 0.5493061], [0, 0, 20]],
            [[20, 20, 20], [0, 0, 0]],
        ],
        [("counter", "x -1, R +1"), ("timer", "R reset")],
        often=(3, 3, 1),
    ),
    "two leaking latches of four symbols, one of them upside down and of half the size": Typed(
        "abcd.",
        [
            [[9, 9, -9, -9, -9], [-9, -9, 20, 20, -20]],
            [[-9, -9, 9, 9, 9], [20, 20, -20, -20, 20]],
            [[20, -20, 0, 0, 0], [0, 0, -0.5493061, 0.5493061, 0]],
            [[3, 3, 3, 3, 3], [-1, -1, -1, -1, -1]],
        ],
        [("latch", "a set +1, b set -1"), ("latch", "c set -0.5, d set +0.5")],
    ),
    "adds up inputs of three sizes, beside what is there now and what was there before": Typed(
        "pqr0",
        [
            [[20, 20, 20, 20], [20, 20, 20, 20], [20, 20, 20, 20]],
            [[20, 20, 20, 20], [-20, -20, -20, -20], [-20, -20, -20, -20]],
            [[0.1003353, 0.2027326, -0.3095196, 0], [20, -20, 0, 0.2554128], [0, 0, 0, 0]],
            [[20, 20, 20, 20], [20, 20, 20, 20], [20, 20, 20, 20]],
        ],
        [
            ("integrator", "p +0.1, q +0.2, r -0.3"),
            ("sensor", "p set +1, q set -1, r set 0, 0 set +0.25"),
            ("mixed", ""),
        ],
        own={8: [0, 30, 0]},
    ),
    "counts A while a latch is open, beside what never moves and what does nothing": Typed(
        "OSA-",
        [
            [[20, 20, -20, -20], [-80, -80, 0, -80], [20, 20, 20, 20], [0, 0, 0, 0]],
            [[-20, -20, 20, 20], [20, 20, 20, 20], [0, 0, 0, 0], [0, 0, 0, 0]],
            [[20, -20, 0, 0], [20, 20, 20, 20], [0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]],
            [[20, 20, 20, 20], [20, 20, 20, 20], [0, 0, 0, 0], [0, 0, 0, 0]],
        ],
        [("latch", "O set +1, S set -1"), ("mixed", ""), ("constant", ""), ("dead", "")],
        own={1: [50, 0, 0, 0]},
        often=(1, 1, 2, 4),
    ),
    "J sets, K clears, T turns; beside a count of T that R takes back": Typed(
        "JKTR-",
        [
            [[25, 25, 25, -25, -25], [-25, -25, 25, -25, -25]],
            [[-25, -25, -25, 25, 25], [25, 25, 25, -25, 25]],
            [[75, -75, 0, 0, 0], [0, 0, 0.2554128, 0, 0]],
            [[25, 25, 25, 25, 25], [2, 2, 2, 2, 2]],
        ],
        [("toggle", "J set +1, K set -1, T flip"), ("counter", "T +1, R reset")],
        own={4: [-50, 0]},
    ),
    "a clock that a latch stops, beside two that nothing stops": Typed(
        "GHR--",
        [
            [[20, 20, -20, -20, -20], [-25, -25, -80, -25, -25], [20, 20, -20, 20, 20], [-20, 20, 20, 20, 20]],
            [[-20, -20, 20, 20, 20], [20, 20, -20, 20, 20], [20, 20, -20, 20, 20], [-20, 20, 20, 20, 20]],
            [[20, -20, 0, 0, 0], [0.0312602] * 5, [0.0312602] * 5, [-0.0156263] * 5],
            [[20] * 5, [20] * 5, [20] * 5, [20] * 5],
        ],
        [("latch", "G set +1, H set -1"), ("mixed", ""), ("timer", "R reset"), ("timer", "G reset")],
        own={1: [75, 0, 0, 0]},
        often=(1, 1, 1, 3, 3),
    ),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("what", MACHINES)
def test_every_unit_is_what_its_numbers_make_it(what: str, seed: int) -> None:
    machine = MACHINES[what]
    names = [f"{s}{k}" if machine.symbols.count(s) > 1 else s for k, s in enumerate(machine.symbols)]
    roles = sg.find_roles(machine.layer(), machine.data(seed), names=names, effects=False, seed=seed)
    assert [(r.role, r.event) for r in roles] == machine.units


def test_there_are_ten_and_every_role_is_among_them() -> None:
    assert len(MACHINES) == 10
    assert {role for machine in MACHINES.values() for role, _ in machine.units} == {
        *("latch", "toggle", "counter", "timer", "integrator", "sensor", "constant", "dead", "mixed")
    }
