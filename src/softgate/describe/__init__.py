"""What an activation does, in figures: ``sg.activations.describe(name)`` and ``sg.activations.product(a, b)``.

Also called function analysis or curve sketching. ``pieces`` cuts a formula where it bends, ``critical`` finds extremes,
tails and fixed points, ``activation`` and ``product`` say them.

Known imperfections: what happens between two neighbours of a grid (0.01 apart near 0) or beyond a million is not seen;
a formula with a pole or without a value on part of the line is described as far as numbers go.
"""
