"""Figures of signals, gates, half-lives, gradients and activations, for a notebook, a page and a paper.

Each function gives an Altair chart, which a notebook shows; :func:`save` writes it as SVG, PNG or a page of its own.
They take plain arrays and whatever ``sg.record`` gives. Needs ``pip install 'softgate[plots]'``.
"""

from softgate.figures.save import save

__all__ = ["save"]
