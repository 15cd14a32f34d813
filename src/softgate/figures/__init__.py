"""Figures of signals, gates, half-lives, gradients and activations, for a notebook, a page and a paper.

Each function gives an Altair chart, which a notebook shows; :func:`save` writes it as SVG, PNG or a page of its own.
They take plain arrays and whatever ``sg.record`` and ``sg.gradient_flow`` give; ``describe(name).plot()`` is the figure
of an activation. Long curves are thinned, so that no page grows with the length of the input. Needs
``pip install 'softgate[plots]'``. Known imperfection: what a notebook loads to show a chart is up to Altair
(``alt.renderers``); the pages of :func:`save` load nothing.
"""

from softgate.figures.flows import gradients
from softgate.figures.save import save
from softgate.figures.signals import active_units, distributions, signals
from softgate.figures.units import half_lives, saturation

__all__ = ["active_units", "distributions", "gradients", "half_lives", "saturation", "save", "signals"]
