"""A figure to play with: how values spread over three states while a net is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from softgate.figures import style
from softgate.figures.style import FigureError

__all__ = ["Share", "shares"]

PANEL, BAR = 230, 22
BETWEEN = "#d5d7dc"
"""Of what is neither: nothing that draws the eye."""


@dataclass(frozen=True)
class Share:
    """The share of the values of a signal that are in one state, after so many steps of training.

    Attributes:
        task: the panel.
        signal: the bar.
        state: the part of the bar.
        step: of training.
        share: 0 to 1; those of a bar add up to 1.
    """

    task: str
    signal: str
    state: str
    step: int
    share: float


def shares(rows: Sequence[Share], title: str, columns: int = 2) -> object:
    """Bars in parts, one a signal, a panel a task, at the step of training that a slider chooses.

    Args:
        rows: every signal of every task has every state at every step; states in the order in which they are drawn.
        title: of the horizontal axis.
        columns: panels side by side.

    Raises:
        FigureError: there is nothing to draw.
    """
    if not rows:
        raise FigureError("shares: there is nothing to draw")
    alt = style.altair()
    steps = sorted({row.step for row in rows})
    states, signals = (list(dict.fromkeys(values)) for values in ([r.state for r in rows], [r.signal for r in rows]))
    when = alt.param(
        "when", value=0, bind=alt.binding_range(min=0, max=len(steps) - 1, step=1, name="how long it has been trained")
    )
    scale = alt.Scale(domain=states, range=[style.OKABE_ITO[0], BETWEEN, style.OKABE_ITO[1]])
    legend = alt.Legend(title=None, orient="top", direction="horizontal")
    panels = []
    for task in dict.fromkeys(row.task for row in rows):
        told = [
            (r.signal, r.state, states.index(r.state), steps.index(r.step), _after(r.step), r.share)
            for r in rows if r.task == task
        ]  # fmt: skip
        columns_ = dict(
            zip(("signal", "state", "order", "k", "trained", "share"), zip(*told, strict=True), strict=True)
        )
        data = style.chart({name: list(values) for name, values in columns_.items()}, by=("signal", "state"))
        panels.append(
            data.transform_filter("datum.k === when")
            .mark_bar(height=BAR)
            .encode(
                x=alt.X("share:Q", title=title, stack="zero", scale=alt.Scale(domain=[0, 1], nice=False)),
                y=alt.Y("signal:N", title=None, sort=signals),
                order="order:Q",
                color=alt.Color("state:N", sort=states, scale=scale, legend=legend),
                tooltip=["signal:N", "state:N", "trained:N", alt.Tooltip("share:Q", format=".0%")],
            )
            .properties(width=PANEL, height=len(signals) * (BAR + 8), title=alt.Title(task, anchor="start"))
        )
    clock = (
        style.chart({"k": list(range(len(steps))), "trained": [f"{_after(step)} of training" for step in steps]})
        .transform_filter("datum.k === when")
        .mark_text(align="left", fontSize=13, fontWeight="bold", color=style.INK)
        .encode(text="trained:N", x=alt.value(0))
        .properties(width=PANEL, height=16, view=alt.ViewConfig(stroke=None))
    )
    whole = alt.vconcat(clock, alt.concat(*panels, columns=columns, spacing=24), spacing=4)
    return style.dressed(whole.add_params(when))


def _after(step: int) -> str:
    return "after 1 step" if step == 1 else f"after {step:,} steps"
