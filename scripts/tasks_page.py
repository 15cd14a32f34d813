"""Writes the table of docs/tasks.md from the tasks: `python scripts/tasks_page.py`. A test compares them."""

from __future__ import annotations

import sys
from pathlib import Path

from softgate import tasks

PLACE = Path(__file__).resolve().parents[1] / "docs" / "tasks.md"
HEAD = "| task | what it demands of a memory | chance | solved | source |"

# These depend on the text.
OF_THE_FILES = {"text": ("bits of single characters", "bits of counts of three")}


def table() -> str:
    """The rows, one a task, with the default options."""
    rows = [HEAD, "|---|---|---|---|---|"]
    for name in tasks.names():
        family = tasks.family(name)
        chance, solved = OF_THE_FILES.get(name) or _figures(name)
        rows.append(f"| `{name}` | {family.demands} | {chance} | {solved} | {family.source} |")
    return "\n".join(rows) + "\n"


def _figures(name: str) -> tuple[str, str]:
    task = tasks.get(name)
    chance = f"{task.chance:.3g}" if task.chance > 1e-4 else f"{task.chance:.0e}"
    return chance, f"{'≥' if task.higher_is_better else '≤'} {task.solved:.3g}"


def page(text: str) -> str:
    """The page with the table of today."""
    before, _, rest = text.partition(HEAD)
    return before + table() + rest.partition("\n\n")[2].join(["\n", ""])


if __name__ == "__main__":
    made = page(PLACE.read_text(encoding="utf-8"))
    PLACE.write_text(made, encoding="utf-8")
    sys.stdout.write(f"{PLACE.name} is up to date\n")
