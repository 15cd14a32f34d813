"""From a plan to a function one can call: IR, optimiser, machine code; kept in the process and on disk."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.isa import Isa

_lock = threading.RLock()
_started = False
_loaded: dict[str, Kernel] = {}


@dataclass(frozen=True)
class Kernel:
    """Machine code in this process.

    Attributes:
        run: call it with a pointer to its arguments; the interpreter lock is released meanwhile.
        origin: ``"compiled"`` or ``"disk"``.
    """

    run: Callable[[Any], None]
    origin: str
    _engine: Any


def _start() -> None:
    global _started
    if not _started:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        team.runtime()
        _started = True


def machine(isa: Isa) -> Any:
    """LLVM's description of the processor that code is made for."""
    _start()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten() if isa.cpu == "" and "x86" not in target.name else ""
    return target.create_target_machine(cpu=isa.cpu or "x86-64", features=features, opt=2, jit=True)


def optimise(text: str, isa: Isa) -> Any:
    """Parse, verify and optimise IR. Loops are unrolled and vectorised by us, not by LLVM."""
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = False
    builder = llvm.create_pass_builder(machine(isa), options)
    builder.getModulePassManager().run(module, builder)
    return module


def ir_text(name: str, build: Callable[[ll.Module], None]) -> str:
    """The IR of a kernel before optimisation."""
    _start()
    module = ll.Module(name=name)
    module.triple = llvm.get_process_triple()
    build(module)
    return str(module)


def load(key: str, name: str, isa: Isa, build: Callable[[ll.Module], None]) -> Kernel:
    """The kernel ``name`` of that key: from this process, from disk, or compiled now."""
    found = _loaded.get(key)
    if found is not None:
        return found
    with _lock:
        if key not in _loaded:
            _loaded[key] = _compile(name, isa, build)
        return _loaded[key]


def _compile(name: str, isa: Isa, build: Callable[[ll.Module], None]) -> Kernel:
    module = optimise(ir_text(name, build), isa)
    engine = llvm.create_mcjit_compiler(module, machine(isa))
    engine.finalize_object()
    return _kernel(engine, name, "compiled")


def _kernel(engine: Any, name: str, origin: str) -> Kernel:
    address = engine.get_function_address(name)
    return Kernel(ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address), origin, engine)
