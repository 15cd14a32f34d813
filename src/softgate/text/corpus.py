"""Files in, two sides of documents out: what is trained on, and what is held out.

A file is on one side only, and a text that occurs twice (licence stubs, empty packages) is taken once, so that nothing
held out has been seen. Files that cannot be read as text are left out and counted with the reason.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import sysconfig
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from softgate.errors import SoftgateError
from softgate.text.words import counted

__all__ = ["Corpus", "CorpusError", "Document", "Skipped", "read_corpus", "standard_library"]

PYTHON_SUFFIXES = frozenset({".py", ".pyi", ".pyw"})

# Tests repeat themselves, and the tables of codecs and help topics are data in the clothes of a program.
NOT_PROSE = frozenset({"test", "tests", "idle_test", "site-packages", "dist-packages", "encodings", "pydoc_data"})

# With less on either side no figure means anything.
LEAST_TRAIN = 200
LEAST_HELD_OUT = 50


# How the name of a document that is a part of a file ends.
_CUT = re.compile(r" \((?:the last|all but the last) (\d+ %)\)$")


class CorpusError(SoftgateError, ValueError):
    """There is no text to work on, or too little of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file. `name` is the path as it may be shown: relative, or as the user wrote it."""

    name: str
    text: str = field(repr=False)

    @property
    def is_python(self) -> bool:
        """Whether the name says that this is Python source."""
        return os.path.splitext(_CUT.sub("", self.name))[1] in PYTHON_SUFFIXES

    @property
    def digest(self) -> str:
        """What the text is known by."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents to train on, documents held out, and what was left out."""

    train: tuple[Document, ...]
    held_out: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()
    whole_files: bool = True
    """False where no file had a fitting size, and the end of the largest had to be the held-out side."""

    @property
    def end_held_out(self) -> str:
        """Which end of which file is held out, where that is no whole file; else nothing."""
        name = self.held_out[0].name
        found = None if self.whole_files else _CUT.search(name)
        return f"the last {found[1]} of {_CUT.sub('', name)}" if found else ""

    @property
    def sides(self) -> str:
        """What is trained on and what is held out, in words."""
        held_out = self.end_held_out or f"{len(self.held_out):,}"
        return f"{counted(len(self.train), 'file')} to train on, {held_out} held out"

    @property
    def digest(self) -> str:
        """Changes when any text, or the side of any text, does."""
        names = [document.digest for document in self.train] + ["|"] + [document.digest for document in self.held_out]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()


def standard_library(root: Path | None = None) -> list[tuple[str, Path]]:
    """The source files of the Python standard library on this machine, as (name, path), without its tests."""
    root = Path(sysconfig.get_paths()["stdlib"]) if root is None else root
    found = []
    for path in root.rglob("*.py"):
        name = path.relative_to(root)
        if NOT_PROSE.isdisjoint(name.parts) and not name.parts[0].startswith("config-"):
            found.append((name.as_posix(), path))
    if not found:
        raise CorpusError(
            f"no source of the Python standard library under {root}; train on files of your own: softgate train FILE..."
        )
    return sorted(found)


def user_files(paths: Iterable[Path]) -> list[tuple[str, Path]]:
    """Files as given, and every visible file under folders as given, as (name, path)."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            below = sorted(p for p in path.rglob("*") if p.is_file())
            found += [(p.as_posix(), p) for p in below if not any(s.startswith(".") for s in p.relative_to(path).parts)]
        elif path.is_file():
            found.append((path.as_posix(), path))
        else:
            raise CorpusError(f"no such file: {path}")
    return found


def read_corpus(
    files: Sequence[tuple[str, Path]],
    *,
    characters: int | None = None,
    held_out_share: float = 0.05,
    seed: int = 0,
) -> Corpus:
    """Read `files`, drop repetitions, take about `characters` of them, and split them by file.

    The order is shuffled by `seed`, so a part of a library is a sample of it and not its first letters.
    """
    skipped: list[Skipped] = []
    documents = list(_decoded(files, skipped))
    random.Random(seed).shuffle(documents)
    documents = _limited(documents, characters)
    if not documents:
        raise CorpusError(f"no text to train on in {counted(len(files), 'file')}{_reasons(skipped)}")
    train, held_out, whole = _sides(documents, held_out_share)
    for side, least, use in ((train, LEAST_TRAIN, "train on"), (held_out, LEAST_HELD_OUT, "hold out")):
        length = sum(len(document.text.strip()) for document in side)
        if length < least:
            total = counted(sum(len(document.text) for document in documents), "character")
            raise CorpusError(
                f"too little text: expected at least {least} characters to {use}, got {length} "
                f"({total} in {counted(len(documents), 'file')}){_reasons(skipped)}"
            )
    return Corpus(tuple(train), tuple(held_out), tuple(skipped), whole)


def _reasons(skipped: Sequence[Skipped], most: int = 5) -> str:
    """The first of the files that were left out, a line each."""
    lines = [f"left out: {item.name}: {item.reason}".replace("\n", " ") for item in skipped[:most]]
    # The name of a file may hold what acts on a terminal.
    lines = ["".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines]
    lines += [f"left out: {len(skipped) - most:,} more"] * (len(skipped) > most)
    return "".join(f"\n  {line}" for line in lines)


def _sides(documents: list[Document], share: float) -> tuple[list[Document], list[Document], bool]:
    """What to train on, what to hold out, and whether all are whole files.

    Files are held out in their order, without those that would make it much more than `share` of the text. Where that
    leaves less than half of what is wanted, the end of the largest file is held out in their place.
    """
    if len(documents) == 1:
        return *_cut(documents[0], len(documents[0].text) * 9 // 10), False
    wanted = share * sum(len(document.text) for document in documents)
    chosen: set[int] = set()
    taken = 0
    for index, document in enumerate(documents):
        if taken < wanted and taken + len(document.text) <= 1.5 * wanted and len(chosen) < len(documents) - 1:
            chosen.add(index)
            taken += len(document.text)
    if taken >= max(0.5 * wanted, LEAST_HELD_OUT):
        train = [document for index, document in enumerate(documents) if index not in chosen]
        return train, [documents[index] for index in sorted(chosen)], True
    largest = max(range(len(documents)), key=lambda index: len(documents[index].text))
    length = len(documents[largest].text)
    first, last = _cut(documents[largest], length - min(max(round(wanted), 2 * LEAST_HELD_OUT), length // 2))
    return [*documents[:largest], *first, *documents[largest + 1 :]], last, False


def _decoded(files: Sequence[tuple[str, Path]], skipped: list[Skipped]) -> Iterator[Document]:
    """The documents among `files`, each text once; what is left out goes to `skipped`."""
    seen: set[str] = set()
    for name, path in files:
        try:
            document = Document(name, decode(path.read_bytes(), Path(name).suffix in PYTHON_SUFFIXES))
        except (OSError, SyntaxError, UnicodeError, LookupError) as error:
            skipped.append(Skipped(name, f"{type(error).__name__}: {error}"))
            continue
        digest = document.digest
        if not document.text.strip():
            skipped.append(Skipped(name, "empty"))
        elif "\0" in document.text:
            skipped.append(Skipped(name, "not text: it holds null characters"))
        elif digest in seen:
            skipped.append(Skipped(name, "the same text as another file"))
        else:
            seen.add(digest)
            yield document


def decode(data: bytes, is_python: bool) -> str:
    """The text of a file: Python source by its own declaration, all else UTF-8. Line ends become newlines."""
    encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0] if is_python else "utf-8-sig"
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _limited(documents: list[Document], characters: int | None) -> list[Document]:
    """The first of `documents`, `characters` of text in all; the one that goes over is cut."""
    if characters is None:
        return documents
    kept, left = [], characters
    for document in documents:
        if left <= 0:
            break
        kept.append(document if len(document.text) <= left else Document(document.name, document.text[:left]))
        left -= len(document.text)
    return kept


def _cut(document: Document, place: int) -> tuple[list[Document], list[Document]]:
    """A document as two."""
    share = f"{100 * len(document.text[place:]) / max(1, len(document.text)):.0f} %"
    first = Document(f"{document.name} (all but the last {share})", document.text[:place])
    last = Document(f"{document.name} (the last {share})", document.text[place:])
    return [first], [last]
