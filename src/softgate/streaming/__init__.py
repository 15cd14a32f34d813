"""Statistics of a model's signals over corpora of any length, computed while it runs.

:mod:`~softgate.streaming.buffers` is what a kernel (:mod:`softgate.cpu.gather`) or its twin in torch
(:mod:`~softgate.streaming.twin`) counts into; :mod:`~softgate.streaming.exact` keeps sums without losing a bit;
:mod:`~softgate.streaming.place` takes the signals of one place of the model, piece by piece;
:mod:`~softgate.streaming.result` is what comes out, to be merged, saved and asked;
:mod:`~softgate.streaming.collect` is what a user calls.
"""
