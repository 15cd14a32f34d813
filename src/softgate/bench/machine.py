"""Where and with what something was measured: the first columns of a row of the ledger."""

from __future__ import annotations

import torch

import softgate as sg
from softgate import dispatch
from softgate.machine import commit, now, processor

__all__ = ["now", "stamp"]


def stamp() -> dict[str, str | int]:
    """The first columns of a row: date, commit, versions, machine, instruction set, threads."""
    return {
        "date": now(),
        "commit": commit(),
        "softgate": sg.__version__,
        "torch": str(torch.__version__),
        "machine": processor(),
        "isa": dispatch.isa() or "none",
        "threads": torch.get_num_threads(),
    }
