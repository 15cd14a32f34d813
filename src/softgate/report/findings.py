"""Everything that is measured once a model is trained, as numbers; `story` puts them into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from softgate.generate import generate
from softgate.report.appearance import Appearance, watch
from softgate.report.blocks import Passage
from softgate.report.census import Census, take
from softgate.report.passage import choose_cells, view
from softgate.report.tracking import Tracking, label_documents, track_labels
from softgate.text.alphabet import UNKNOWN, Alphabet, Ids
from softgate.text.corpus import Corpus
from softgate.text.kgram import KGram
from softgate.train.folder import Metrics, Progress
from softgate.train.model import CharacterModel
from softgate.train.observe import bits_per_character
from softgate.train.settings import Settings
from softgate.train.stages import Stage

__all__ = ["Findings", "Run", "examine"]

LONGEST_GRAM = 7
STEPS = 7
TEMPERATURES = (0.5, 0.8, 1.0)


@dataclass(frozen=True)
class Run:
    """A trained model with all that it came from."""

    subject: str
    corpus: Corpus
    alphabet: Alphabet
    settings: Settings
    model: CharacterModel
    progress: Progress
    metrics: Metrics
    stages: tuple[Stage, ...] = ()
    """What the model was on the way."""


@dataclass(frozen=True)
class Findings:
    """What was measured on a run."""

    run: Run
    parameters: int
    train_characters: int
    held_out_characters: int
    unknown_share: float
    """Share of the held-out characters that the alphabet does not have."""
    bits: float
    """Bits a held-out character."""
    kgram_bits: tuple[float, ...]
    """The same of the k-gram models, k from 1."""
    equal_bits: float
    """The best of them, counted on about as many characters as the LSTM has read."""
    equal_k: int
    """Which one that was."""
    samples: tuple[tuple[float, str], ...]
    """Temperature, and text generated at it."""
    tracking: Tracking
    passage: Passage
    appearance: Appearance | None = None
    census: Census | None = None

    @property
    def best_k(self) -> int:
        """Which k-gram did best on the held-out text: the choice favours the k-gram."""
        return 1 + min(range(len(self.kgram_bits)), key=self.kgram_bits.__getitem__)


def examine(run: Run, say: Callable[[str], None] = lambda line: None) -> Findings:
    """Measure everything that the report shows. `say` hears what is going on."""
    model, alphabet, corpus = run.model, run.alphabet, run.corpus
    train = [alphabet.document(document.text) for document in corpus.train]
    held_out = [alphabet.document(document.text) for document in corpus.held_out]
    say("1/7 bits a character on held-out files")
    bits = bits_per_character(model, held_out)
    say("2/7 the k-gram models on the same files")
    longest = LONGEST_GRAM
    while len(alphabet) ** longest >= 2**63:
        longest -= 1
    kgram = KGram(train, len(alphabet), longest).bits(held_out)
    read = _first(train, run.progress.characters)
    equal = kgram if len(read) == len(train) else KGram(read, len(alphabet), longest).bits(held_out)
    say("3/7 writing text")
    samples = tuple(
        (heat, generate(model, alphabet, 700, temperature=heat, seed=run.settings.seed + place))
        for place, heat in enumerate(TEMPERATURES)
    )
    say("4/7 which units track what")
    twin = _untrained(run)
    labelled, failed = label_documents(corpus.held_out)
    tracking = track_labels(model, twin, alphabet, labelled, failed)
    say("5/7 when the units appeared")
    appearance = watch(model, run.progress.characters, run.stages, lambda: _untrained(run), alphabet, labelled)
    say("6/7 a census of the memory cells, and of those of an untrained twin")
    far, seed = run.progress.characters, run.settings.seed
    census = take(model, twin, alphabet, labelled, seed, say, characters=far, stages=run.stages)
    say("7/7 the passage to look at")
    cells = choose_cells(tracking, run.settings.layers, run.settings.hidden_size, run.settings.seed)
    characters = sum(len(ids) - 1 for ids in held_out)
    return Findings(
        run=run,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        train_characters=sum(len(ids) - 1 for ids in train),
        held_out_characters=characters,
        unknown_share=sum(int((ids == UNKNOWN).sum()) for ids in held_out) / max(1, characters),
        bits=bits,
        kgram_bits=tuple(kgram),
        equal_bits=min(equal),
        equal_k=1 + equal.index(min(equal)),
        samples=samples,
        tracking=tracking,
        passage=view(model, alphabet, labelled, cells),
        appearance=appearance,
        census=census,
    )


def _untrained(run: Run) -> CharacterModel:
    """A model of the same shape that has learned nothing."""
    chosen = run.settings
    return CharacterModel(
        len(run.alphabet), chosen.hidden_size, chosen.layers, chosen.embedding_size, seed=chosen.seed + 1
    )


def _first(documents: list[Ids], characters: int) -> list[Ids]:
    """As many of `documents` as have about so many characters, the last one cut."""
    kept = []
    for ids in documents:
        if characters <= 0:
            break
        kept.append(ids[: characters + 1])
        characters -= len(ids) - 1
    return kept
