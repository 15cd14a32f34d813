"""The LSTM of the search-space study, and its eight variants: one thing changed in each.

The study calls them V (vanilla), NIG, NFG, NOG, NIAF, NOAF, CIFG, NP and FGR. All but NP have peepholes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softgate.cells._factory import factory
from softgate.cells.cifg import SOURCE, cifg
from softgate.cells.lstm import lstm
from softgate.equations import Cell

__all__ = ["fgr", "nfg", "niaf", "nig", "noaf", "nog", "np", "vanilla"]


def _variant(name: str, note: str, **options: Any) -> Callable[[], Cell]:
    def build() -> Cell:
        return lstm(**{"peephole": True, **options}).with_name(name, source=SOURCE, note=note)

    build.__name__, build.__doc__ = name, note
    return factory(build)


vanilla = _variant("vanilla", "the baseline of the study: peephole")
nig = _variant("nig", "vanilla without input gate", input_gate=None)
nfg = _variant("nfg", "vanilla without forget gate", forget_gate=None)
nog = _variant("nog", "vanilla without output gate", output_gate=None)
niaf = _variant("niaf", "vanilla, g linear: no input activation", candidate="identity")
noaf = _variant("noaf", "vanilla, h = o c: no output activation", readout="identity")
np = _variant("np", "vanilla without peepholes: lstm", peephole=False)
fgr = _variant("fgr", "vanilla; i f o also see the last i f o", full_gate_recurrence=True)


def variants() -> dict[str, Cell]:
    """The study's nine cells by the study's names, the baseline first."""
    rest = {"NIG": nig(), "NFG": nfg(), "NOG": nog(), "NIAF": niaf(), "NOAF": noaf()}
    return {"V": vanilla(), **rest, "CIFG": cifg(peephole=True), "NP": np(), "FGR": fgr()}
