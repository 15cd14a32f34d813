"""What holds for every test: threads are shared fairly, and nothing is skipped in silence."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

# A kernel's first call compiles, so no single example has a deadline. The same examples run everywhere.
settings.register_profile("softgate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("softgate")


def pytest_configure(config: pytest.Config) -> None:
    """Gives each of several workers its share of the cores, before anything has loaded torch."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))


def reasons(skipped: list[pytest.TestReport | pytest.CollectReport]) -> Counter[str]:
    """How many tests did not run, by reason."""
    texts = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr) for report in skipped)
    return Counter(text.removeprefix("Skipped: ") for text in texts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.section(f"{len(skipped)} tests did not run", sep="-")
    for reason, count in reasons(skipped).most_common():
        terminalreporter.write_line(f"{count:5}  {reason}")
