"""The vector units a kernel may be made for, and which of them this machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

import llvmlite.binding as llvm

from softgate.errors import SoftgateError, UnknownNameError


@dataclass(frozen=True)
class Isa:
    """An instruction set.

    Attributes:
        name: what to ask for it by, also in ``SOFTGATE_ISA``.
        cpu: LLVM's name of the oldest processor that has it.
        vector_bits: width of a vector register.
        registers: how many vector registers there are.
        fma: whether a fused multiply-add is an instruction.
        needs: features that the processor must have.
    """

    name: str
    cpu: str
    vector_bits: int
    registers: int
    fma: bool
    needs: tuple[str, ...] = ()

    def lanes(self, bits: int) -> int:
        """Values of ``bits`` bits in one vector register."""
        return self.vector_bits // bits


AVX512 = Isa("avx512", "x86-64-v4", 512, 32, True, ("avx512f", "avx512vl", "avx512bw", "avx512dq", "avx512cd", "fma"))
AVX2 = Isa("avx2", "x86-64-v3", 256, 16, True, ("avx2", "fma"))
PLAIN = Isa("plain", "", 128, 16, False)
_NEON = Isa("plain", "", 128, 32, True)


@lru_cache(maxsize=1)
def _features() -> dict[str, bool]:
    return dict(llvm.get_host_cpu_features())


@lru_cache(maxsize=1)
def available() -> tuple[Isa, ...]:
    """The instruction sets of this machine, the widest first; ``plain`` is always the last."""
    arm = llvm.get_process_triple().split("-")[0] in ("aarch64", "arm64")
    wide = () if arm else tuple(i for i in (AVX512, AVX2) if all(_features().get(n, False) for n in i.needs))
    return (*wide, _NEON if arm else PLAIN)


def choose(name: str | None = None) -> Isa:
    """The instruction set of that name, of ``SOFTGATE_ISA``, or the widest.

    Raises:
        UnknownNameError: for a name that is none.
        SoftgateError: for one that this processor lacks.
    """
    return _named(name or os.environ.get("SOFTGATE_ISA") or None)


@lru_cache(maxsize=8)
def _named(name: str | None) -> Isa:
    if name is None:
        return available()[0]
    for isa in available():
        if isa.name == name:
            return isa
    if name not in ("avx512", "avx2", "plain"):
        raise UnknownNameError("instruction set", name, ("avx512", "avx2", "plain"))
    here = ", ".join(i.name for i in available())
    raise SoftgateError(f"instruction set {name!r} is not on this processor; it has {here}")
