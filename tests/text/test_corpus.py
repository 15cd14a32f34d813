"""Files in, two sides out: nothing on both, nothing read wrongly, nothing lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from softgate.text.corpus import CorpusError, read_corpus, standard_library, user_files


def write(folder: Path, **files: bytes) -> list[tuple[str, Path]]:
    for name, data in files.items():
        (folder / f"{name}.py").write_bytes(data)
    return user_files([folder])


def test_no_text_is_on_both_sides(tmp_path: Path) -> None:
    files = {f"m{k}": f"value = {k}\n".encode() * 20 for k in range(30)} | {"twin": b"value = 3\n" * 20}
    corpus = read_corpus(write(tmp_path, **files), held_out_share=0.2)
    train, held_out = ({document.text for document in side} for side in (corpus.train, corpus.held_out))
    assert train
    assert held_out
    assert not train & held_out
    assert len(corpus.train) + len(corpus.held_out) == 30
    assert [item.reason for item in corpus.skipped] == ["the same text as another file"]


def test_what_cannot_be_read_is_left_out_with_its_reason(tmp_path: Path) -> None:
    files = write(
        tmp_path,
        good=b"x = 1\n",
        other=b"y = 2\n",
        latin="# -*- coding: latin-1 -*-\ns = 'é'\n".encode("latin-1"),
        undecodable=b"s = '\xe9'\n",
        unknown=b"# -*- coding: no-such-thing -*-\n",
        empty=b"  \n",
        binary=b"a\0b",
        windows=b"a = 1\r\nb = 2\r\n",
    )
    corpus = read_corpus(files)
    texts = {Path(document.name).stem: document.text for document in corpus.train + corpus.held_out}
    assert set(texts) == {"good", "other", "latin", "windows"}
    assert "é" in texts["latin"]
    assert texts["windows"] == "a = 1\nb = 2\n"
    reasons = {Path(item.name).stem: item.reason for item in corpus.skipped}
    assert reasons["undecodable"].startswith("SyntaxError: invalid or missing encoding declaration")
    assert "no-such-thing" in reasons["unknown"]
    assert reasons["empty"] == "empty"
    assert "null" in reasons["binary"]


def test_a_single_file_is_cut_and_says_so(tmp_path: Path) -> None:
    text = "".join(f"line {k}\n" for k in range(200))
    (tmp_path / "book.txt").write_text(text)
    corpus = read_corpus(user_files([tmp_path / "book.txt"]))
    assert not corpus.whole_files
    assert corpus.train[0].text + corpus.held_out[0].text == text


def test_the_standard_library_is_found_and_is_about_as_large_as_asked_for() -> None:
    files = standard_library()
    names = [name for name, _ in files]
    assert "tokenize.py" in names
    assert not any("test" in Path(name).parts or "site-packages" in name for name in names)
    corpus = read_corpus(files, characters=300_000)
    total = sum(len(document.text) for document in corpus.train + corpus.held_out)
    assert total == 300_000
    again, other = read_corpus(files, characters=300_000), read_corpus(files, characters=300_000, seed=1)
    assert corpus.digest == again.digest != other.digest


@pytest.mark.parametrize("texts", [{}, {"empty": b""}])
def test_no_text_is_an_error_that_says_so(tmp_path: Path, texts: dict[str, bytes]) -> None:
    with pytest.raises(CorpusError, match=f"no text to train on in {len(texts)} files"):
        read_corpus(write(tmp_path, **texts))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(CorpusError, match="no such file: nowhere"):
        user_files([Path("nowhere.txt")])
