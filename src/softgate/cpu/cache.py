"""Machine code on disk: private to the user, keyed by everything that went into it, verified before it is loaded.

A file holds its key and a checksum. A file that is damaged, made for something else, or that another user could have
written is not loaded; the kernel is compiled again and the file replaced. The folder may be deleted at any time.
``SOFTGATE_CACHE`` names another folder, or is ``off``.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

_MAGIC = b"softgate kernel 1\n"


def folder() -> Path | None:
    """Where kernels are kept, or None if they are not."""
    named = os.environ.get("SOFTGATE_CACHE")
    if named is not None:
        return None if named.lower() in ("off", "0", "") else Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "softgate"
        return (Path(base) if base else Path.home() / ".cache") / "softgate"
    except RuntimeError:  # a user without a home
        return None


@lru_cache(maxsize=1)
def sources() -> str:
    """A fingerprint of the code that generates kernels: a new version never meets old machine code."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *package.parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load(key: str) -> bytes | None:
    """The machine code kept for a key, or None if there is none that can be trusted."""
    place = _place(key)
    if place is None:
        return None
    try:
        if not (_is_private(place.parent) and _is_private(place)):
            return None
        content = place.read_bytes()
    except OSError:
        return None
    head = _MAGIC + hashlib.sha256(key.encode()).digest()
    checksum, code = content[len(head) : len(head) + 32], content[len(head) + 32 :]
    if not content.startswith(head) or hashlib.sha256(code).digest() != checksum:
        return None
    return code


def save(key: str, code: bytes) -> None:
    """Keep machine code; a folder that cannot be written is no error."""
    place = _place(key)
    if place is None:
        return
    content = _MAGIC + hashlib.sha256(key.encode()).digest() + hashlib.sha256(code).digest() + code
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_private(place.parent):
            return
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(temporary, place)
        except OSError:
            os.unlink(temporary)
    except OSError:
        return


def _place(key: str) -> Path | None:
    where = folder()
    return None if where is None else where / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.kernel"


def _is_private(path: Path) -> bool:
    """Whether this user alone could have written it."""
    if not hasattr(os, "getuid"):
        return True
    status = path.lstat()
    plain = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
    return plain and status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
