"""The LSTM with something to choose in every slot."""

from __future__ import annotations

from typing import Any

from softgate.cells._factory import Squash, factory
from softgate.equations import Cell, Source, cell
from softgate.errors import CellDefinitionError

__all__ = ["lstm"]

SOURCE = Source(
    "F. A. Gers, J. Schmidhuber, F. Cummins",
    "Learning to Forget: Continual Prediction with LSTM",
    2000,
    "Neural Computation 12(10), 2451-2471",
)


@factory
def lstm(
    input_gate: Squash = "sigmoid",
    forget_gate: Squash = "sigmoid",
    output_gate: Squash = "sigmoid",
    candidate: Squash = "tanh",
    readout: Squash = "tanh",
    coupled: bool = False,
    peephole: bool = False,
    full_gate_recurrence: bool = False,
) -> Cell:
    """The LSTM with forget gate, as in torch: gates i f g o.

    Args:
        input_gate, forget_gate, output_gate, candidate: what squashes the gate. ``None``: the gate is not there, which
            is the same as a gate that is always 1, and has no weights.
        readout: what squashes c on its way to h; ``None`` is the identity.
        coupled: f = 1 - i; the forget gate has no weights (ONNX: ``input_forget``). ``forget_gate`` is then not used.
        peephole: the gates see the cell through weights a unit: i and f the old one (p_i, p_f), o the new one (p_o).
        full_gate_recurrence: every gate also sees all gates of the step before, through full matrices (weight_fb).
    """
    squash: dict[str, Any] = {"i": input_gate, "f": None if coupled else forget_gate, "g": candidate, "o": output_gate}
    gates = [n for n in "ifgo" if squash[n] is not None]
    if not gates:
        raise CellDefinitionError("cell lstm: with no gate and no candidate it has no input; leave one of them in")
    if coupled and input_gate is None:
        raise CellDefinitionError("cell lstm: coupled=True makes f = 1 - i, which needs an input gate")
    gating = [n for n in gates if n != "g"]
    weights = [f"p_{n}" for n in gating] if peephole else []
    feedback = gating if full_gate_recurrence else []

    @cell(gates=gates, state=["h", "c", *feedback], weights=weights, feedback=feedback, source=SOURCE, note=_NOTE)
    def lstm(z: Any, prev: Any, w: Any = None) -> dict[str, Any]:
        def gate(n: str, seen: Any) -> Any:
            return squash[n](getattr(z, n) + getattr(w, f"p_{n}") * seen if peephole and n != "g" else getattr(z, n))

        s: dict[str, Any] = {n: gate(n, prev.c) for n in gates if n != "o"}
        if coupled:
            s = {"i": s["i"], "f": 1.0 - s["i"], **s}
        c = s.get("f", 1.0) * prev.c + s.get("i", 1.0) * s.get("g", 1.0)
        if "o" in gates and not peephole:
            s["o"] = gate("o", None)
        s["c"] = c
        if "o" in gates and peephole:
            s["o"] = gate("o", c)
        s["h"] = s.get("o", 1.0) * (c if readout is None else readout(c))  # type: ignore[operator]
        return s

    return lstm


_NOTE = "the standard; other notes refer to it"
