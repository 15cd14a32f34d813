"""Text, character by character: the Python standard library, or files of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softgate.tasks import measure
from softgate.tasks.drawn import one_hot
from softgate.tasks.task import Batch, Task, TaskError
from softgate.text.alphabet import BOUNDARY, Alphabet
from softgate.text.corpus import Corpus, read_corpus, standard_library, user_files
from softgate.text.kgram import KGram

__all__ = ["Text"]

Array = NDArray[Any]
ORDER = 3
"""The task is solved by a net that is better than a count of so many characters."""
FILES = 60
"""So many files of the standard library are read, evenly from all of them in the order of their names."""


@dataclass(frozen=True)
class Text(Task):
    """x is one-hot, [T, B, A]; the target is the character after each. Files are held out whole for tests.

    A is the size of the alphabet: the characters that occur ten times in the training files, one for all others, and
    the boundary before a file, which is never a target. `characters` of text are read at most.
    """

    files: tuple[str, ...] = ()
    steps: int = 64
    characters: int = 400_000
    name: ClassVar = "text"
    demands: ClassVar = "many things at once, over many spans: words, indentation, quotes, brackets"
    source: ClassVar = (
        "Karpathy, Johnson and Fei-Fei 2016, Visualizing and understanding recurrent networks, ICLR workshop; the text "
        "is the Python standard library of this machine, or any file"
    )
    kind: ClassVar = "classes"
    measure: ClassVar = measure.BITS
    higher_is_better: ClassVar = False
    criterion: ClassVar = "fewer bits a character on held-out files than counts of three characters have"
    exact: ClassVar = False
    ranges: ClassVar = {"steps": (1, 100_000), "characters": (1000, 1_000_000_000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not all(isinstance(name, str) for name in self.files):
            raise TaskError(f"text: files: expected names of files, as ('a.txt',), got {self.files!r}")

    @property
    def corpus(self) -> Corpus:
        """The text of both sides."""
        return _data(self.files, self.characters).corpus

    @property
    def alphabet(self) -> Alphabet:
        """The characters with their ids; x has id k at place k."""
        return _data(self.files, self.characters).alphabet

    @property
    def inputs(self) -> int:
        """The ids of the alphabet."""
        return len(self.alphabet)

    @property
    def outputs(self) -> int:
        """The ids of the alphabet."""
        return len(self.alphabet)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The characters; the first two are any other, and the boundary before a file."""
        return ("other", "boundary", *self.alphabet.characters)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The same."""
        return self.input_names

    @property
    def chance(self) -> float:
        """The held-out bits a character of the frequencies of single characters."""
        return _data(self.files, self.characters).bits[0]

    @property
    def solved(self) -> float:
        """The held-out bits a character of a count of :data:`ORDER` characters."""
        return _data(self.files, self.characters).bits[ORDER - 1]

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        stream = _data(self.files, self.characters).streams[test]
        begins = random.integers(0, len(stream) - self.steps, size)
        ids = stream[begins + np.arange(self.steps + 1)[:, None]]
        target = ids[1:]
        return Batch(one_hot(ids[:-1] + 1, self.inputs), target, target != BOUNDARY)


class _Data(NamedTuple):
    corpus: Corpus
    alphabet: Alphabet
    streams: dict[bool, Array]
    bits: list[float]


@lru_cache(maxsize=8)
def _data(files: tuple[str, ...], characters: int) -> _Data:
    """Read once in a process; both sides as one stream of ids each, with boundaries."""
    found = user_files(map(Path, files)) if files else standard_library()
    if not files:
        found = found[:: max(1, len(found) // FILES)]
    corpus = read_corpus(found, characters=characters, held_out_share=0.1)
    alphabet = Alphabet.of(document.text for document in corpus.train)
    train, held_out = ([alphabet.document(d.text) for d in side] for side in (corpus.train, corpus.held_out))
    streams = {False: np.concatenate(train), True: np.concatenate(held_out)}
    return _Data(corpus, alphabet, streams, KGram(train, len(alphabet), ORDER).bits(held_out))
