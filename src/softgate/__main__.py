"""`python -m softgate` is `softgate`."""

from softgate.cli import app

app(prog_name="softgate")
