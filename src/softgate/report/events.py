"""What Python's tokenizer says happens at each character: a string opens, a bracket closes; all else is rest.

The same quote opens a string at one place and closes one at another, so to a unit that holds "inside quotes" the quote
as a character is no class of input; these events are. Which of them a character is, the state before it decides.

A unit may do one thing at rest inside quotes and another outside. So `refined` tells rests apart by what the tokenizer
says of the character before: never by what comes with the character itself, which would be the event.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from softgate.text.labels import Series

__all__ = ["EVENTS", "REFINED", "events_of", "refined"]

EVENTS = (
    "rest",
    "string on one line opens",
    "string on one line closes",
    "triple-quoted string opens",
    "triple-quoted string closes",
    "#",
    "newline outside strings",
    "opening bracket",
    "closing bracket",
)
"""Everything from the second on happens outside of strings and comments, or opens or ends one."""

_WHERE = {
    "in brackets": "inside brackets",
    "in a comment": "inside a comment",
    "in triple quotes": "inside triple quotes",
    "in quotes": "inside quotes on one line",
}
"""By what a place is called, the label that the character before has there; a later one goes before an earlier."""

REFINED = ("rest in code", *(f"rest {place}" for place in _WHERE), "first character in quotes", *EVENTS[1:])
"""Rest apart by where it is. Only with the first character after a quote is it known that no three quotes opened."""


def events_of(text: str, labels: Mapping[str, Series]) -> NDArray[np.int64]:
    """The event at each character, [T], as a place in `EVENTS`; -1 for the first two of three quotes.

    Whoever has read one or two of three quotes cannot know yet that there are three: such steps have no class.

    Args:
        text: a Python source of T characters.
        labels: `string`, `quoted`, `comment` and `depth` of it, [T] each, as `label_document` gives them.
    """
    signs = np.array(list(text), dtype="<U1")
    string, quoted, comment = (labels[name] > 0 for name in ("string", "quoted", "comment"))
    opens, closes = string & ~_before(string), ~string & _before(string)
    depth = np.diff(labels["depth"].astype(np.int64), prepend=0)
    comes = (
        opens & quoted,
        closes & _before(quoted),
        np.zeros(len(text), dtype=bool),
        closes & ~_before(quoted),
        comment & ~_before(comment),
        (signs == "\n") & ~string,
        depth > 0,
        depth < 0,
    )
    found = np.zeros(len(text), dtype=np.int64)
    for event, there in enumerate(comes, start=1):
        found[there] = event
    for place in np.flatnonzero(opens & ~quoted):
        found[place : place + 2] = -1
        found[place + 2 : place + 3] = EVENTS.index("triple-quoted string opens")
    for place in np.flatnonzero(comes[3]):
        found[max(0, place - 2) : place] = -1
    return found


def refined(events: NDArray[np.int64], labels: Mapping[str, NDArray[np.float64]]) -> NDArray[np.int64]:
    """The classes of `REFINED`, [T, B], of events as `events_of` numbers them; -1 stays.

    Args:
        events: [T, B].
        labels: by title, what is known after each step, [T, B]; NaN where it is not known counts as no.
    """
    where = np.zeros_like(events)
    for place, label in enumerate(_WHERE.values(), start=1):
        where[_before(labels[label] > 0)] = place
    where[_before(events == EVENTS.index("string on one line opens"))] = REFINED.index("first character in quotes")
    found: NDArray[np.int64] = np.where(events > 0, events + len(REFINED) - len(EVENTS), events)
    return np.where(events == 0, where, found)


def _before(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same one character earlier; nothing is before the first."""
    found = np.zeros_like(flags)
    found[1:] = flags[:-1]
    return found
