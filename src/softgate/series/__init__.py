"""Forecasting a column of a table with an LSTM whose units can be looked into: ``softgate train series``.

``data`` reads and scales a table, ``model`` is the network, ``loop`` trains it into a run folder, ``baselines`` and
``score`` say what it is worth, ``story`` writes the report, ``opened`` reads a run again, ``bucket`` makes a catchment
with snow whose stores are known.
"""
