"""Text with known properties: where it comes from, how it becomes numbers, what each character means, and a judge.

`corpus` reads files and splits them, `alphabet` turns characters into ids, `labels` says what Python's own tokenizer
knows about each character, and `kgram` is the model that an LSTM has to beat.
"""

from softgate.text.alphabet import BOUNDARY, UNKNOWN, Alphabet
from softgate.text.corpus import Corpus, Document, Skipped, read_corpus, standard_library
from softgate.text.kgram import KGram
from softgate.text.labels import LABELS, Label, label_document

__all__ = [
    "BOUNDARY",
    "LABELS",
    "UNKNOWN",
    "Alphabet",
    "Corpus",
    "Document",
    "KGram",
    "Label",
    "Skipped",
    "label_document",
    "read_corpus",
    "standard_library",
]
