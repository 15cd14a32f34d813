"""What an activation does, in figures: ``sg.activations.describe(name)`` and ``sg.activations.product(a, b)``.

Also called function analysis or curve sketching. ``pieces`` cuts a formula where it bends, ``critical`` finds extremes,
tails and fixed points, ``activation`` and ``product`` say them.
"""
