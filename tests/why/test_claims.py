"""The claims as data: whole, runnable, and about cells that compute what they say."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import softgate as sg
from softgate import tasks
from softgate.lab import claims
from softgate.lab.claims import c17, cells, columns, matrix, pools
from softgate.lab.study import Study, key_of, task_label
from softgate.lab.train import cell_of

ALL = claims.all()


def test_there_are_seventeen_and_they_say_everything() -> None:
    assert [c.number for c in ALL] == list(range(1, 18))
    for c in ALL:
        assert all((c.title, c.said, c.plainly, c.experiment, c.caption, c.mind, c.rule.said, c.study.hypothesis))
        assert c.sources
        assert len(c.plainly.split()) > 25


@pytest.mark.parametrize("claim", ALL, ids=lambda c: c.slug)
def test_a_claim_can_be_run_and_decided(claim: claims.Claim) -> None:
    study = claim.study
    assert study.seeds >= claim.rule.rule.least == 10
    assert len(study.quickly().runs()) < len(study.runs())
    variants = {v.name for v in study.variants} | {c17.CHRONO}
    for part in claim.rule.parts:
        assert part.variant in variants
        assert part.against in variants or isinstance(part.against, float)
    # Two-sided sign flips of n pairs have no p under 2 * 2^-n; Holm asks the smallest for alpha / comparisons.
    sides = 2 if claim.rule.rule.expects == "same" else 1
    assert sides * 2.0**-study.seeds * len(claim.rule.parts) * len(study.tasks) <= claim.rule.rule.alpha
    assert Study.from_json(study.to_json()).runs() == study.runs()


@pytest.mark.parametrize("claim", ALL, ids=lambda c: c.slug)
def test_the_pool_of_a_claim_has_its_runs(claim: claims.Claim) -> None:
    pool = {key_of(r) for r in claims.studies()[claim.pool].runs()}
    assert {key_of(r) for r in claim.study.runs()} <= pool


def test_every_task_exists_and_has_words() -> None:
    specs = {task_label(t): t for s in (*claims.studies().values(), matrix.STUDY) for t in s.tasks}
    for label, spec in specs.items():
        assert tasks.get(**spec).spec["task"] == spec["task"]
        assert pools.titled(label) != label


def test_every_cell_is_one_and_none_is_another() -> None:
    """Variants with different cells have different equations, but for NP, which is the study's name for the LSTM."""
    every = {str(v.cell): cell_of(v.cell) for s in claims.studies().values() for v in s.variants}
    texts = {name: f"{list(cell.signals.items())} {cell.feedback}" for name, cell in every.items()}
    assert all("h" in cell.signals for cell in every.values())
    twice = {name for name, text in texts.items() if list(texts.values()).count(text) > 1}
    assert twice == {"{'cell': 'lstm'}", "{'cell': 'np'}"}


def test_the_matrix_is_whole() -> None:
    assert len({matrix.parts(v.name) for v in matrix.STUDY.variants}) == 5 * 7 * 5
    assert matrix.USUAL in {v.name for v in matrix.STUDY.variants}
    assert len(matrix.STUDY.tasks) == 6
    usual = next(v for v in matrix.STUDY.variants if v.name == matrix.USUAL)
    assert cell_of(usual.cell).text.splitlines()[1:] == sg.cells.lstm().text.splitlines()[1:]


def test_an_unknown_claim_is_named() -> None:
    with pytest.raises(sg.UnknownNameError, match="claim 18"):
        claims.get(18)


def by_hand(layer: Any, x: torch.Tensor, candidate: Any, readout: Any, bound: Any = lambda c: c) -> torch.Tensor:
    """An LSTM written with torch alone, in float64."""
    w, u, b = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 + layer.bias_hh_l0
    h = c = x.new_zeros(x.shape[1], layer.hidden_size)
    out = []
    for step in x:
        i, f, g, o = (step @ w.T + h @ u.T + b).chunk(4, -1)
        c = bound(torch.sigmoid(f) * c + torch.sigmoid(i) * candidate(g))
        h = torch.sigmoid(o) * readout(c)
        out.append(h)
    return torch.stack(out)


CANDIDATES = {
    "flat_tanh": lambda z: torch.tanh(z / 4),
    "steep_sigmoid": lambda z: torch.sigmoid(4 * z),
    "shifted_tanh": lambda z: 1 + torch.tanh(z),
    "matched_erf": lambda z: torch.erf(torch.pi**0.5 / 2 * z),
    "matched_arctan": lambda z: 2 / torch.pi * torch.atan(torch.pi / 2 * z),
    "capped": lambda z: z.clamp(0, 1),
}


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_cell_computes_what_it_says(name: str) -> None:
    layer = sg.Recurrent(getattr(cells, name)(), 3, 5).double()
    x = 3 * torch.randn(9, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(layer(x)[0], by_hand(layer, x, CANDIDATES[name], torch.tanh))


def test_what_is_called_matched_has_slope_one_and_the_range_of_tanh() -> None:
    at = torch.tensor([-1e6, 0.0, 1e6], dtype=torch.float64, requires_grad=True)
    for shape in (cells.erf_matched, cells.arctan_matched):
        y = shape(at)
        assert y.tolist() == pytest.approx([-1, 0, 1], abs=1e-5)
        assert torch.autograd.grad(y.sum(), at)[0][1].item() == pytest.approx(1)


def test_a_bounded_memory_and_a_learned_shift() -> None:
    x = 4 * torch.randn(20, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    bounded = sg.Recurrent(cells.bounded_linear(), 3, 5).double()
    expected = by_hand(bounded, x, torch.tanh, lambda c: c, lambda c: c.clamp(-1, 1))
    torch.testing.assert_close(bounded(x)[0], expected)
    shifted = sg.Recurrent(cells.recentred_tanh(), 3, 5).double()
    with torch.no_grad():
        shifted.m_l0.fill_(-1.0)  # moved back by as much as it was moved
    torch.testing.assert_close(shifted(x)[0], by_hand(shifted, x, torch.tanh, torch.tanh))


def test_skill_is_one_scale() -> None:
    import pandas as pd

    frame = pd.DataFrame({
        "score": [0.5, 1.0, 0.1, 0.0], "chance": [0.5, 0.5, 0.2, 0.2], "higher_is_better": [True, True, False, False],
        "steps_to_solved": [None, 256.0, None, 512.0], "steps": [1024] * 4,
        "variant": ["a", "a", "b", "b"], "task": "t", "rate": 0.1,
    })  # fmt: skip
    found = columns.prepared(frame)
    assert found[columns.SKILL].tolist() == pytest.approx([0.0, 1.0, 0.5, 1.0])
    assert found[columns.PACE].tolist() == [10.0, 8.0, 10.0, 9.0]
    assert found[columns.SPREAD].tolist() == [1.0, 1.0, 0.5, 0.5]
