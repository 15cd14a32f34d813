"""No kernel reads or writes a byte outside what it is given: every array lies between pages that nobody may touch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from softgate.cpu import isa as instruction_sets

TESTS = Path(__file__).parent.parent

OVER = """
import ctypes, torch
from cpu.memory import Guarded

guard = Guarded(at_end={at_end})
t = guard.empty((5,), torch.float32)
address = t.data_ptr()
print("inside", ctypes.c_float.from_address(address + 16).value, flush=True)
print("outside", ctypes.c_float.from_address(address + ({offset})).value, flush=True)
"""

OUTSIDE = """
import softgate as sg
from cpu import guarded
from softgate.cpu import sweep

whole = sweep.constants
sweep.constants = lambda *a: {{k: v + {more} if k == {what!r} else v for k, v in whole(*a).items()}}
guarded.main("lstm T=3 B=7 I=5 H=17")
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Callable[[str], tuple[int, str, str]]]:
    """Runs the cases of an instruction set, and those of the others meanwhile; gives exit status, stdout and stderr."""
    begun: dict[str, subprocess.Popen[str]] = {}

    def begin(isa: str) -> None:
        command, env = [sys.executable, "-m", "cpu.guarded"], os.environ | {"SOFTGATE_ISA": isa}
        pipe = subprocess.PIPE
        begun[isa] = subprocess.Popen(command, cwd=TESTS, env=env, stdout=pipe, stderr=pipe, text=True)

    def ended(isa: str) -> tuple[int, str, str]:
        alone = "PYTEST_XDIST_WORKER" in os.environ  # the others are not this worker's
        for one in [isa] if alone else [isa, *(i.name for i in instruction_sets.available())]:
            if one not in begun:
                begin(one)
        stdout, stderr = begun[isa].communicate(timeout=600)
        return begun[isa].returncode, stdout, stderr

    yield ended
    for child in begun.values():
        child.kill()
        child.communicate()


def program(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, *command)
    return subprocess.run(command, cwd=TESTS, env=os.environ | env, capture_output=True, text=True, timeout=300)


def test_every_array_between_guard_pages(isa: str, guarded: Callable[[str], tuple[int, str, str]]) -> None:
    status, stdout, stderr = guarded(isa)
    *_, last = ["nothing ran", *stdout.splitlines()]
    if status < 0:
        name = signal.Signals(-status).name
        raise AssertionError(f"{isa}: {name} in the case {last!r}: memory was touched that is not the kernel's")
    assert status == 0, f"{isa}, case {last!r}:\n{stderr[-2000:]}"
    assert last == "all went well"


@pytest.mark.parametrize(("at_end", "offset"), [(True, 20), (False, -4)])
def test_a_step_outside_is_fatal(at_end: bool, offset: int) -> None:
    done = program("-c", OVER.format(at_end=at_end, offset=offset))
    assert done.stdout == "inside nan\n"
    assert done.returncode == -signal.SIGSEGV


def test_memory_that_was_given_back_is_fatal() -> None:
    code = OVER.replace("address = t.data_ptr()", "address = t.data_ptr(); del t").format(at_end=True, offset=0)
    done = program("-c", code)
    assert done.stdout == ""
    assert done.returncode == -signal.SIGSEGV


@pytest.mark.parametrize(("what", "more"), [("units", 1), ("inputs", 1), ("batch", 1), ("end", 1), ("y_row", -3)])
def test_a_kernel_that_steps_outside_is_caught(what: str, more: int) -> None:
    """Told of one unit, input, row or step too many, the kernel dies, or its values are wrong."""
    done = program("-c", OUTSIDE.format(what=what, more=more))
    assert done.returncode in (-signal.SIGSEGV, 1), done.stdout
    assert "AssertionError" in done.stderr or done.returncode < 0
    assert done.stdout.splitlines()[-1].startswith("lstm T=3 B=7 I=5 H=17")
