"""Kernels on disk: only what this user wrote, for this very kernel and undamaged, is loaded; else it is compiled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

import softgate as sg
from softgate.cpu import cache, compiler, isa, launch, prepare
from softgate.errors import SoftgateError
from softgate.testing import Bench
from softgate.testing.problem import runner

CELL = sg.cells.rnn()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the kernels of one cell in it."""
    where = tmp_path_factory.mktemp("made") / "kernels"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTGATE_CACHE", str(where))
        forget()
        judge()
    assert kernels(where)
    return where


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that a process which has no kernels yet finds them in."""
    where = tmp_path / "kernels"
    shutil.copytree(made, where)
    monkeypatch.setenv("SOFTGATE_CACHE", str(where))
    forget()
    yield where
    where.chmod(0o700)
    forget()


def forget() -> None:
    """As in a new process."""
    launch.forget()
    compiler.forget()
    for stage in vars(prepare).values():
        if hasattr(stage, "cache_clear"):
            stage.cache_clear()


def judge() -> None:
    bench = Bench(CELL, runner("cpu"), torch.float32)
    bench.judge(bench.problem(3, 2, 3, 8))


def origins() -> set[str]:
    """Run, with results judged; where the kernels came from."""
    judge()
    return {k.origin for k in compiler._loaded.values()}


def kernels(where: Path) -> list[Path]:
    return sorted(where.glob("*.kernel"))


def test_what_was_compiled_is_loaded(folder: Path) -> None:
    assert origins() == {"disk"}
    assert {oct(p.stat().st_mode & 0o777) for p in [folder, *kernels(folder)]} == {"0o700", "0o600"}


def flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda b: b"",
    "a bit of the head": lambda b: flip(b, 3),
    "a bit of the key": lambda b: flip(b, 20),
    "a bit of the checksum": lambda b: flip(b, 60),
    "a bit of the code": lambda b: flip(b, len(b) // 2),
    "the last bit": lambda b: flip(b, len(b) - 1),
    "cut in the head": lambda b: b[:10],
    "cut in the checksum": lambda b: b[:70],
    "cut in the code": lambda b: b[: len(b) // 2],
    "more than there was": lambda b: b + b"\0",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_replaced(name: str, folder: Path) -> None:
    before = {p: p.read_bytes() for p in kernels(folder)}
    for path, content in before.items():
        path.write_bytes(DAMAGE[name](content))
    assert origins() == {"compiled"}
    assert {p: p.read_bytes() for p in kernels(folder)} == before, "the files were not mended"
    forget()
    assert origins() == {"disk"}


def test_a_file_of_another_kernel_is_not_taken(folder: Path) -> None:
    """Names are made of the key, but what is inside decides."""
    paths = kernels(folder)
    contents = [p.read_bytes() for p in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert origins() == {"compiled"}


def test_what_others_may_write_is_not_taken(folder: Path) -> None:
    for mode in (0o620, 0o602, 0o666):
        for path in kernels(folder):
            path.chmod(mode)
        assert origins() == {"compiled"}
        assert all(p.stat().st_mode & 0o777 == 0o600 for p in kernels(folder)), "the files were not replaced"
        forget()


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777])
def test_a_folder_others_may_write_is_not_used(mode: int, folder: Path) -> None:
    folder.chmod(mode)
    before = {p: p.stat().st_mtime_ns for p in kernels(folder)}
    assert origins() == {"compiled"}
    assert {p: p.stat().st_mtime_ns for p in kernels(folder)} == before, "a file was written there"


def test_what_belongs_to_another_user_is_not_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert origins() == {"compiled"}


def test_symbolic_links_are_not_followed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in kernels(folder):
        aside = tmp_path / path.name
        path.rename(aside)
        path.symlink_to(aside)
    assert origins() == {"compiled"}
    assert not any(p.is_symlink() for p in kernels(folder))
    forget()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv("SOFTGATE_CACHE", str(tmp_path / "link"))
    assert origins() == {"compiled"}


def test_a_folder_in_the_place_of_a_file(folder: Path) -> None:
    for path in kernels(folder):
        path.unlink()
        path.mkdir()
    assert origins() == {"compiled"}
    assert not list(folder.glob(".new-*"))


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(folder: Path) -> None:
    for path in kernels(folder):
        path.unlink()
        os.mkfifo(path)
    assert origins() == {"compiled"}


def test_a_folder_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in kernels(folder):
        path.unlink()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # a superuser writes anywhere, but not below a file
        (folder / "file").write_text("")
        monkeypatch.setenv("SOFTGATE_CACHE", str(folder / "file" / "kernels"))
    assert origins() == {"compiled"}


@pytest.mark.parametrize("word", ["off", "OFF", "0", ""])
def test_off(word: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTGATE_CACHE", word)
    assert cache.folder() is None
    assert origins() == {"compiled"}


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOFTGATE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    forget()
    assert origins() == {"compiled"}
    forget()


def test_another_version_has_other_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = kernels(folder)
    monkeypatch.setattr(cache, "sources", lambda: "another version")
    assert origins() == {"compiled"}
    assert len(kernels(folder)) == 2 * len(names)


def test_each_instruction_set_has_its_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = kernels(folder)
    if len(isa.available()) == 1:
        pytest.skip("this processor has one instruction set")
    monkeypatch.setenv("SOFTGATE_ISA", "plain")
    assert origins() == {"compiled"}
    assert len(kernels(folder)) > len(names)


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Both compile, both write, both are right; then both load."""
    program = (
        "import softgate as sg, torch; from softgate.cpu import compiler;"
        "sg.testing.check(sg.cells.rnn(), backend='cpu', only=('matches_the_reference',));"
        "print(*{k.origin for k in compiler._loaded.values()})"
    )
    env = os.environ | {"SOFTGATE_CACHE": str(tmp_path / "kernels"), "OMP_NUM_THREADS": "1"}

    def both() -> list[str]:
        started = [
            subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        outs = [p.communicate(timeout=120)[0].strip() for p in started]
        assert [p.returncode for p in started] == [0, 0]
        return outs

    assert all("compiled" in out for out in both())
    assert both() == ["disk", "disk"]
    assert not list((tmp_path / "kernels").glob(".new-*"))


def test_dump(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that runs, as text, even what is in the cache."""
    where = tmp_path / "dump"
    monkeypatch.setenv("SOFTGATE_DUMP", str(where))
    assert origins() == {"compiled"}
    names = [p.name for p in where.iterdir()]
    for kind in ("forward", "backward"):
        stems = {n.split(".")[0] for n in names if n.startswith(f"{kind}-{isa.choose().name}-")}
        assert stems
        for stem in stems:
            pages = {n.removeprefix(f"{stem}."): (where / n).read_text() for n in names if n.startswith(stem)}
            assert set(pages) == {"key.txt", "equations.txt", "program.txt", "ll", "optimised.ll", "s"}
            assert pages["key.txt"].startswith(kind)
            assert "tanh" in pages["equations.txt"]
            assert "adjoint" in pages["program.txt"]
            assert f'@"{kind}.worker"' in pages["ll"]
            assert f"@{kind}" in pages["optimised.ll"]
            assert f"{kind}:" in pages["s"]


def test_a_dump_into_a_file(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("SOFTGATE_DUMP", str(tmp_path / "file"))
    with pytest.raises(SoftgateError, match=r"SOFTGATE_DUMP: expected a folder to write to, got '.*file'"):
        origins()
    assert (tmp_path / "file").read_text() == "mine"
