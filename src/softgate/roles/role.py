"""One unit with its evidence: what :func:`softgate.find_roles` gives for each."""

from __future__ import annotations

from softgate.roles import card
from softgate.roles.judged import Judged

__all__ = ["Role"]


class Role(Judged):
    """One unit; the attributes are those of :class:`softgate.roles.judged.Judged`."""

    def why(self) -> str:
        """The evidence, in sentences of at most 80 columns, with the figures."""
        return card.text(self)

    def card(self) -> str:
        """The evidence as a piece of HTML, an ``<article>``."""
        return card.html(self)
