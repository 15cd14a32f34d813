"""The layers: :class:`LSTM`, :class:`GRU`, :class:`RNN`, and :class:`Recurrent` for any cell.

Each takes what torch.nn's takes and gives what that gives; :mod:`softgate.layers.base` has what they share.
"""

from softgate.layers import dynamo
from softgate.layers.base import Layer
from softgate.layers.gru import GRU
from softgate.layers.lstm import LSTM
from softgate.layers.recurrent import Recurrent
from softgate.layers.rnn import RNN

__all__ = ["GRU", "LSTM", "RNN", "Layer", "Recurrent"]

dynamo.install()
