"""`softgate env`: what this machine offers. The first thing to put into a bug report."""

from __future__ import annotations

import json
import os
import platform
import re
from importlib import metadata
from typing import Annotated, Any

import typer

# Features a kernel could use, in the order in which one would want them; x86 first, then ARM.
_FEATURES = (
    *("sse4.2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512vl", "avx512bf16", "avx512vnni", "avx512fp16"),
    *("amx-tile", "amx-bf16"),
    *("neon", "fullfp16", "bf16", "i8mm", "sve", "sve2", "sme"),
)
_PACKAGES = ("torch", "llvmlite", "numpy", "safetensors")


def env(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """Show versions, CPU features, threads and installed extras."""
    facts = _facts()
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for heading, rows in facts.items():
        typer.echo(heading)
        for name, value in rows.items():
            shown = " ".join(value) if isinstance(value, list) else value
            typer.echo(f"  {name:<12} {'-' if shown in (None, '') else shown}")


def _facts() -> dict[str, dict[str, Any]]:
    return {"versions": _versions(), "cpu": _cpu(), "threads": _threads(), "extras": _extras()}


def _versions() -> dict[str, str | None]:
    found = {package: _version(package) for package in _PACKAGES}
    return {"softgate": _version("softgate"), "python": platform.python_version(), **found}


def _cpu() -> dict[str, Any]:
    from llvmlite import binding

    from softgate.cpu import cache, isa

    folder = cache.folder()
    features = binding.get_host_cpu_features()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "name": binding.get_host_cpu_name(),
        "features": [feature for feature in _FEATURES if features.get(feature)],
        "kernels for": isa.choose().name,
        "also here": [other.name for other in isa.available() if other is not isa.choose()],
        "kept in": "not kept" if folder is None else str(folder),
    }


def _threads() -> dict[str, Any]:
    import torch

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cores": usable, "torch": torch.get_num_threads(), "OMP": os.environ.get("OMP_NUM_THREADS")}


def _extras() -> dict[str, str]:
    """Each extra of the package with "installed", or the line that installs it."""
    needs: dict[str, list[str]] = {}
    for requirement in metadata.requires("softgate") or ():
        match = re.match(r"""([\w.-]+).*\bextra == ["'](\w+)["']""", requirement)
        if match and match[1] != "softgate":  # an extra may stand for others
            needs.setdefault(match[2], []).append(match[1])
    return {
        extra: "installed" if all(map(_version, packages)) else f"missing: pip install 'softgate[{extra}]'"
        for extra, packages in needs.items()
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
