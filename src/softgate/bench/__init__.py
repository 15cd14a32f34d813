"""Comparing with torch on this machine: correctness first, then paired runs, then a row in the ledger.

``cases`` says what is compared, ``sides`` and ``subjects`` build the two sides of a case, ``judge`` finds them right or
wrong, ``measure`` times them in turn, ``fresh`` asks new processes where the answer depends on one, ``ledger`` keeps
the rows, ``targets`` holds them against what was promised and ``table`` shows them. ``session`` is the whole of it.

Known imperfections: the two sides share one memory allocator and one set of caches, so each finds them as the other
left them. That is how models run too, and it is the same for both.
"""
