"""softgate: LSTM gates you can open."""

__version__ = "0.1.0"
