"""On what, and from what state of the sources, something was made. Nothing that names whose machine it is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).parent


def now() -> str:
    """The time, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def commit() -> str:
    """The commit that the package is at, ``+dirty`` if its files differ from it; empty if it is not in a repository."""
    if _git("ls-files", "--error-unmatch", "__init__.py") is None:
        return ""
    head = _git("rev-parse", "--short=12", "HEAD")
    return "" if head is None else head + ("+dirty" if _git("status", "--porcelain", "--", ".") else "")


def _git(*arguments: str) -> str | None:
    try:
        run = subprocess.run(["git", "-C", str(_SOURCE), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout.strip()


@cache
def processor() -> str:
    """The name of the processor and how many of it there are: ``AMD EPYC 9654, 2 cores``."""
    import llvmlite.binding as llvm

    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    name = found[1].strip() if found else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name} ({llvm.get_host_cpu_name()}), {cores} cores"
