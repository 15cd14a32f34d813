"""How a gradient goes back through a layer: what :mod:`softgate.gradient_flow` and the watch are made of.

``jacobian`` derives from a cell's equations how each state of a step depends, unit by unit, on the other states of the
step, on the states before and on the matrix products. ``capture`` keeps what a layer was given and gave while the fast
path ran it. ``linear`` puts numbers in: for each step of that call, the coefficients. ``sweep`` goes back through them,
step by step, for the gradient and its parts or for many sources at once.

What costs is the sweep: a loop of T steps in torch, about as long as one backward pass of a cell written in Python.
"""
