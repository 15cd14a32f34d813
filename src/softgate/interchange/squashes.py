"""Activations under the names of ONNX and Keras: one table each, read in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from softgate import activations
from softgate.activations import Activation
from softgate.errors import InterchangeError


@dataclass(frozen=True)
class Row:
    """An activation of the recurrent operators of ONNX.

    Attributes:
        ours: the family in softgate.
        alpha, beta: the default, None if the operator has none of that name; NaN: it must be given.
    """

    ours: str
    alpha: float | None = None
    beta: float | None = None


_MUST = float("nan")

ONNX: dict[str, Row] = {
    "Relu": Row("relu"),
    "Tanh": Row("tanh"),
    "Sigmoid": Row("sigmoid"),
    "Affine": Row("affine", 1.0, 0.0),
    "LeakyRelu": Row("leaky_relu", 0.01),
    "ThresholdedRelu": Row("thresholded_relu", 1.0),
    "ScaledTanh": Row("scaled_tanh", _MUST, _MUST),
    "HardSigmoid": Row("hard_sigmoid", 0.2, 0.5),
    "Elu": Row("elu", 1.0),
    "Softsign": Row("softsign"),
    "Softplus": Row("softplus"),
}

# Keras 3's hard_sigmoid is relu6(x + 3) / 6; that of Keras 2 was 0.2 x + 0.5.
KERAS: dict[str, tuple[str, dict[str, float]]] = {
    "linear": ("identity", {}),
    "tanh": ("tanh", {}),
    "sigmoid": ("sigmoid", {}),
    "hard_sigmoid": ("hard_sigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "relu": ("relu", {}),
    "leaky_relu": ("leaky_relu", {"alpha": 0.2}),
    "elu": ("elu", {"alpha": 1.0}),
    "softplus": ("softplus", {}),
    "softsign": ("softsign", {}),
    "silu": ("silu", {}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
    "gelu": ("gelu", {}),
    "hard_tanh": ("hard_tanh", {}),
    "exponential": ("exp", {}),
}


def from_onnx(names: Sequence[str], alphas: Sequence[float], betas: Sequence[float], where: str) -> list[Activation]:
    """The activations of a node. ``alphas`` and ``betas`` are queues: one that has an alpha takes the next.

    Raises:
        InterchangeError: a name that no operator has, a number missing or left over, naming the node and attribute.
    """
    alpha, beta = list(alphas), list(betas)
    known = {name.lower(): row for name, row in ONNX.items()}
    found = []
    for name in names:
        row = known.get(name.lower())
        if row is None:
            raise InterchangeError(f"{where}: attribute activations has {name!r}; known: {', '.join(ONNX)}")
        parameters = {}
        for key, default, queue in (("alpha", row.alpha, alpha), ("beta", row.beta, beta)):
            if default is None:
                continue
            value = float(queue.pop(0)) if queue else default
            if value != value:
                raise InterchangeError(f"{where}: attribute activation_{key} has no number for {name}, which has none")
            parameters[key] = value
        found.append(activations.get(row.ours, **parameters))
    for key, queue in (("alpha", alpha), ("beta", beta)):
        if any(queue):  # zeros at the end fill up lists that some writers make as long as that of the activations
            raise InterchangeError(f"{where}: attribute activation_{key} has {len(queue)} numbers that nobody takes")
    return found


def to_onnx(activation: Activation, where: str) -> tuple[str, list[float], list[float]]:
    """Name, alphas and betas of an activation.

    Raises:
        InterchangeError: ONNX has no such activation.
    """
    for name, row in ONNX.items():
        if activation == activations.get(row.ours, **activation.parameters) if activation.name == row.ours else False:
            given = activation.parameters
            return name, *([given[k]] if v is not None else [] for k, v in (("alpha", row.alpha), ("beta", row.beta)))  # type: ignore[return-value]
    if activation == activations.identity:
        return "Affine", [1.0], [0.0]
    raise InterchangeError(f"{where}: activation {activation} is none of ONNX's: {', '.join(ONNX)}")


def from_keras(name: object, where: str) -> Activation:
    """The activation of a Keras layer, by name; None is linear.

    Raises:
        InterchangeError: another name, or a function of somebody's own.
    """
    if name is None:
        name = "linear"
    if not isinstance(name, str) or name not in KERAS:
        raise InterchangeError(f"{where}: activation {name!r} is not known; known: {', '.join(KERAS)}")
    family, parameters = KERAS[name]
    return activations.get(family, **parameters)
