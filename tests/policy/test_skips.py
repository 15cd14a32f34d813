"""What did not run is counted and printed with its reason, once for each reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from policy.sources import ROOT

SUITE = """
import pytest

@pytest.mark.parametrize("n", range(3))
def test_needs_a_device(n):
    pytest.skip("no such device here")

@pytest.mark.skip(reason="too hot")
def test_weather(): ...

def test_runs(): ...
"""


def test_skipped_tests_are_counted_by_reason(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert "4 tests did not run" in printed
    assert "    3  no such device here" in printed
    assert "    1  too hot" in printed
