"""stand-in"""

from softgate.lab.fleet_engine import Kernels


class Chained(Kernels):
    pass
