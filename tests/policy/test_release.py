"""One version everywhere, every dependency pinned for the build, nothing of one machine in the sources."""

from __future__ import annotations

import platform
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import softgate
from policy.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXTS = {".py", ".md", ".toml", ".txt", ".j2", ".html", ".css", ".js", ".json", ".ll", ""}


def newest_heading(changelog: str) -> str:
    """The version of the first entry: `## [1.2.3] - 2030-01-31`, or `- unreleased`."""
    match = re.search(r"^## \[(.+?)\] - (\d{4}-\d\d-\d\d|unreleased)$", changelog, re.MULTILINE)
    assert match, "CHANGELOG.md has no heading like `## [1.2.3] - 2030-01-31`"
    return match[1]


def requirement_names(requirements: list[str]) -> set[str]:
    names = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}  # type: ignore[index]
    return names - {"softgate"}


def files() -> Iterator[Path]:
    """Every text file that belongs to the project."""
    folders = ("src", "tests", "docs", "scripts", "bench", ".ci")
    inside = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    for path in (*sorted(ROOT.iterdir()), *inside):
        if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts:
            yield path


# What must not be in a file, and why. The places of the machine that runs the test are found out, not written down.
FORBIDDEN = {
    r"(?<![\w.])/(home|Users)/\w+": "the path of somebody's machine",
    rf"(?<![\w.]){re.escape(str(ROOT))}\b": "the path of this checkout",
    rf"(?<![\w.]){re.escape(str(Path.home()))}/": "the path of a home directory",
    rf"\b{re.escape(platform.node() or 'no name')}\b": "the name of this machine",
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b": "unfinished work: finish it, or write an issue",
    r"^\s*(import|from) (pi" + r"ckle|cloudpi" + r"ckle)\b|\bjoblib\.(dump|load)\b": "there is no pi" + "ckle anywhere",
    r"(?:file|https?)://\S*(?:pypi|pythonhosted|/simple\b|/whl\b)": "the address of a package index",
}


def offences(text: str) -> list[str]:
    return [why for pattern, why in FORBIDDEN.items() if re.search(pattern, text, re.MULTILINE)]


def test_one_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert softgate.__version__ == PROJECT["version"] == newest_heading(changelog)


def test_newest_heading_is_the_first() -> None:
    assert newest_heading("# Changelog\n\n## [0.3.0] - unreleased\n\n## [0.2.0] - 2030-01-31\n") == "0.3.0"
    with pytest.raises(AssertionError, match="no heading"):
        newest_heading("# Changelog\n\n## 0.3.0\n")


def test_every_dependency_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    wanted = requirement_names(sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"]))
    assert wanted - {pin.partition("==")[0].lower() for pin in pins} == set()


def test_no_file_says_what_it_should_not() -> None:
    found = {str(path.relative_to(ROOT)): offences(path.read_text(encoding="utf-8")) for path in files()}
    assert {path: why for path, why in found.items() if why} == {}


@pytest.mark.parametrize(
    "text",
    [
        f"see {ROOT}/src",
        "open('/home/" + "someone/data.csv')",
        "# TO" + "DO: later",
        "import pi" + "ckle",
        "    from pi" + "ckle import loads",
        f"cd {Path.home()}/x",
    ],
)
def test_complains_about(text: str) -> None:
    assert offences(text)


def test_lets_ordinary_text_pass() -> None:
    assert offences("a todo list; data/home/x; pip install 'softgate[all]'; without pi" + "ckle") == []
