"""The publications that the claims lean on. Only what we are sure of stands here."""

from __future__ import annotations

from softgate.cells.cifg import SOURCE as SEARCH_SPACE
from softgate.cells.gru import SOURCE as GRU
from softgate.cells.lstm import SOURCE as FORGET
from softgate.cells.lstm1997 import SOURCE as LSTM_1997
from softgate.equations import Source

__all__ = [
    "BACKPROP",
    "BLACK_BOX",
    "CHRONO",
    "COUNTING",
    "DEEP",
    "DIFFICULTY",
    "EMPIRICAL",
    "FINITE",
    "FORGET",
    "GRU",
    "LONG",
    "LSTM_1997",
    "RECTIFIED",
    "SEARCH_SPACE",
    "UNREASONABLE",
    "VISUALIZING",
]

BACKPROP = Source(
    "Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller",
    "Efficient BackProp",
    1998,
    "Neural Networks: Tricks of the Trade, Springer",
)
LONG = Source(
    "Y. Bengio, P. Simard, P. Frasconi",
    "Learning Long-Term Dependencies with Gradient Descent is Difficult",
    1994,
    "IEEE Transactions on Neural Networks 5(2), 157-166",
)
DIFFICULTY = Source(
    "R. Pascanu, T. Mikolov, Y. Bengio",
    "On the Difficulty of Training Recurrent Neural Networks",
    2013,
    "ICML 2013",
)
DEEP = Source(
    "X. Glorot, Y. Bengio",
    "Understanding the Difficulty of Training Deep Feedforward Neural Networks",
    2010,
    "AISTATS 2010",
)
VISUALIZING = Source(
    "A. Karpathy, J. Johnson, L. Fei-Fei",
    "Visualizing and Understanding Recurrent Networks",
    2015,
    "arXiv 1506.02078",
)
COUNTING = Source(
    "F. A. Gers, J. Schmidhuber",
    "LSTM Recurrent Networks Learn Simple Context Free and Context Sensitive Languages",
    2001,
    "IEEE Transactions on Neural Networks 12(6), 1333-1340",
)
FINITE = Source(
    "G. Weiss, Y. Goldberg, E. Yahav",
    "On the Practical Computational Power of Finite Precision RNNs for Language Recognition",
    2018,
    "ACL 2018",
)
EMPIRICAL = Source(
    "R. Jozefowicz, W. Zaremba, I. Sutskever",
    "An Empirical Exploration of Recurrent Network Architectures",
    2015,
    "ICML 2015",
)
CHRONO = Source("C. Tallec, Y. Ollivier", "Can Recurrent Neural Networks Warp Time?", 2018, "ICLR 2018")
UNREASONABLE = Source(
    "J. van der Westhuizen, J. Lasenby",
    "The Unreasonable Effectiveness of the Forget Gate",
    2018,
    "arXiv 1804.04849",
)
BLACK_BOX = Source(
    "D. Sussillo, O. Barak",
    "Opening the Black Box: Low-Dimensional Dynamics in High-Dimensional Recurrent Neural Networks",
    2013,
    "Neural Computation 25(3), 626-649",
)
RECTIFIED = Source(
    "Q. V. Le, N. Jaitly, G. E. Hinton",
    "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units",
    2015,
    "arXiv 1504.00941",
)
