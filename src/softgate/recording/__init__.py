"""The parts of :func:`softgate.record`: names, choice of steps and dtype, cost, folder, gradients; nothing public."""
