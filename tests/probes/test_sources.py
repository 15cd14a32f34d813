"""Labels from files, functions and tokenizers, and what is said of those that do not fit."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import softgate as sg
from softgate.probes.sources import Labelled, find_labels
from softgate.tables import InputError, read_table
from softgate.text.labels import label_document

TEXT = "def f(x):\n    return ['a', x]  # so\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = range(len(TEXT))
    (tmp_path / "known.csv").write_text("word,k,odd\n" + "".join(f"w,{k},{k % 2}\n" for k in rows))
    (tmp_path / "short.csv").write_text("k\n1\n2\n")
    (tmp_path / "words.csv").write_text("k\na\nb\n")
    parquet.write_table(pyarrow.table({"k": list(rows)}), tmp_path / "known.parquet")
    np.save(tmp_path / "known.npy", np.arange(len(TEXT))[:, None])
    np.save(tmp_path / "square.npy", np.zeros((3, 3)))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "my_labels.py").write_text(
        "def vowel(text): return [c in 'aeiou' for c in text]\n"
        "def both(text): return {'a': vowel(text), 'b': [ord(c) for c in text]}\n"
        "def total(columns): return columns['k'] + columns['odd']\n"
        "def short(text): return [1]\n"
        "thing = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "my_labels", raising=False)
    return tmp_path


def find(name: str, file: str = "a.py", text: str = TEXT) -> dict[str, np.ndarray]:
    return find_labels([name], Labelled(file, text))


def test_files_hold_labels(folder: Path) -> None:
    wanted = list(range(len(TEXT)))
    assert find("known.csv:k")["k"].tolist() == wanted
    assert list(find("known.csv")) == ["k", "odd"]
    assert find("known.parquet:k")["k"].tolist() == wanted
    assert find("known.npy")["known"].tolist() == wanted
    assert find(f"{folder}/known.csv:odd")["odd"].tolist() == [k % 2 for k in wanted]
    both = find_labels(["known.csv:k", "known.parquet:k"], Labelled("a.py", TEXT))
    assert list(both) == ["k", "known.parquet:k k"]


def test_tokenizers_and_functions(folder: Path) -> None:
    truth = label_document(TEXT)
    assert truth is not None
    assert {name: list(values) for name, values in find("python").items()} == {k: list(v) for k, v in truth.items()}
    assert find("depth")["depth"].tolist() == truth["depth"].tolist()
    assert list(find("key", "a.json", '{"a": 1}')["key"]) == [0, 1, 1, 0, 0, 0, 0, 0]
    assert find("column", "a.txt", "no\nlanguage (")["column"].tolist() == [1, 2, 0, *range(1, 11)]
    assert find("my_labels:vowel")["vowel"].tolist() == [c in "aeiou" for c in TEXT]
    assert list(find("my_labels:both")) == ["a", "b"]
    about = Labelled("known.csv", frame=read_table(folder / "known.csv"))
    assert find_labels(["k", "my_labels:total"], about)["total"].tolist() == [k + k % 2 for k in range(len(TEXT))]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("short.csv", rf"as many numbers as a.py has characters, {len(TEXT)}; got 2"),
        ("my_labels:short", "got 1$"),
        ("known.csv:none", "unknown column 'none'"),
        ("words.csv", "expected columns of numbers; the table has k"),
        ("words.csv:k", "expected numbers in column 'k'"),
        ("gone.csv:k", "there is no such file"),
        ("gone.npy", "expected an array of numbers"),
        ("square.npy", r"expected a number for every step, \[T\], got \[3, 3\]"),
        ("objects.npy", "expected an array of numbers"),
        ("my_labels:gone", "my_labels has no 'gone'"),
        ("my_labels:thing", "expected a function, got int"),
        ("no_such:thing", "there is no such file, and there is no module 'no_such'"),
        ("json", "a.py is not JSON source"),
        ("snow", "expected one of python"),
    ],
)
def test_what_is_no_label(folder: Path, name: str, words: str) -> None:
    with pytest.raises((sg.LabelError, sg.UnknownNameError, InputError), match=words):
        find(name)
