"""torch's own list of inputs and errors for its recurrent modules, with our classes in place of theirs."""

from __future__ import annotations

import copy
import sys
import unittest
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import softgate as sg
from layers.twins import double, everything, leaves, like

# torch's test tools want a test class from a package that only its own development uses. The class is not used here.
sys.modules.setdefault("expecttest", SimpleNamespace(TestCase=unittest.TestCase))  # type: ignore[arg-type]

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    common = pytest.importorskip("torch.testing._internal.common_modules")

OURS = {torch.nn.LSTM: sg.LSTM, torch.nn.GRU: sg.GRU, torch.nn.RNN: sg.RNN}
INFOS = [info for info in common.module_db if info.module_cls in OURS]

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def cases(training: bool, dtype: torch.dtype) -> list[Any]:
    return [
        pytest.param(info.module_cls, given, id=f"{info.module_cls.__name__}-{n}")
        for info in INFOS
        for n, given in enumerate(
            info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=training)
        )
    ]


@pytest.mark.parametrize(("kind", "given"), cases(training=True, dtype=torch.float32))
def test_forward_and_backward(kind: type, given: Any) -> None:
    make, call = given.constructor_input, given.forward_input
    torch.manual_seed(0)
    theirs = kind(*make.args, **make.kwargs)
    torch.manual_seed(0)
    mine = OURS[kind](*make.args, **make.kwargs)
    exact = copy.deepcopy(theirs).double()
    want = everything(exact, *map(double, call.args))
    # Inputs up to 9 on two or three units: gradients are sums of such terms, which nearly cancel.
    like(everything(mine, *call.args), everything(theirs, *call.args), want, scale=9.0)
    if given.reference_fn is not None:
        single = given.reference_fn(mine, *call.args, **call.kwargs)
        torch.testing.assert_close(leaves(mine(*call.args, **call.kwargs)), leaves(single))


@pytest.mark.parametrize(("kind", "given"), cases(training=False, dtype=torch.float64)[::5])
def test_second_derivatives(kind: type, given: Any) -> None:
    make, call = given.constructor_input, given.forward_input
    layer = OURS[kind](*make.args, **make.kwargs).double().eval()
    inputs = tuple(t.double().detach().requires_grad_() for t in leaves(list(call.args)))

    def run(x: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        hx = None if not states else states if len(states) > 1 else states[0]
        return tuple(leaves(layer(x, hx)))

    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, inputs, fast_mode=True)


def errors() -> list[Any]:
    return [
        pytest.param(info.module_cls, given, id=f"{info.module_cls.__name__}-{n}")
        for info in INFOS
        for n, given in enumerate(
            info.module_error_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=False)
        )
    ]


@pytest.mark.parametrize(("kind", "given"), errors())
def test_errors(kind: type, given: Any) -> None:
    make, call = given.module_error_input.constructor_input, given.module_error_input.forward_input
    built = given.error_on == common.ModuleErrorEnum.FORWARD_ERROR
    layer = OURS[kind](*make.args, **make.kwargs) if built else None
    with pytest.raises(given.error_type, match=given.error_regex):
        layer(*call.args, **call.kwargs) if layer is not None else OURS[kind](*make.args, **make.kwargs)
