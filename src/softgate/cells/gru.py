"""The gated recurrent unit, in torch's form."""

from __future__ import annotations

from typing import Any

from softgate.activations import sigmoid, tanh
from softgate.cells._factory import factory
from softgate.equations import Cell, Source, cell
from softgate.errors import CellDefinitionError

__all__ = ["gru"]

SOURCE = Source(
    "K. Cho, B. van Merrienboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk, Y. Bengio",
    "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
    2014,
    "EMNLP 2014, 1724-1734",
)


@factory
def gru(reset_after: bool = True) -> Cell:
    """One state, no output gate; gates r z n. The reset gate acts after the matrix product, as in torch and cuDNN.

    ``reset_after=False``, the form of the publication, is U (r * h): a matrix product of something that this step
    computes. Equations have products of the input and of the last output only, so this form cannot be written.
    """
    if not reset_after:
        raise CellDefinitionError(
            "cell gru: reset_after=False needs U @ (r * h), a matrix product inside the step, "
            "which equations do not have; the form of torch is r * (U @ h): reset_after=True"
        )

    @cell(gates="r z n", state="h", source=SOURCE, note="no c; z holds, r resets the hidden part")
    def gru(z: Any, prev: Any) -> dict[str, Any]:
        r, hold = sigmoid(z.r), sigmoid(z.z)
        n = tanh(z.n.x + r * z.n.h)
        return {"r": r, "z": hold, "n": n, "h": (1.0 - hold) * n + hold * prev.h}

    return gru
