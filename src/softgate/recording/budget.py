"""What a recording may take and what it has: the refusal comes before anything is allocated."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import torch

from softgate.errors import RecordingTooLargeError
from softgate.recording import room
from softgate.recording.plan import Plan
from softgate.recording.room import in_words


class Budget:
    """Bytes that may be kept and bytes that are, in memory and on disk.

    A limit that was given holds for what is kept: on disk if there is a folder, else in memory. By default half of the
    memory that is free may be taken, of the disk nine tenths.
    """

    def __init__(self, limit: Any, folder: Path | None, device: torch.device) -> None:
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0):
            raise ValueError(f"record: limit must be a number of bytes above 0, got {limit!r}")
        self._limit: float | None = limit
        self._folder, self._device = folder, device
        self._held = {"memory": 0, "disk": 0}
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}

    def look(self) -> None:
        """Sees what is free, when that is first needed."""
        self._free = {}

    @property
    def limit(self) -> float:
        """Bytes that may be kept, on disk if there is a folder, else in memory."""
        return self._limit if self._limit is not None else self._share("memory" if self._folder is None else "disk")

    def _share(self, where: str) -> float:
        """Bytes that may be taken by default, with those that are held."""
        if where not in self._free:
            if where == "memory":
                share = room.SHARE * room.free_memory(self._device)
            else:
                assert self._folder is not None
                share = room.DISK_SHARE * room.free_disk(self._folder)
            self._free[where] = self._held[where] + share
        return self._free[where]

    def surely_has(self, size: int) -> bool:
        """Whether this much is too little to be refused."""
        return (
            self._limit is None and self._held["memory"] + size < room.SMALL and self._held["disk"] + size < room.SMALL
        )

    def check(self, plan: Plan) -> None:
        """Refuses what would not fit beside what is held."""
        if self._folder is not None:
            self._refuse(plan.disk, "disk", self._limit)
        elif self._limit is not None:
            self._refuse(plan.memory, "memory", self._limit)
        if self._folder is not None or self._limit is None:
            self._refuse(plan.memory + plan.passing, "memory", None)

    def take(self, size: int, where: str) -> None:
        """Counts what is about to be kept in ``"memory"`` or on ``"disk"``."""
        with self._lock:
            if where == ("memory" if self._folder is None else "disk"):
                self._refuse(size, where, self._limit)
            self._held[where] += size

    def _refuse(self, needed: int, where: str, limit: float | None) -> None:
        held = self._held[where]
        if limit is None and held + needed < room.SMALL:
            return
        most = self._share(where) if limit is None else limit
        if held + needed <= most:
            return
        beside = f" beside the {in_words(held)} it has" if held else ""
        elsewhere = "to=folder" if self._folder is None else "shorter calls" if where == "memory" else "another folder"
        raise RecordingTooLargeError(
            f"record: {needed} bytes ({in_words(needed)}) more are needed{beside}, and {in_words(most)} of {where} "
            f"may be taken; fewer names, steps=, dtype=torch.float16, {elsewhere} or limit= make it fit; "
            "rec.plan(x) tells beforehand"
        )
