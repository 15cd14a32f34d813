"""On what results were made: versions, processor, commit, processes. Nothing that names whose machine it is."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from softgate.machine import commit, now, processor


def stamp(backend: str, jobs: int) -> dict[str, Any]:
    """An entry of ``machine.json``, as work begins."""
    import torch  # seconds, which no other part of the runner takes

    from softgate import dispatch

    return {
        "started": now(),
        "machine": processor(),
        "isa": dispatch.isa() or "none",
        "python": platform.python_version(),
        "softgate": _version("softgate"),
        "commit": commit(),
        "torch": str(torch.__version__),
        "numpy": _version("numpy"),
        "system": platform.system(),
        "backend": backend,
        "jobs": jobs,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # run from a checkout that was not installed
        return ""
