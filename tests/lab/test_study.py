"""A study is data: it goes to JSON and back, its runs have keys, and what is wrong with it is said."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from softgate import lab

LSTM, GRU = lab.Variant("lstm", {"cell": "lstm"}), lab.Variant("gru", {"cell": "gru"}, hidden_size=20)


def study(**changes: Any) -> lab.Study:
    given: dict[str, Any] = {
        "name": "which", "question": "which counts?", "hypothesis": "the LSTM", "measure": "the longest n",
        "variants": [LSTM, GRU], "tasks": [{"task": "parity", "length": 10}, {"task": "copy"}], "seeds": 3,
        "rates": (0.01, 0.1), "steps": 50, "batch": 8, "hidden_size": 16,
    }  # fmt: skip
    return lab.Study(**given | changes)


def test_every_run_is_there_once_with_all_that_it_depends_on() -> None:
    runs = study().runs()
    assert len(runs) == 2 * 2 * 3 * 2
    assert len({lab.key_of(r) for r in runs}) == len(runs)
    assert runs[0] == {
        "format": 1, "variant": "lstm", "cell": {"cell": "lstm"}, "hidden_size": 16, "forget_bias": None,
        "task": {"task": "parity", "length": 10}, "seed": 0, "rate": 0.01, "steps": 50, "batch": 8, "evaluations": 20,
        "tests": 256, "measures": [], "checkpoints": [],
    }  # fmt: skip
    assert {r["hidden_size"] for r in runs if r["variant"] == "gru"} == {20}
    assert {r["seed"] for r in study(first_seed=7).runs()} == {7, 8, 9}


def test_a_key_is_the_sha_256_of_canonical_json() -> None:
    run = {"b": 1.5, "a": ["é", None, True]}
    assert lab.key_of(run) == hashlib.sha256(b'{"a":["\\u00e9",null,true],"b":1.5}').hexdigest()
    assert lab.key_of(dict(reversed(run.items()))) == lab.key_of(run)


def test_words_do_not_change_keys_and_numbers_are_one_kind() -> None:
    keys = [lab.key_of(r) for r in study().runs()]
    told = study(question="why?", variants=[lab.Variant("lstm", {"cell": "lstm"}, "plain"), GRU], quick={"seeds": 1})
    assert [lab.key_of(r) for r in told.runs()] == keys
    assert [lab.key_of(r) for r in study(rates=(1, 2)).runs()] == [
        lab.key_of(r) for r in study(rates=(1.0, 2.0)).runs()
    ]
    assert not set(keys) & {lab.key_of(r) for r in study(steps=51).runs()}


def test_to_json_and_back(tmp_path: Path) -> None:
    one = study(quick={"seeds": 1}, checkpoints=(10, 20), measures=("saturation", "mine:too"))
    assert lab.Study.from_json(one.to_json()) == one
    (tmp_path / "s.json").write_text(one.to_json(), encoding="utf-8")
    assert lab.Study.read(tmp_path / "s.json").runs() == one.runs()


def test_quick_replaces_fields_and_chooses_variants_by_name() -> None:
    quick = study(quick={"seeds": 1, "steps": 5, "variants": ["gru"]}).quickly()
    assert (quick.seeds, quick.steps, quick.variants, dict(quick.quick)) == (1, 5, (GRU,), {})
    assert study().quickly() == study()


def test_numbers_of_numpy_have_the_keys_of_the_same_numbers() -> None:
    plain = study(
        checkpoints=(10, 20), quick={"seeds": 1, "rates": [0.01]}, curves=False,
        variants=[lab.Variant("lstm", {"cell": "lstm", "peephole": True}, hidden_size=4, forget_bias=0.5)],
    )  # fmt: skip
    arrays = study(
        seeds=np.int64(3), first_seed=np.arange(3)[0], rates=np.array([0.01, 0.1]), steps=50.0, batch=np.int32(8),
        hidden_size=np.uint8(16), checkpoints=np.array([10, 20]), curves=np.bool_(False),
        tasks=[{"task": "parity", "length": np.int64(10)}, {"task": "copy"}],
        quick={"seeds": np.int64(1), "rates": np.array([0.01])},
        variants=[
            lab.Variant("lstm", {"cell": "lstm", "peephole": np.bool_(True)}, hidden_size=np.int64(4),
                        forget_bias=np.float32(0.5))
        ],
    )  # fmt: skip
    assert arrays == plain
    assert arrays.to_json() == plain.to_json()
    assert [lab.key_of(r) for r in arrays.runs()] == [lab.key_of(r) for r in plain.runs()]
    run = plain.runs()[0]
    assert lab.key_of(run | {"seed": np.int64(run["seed"]), "rate": np.float64(run["rate"])}) == lab.key_of(run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "name: expected some text, got ' '"),
        ({"seeds": 0}, "seeds: expected a whole number from 1 on, got 0"),
        ({"seeds": True}, "seeds: expected a whole number"),
        ({"seeds": np.bool_(True)}, "seeds: expected a whole number"),
        ({"steps": np.float64(1.5)}, "steps: expected a whole number from 1 on, got np.float64(1.5)"),
        ({"steps": 1.5}, "steps: expected a whole number from 1 on, got 1.5"),
        ({"first_seed": -1}, "first_seed: expected a whole number from 0 on, got -1"),
        ({"rates": ()}, "rates: expected at least 1, got none"),
        ({"rates": (0.1, float("nan"))}, "rates: expected positive numbers, got nan"),
        ({"rates": (0.1, 0.1)}, "rates: 0.1 is there twice"),
        ({"rates": 0.1}, "rates: expected several, as a list; got 0.1"),
        ({"tasks": [{"name": "parity"}]}, 'tasks: expected specs such as {"task": "parity"}'),
        ({"tasks": [{"task": "parity", "a": {1: 2}}]}, "tasks: expected names as keys"),
        ({"tasks": [{"task": "a"}, {"task": "a"}]}, "tasks: a is there twice"),
        ({"variants": [LSTM, LSTM]}, "variants: names: lstm is there twice"),
        ({"variants": ["lstm"]}, "variants: expected a Variant, or its fields"),
        ({"variants": [{"name": "a", "cell": {"cell": "gru"}, "size": 3}]}, "variant: unknown fields size; known are"),
        ({"quick": {"seed": 1}}, "quick: unknown fields seed; known are"),
        ({"quick": 3}, "quick: expected fields to replace, got 3"),
        ({"checkpoints": (5, 0)}, "checkpoints: expected a whole number from 1 on, got 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(lab.StudyError) as caught:
        study(**changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cell": {"name": "lstm"}}, 'variant \'v\': cell is {"cell": "lstm", ...} or'),
        ({"cell": "lstm"}, "got 'lstm'"),
        ({"cell": {"cell": "lstm", "candidate": object()}}, "variant 'v': cell: expected what JSON has"),
        ({"cell": {"cell": "lstm"}, "hidden_size": 0}, "variant 'v': hidden_size: expected a whole number"),
        ({"cell": {"cell": "lstm"}, "forget_bias": [1]}, "variant 'v': forget_bias is a number"),
    ],
)
def test_what_is_wrong_with_a_variant_is_said(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(lab.StudyError) as caught:
        lab.Variant("v", **fields)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a study is JSON; this is not"),
        ("[]", "expected a JSON object of format 1"),
        ('{"format": 2}', "expected a JSON object of format 1"),
        ('{"name": "a"}', "study: the fields hypothesis, measure, question, tasks, variants are missing"),
        (json.dumps(json.loads(study().to_json()) | {"sedes": 3}), "study: unknown fields sedes; known are"),
    ],
)
def test_a_file_that_is_no_study(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(lab.StudyError) as caught:
        lab.Study.read(tmp_path / "s.json")
    assert str(caught.value).startswith(str(tmp_path / "s.json"))
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(lab.StudyError, match=r"no\.json cannot be read: No such file"):
        lab.Study.read(tmp_path / "no.json")
