"""The CPU backend: kernels generated from a cell's equations as LLVM IR and compiled in the process.

From equations to a call, each room above the next::

    isa ir math     the machine, a small assembler for loops and vectors, and the functions exp, tanh ...
    tile pack       the register tile, and the weights laid out as it reads them
    forward backward wgrad   the three kernels of a training step
    compiler cache  IR to machine code, kept on disk
    schedule        how a call is split between threads, what is hoisted; cannot change results beyond rounding
    team run        torch's threads; and the calls
"""
