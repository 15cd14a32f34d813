"""Labels of characters, against `tokenize` and against sources whose labels were written by hand."""

from __future__ import annotations

import io
import tokenize

import numpy as np
import pytest
from hypothesis import given, strategies as st

from softgate.text.corpus import read_corpus, standard_library
from softgate.text.labels import LABELS, columns, label_document

# One line of source, and under it what holds after each character: 1 inside a string or comment, or the depth.
BY_HAND = [
    ("string", "a = 'xy' + \"z\"\n", "00001110000110" + "0"),
    ("string", "a = rb'xy'\n", "0000001110" + "0"),
    ("string", "a = ''\n", "000010" + "0"),
    ("string", '"""q" q"""\n', "1111111110" + "0"),
    ("string", "f'a{b[1]}c' + g\n", "01111111110000" + "00"),
    ("string", "# 'no'\n", "0000000"),
    ("quoted", "a = 'xy' + \"z\"\n", "00001110000110" + "0"),
    ("quoted", '"""q" q"""\n', "0000000000" + "0"),
    ("quoted", "rb'''x'''\n", "000000000" + "0"),
    ("quoted", "a = ''\n", "000010" + "0"),
    ("quoted", "f'a{b[1]}c' + g\n", "01111111110000" + "00"),
    ("quoted", 'f"""a{b[\'c\']}"""\n', "0" * 17),
    ("comment", "a  # b 'c'\n", "0001111111" + "0"),
    ("comment", "'# no'\n", "0000000"),
    ("depth", "f([{}], (1))\n", "0123211122100"),
    ("depth", "'(' # (\n", "00000000"),
    ("column", "ab\n c\n", "120120"),
]


@pytest.mark.parametrize(("name", "source", "wanted"), BY_HAND)
def test_labels_written_by_hand(name: str, source: str, wanted: str) -> None:
    labels = label_document(source)
    assert labels is not None
    assert "".join(map(str, labels[name])) == wanted


def test_labels_agree_with_the_tokens_of_real_files() -> None:
    corpus = read_corpus(standard_library(), characters=400_000)
    documents = corpus.train + corpus.held_out
    labelled = [(document.text, label_document(document.text)) for document in documents[:-1]]
    assert sum(labels is not None for _, labels in labelled) > 0.9 * len(labelled)
    for text, labels in labelled:
        if labels is None:
            continue
        lines = text.split("\n")
        starts = np.concatenate([[0], np.cumsum([len(line) + 1 for line in lines])])
        comments = 0
        for item in tokenize.generate_tokens(io.StringIO(text).readline):
            begin, end = starts[item.start[0] - 1] + item.start[1], starts[item.end[0] - 1] + item.end[1]
            if item.type == tokenize.COMMENT:
                assert labels["comment"][begin:end].all()
                assert not labels["string"][begin:end].any()
                comments += end - begin
            elif item.type == tokenize.STRING:
                assert (labels["string"][end - 2], labels["string"][end - 1]) == (1, 0)
            elif item.type == tokenize.NAME:
                assert not labels["comment"][begin:end].any()
        assert labels["comment"].sum() == comments
        assert labels["depth"][-1] == 0
        assert set(labels) == {label.name for label in LABELS}


@pytest.mark.parametrize("source", ["a = (\n", "a = '\n", "'''\n", "  a\n b\n", "a = $\n", ")\n"])
def test_what_does_not_tokenise_has_no_labels(source: str) -> None:
    assert label_document(source) is None


@given(st.text(max_size=60))
def test_any_text_is_labelled_or_refused_and_has_columns(text: str) -> None:
    labels = label_document(text.replace("\r", "\n"))
    assert labels is None or all(len(series) == len(text) for series in labels.values())
    naive, wanted = 0, []
    for character in text:
        naive = 0 if character == "\n" else naive + 1
        wanted.append(naive)
    assert columns(text).tolist() == wanted
