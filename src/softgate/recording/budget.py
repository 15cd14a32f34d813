"""What a recording may take and what it has: the refusal comes before anything is allocated."""

from __future__ import annotations

import threading
from pathlib import Path

import torch

from softgate.errors import RecordingTooLargeError
from softgate.recording import room
from softgate.recording.plan import Plan
from softgate.recording.room import in_words


class Budget:
    """Bytes that may be kept and bytes that are, in memory and on disk.

    A limit that was given holds for what is kept: on disk if there is a folder, else in memory. By default half of the
    memory that is free when the recording begins may be taken, of the disk nine tenths.
    """

    def __init__(self, limit: float | None, folder: Path | None, device: torch.device) -> None:
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0):
            raise ValueError(f"record: limit must be a number of bytes above 0, got {limit!r}")
        self._limit, self._folder, self._device = limit, folder, device
        self._held = {"memory": 0, "disk": 0}
        self._lock = threading.Lock()
        self.look()

    def look(self) -> None:
        """Sees what is free now."""
        self._memory = self._held["memory"] + room.SHARE * room.free_memory(self._device)
        self._disk = 0.0
        if self._folder is not None:
            self._disk = self._held["disk"] + room.DISK_SHARE * room.free_disk(self._folder)

    @property
    def limit(self) -> float:
        """Bytes that may be kept, on disk if there is a folder, else in memory."""
        if self._limit is not None:
            return self._limit
        return self._memory if self._folder is None else self._disk

    def check(self, plan: Plan) -> None:
        """Refuses what would not fit beside what is held."""
        if self._folder is not None:
            self._refuse(plan.disk, self.limit, "disk")
        elif self._limit is not None:
            self._refuse(plan.memory, self.limit, "memory")
        if self._folder is not None or self._limit is None:
            self._refuse(plan.memory + plan.passing, self._memory, "memory")

    def take(self, size: int, where: str) -> None:
        """Counts what is about to be kept in ``"memory"`` or on ``"disk"``."""
        with self._lock:
            if where == ("memory" if self._folder is None else "disk"):
                self._refuse(size, self.limit, where)
            self._held[where] += size

    def _refuse(self, needed: int, limit: float, where: str) -> None:
        held = self._held[where]
        if held + needed <= limit:
            return
        beside = f" beside the {in_words(held)} it has" if held else ""
        elsewhere = "to=folder" if self._folder is None else "shorter calls" if where == "memory" else "another folder"
        raise RecordingTooLargeError(
            f"record: {needed} bytes ({in_words(needed)}) more are needed{beside}, and {in_words(limit)} of {where} "
            f"may be taken; fewer names, steps=, dtype=torch.float16, {elsewhere} or limit= make it fit; "
            "rec.plan(x) tells beforehand"
        )
