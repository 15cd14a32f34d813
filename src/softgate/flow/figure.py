"""A horizon as a figure: a curve beside the product of the gates, or a heat map. Drawn by Altair."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from softgate.errors import MissingExtraError


def chart(name: str, sources: tuple[int, ...], norms: Tensor, forget: Tensor | None) -> Any:
    """An Altair chart of a horizon: of one source a curve, of several a heat map.

    Raises:
        MissingExtraError: Altair is not installed.
    """
    try:
        import altair
    except ImportError as error:
        raise MissingExtraError("altair", "plots", "the chart of a horizon") from error
    if norms.dim() == 1:
        lines = {f"norm of the gradient of {name}": norms}
        if forget is not None:
            lines["product of the forget gates"] = forget
        values = [
            {"step": s, "size": float(v), "line": line}
            for line, column in lines.items()
            for s, v in enumerate(column.tolist())
            if v > 0  # the axis is logarithmic
        ]
        return (
            altair.Chart({"values": values}, title=f"What the loss at step {sources[0]} brings to {name}")
            .mark_line(point=True)
            .encode(
                x=altair.X("step:Q", title="step s"),
                y=altair.Y("size:Q", title="size", scale=altair.Scale(type="log")),
                color=altair.Color("line:N", title=None),
            )
        )
    values = [
        {"t": t, "s": s, "size": math.log10(v)}
        for t, row in zip(sources, norms.tolist(), strict=True)
        for s, v in enumerate(row)
        if v > 0 and math.isfinite(v)
    ]
    return (
        altair.Chart({"values": values}, title=f"What the loss at step t brings to {name} at step s")
        .mark_rect()
        .encode(
            x=altair.X("s:O", title="arrives at step s"),
            y=altair.Y("t:O", title="loss at step t"),
            color=altair.Color("size:Q", title="log10 of the norm", scale=altair.Scale(scheme="viridis")),
        )
    )
