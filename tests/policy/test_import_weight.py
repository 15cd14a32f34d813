"""`import softgate` brings in nothing that torch does not, and `softgate --help` not even torch.

Counted in modules, not in seconds: seconds depend on the machine and on who else is using it.
"""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    *("sympy", "llvmlite", "onnx", "onnxruntime", "lightning", "pytorch_lightning", "pyarrow", "pandas"),
    *("altair", "vl_convert", "scipy", "sklearn", "statsmodels"),
    *("typer", "click", "rich", "jinja2", "pytest", "hypothesis", "selenium"),
}


def loaded(code: str) -> set[str]:
    """The top-level packages in memory after `code` has run in a Python of its own."""
    program = f"{code}\nimport json, sys; print('\\n' + json.dumps([name.partition('.')[0] for name in sys.modules]))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_import_softgate_is_light() -> None:
    assert loaded("import softgate") & (HEAVY | {"torch", "numpy"}) == set()


def test_writing_equations_is_light() -> None:
    assert loaded("import softgate as sg; sg.cell, sg.sigmoid, sg.SoftgateError") & HEAVY == set()


def test_figures_load_nothing_before_one_is_drawn() -> None:
    assert loaded("import softgate as sg; sg.figures.save, sg.activations.describe") & HEAVY == set()


def test_help_is_light() -> None:
    help_page = "import sys\nfrom softgate.cli import app\nsys.argv = ['softgate', '--help']\n"
    found = loaded(f"{help_page}try: app()\nexcept SystemExit as end: assert end.code == 0")
    assert found & ((HEAVY - {"typer", "click", "rich"}) | {"torch", "numpy"}) == set()


def test_the_count_sees_what_is_loaded() -> None:
    assert {"json", "typer"} <= loaded("import typer")
