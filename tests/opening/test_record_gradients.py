"""``rec.grad``: dL/d of every signal, against loops in torch that are written from the publications.

In the loops every signal is the value plus a zero that is a leaf, so torch's autograd says what the loss does if that
value changes: the total derivative, by definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import softgate as sg
from layers.twins import everything, leaves, same
from softgate.testing import assert_close

T, B, I, H = 5, 3, 2, 4  # noqa: E741
DOUBLE = torch.float64
sigma = torch.sigmoid


class Step:
    """One step of one sequence: gates ``z("i")``, their parts, and ``p(name, value)``, which lets a value change."""

    def __init__(self, cell: Any, weights: Any, x: Tensor, prev: dict[str, Tensor], p: Callable[..., Tensor]) -> None:
        self.cell, self.w, self.input, self.prev, self.p = cell, weights, x, prev, p
        self.unit = dict(zip(cell.weights, weights.units, strict=True))

    def _rows(self, matrix: Tensor, order: tuple[str, ...], name: str) -> Tensor:
        n = len(matrix) // len(order)
        return matrix[order.index(name) * n : (order.index(name) + 1) * n]

    def x(self, name: str) -> Tensor:
        gates = self.cell.x_gates
        return self._rows(self.w.weight_ih, gates, name) @ self.input + self._rows(self.w.bias_ih, gates, name)

    def h(self, name: str) -> Tensor:
        gates = self.cell.h_gates
        return self._rows(self.w.weight_hh, gates, name) @ self.prev["h"] + self._rows(self.w.bias_hh, gates, name)

    def z(self, name: str) -> Tensor:
        total = self.x(name) + self.h(name)
        if self.w.weight_fb is not None and name in "ifo":
            fed = torch.cat([self.prev[s] for s in "ifo"])
            total = total + self._rows(self.w.weight_fb, ("i", "f", "o"), name) @ fed
        return self.p(f"pre.{name}", total)


def lstm_like(i: bool = True, f: bool = True, o: bool = True, g: Any = torch.tanh, readout: Any = torch.tanh,
              coupled: bool = False) -> Any:  # fmt: skip
    def step(s: Step) -> dict[str, Tensor]:
        def gate(n: str, cell: Tensor) -> Tensor:
            return s.p(n, sigma(s.z(n) + (s.unit[f"p_{n}"] * cell if f"p_{n}" in s.unit else 0)))

        prev = s.prev["c"]
        i_t = gate("i", prev) if i else torch.ones(())
        f_t = s.p("f", 1 - i_t) if coupled else gate("f", prev) if f else torch.ones(())
        c = s.p("c", f_t * prev + i_t * s.p("g", g(s.z("g"))))
        o_t = gate("o", c) if o else torch.ones(())
        h = o_t * readout(c)
        if s.w.weight_hr is not None:
            h = s.w.weight_hr @ h
        return {"h": s.p("h", h), "c": c, "i": i_t, "f": f_t, "o": o_t}

    return step


def janet(s: Step) -> dict[str, Tensor]:
    f = s.p("f", sigma(s.z("f")))
    i = s.p("i", 1 - f)
    c = s.p("h", s.p("c", f * s.prev["c"] + i * s.p("g", torch.tanh(s.z("g")))))  # one value, whichever its name
    return {"h": c, "c": c}


def gru(s: Step) -> dict[str, Tensor]:
    r, u = s.p("r", sigma(s.z("r"))), s.p("z", sigma(s.z("z")))
    n = s.p("n", torch.tanh(s.x("n") + r * s.h("n")))
    return {"h": s.p("h", (1 - u) * n + u * s.prev["h"])}


def mgu(s: Step) -> dict[str, Tensor]:
    f = s.p("f", sigma(s.z("f")))
    g = s.p("g", torch.tanh(s.x("g") + f * s.h("g")))
    return {"h": s.p("h", (1 - f) * s.prev["h"] + f * g)}


def rnn(squash: Any) -> Any:
    return lambda s: {"h": s.p("h", squash(s.z("a")))}


def mingru(s: Step) -> dict[str, Tensor]:
    u = s.p("z", sigma(s.p("pre.z", s.x("z"))))
    return {"h": s.p("h", (1 - u) * s.prev["h"] + u * s.p("n", s.p("pre.n", s.x("n"))))}


def minlstm(s: Step) -> dict[str, Tensor]:
    f, i = sigma(s.p("pre.f", s.x("f"))), sigma(s.p("pre.i", s.x("i")))
    share, rest = s.p("f", f / (f + i)), s.p("i", i / (f + i))
    return {"h": s.p("h", share * s.prev["h"] + rest * s.p("g", s.p("pre.g", s.x("g"))))}


def slstm(s: Step) -> dict[str, Tensor]:
    empty = s.prev["n"] <= 0
    kept = s.prev["m"] + torch.log(sigma(s.z("f")))
    z_i = s.z("i")
    m = s.p("m", torch.where(empty, z_i, torch.maximum(kept, z_i)))
    i = s.p("i", torch.exp(z_i - m))
    f = s.p("f", torch.exp(torch.where(empty, torch.zeros_like(m), kept - m)))
    g, o = s.p("g", torch.tanh(s.z("g"))), s.p("o", sigma(s.z("o")))
    c, n = s.p("c", f * s.prev["c"] + i * g), s.p("n", f * s.prev["n"] + i)
    return {"h": s.p("h", o * (c / n)), "c": c, "n": n, "m": m}


def linear(x: Tensor) -> Tensor:
    return x


LOOPS = {
    "cifg": lstm_like(coupled=True),
    "fgr": lstm_like(),
    "gru": gru,
    "janet": janet,
    "lstm": lstm_like(),
    "lstm1997": lstm_like(f=False, g=lambda x: 4 * sigma(x) - 2, readout=lambda x: 2 * sigma(x) - 1),
    "mgu": mgu,
    "mingru": mingru,
    "minlstm": minlstm,
    "nfg": lstm_like(f=False),
    "niaf": lstm_like(g=linear),
    "nig": lstm_like(i=False),
    "noaf": lstm_like(readout=linear),
    "nog": lstm_like(o=False),
    "np": lstm_like(),
    "peephole": lstm_like(),
    "rnn": rnn(torch.tanh),
    "rnn_relu": rnn(torch.relu),
    "rnn_tanh": rnn(torch.tanh),
    "slstm": slstm,
    "vanilla": lstm_like(),
}

ZERO = {"gru": ".pre.n", "mgu": ".pre.g", "slstm": ".m"}
"""Signals that the loss does not depend on: sums that the equations do not use, and a scale that cancels out."""


def loop(layer: Any, step: Any, x: Tensor, lengths: list[int], changes: dict[str, Tensor], reset: Tensor | None,
         first: Any) -> Any:  # fmt: skip
    """Every layer and direction, one sequence after the other: y [T, B, *] with zeros behind the end, last states."""
    ends: dict[str, list[Tensor]] = {s: [] for s in layer.cell.states}
    for k in range(layer.num_layers):
        ways = []
        for reverse in (False, True)[: 1 + layer.bidirectional]:
            prefix, weights = f"l{k}.{'reverse.' if reverse else ''}", layer._weights(k, reverse)
            columns, last = [], []
            for b, n in enumerate(lengths):
                widths = dict.fromkeys(layer.cell.states, H) | ({"h": layer.proj_size} if layer.proj_size else {})
                zero = {s: torch.zeros(w, dtype=DOUBLE) for s, w in widths.items()}
                prev, rows = zero, {}
                if first is not None:
                    prev = {s: h[2 * k + reverse, b] for s, h in zip(layer.cell.states, first, strict=True)}
                for t in range(n)[:: -1 if reverse else 1]:
                    border = t + 1 if reverse else t
                    if reset is not None and border < n and reset[border, b]:
                        prev = zero

                    def change(name: str, value: Tensor, at: Any = (t, b), prefix: str = prefix) -> Tensor:
                        return value + changes[prefix + name][at]

                    found = step(Step(layer.cell, weights, x[t, b], prev, change))
                    prev = {s: found[s] for s in layer.cell.states}
                    rows[t] = prev["h"]
                columns.append(torch.stack([rows.get(t, torch.zeros_like(zero["h"])) for t in range(T)]))
                last.append(prev)
            ways.append(torch.stack(columns, 1))
            for s in layer.cell.states:
                ends[s].append(torch.stack([state[s] for state in last]))
        x = torch.cat(ways, -1)
    return [x, *(torch.stack(e) for e in ends.values())]


def loss(results: list[Tensor]) -> Tensor:
    """A fixed random sum of all results."""
    generator = torch.Generator().manual_seed(5)
    return sum((r * torch.randn(r.shape, generator=generator, dtype=DOUBLE)).sum() for r in results)  # type: ignore[return-value]


def check(layer: Any, step: Any, x: Tensor, given: Any, lengths: list[int], reset: Any = None,
          first: Any = None) -> None:  # fmt: skip
    hx = first if first is None or len(first) > 1 else first[0]
    with sg.record(layer, grad=True) as rec:
        y, finals = layer(given, hx, **({} if reset is None else {"reset": reset}))
    if lengths != [T] * B:
        y = pad_packed_sequence(y, total_length=T)[0]
    if layer.batch_first:
        y = y.transpose(0, 1)
    loss([y, *leaves(finals)]).backward()
    there = torch.arange(T)[:, None] < torch.tensor(lengths)
    changes = {n: torch.zeros(T, B, rec[n].shape[-1], dtype=DOUBLE, requires_grad=True) for n in rec.names}
    total = loss(loop(layer, step, x, lengths, changes, reset, first))
    wanted = torch.autograd.grad(total, list(changes.values()), allow_unused=True, materialize_grads=True)
    for name, want in zip(changes, wanted, strict=True):
        got = rec.grad(name)
        assert got[~there].isnan().all()
        assert_close(got[there], want[there], rtol=1e-10, atol=1e-10, name=name)
        if not name.endswith(ZERO.get(layer.cell.name, "no such signal")):
            assert want.abs().max() > 1e-6, f"{name}: nothing is compared"


def test_every_cell_has_a_loop() -> None:
    assert set(LOOPS) == set(sg.cells.names())


@pytest.mark.parametrize("name", LOOPS)
def test_every_cell(name: str) -> None:
    torch.manual_seed(3)
    layer, x = sg.Recurrent(name, I, H).double(), torch.randn(T, B, I, dtype=DOUBLE)
    check(layer, LOOPS[name], x, x, [T] * B)


@pytest.mark.parametrize("name", ["lstm", "gru", "slstm", "fgr"])
@pytest.mark.parametrize("lengths", [[5, 3, 1], [2, 5, 3]])
def test_packed_layers_and_directions(name: str, lengths: list[int]) -> None:
    torch.manual_seed(4)
    layer = sg.Recurrent(name, I, H, num_layers=2, bidirectional=True).double()
    x = torch.randn(T, B, I, dtype=DOUBLE)
    packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=lengths[0] == T)
    check(layer, LOOPS[name], x, packed, lengths)
    if name != "slstm":  # whose states are not free
        first = tuple(torch.randn(4, B, H, dtype=DOUBLE) for _ in layer.cell.states)
        check(layer, LOOPS[name], x, packed, lengths, first=first)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_batch_first_and_reset(name: str) -> None:
    torch.manual_seed(5)
    layer = sg.Recurrent(name, I, H, num_layers=2, bidirectional=True, batch_first=True).double()
    x = torch.randn(T, B, I, dtype=DOUBLE)
    check(layer, LOOPS[name], x, x.transpose(0, 1), [T] * B)
    layer.batch_first = False
    reset = torch.rand(T, B) < 0.4
    check(layer, LOOPS[name], x, x, [T] * B, reset=reset)


def test_projected() -> None:
    torch.manual_seed(6)
    layer, x = sg.LSTM(I, H, num_layers=2, proj_size=3).double(), torch.randn(T, B, I, dtype=DOUBLE)
    check(layer, LOOPS["lstm"], x, x, [T] * B)


@pytest.mark.parametrize("grad", [["*.f"], "l1.c", "*"])
def test_nothing_else_changes(grad: Any) -> None:
    layer, x = sg.LSTM(I, H, num_layers=2, bidirectional=True), torch.randn(T, B, I)
    want = everything(layer, x)
    with sg.record(layer, ["l0.i"], grad=grad) as rec:
        got = everything(layer, x)
    same(got, want)
    assert list(rec.calls) == rec.names == ["l0.i"]
    assert rec.grad("l1.c" if grad == "l1.c" else "l1.f").shape == (T, B, H)


def test_the_moment_of_asking_does_not_matter() -> None:
    """An optimiser has moved the weights since, and the input has been filled anew."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    found = []
    for late in (False, True):
        own = x.clone()
        with sg.record(layer, grad="*.f") as rec:
            layer(own)[0].square().sum().backward()
        if late:
            own.zero_()
            with torch.no_grad():
                for p in layer.parameters():
                    p.zero_()
        found.append(rec.grad("l0.f"))
    assert torch.equal(*found)
    assert found[0].abs().max() > 0


def test_backward_passes_add_up_and_calls_follow_each_other() -> None:
    layer, x = sg.LSTM(I, H).double(), torch.randn(T, B, I, dtype=DOUBLE)
    with sg.record(layer, grad=True) as rec:
        y, state = layer(x[:3])
        y, _ = layer(x[3:], state)
        y.sum().backward(retain_graph=True)
        once = rec.grad("l0.c")
        y.sum().backward()
    with sg.record(layer, grad=True) as whole:
        layer(x)[0][3:].sum().backward()
    assert_close(once, whole.grad("l0.c"), rtol=1e-10, atol=1e-12, name="l0.c")
    assert torch.equal(rec.grad("l0.c"), 2 * once)


def test_only_the_last_state_and_only_one_call() -> None:
    """Results that no loss depends on count as zero; the cell state's own gradient at the last step is what came."""
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(layer, grad=["l0.c"]) as rec:
        _, (_, c) = layer(x)
        layer(x)
        c.sum().backward()
    assert torch.equal(rec.grad("l0.c")[T - 1], torch.ones(B, H))
    assert rec.grad("l0.c")[T:].abs().max() == 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_other_paths(dtype: torch.dtype) -> None:
    """Without a kernel of ours torch's layer or the reference runs; the gradient has the layer's dtype."""
    layer, x = sg.LSTM(I, H).to(dtype), torch.randn(T, B, I, dtype=dtype)
    exact = sg.LSTM(I, H).double()
    exact.load_state_dict(layer.state_dict())
    found = []
    for model, given in ((layer, x), (exact, x.double())):
        with sg.record(model, grad=True) as rec:
            model(given)[0].sum().backward()
        found.append(rec.grad("l0.f"))
    assert found[0].dtype == dtype
    assert_close(found[0].double(), found[1], rtol=0.05 if dtype == torch.bfloat16 else 1e-5, atol=1e-2, name="l0.f")


def test_steps_dtype_and_folder(tmp_path: Any) -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    options: list[dict[str, Any]] = [{}, {"steps": [4, 0], "dtype": torch.float16, "to": tmp_path / "here"}]
    found = []
    for more in options:
        with sg.record(layer, "*.f", grad="*.f", **more) as rec:
            layer(x)[0].sum().backward()
        found.append(rec.grad("l0.f"))
    assert torch.equal(found[1], found[0][[4, 0]].half())


def test_clear_errors() -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with sg.record(layer) as rec:
        layer(x)
    with pytest.raises(sg.UnknownNameError, match=r"record with grad=True"):
        rec.grad("l0.f")
    with sg.record(layer, grad="*.f") as rec:
        with pytest.raises(sg.NotRecordedError, match=r"l0\.f: its layer has not run inside the with block"):
            rec.grad("l0.f")
        y, _ = layer(x)
        with pytest.raises(sg.NotRecordedError, match=r"first loss\.backward\(\)"):
            rec.grad("l0.f")
        with pytest.raises(sg.UnknownNameError, match=r"unknown gradient 'l0.g'"):
            rec.grad("l0.g")
    y.sum().backward()  # after the block is as good as inside
    assert rec.grad("l0.f").abs().max() > 0
    with sg.record(layer, grad=True) as rec, torch.no_grad():
        layer(x)
    with pytest.raises(sg.NotRecordedError, match=r"without a graph"):
        rec.grad("l0.f")


def test_empty_input() -> None:
    layer = sg.LSTM(I, H)
    for shape in ((0, B, I), (T, 0, I)):
        with sg.record(layer, grad=True) as rec:
            y, (h, _) = layer(torch.zeros(shape))
            (y.sum() + h.sum()).backward()
        assert rec.grad("l0.f").shape == (*shape[:2], H)
