"""torch.compile without a graph break, torch.export with free sizes, and programs that outlive their process."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch._dynamo.testing
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import softgate as sg
from layers.twins import everything

# The compiler is torch's own affair, with torch's own deprecations.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:Dynamo detected"),
]

LAYERS: dict[str, Any] = {
    "lstm": lambda: sg.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True),
    "lstm, projected": lambda: sg.LSTM(3, 5, proj_size=2),
    "gru": lambda: sg.GRU(3, 5),
    "rnn": lambda: sg.RNN(3, 5, nonlinearity="relu"),
    "peephole": lambda: sg.Recurrent("peephole", 3, 5, bidirectional=True),
    "janet, whose two states are one": lambda: sg.Recurrent("janet", 3, 5),
    "float64": lambda: sg.LSTM(3, 5, dtype=torch.float64),
    "bfloat16": lambda: sg.LSTM(3, 5, dtype=torch.bfloat16, bidirectional=True),
    "another cell in bfloat16": lambda: sg.Recurrent("cifg", 3, 5, dtype=torch.bfloat16),
}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    torch._dynamo.reset()


@pytest.mark.parametrize("name", LAYERS)
def test_compile(name: str) -> None:
    layer = LAYERS[name]()
    x = torch.randn(4, 6, 3, dtype=layer.weight_ih_l0.dtype)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    got = {n.replace("_orig_mod.", ""): t for n, t in everything(compiled, x).items()}
    torch.testing.assert_close(got, everything(layer, x))
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), layer(x))


def test_inductor() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(3, 3), sg.LSTM(3, 5))
    x = torch.randn(4, 6, 3)
    y, _ = torch.compile(layer, fullgraph=True)(x)
    torch.testing.assert_close(y, layer(x)[0])
    y.sum().backward()


@pytest.mark.parametrize("how", ["reset", "state", "unbatched", "packed"])
def test_ways_to_call(how: str) -> None:
    layer = sg.LSTM(3, 5, bidirectional=True)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    x, options, hx = torch.randn(4, 6, 3), {}, None
    if how == "reset":
        options = {"reset": torch.rand(4, 6) < 0.3}
    if how == "state":
        hx = (torch.randn(2, 6, 5), torch.randn(2, 6, 5))
    if how == "unbatched":
        x = x[:, 0]
    given: Any = pack_padded_sequence(x, torch.tensor([4, 3, 3, 2, 1, 1])) if how == "packed" else x
    got = {n.replace("_orig_mod.", ""): t for n, t in everything(compiled, given, hx, **options).items()}
    torch.testing.assert_close(got, everything(layer, given, hx, **options))


def test_one_program_for_all_lengths() -> None:
    layer = sg.LSTM(3, 5)
    count = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(layer, fullgraph=True, backend=count, dynamic=True)
    compiled(torch.randn(4, 6, 3))
    ops = count.op_count
    for T, B in ((9, 2), (30, 5)):
        x = torch.randn(T, B, 3)
        torch.testing.assert_close(compiled(x), layer(x))
    assert count.op_count == ops  # nothing was compiled again, and
    assert len(count.graphs[-1].graph.nodes) < 30  # no step was unrolled


def test_torchs_own_are_left_to_the_compiler() -> None:
    """Our layers come through because the compiler's switch is on while it looks at them, and only then."""
    assert not torch._dynamo.config.allow_rnn
    torch.compile(sg.LSTM(3, 4), fullgraph=True, backend="eager")(torch.randn(2, 2, 3))
    with pytest.raises(torch._dynamo.exc.Unsupported, match="LSTM"):
        torch.compile(torch.nn.LSTM(3, 4), fullgraph=True, backend="eager")(torch.randn(2, 2, 3))
    assert not torch._dynamo.config.allow_rnn


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("strict", [False, True])
def test_export_with_free_sizes(name: str, strict: bool) -> None:
    layer = LAYERS[name]().eval()
    dtype = layer.weight_ih_l0.dtype
    free = {0: torch.export.Dim("first"), 1: torch.export.Dim("second")}
    program = torch.export.export(layer, (torch.randn(4, 6, 3, dtype=dtype),), dynamic_shapes=(free,), strict=strict)
    for T, B in ((9, 3), (2, 7)):
        x = torch.randn(T, B, 3, dtype=dtype)
        torch.testing.assert_close(program.module()(x), layer(x))
    ops = [str(node.target) for node in program.graph.nodes if "softgate" in str(node.target)]
    assert len(ops) == layer.num_layers * (1 + layer.bidirectional)


ELSEWHERE = """
import sys, torch
import softgate.operators
program = torch.export.load(sys.argv[1])
x, y = torch.load(sys.argv[2])
torch.testing.assert_close(program.module()(x)[0], y)
"""


@pytest.mark.parametrize("known", [True, False])
def test_in_another_process(tmp_path: Path, known: bool) -> None:
    """A cell of the library is found there; one of the user's is made again from the text in the program."""

    @sg.cell(gates="a b", state="h c")
    def odd(z: Any, prev: Any) -> dict[str, Any]:
        a = sg.hard_sigmoid(z.a) * 0.75
        c = a * prev.c + sg.softsign(z.b)
        return {"a": a, "c": c, "h": sg.tanh(c) - 0.125 * a}

    layer = sg.Recurrent(sg.cells.peephole() if known else odd, 3, 5).eval()
    program = torch.export.export(layer, (torch.randn(4, 6, 3),), dynamic_shapes=({0: torch.export.Dim("T")},))
    torch.export.save(program, tmp_path / "p.pt2")
    x = torch.randn(7, 6, 3)
    torch.save((x, layer(x)[0].detach()), tmp_path / "xy.pt")
    subprocess.run([sys.executable, "-c", ELSEWHERE, tmp_path / "p.pt2", tmp_path / "xy.pt"], check=True, timeout=120)


def test_the_operators_keep_torchs_rules() -> None:
    from softgate.spelling import spell

    layer = sg.LSTM(3, 5, dtype=torch.float64)
    weights = [p.detach().requires_grad_() for p in layer.parameters()]
    states = [torch.randn(2, 5, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for x, sizes in ((torch.randn(4, 2, 3), None), (torch.randn(3, 3), torch.tensor([2, 1]))):
        leaf = x.double().requires_grad_()
        call = (spell(layer.cell), leaf, states, weights, "111100", sizes, None, sizes is None)
        torch.library.opcheck(torch.ops.softgate.recurrence.default, call)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")  # sizes are checked in Python, as torch.nn does
def test_jit_trace() -> None:
    layer = sg.LSTM(3, 4)
    x = torch.randn(5, 2, 3)
    traced = torch.jit.trace(layer, (x,), check_trace=False)
    file = io.BytesIO()
    torch.jit.save(traced, file)
    file.seek(0)
    longer = torch.randn(9, 2, 3)
    torch.testing.assert_close(torch.jit.load(file)(longer), layer(longer))


def test_packed_sequences_come_out_as_they_went_in() -> None:
    layer = torch.compile(sg.GRU(3, 4), fullgraph=True, backend="eager")
    x = pack_padded_sequence(torch.randn(4, 3, 3), torch.tensor([2, 4, 1]), enforce_sorted=False)
    y, _ = layer(x)
    assert isinstance(y, PackedSequence)
    assert torch.equal(y.unsorted_indices, x.unsorted_indices)
