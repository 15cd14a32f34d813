"""What an activation does, in figures: ``sg.activations.describe(name)`` and ``sg.activations.product(a, b)``.

Also called function analysis or curve sketching. ``scales`` says where to look, ``pieces`` cuts a formula where it
bends or has a pole, ``critical`` finds extremes and tails, ``fixed`` fixed points, ``shape`` symmetry and direction;
``activation`` and ``product`` say them. A figure that could not be established says so.

Known imperfections: what happens between two neighbours of the grid (0.01 apart near a centre of the formula, less
where its constants are large) or beyond a million of its sizes is not seen; differences that cancel next to a pole, as
in (1 - cos x) / x^2, are described as floating-point numbers have them.
"""
