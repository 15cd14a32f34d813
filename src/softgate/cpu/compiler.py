"""From IR to functions one can call: optimiser, machine code; kept in the process and on disk.

``SOFTGATE_DUMP=folder`` writes what runs: equations, program, IR before and after the optimiser, assembly.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import llvmlite.ir as ll

from softgate.cpu import cache, team
from softgate.cpu.isa import Isa
from softgate.errors import SoftgateError

Build = Callable[[ll.Module], None]
Describe = Callable[[], dict[str, str]]

cache.sources()  # read now: the code of this process is what it was compiled from
_lock = threading.RLock()
_loaded: dict[str, Kernel] = {}


@dataclass(frozen=True)
class Kernel:
    """Machine code in this process.

    Attributes:
        functions: by name; each takes the address of its arguments, and releases the interpreter lock meanwhile.
        origin: ``"compiled"`` or ``"disk"``.
    """

    functions: dict[str, Callable[[int], None]]
    origin: str

    def __getitem__(self, name: str) -> Callable[[int], None]:
        return self.functions[name]


@lru_cache(maxsize=1)
def _start() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    team.runtime()


@lru_cache(maxsize=8)
def _cpu(isa: Isa) -> str:
    if isa.cpu:
        return isa.cpu
    x86 = llvm.get_process_triple().startswith(("x86_64", "i686"))
    return "x86-64" if x86 else str(llvm.get_host_cpu_name())


@lru_cache(maxsize=8)
def machine(isa: Isa) -> Any:
    """LLVM's description of the processor that code is made for."""
    return _new_machine(isa)


def _new_machine(isa: Isa) -> Any:
    _start()
    triple, cpu = llvm.get_process_triple(), _cpu(isa)
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, opt=2, reloc="pic", codemodel="jitdefault", jit=True
    )


def ir_text(name: str, build: Build) -> str:
    """The IR of a kernel before optimisation."""
    _start()
    module = ll.Module(name=name)
    module.triple = llvm.get_process_triple()
    build(module)
    return str(module)


def optimise(text: str, isa: Isa) -> Any:
    """Parse, verify and optimise IR. Loops are unrolled and vectorised by us, not by LLVM."""
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = False
    builder = llvm.create_pass_builder(machine(isa), options)
    builder.getModulePassManager().run(module, builder)
    return module


def load(key: str, names: Sequence[str], isa: Isa, build: Build, describe: Describe | None = None) -> Kernel:
    """The functions ``names`` of the kernel with that key: from this process, from disk, or compiled now."""
    found = _loaded.get(key)
    if found is not None:
        return found
    with _lock:
        if key not in _loaded:
            _loaded[key] = _obtain(key, names, isa, build, describe)
        return _loaded[key]


def forget() -> None:
    """Drop the kernels of this process, so that the next call loads or compiles them again."""
    with _lock:
        _loaded.clear()


def _obtain(key: str, names: Sequence[str], isa: Isa, build: Build, describe: Describe | None) -> Kernel:
    target = machine(isa)
    full = (
        f"{key} | {cache.sources()} llvmlite {llvmlite.__version__} {target.triple} {_cpu(isa)} openmp {team.runtime()}"
    )
    dump = os.environ.get("SOFTGATE_DUMP")
    code = None if dump else cache.load(full)
    origin = "disk" if code else "compiled"
    if code is None:
        text = ir_text(names[0], build)
        module = optimise(text, isa)
        code = target.emit_object(module)
        cache.save(full, code)
        if dump:
            pages = describe() if describe else {}
            pages |= {"ll": text, "optimised.ll": str(module), "s": target.emit_assembly(module)}
            _dump(Path(dump), f"{names[0]}-{isa.name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}", key, pages)
    # An engine owns its machine, and frees it: it cannot be the one that is shared.
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_machine(isa))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    functions: dict[str, Any] = {n: kind(engine.get_function_address(n)) for n in names}
    for function in functions.values():
        function.engine = engine  # whoever has a function has its code
    return Kernel(functions, origin)


def _dump(folder: Path, stem: str, key: str, pages: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SoftgateError(f"SOFTGATE_DUMP: expected a folder to write to, got {str(folder)!r}: {error}") from error
    (folder / f"{stem}.key.txt").write_text(key + "\n")
    for suffix, text in pages.items():
        (folder / f"{stem}.{suffix}").write_text(text)
