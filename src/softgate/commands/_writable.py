"""Whether a file can be written, asked before the work is done that it is for."""

from __future__ import annotations

import os
from pathlib import Path

import typer

__all__ = ["require_writable"]


def require_writable(out: Path, option: str) -> None:
    """Refuse a path that is a folder, is in none, or may not be written; `option` is where it came from.

    Raises:
        typer.BadParameter: it names the file.
    """
    there = out if out.exists() else out.parent
    if out.is_dir() or not out.parent.is_dir() or not os.access(there, os.W_OK):
        raise typer.BadParameter(f"cannot write {out}: expected a file in a folder that exists", param_hint=option)
