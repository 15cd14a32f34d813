"""Loss and score beside torch's own, in float64; real data beside what is computed from its files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import softgate as sg
from softgate.tasks import Batch

KINDS = {"classes": "temporal_order", "bits": "dyck2", "numbers": "adding"}


def problem(kind: str, seed: int = 0) -> tuple[Any, Batch, torch.Tensor]:
    task: Any = sg.tasks.get(KINDS[kind])
    batch = task.batch(seed, 0, 5)
    generator = torch.Generator().manual_seed(seed)
    return task, batch, torch.randn((*batch.mask.shape, task.outputs), generator=generator, dtype=torch.float64)


def by_torch(kind: str, y: torch.Tensor, batch: Batch) -> torch.Tensor:
    y, target = y[torch.from_numpy(batch.mask)], torch.from_numpy(batch.target[batch.mask])
    match kind:
        case "classes":
            return functional.cross_entropy(y, target)
        case "bits":
            return functional.binary_cross_entropy_with_logits(y, target.double())
        case _:
            return functional.mse_loss(y, target.double())


@pytest.mark.parametrize("kind", KINDS)
def test_loss_is_torchs(kind: str) -> None:
    task, batch, y = problem(kind)
    y.requires_grad_()
    ours = task.loss(y, batch.target, batch.mask)
    (slope,) = torch.autograd.grad(ours, y)
    theirs = by_torch(kind, y, batch)
    (wanted,) = torch.autograd.grad(theirs, y)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(slope, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_losses_of_many_nets(kind: str) -> None:
    task, _, _ = problem(kind)
    found = [problem(kind, seed)[1:] for seed in range(3)]
    y = torch.stack([y for _, y in found])
    each = torch.stack([by_torch(kind, y, batch) for batch, y in found])
    all_of_them = sg.tasks.stack([batch for batch, _ in found])
    torch.testing.assert_close(task.loss(y, all_of_them.target, all_of_them.mask), each, rtol=1e-12, atol=1e-12)
    batch = found[0][0]
    same = torch.stack([by_torch(kind, one, batch) for one in y])
    torch.testing.assert_close(task.loss(y, batch.target, batch.mask), same, rtol=1e-12, atol=1e-12)


def test_a_step_that_does_not_count_does_not_matter() -> None:
    task, batch, y = problem("classes")
    wild = torch.where(torch.from_numpy(batch.mask)[..., None], y, torch.inf)
    torch.testing.assert_close(task.loss(wild, batch.target, batch.mask), by_torch("classes", y, batch))


def test_score_of_numbers_is_a_mean_square_for_each_sequence() -> None:
    task, batch, y = problem("numbers")
    wanted = np.square(y.numpy()[-1, :, 0] - batch.target[-1, :, 0])
    np.testing.assert_allclose(task.score(y.numpy(), batch), wanted)


def test_score_of_text_is_the_loss_in_bits(tmp_path: Path) -> None:
    task, x = text(tmp_path), 17.0
    batch = task.batch(0, 0, 6, test=True)
    y = torch.randn((*batch.mask.shape, task.outputs), generator=torch.Generator().manual_seed(0)).double() * x
    wanted = [
        functional.cross_entropy(y[:, b][m], torch.from_numpy(batch.target[:, b][m])) / np.log(2)
        for b in range(6)
        for m in [batch.mask[:, b]]
    ]
    np.testing.assert_allclose(task.score(y.numpy(), batch), wanted)


def text(folder: Path) -> Any:
    random = np.random.default_rng(0)
    names = []
    for k in range(12):
        words = random.choice(["one ", "two ", "three\n"], size=300)
        (folder / f"{k}.txt").write_text("".join(words))
        names.append(str(folder / f"{k}.txt"))
    return sg.tasks.get("text", files=tuple(names), steps=20)


def test_text_of_ones_own_files(tmp_path: Path) -> None:
    task = text(tmp_path)
    assert "".join(task.input_names[2:]) == "\n ehnortw"
    x, target, mask = task.batch(0, 0, 40)
    np.testing.assert_array_equal(x[1:].argmax(-1), target[:-1])
    np.testing.assert_array_equal(mask, target != 1)
    assert {d.digest for d in task.corpus.train}.isdisjoint(d.digest for d in task.corpus.held_out)
    said = "".join(task.input_names[k] for k in x[:, 0].argmax(-1))
    assert any(said in document.text for document in task.corpus.train)


def test_chance_of_text_is_that_of_frequencies() -> None:
    """On the standard library: the entropy of single characters, and less with three of them."""
    task: Any = sg.tasks.get("text")
    train, held_out = ("".join(d.text for d in side) for side in (task.corpus.train, task.corpus.held_out))
    ids = task.alphabet.encode(train)
    share = np.bincount(ids, minlength=task.inputs) / len(ids)
    share = np.maximum(share, 1e-7)
    batch = task.batch(0, 0, 300, test=True)
    y = np.broadcast_to(np.log(share), (*batch.mask.shape, task.outputs))
    assert task.score(y, batch).mean() == pytest.approx(task.chance, rel=0.05)
    assert -np.log2(share[task.alphabet.encode(held_out)]).mean() == pytest.approx(task.chance, rel=0.01)
    assert task.solved < 0.75 * task.chance


def test_digits() -> None:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    where = {image.tobytes(): label for image, label in zip(images.astype(np.float32) / 16, labels, strict=True)}
    pixel, row = sg.tasks.get("digits"), sg.tasks.get("digits", by="row")
    sides = []
    for test in (False, True):
        x, target, mask = pixel.batch(0, 0, 2000, test=test)
        assert mask[-1].all()
        assert not mask[:-1].any()
        flat = [np.ascontiguousarray(x[:, b, 0]).tobytes() for b in range(2000)]
        assert [where[image] for image in flat] == target[-1].tolist()
        sides.append(set(flat))
        again = row.batch(0, 0, 2000, test=test)
        assert again.x.shape == (8, 2000, 8)
        each = {np.ascontiguousarray(again.x[:, b]).tobytes() for b in range(2000)}
        assert each == set(flat)
    train, test_side = sides
    assert not train & test_side
    assert len(train | test_side) == len(where)
    assert len(test_side) / len(where) == pytest.approx(0.25, abs=0.01)
    answers = np.array([where[image] for image in test_side])
    assert pixel.chance == pytest.approx(np.bincount(answers).max() / len(answers))


def test_sunspots() -> None:
    from statsmodels.datasets import sunspots

    values = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    cut = len(values) * 3 // 4
    scaled = (values - values[:cut].mean()) / values[:cut].std()
    task = sg.tasks.get("series")
    for test, part in ((False, scaled[:cut]), (True, scaled[cut:])):
        x, target, mask = task.batch(0, 0, 50, test=test)
        np.testing.assert_array_equal(x[1:], target[:-1])
        assert (mask.sum(0) == 24).all()
        seen = part.astype(np.float32).tobytes()
        assert all(np.append(x[:, b, 0], target[-1, b, 0]).tobytes() in seen for b in range(50))
    part = scaled[cut:]
    errors = [part[k + t + 1] ** 2 for k in range(len(part) - 32) for t in range(8, 32)]
    assert task.chance == pytest.approx(np.mean(errors))
    from statsmodels.tsa.ar_model import AutoReg

    rule = AutoReg(scaled[:cut], 2).fit().params
    worse = [
        (part[k + t + 1] - rule @ [1, part[k + t], part[k + t - 1]]) ** 2
        for k in range(len(part) - 32)
        for t in range(8, 32)
    ]
    assert task.solved == pytest.approx(np.mean(worse), rel=0.03), "weights of years at the ends differ"
    assert task.solved < task.chance / 3


def test_co2_is_read_as_changes() -> None:
    task = sg.tasks.get("series", data="co2")
    x = task.batch(0, 0, 500).x
    assert abs(x.mean()) < 0.1
    assert x.std() == pytest.approx(1, abs=0.1)
    assert task.solved < task.chance


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("digits", "sklearn.datasets", "probes"), ("series", "statsmodels.datasets.co2", "lab")],
)
def test_a_missing_package_is_named(name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from softgate.tasks import digits, measured

    monkeypatch.setitem(sys.modules, module, None)
    for side in (digits._sides, measured._sides):
        side.cache_clear()
    task = sg.tasks.get(name, **({"data": "co2"} if name == "series" else {}))
    with pytest.raises(sg.MissingExtraError, match=rf"pip install 'softgate\[{extra}\]'"):
        task.batch(0, 0, 2)
