"""``softgate why``: the claims with their verdicts, run again, and as pages."""
