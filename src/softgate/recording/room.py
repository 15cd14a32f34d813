"""How much memory and disk there is, and what is too much.

Free memory is what the system says could be had without swapping, or less where a control group allows less. Where
neither says anything (not Linux), half of what is installed counts as free.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import torch

CPU = torch.device("cpu")
SHARE = 0.5
"""Of free memory, what a recording takes at most if not told otherwise."""
DISK_SHARE = 0.9
SMALL = 64 << 20
"""What is smaller is kept without a look at what is free, which takes longer than to run a small layer."""

_GROUPS = (  # limit and use of the control group, version 2 and 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def free_memory(device: torch.device = CPU) -> int:
    """Bytes of memory that could be taken now; of a CUDA device its own, else main memory."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = _available()
    for limit, used in _GROUPS:
        with suppress(OSError, ValueError):  # no such group, or its limit is "max"
            free = min(free, max(0, int(_read(limit)) - int(_read(used))))
    return free


def _available() -> int:
    with suppress(OSError, StopIteration):
        lines = _read("/proc/meminfo").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1])
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _read(path: str) -> str:
    return Path(path).read_text(encoding="ascii")


def free_disk(folder: Path) -> int:
    """Bytes that may be written where the folder is or will be."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def in_words(count: float) -> str:
    """``"1.5 GiB"``."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TiB"
