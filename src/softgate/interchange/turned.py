"""A layer that files have and torch.nn does not: one that only goes backwards."""

from __future__ import annotations

from softgate.errors import ShapeError
from softgate.layers import Recurrent
from softgate.layers.stream import Stream


class Backwards(Recurrent):
    """One layer of any cell, from the last step to the first: the second half of a bidirectional layer, alone.

    Called like :class:`softgate.Recurrent`; outputs and recorded signals stand at the steps of their inputs, and the
    last state is the one after step 0.
    """

    backwards = True

    def stream(self, batch_size: int = 1) -> Stream:
        """Raises ShapeError: the last step comes first."""
        raise ShapeError("stream: a layer that goes backwards needs the end of a sequence first")
