"""The CPU backend: kernels generated from a cell's equations as LLVM IR and compiled in the process.

From equations to a call, each room above the next::

    isa ir math              the machine, a small assembler for loops and vectors, and the functions exp, tanh ...
    tile team pack product   the register tile, torch's threads, the layout of weights, the weight gradient
    plan sequence            what is fixed when a kernel is compiled; the walk of a thread through a sequence
    forward backward         the two kernels of a cell
    cache compiler           IR to machine code, kept on disk
    workspace launch         memory, and a kernel with its arguments
    schedule prepare sweep   how a call is split between threads; what sizes alone decide
    packing verify           the weights of a call; what it takes on trust, checked
    forward_call backward_call stepper run   the calls
"""
