"""The screen that says how to read what was tried: dots, tasks, names and verdicts, for who has never seen a study."""

from __future__ import annotations

from collections.abc import Sequence

from softgate.lab.claims.pools import titled
from softgate.report import blocks as b

__all__ = ["TASKS", "Screen", "reading"]

Screen = tuple[str, Sequence[str], Sequence[b.Block], int | None, Sequence[str]]
"""Title, words, pictures, the number of the claim whose finding is shown, and words behind it."""

TASKS = {
    "adding": "Numbers go by, two of them marked. Say at the end what the two add up to.",
    "flipflop": "Three switches are pressed up or down now and then. Say at every step how each of them stands.",
    "delayed_recall": "A symbol comes at the beginning, then others that mean nothing. Say later which it was.",
    "signed_walk": "Somebody walks to and fro past a door, a step at a time. Say always on which side of it.",
    "anbn": "Some a, then as many b. Say what may come next: only who has counted knows the end.",
    "dyck1": "Brackets open and close. Say what may come next: only who has counted knows when all are closed.",
    "embedded_reber": "Letters by the rules of a small grammar; the second of them comes again at the end.",
}
"""What a net has to do, by the name of the task."""


def reading() -> Screen:
    """How the pictures and the verdicts on the other screens are read."""
    rows = tuple((titled(name), what) for name, what in TASKS.items())
    return (
        "How to read what was tried",
        (
            "From here on, things are not only said but tried. We train many small nets on small tasks, change one "
            "part, and train them again. In the pictures a dot is one net, a bar is the net in the middle, and a "
            "line is a range that very likely holds the true middle. Skill 0 is guessing, 1 is perfect. “Steps until "
            "solved” is how long a net had to practise.",
            "“Plain” is the usual LSTM. In other names g stands for the push that may be written, h for what is "
            "shown, c for the memory: “g sigmoid” is an LSTM whose push is a sigmoid.",
            "Under each picture stands a verdict on a sentence that people say. Supported: the nets agree with it. "
            "Refuted: they contradict it. Depends: true on some tasks and false on others. Undecided: the nets "
            "cannot tell. The rule for it was fixed before any net was trained. The figures behind the verdict are "
            "for those who want to check it.",
        ),
        (b.Table(("task", "what the net has to do"), rows),),
        None,
        (),
    )
