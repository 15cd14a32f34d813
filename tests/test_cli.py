"""The command line: what it lists, what it says of the machine, how it fails."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import softgate as sg
from softgate import cli, commands


def softgate(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_version() -> None:
    assert softgate("--version") == (0, f"softgate {sg.__version__}\n", "")


def test_help_lists_every_command_on_disk() -> None:
    code, printed, _ = softgate("--help")
    lines = [line.strip() for line in printed.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    listed = {re.split(r"\s{2,}", line)[0].replace(" ", "_") for line in lines}  # one of two words has a file of both
    assert code == 0
    names = {found.name for found in pkgutil.iter_modules(commands.__path__) if not found.name.startswith("_")}
    assert names <= listed


def test_near_command_is_suggested() -> None:
    code, _, said = softgate("envv")
    assert code == 2
    assert "Did you mean 'env'?" in said


def test_env_shows_versions_cpu_threads_and_extras() -> None:
    code, printed, _ = softgate("env")
    assert code == 0
    assert [line for line in printed.splitlines() if not line.startswith(" ")] == [
        "versions",
        "cpu",
        "threads",
        "extras",
    ]
    assert f"  softgate     {sg.__version__}\n" in printed


def test_env_as_json() -> None:
    facts = json.loads(softgate("env", "--json")[1])
    assert facts["threads"]["torch"] >= 1
    assert {"train", "onnx", "keras", "plots", "probes", "lab", "ray", "test"} == set(facts["extras"])


def test_env_prints_the_line_that_installs_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from softgate.commands import env

    here = env._version
    monkeypatch.setattr(env, "_version", lambda package: None if package == "onnxruntime" else here(package))
    assert env._extras()["onnx"] == "missing: pip install 'softgate[onnx]'"


def _app_with(command: typer.models.CommandFunctionType) -> typer.Typer:
    app = typer.Typer(cls=cli._Commands, pretty_exceptions_enable=False)
    app.command("fail")(command)
    app.callback()(lambda: None)
    return app


def test_softgates_own_errors_are_messages() -> None:
    def fail() -> None:
        raise sg.UnknownNameError("cell", "lstn", ["lstm"])

    result = CliRunner().invoke(_app_with(fail), ["fail"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: unknown cell 'lstn'; did you mean 'lstm'?\n  known: lstm\n"


def test_other_errors_keep_their_traceback() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(_app_with(fail), ["fail"]).exception, ZeroDivisionError)


def test_runs_as_a_module() -> None:
    run = subprocess.run([sys.executable, "-m", "softgate", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"softgate {sg.__version__}\n"
