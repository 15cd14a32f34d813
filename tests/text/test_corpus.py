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
        good=b"x = 1\n" * 60,
        other=b"y = 2\n" * 60,
        latin=("# -*- coding: latin-1 -*-\n" + "s = 'é'\n" * 9).encode("latin-1"),
        undecodable=b"s = '\xe9'\n",
        unknown=b"# -*- coding: no-such-thing -*-\n",
        empty=b"  \n",
        binary=b"a\0b",
        windows=b"a = 1\r\nb = 2\r\n" * 9,
    )
    corpus = read_corpus(files)
    texts = {Path(document.name).stem: document.text for document in corpus.train + corpus.held_out}
    assert {name.split(".py")[0] for name in texts} == {"good", "other", "latin", "windows"}
    assert "é" in texts["latin"]
    assert texts["windows"] == "a = 1\nb = 2\n" * 9
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
    with pytest.raises(CorpusError, match=f"no text to train on in {len(texts)} file"):
        read_corpus(write(tmp_path, **texts))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(CorpusError, match="no such file: nowhere"):
        user_files([Path("nowhere.txt")])


def lines(number: int, letter: str) -> bytes:
    return b"".join(f"{letter} = {k:04}\n".encode() for k in range(number))


@pytest.mark.parametrize("seed", range(6))
def test_a_large_file_is_never_held_out_whole(tmp_path: Path, seed: int) -> None:
    """Whatever the order: one of the files is nine tenths of the text."""
    files = write(tmp_path, large=lines(1800, "x"), **{f"s{k}": lines(20, "abcdefghij"[k]) for k in range(10)})
    corpus = read_corpus(files, seed=seed)
    held_out, train = (sum(len(item.text) for item in side) for side in (corpus.held_out, corpus.train))
    assert corpus.whole_files
    assert 0.025 < held_out / (held_out + train) < 0.075


@pytest.mark.parametrize("seed", range(3))
def test_where_no_file_fits_the_end_of_the_largest_is_held_out(tmp_path: Path, seed: int) -> None:
    corpus = read_corpus(write(tmp_path, a=lines(400, "a"), b=lines(500, "b"), tiny=b"x = 1\n"), seed=seed)
    assert not corpus.whole_files
    (last,) = corpus.held_out
    assert lines(500, "b").decode().endswith(last.text)
    assert len(last.text) == pytest.approx(0.05 * 900 * 9, rel=0.01)
    assert last.is_python
    assert len(corpus.train) == 3


def test_what_is_held_out_is_said(tmp_path: Path) -> None:
    text = "".join(f"line {k}\n" for k in range(200))
    (tmp_path / "book (new).txt").write_text(text)
    one = read_corpus(user_files([tmp_path / "book (new).txt"]))
    assert one.sides == f"1 file to train on, the last 10 % of {tmp_path}/book (new).txt held out"
    folder = tmp_path / "two (2)"
    folder.mkdir()
    two = read_corpus(write(folder, a=lines(400, "a"), b=lines(500, "b")))
    assert two.sides == f"2 files to train on, the last 9 % of {folder}/b.py held out"
    assert all(document.is_python for document in two.train + two.held_out)
    many = read_corpus(write(folder, **{f"m{k}": lines(30, chr(98 + k)) for k in range(20)}), held_out_share=0.1)
    assert many.end_held_out == ""
    assert many.sides == f"{len(many.train)} files to train on, {len(many.held_out)} held out"


def test_too_little_says_what_was_left_out(tmp_path: Path) -> None:
    bad = {f"bad\x1b{k}": b"s = '\xe9'\n" for k in range(7)}
    with pytest.raises(CorpusError, match="too little text: expected at least 200") as found:
        read_corpus(write(tmp_path, two=b"ab", **bad))
    said = str(found.value)
    assert said.count("left out: ") == 6
    assert said.count("SyntaxError: invalid or missing encoding declaration") == 5
    assert "left out: 2 more" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("files", [{"two": b"ab"}, {"a": b"a = 1\n" * 9, "b": b"b = 1\n" * 9}])
def test_too_little_for_either_side_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(CorpusError, match=r"too little text: expected at least \d+ characters to (train on|hold out)"):
        read_corpus(write(tmp_path, **files))
