"""`softgate tasks`, its list and its examples, and the page."""

from __future__ import annotations

import runpy

import pytest
from typer.testing import CliRunner

import softgate as sg
from policy.sources import ROOT
from softgate import cli


def softgate(*arguments: str) -> tuple[int, list[str], str]:
    result = CliRunner().invoke(cli.app, ["tasks", *arguments], env={"COLUMNS": "80"})
    return result.exit_code, [" ".join(line.split()) for line in result.stdout.splitlines()], result.stderr


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_list(arguments: tuple[str, ...]) -> None:
    code, lines, _ = softgate(*arguments)
    assert code == 0
    assert [line.split()[0] for line in lines if line and line.split()[0] in sg.tasks.names()] == sg.tasks.names()
    assert lines[-1].startswith("21 tasks;")


@pytest.mark.parametrize("name", sg.tasks.names())
def test_show(name: str) -> None:
    code, lines, error = softgate("show", name, "--steps", "7")
    assert (code, error) == (0, "")
    text = " ".join(lines)
    for word in ("demands", "options", "shapes", "score", "chance", "solved", "harder", "source"):
        assert f" {word} " in text
    example = lines[lines.index("step input wanted") + 1 :]
    assert 7 <= len(example) <= 8
    assert sum(line == "..." for line in example) == len(example) - 7


def test_an_example_is_the_sequence() -> None:
    lines = softgate("show", "dyck1", "--steps", "99", "--seed", "3")[1]
    example = [line.split() for line in lines[lines.index("step input wanted") + 1 :]]
    depth = 0
    for t, (step, symbol, *wanted) in enumerate(example):
        depth += {"$": 0, "(": 1, ")": -1}[symbol]
        assert (int(step), wanted) == (t, ["(", ")"] if depth else ["$", "("])
    assert depth == 0
    assert len(example) >= 17


def test_options_are_set() -> None:
    lines = softgate("show", "copy", "-o", "length=4", "-o", "delay=3", "--steps", "11")[1]
    example = [line.split() for line in lines[lines.index("step input wanted") + 1 :]]
    symbols = [row[1] for row in example[:4]]
    assert [row[1] for row in example[4:]] == ["blank", "blank", "sign", "blank", "blank", "blank", "blank"]
    assert [row[2] for row in example] == [".", ".", ".", ".", ".", ".", ".", *symbols]


def test_files_are_options(tmp_path: object) -> None:
    path = f"{tmp_path}/a.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write("a\x1b[2Jb\n" * 300)
    code, lines, _ = softgate("show", "text", "-o", f"files={path}")
    assert code == 0
    assert "\x1b" not in "".join(lines), "what acts on a terminal is not printed as it is"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "coppy"), "error: unknown task 'coppy'; did you mean 'copy'?"),
        (("show", "copy", "-o", "dely=3"), "error: unknown option (of copy) 'dely'; did you mean 'delay'?"),
        (("show", "copy", "-o", "delay"), "error: unknown option (of copy) 'delay'"),
        (("show", "copy", "-o", "delay=x"), "error: copy: delay: expected int, as 20, got 'x'"),
        (("show", "text", "-o", "files=gone.txt"), "error: no such file: gone.txt"),
    ],
)
def test_bad_input_is_an_answer(arguments: tuple[str, ...], said: str) -> None:
    code, _, error = softgate(*arguments)
    assert code == 2
    assert error.startswith(said)


def test_the_page_has_the_table_of_today() -> None:
    text = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "scripts" / "tasks_page.py"))
    assert made["table"]() in text, "a task has changed: run scripts/tasks_page.py"
    assert made["page"](text) == text
