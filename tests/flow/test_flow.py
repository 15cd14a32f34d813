"""``sg.gradient_flow`` on models as they are: layouts, packed batches, frozen weights; and nothing is changed by it."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from flow.test_paths import PARTS, TIGHT, B, H, I, T, draw, layer_of
from softgate.testing import assert_close, assert_equal


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = sg.LSTM(I, H, num_layers=2, bidirectional=True, dropout=0.2)
        self.head = sg.GRU(2 * H, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu_(self.encoder(x)[0]))[0]


def test_names() -> None:
    model = Model()
    flow = sg.gradient_flow(model, lambda: model(torch.randn(T, B, I)).sum())
    assert flow.names[:6] == [f"encoder.l0.{n}" for n in "hcifgo"]
    assert flow.names[-4:] == [f"head.l0.{n}" for n in "hrzn"]
    assert "encoder.l1.reverse.c" in flow
    assert_equal(flow["head.l0.pre.z"].total, flow["head.l0.z"].total, name="z")
    assert flow.norms()["encoder.l1.c"].shape == (T,)
    assert "head.l0.n (gate)" in repr(flow)
    fgr = layer_of("fgr")
    flow = sg.gradient_flow(fgr, lambda: fgr(draw(T, B, I))[0].sum())
    assert flow.names == ["l0.h", "l0.c", "l0.i", "l0.f", "l0.o", "l0.pre.i", "l0.pre.f", "l0.g", "l0.pre.o"]
    assert_equal(flow["l0.f"].total, flow.states["l0.f"].total, name="state f")
    assert_equal(flow["l0.pre.f"].total, flow.gates["l0.f"].total, name="gate f")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_nothing_changes(dtype: torch.dtype) -> None:
    model, x = Model().to(dtype), draw(T, B, I).to(dtype)
    torch.manual_seed(1)
    want = model(x)
    want.square().sum().backward()
    before = {n: p.grad.clone() for n, p in model.named_parameters()}
    seen: list[torch.Tensor] = []

    def loss() -> torch.Tensor:
        torch.manual_seed(1)
        seen.append(model(x))
        return seen[0].square().sum()

    flow = sg.gradient_flow(model, loss)
    flow.horizon("encoder.l0.c", T - 1)
    assert_equal(seen[0], want, name="y")
    for n, p in model.named_parameters():
        assert_equal(p.grad, before[n], name=n)
    model.zero_grad()
    torch.manual_seed(1)
    model(x).square().sum().backward()
    for n, p in model.named_parameters():
        assert_equal(p.grad, before[n], name=n)
    assert flow["head.l0.h"].total.dtype == (torch.float32 if dtype == torch.bfloat16 else dtype)
    assert flow.loss == float(want.detach().square().sum())


@pytest.mark.parametrize("kind", ["lstm", "gru", "peephole"])
def test_float32_is_near(kind: str) -> None:
    """The biases' gradients, which torch's autograd has from the kernels, are the sums of the gates' over the steps."""
    layer, x = layer_of(kind).float(), draw(T, B, I).float()
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    layer(x)[0].sin().sum().backward()
    for part, order in (("ih", layer.cell.x_gates), ("hh", layer.cell.h_gates)):
        for gate, want in zip(order, getattr(layer, f"bias_{part}_l0").grad.chunk(len(order)), strict=True):
            found = flow.gates[f"l0.{gate}"]
            rows = found.total if part == "ih" else found.recurrent
            assert_close(rows.sum((0, 1)), want, name=gate, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lengths", [[7, 5, 2], [5, 7, 2]])
@pytest.mark.parametrize("name", ["lstm", "gru", "fgr"])
def test_packed(name: str, lengths: list[int]) -> None:
    layer, x = layer_of(name, num_layers=2, bidirectional=True), draw(T, B, I)
    reset = draw(T, B, seed=2) > 0.7
    before = layer(draw(2, B, I, seed=3))[1]
    start = [s.detach() for s in (before if isinstance(before, tuple) else (before,))]

    def loss(x, start, reset, n):
        packed = pack_padded_sequence(x, torch.tensor(n), enforce_sorted=n == sorted(n, reverse=True))
        y, finals = layer(packed, tuple(start) if len(start) > 1 else start[0], reset=reset)
        finals = finals if isinstance(finals, tuple) else (finals,)
        return y.data.sin().sum() + sum(f.square().sum() for f in finals)

    flow = sg.gradient_flow(layer, lambda: loss(x, start, reset, lengths))
    for b, n in enumerate(lengths):
        part = slice(b, b + 1)
        own = (x[:n, part], [s[:, part] for s in start], reset[:n, part], [n])
        alone = sg.gradient_flow(layer, lambda own=own: loss(*own))
        for key, found in flow.states.items():
            for which in ("total", *PARTS):
                value = getattr(found, which)[:, part]
                assert_close(value[:n], getattr(alone.states[key], which), name=f"{key}.{which}", **TIGHT)
                assert not value[n:].any(), "zero behind the end"
        for key, gate in flow.gates.items():
            assert_close(gate.total[:n, part], alone.gates[key].total, name=key, **TIGHT)
            assert not gate.total[n:, part].any()
            for state, value in gate.hidden_path.items():
                assert_close(value[:n, part], alone.gates[key].hidden_path[state], name=f"{key} to {state}", **TIGHT)


def test_layouts() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    want = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())["l0.c"].total
    layer.batch_first = True
    got = sg.gradient_flow(layer, lambda: layer(x.transpose(0, 1))[0].sin().sum())["l0.c"].total
    assert_close(got, want, name="batch first", **TIGHT)
    got = sg.gradient_flow(layer, lambda: layer(x[:, 1])[0].sin().sum())["l0.c"].total
    assert_close(got, want[:, 1:2], name="unbatched", **TIGHT)


def test_frozen_models_and_outputs_changed_in_place() -> None:
    layer, x = layer_of("lstm", num_layers=2), draw(T, B, I)
    want = sg.gradient_flow(layer, lambda: layer(x)[0].relu().sum())
    changed = sg.gradient_flow(layer, lambda: layer(x)[0].relu_().sum())
    with torch.no_grad():
        within = sg.gradient_flow(layer, lambda: layer(x)[0].relu().sum())
    layer.requires_grad_(False)
    y, seen, kept = layer(x)[0], [], []

    def loss() -> torch.Tensor:
        seen.append(layer(x)[0])
        kept.append(seen[0].detach().clone())
        return seen[0].relu_().sum()

    frozen = sg.gradient_flow(layer, loss)
    assert_equal(kept[0], y, name="y of a frozen layer")
    assert not any(p.requires_grad for p in layer.parameters())
    for name, state in want.states.items():
        for other in (changed, within, frozen):
            assert_close(other.states[name].total, state.total, name=name, **TIGHT)
    assert_close(frozen.horizon("l0.c").norms, want.horizon("l0.c").norms, name="horizon", **TIGHT)
    assert all(p.grad is None for p in layer.parameters())


def test_several_calls() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    whole = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())

    def pieces() -> torch.Tensor:
        y, state = layer(x[:4])
        return y.sin().sum() + layer(x[4:], state)[0].sin().sum()

    found = sg.gradient_flow(layer, pieces)
    assert_close(found["l0.c"].total, whole["l0.c"].total, name="c", **TIGHT)
    assert_close(found["l0.f"].total, whole["l0.f"].total, name="f", **TIGHT)
    other = sg.gradient_flow(layer, lambda: layer(x)[0].sum() + layer(x[:, :1])[0].sum())
    with pytest.raises(sg.ShapeError, match=r"l0.c: 2 calls of different sizes, \[7, 3, 5\], \[7, 1, 5\]"):
        other["l0.c"]


@pytest.mark.parametrize("shape", [(0, B, I), (1, B, I), (T, 0, I), (1, 1, I)])
def test_small(shape: tuple[int, int, int]) -> None:
    layer = layer_of("lstm", bidirectional=True)
    flow = sg.gradient_flow(layer, lambda: layer(draw(*shape))[0].sum())
    assert flow["l0.reverse.c"].total.shape == (*shape[:2], H)
    assert flow.horizon("l0.c").norms.shape == (shape[0], shape[0])


def test_a_cell_of_ones_own() -> None:
    @sg.cell(gates="a b", state="h c d", weights="p")
    def odd(z, prev, w):
        c = sg.sigmoid(z.a + w.p * prev.d) * prev.c + z.b
        return {"c": c, "d": prev.c, "h": sg.tanh(c) - 0.5 * prev.h}

    layer, x = sg.Recurrent(odd, I, H, dtype=torch.float64), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    h = c = d = torch.zeros(B, H, dtype=torch.float64, requires_grad=True)
    a, b = layer.cell.gates.index("a"), layer.cell.gates.index("b")
    kept, loss = [], 0.0
    for t in range(T):
        z = x[t] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + h @ layer.weight_hh_l0.T + layer.bias_hh_l0
        parts = z.chunk(2, -1)
        d_next = c.view_as(c)
        c = torch.sigmoid(parts[a] + layer.p_l0 * d) * c + parts[b]
        h, d = torch.tanh(c) - 0.5 * h, d_next
        for s in (h, c, d):
            if s.requires_grad:
                s.retain_grad()
        kept.append({"h": h, "c": c, "d": d})
        loss = loss + h.sin().sum()
    loss.backward()
    for s in "hcd":
        want = torch.stack([torch.zeros(B, H) if k[s].grad is None else k[s].grad for k in kept])
        assert_close(flow[f"l0.{s}"].total, want, name=s, **TIGHT)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    compiled(x)
    found = sg.gradient_flow(layer, lambda: compiled(x)[0].sin().sum())
    want = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    assert_equal(found["l0.c"].total, want["l0.c"].total, name="c")


def test_weights_that_change_afterwards_are_no_matter() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    before = flow.horizon("l0.c").norms
    torch.nn.init.zeros_(layer.weight_hh_l0)
    assert_equal(flow.horizon("l0.c").norms, before, name="horizon")


def test_wrong_use() -> None:
    layer, x = sg.LSTM(I, H), torch.randn(T, B, I)
    with pytest.raises(sg.NotRecordedError, match=r"gradient_flow: LSTM has no softgate layer .* sg.open\(model\)"):
        sg.gradient_flow(torch.nn.LSTM(I, H), lambda: layer(x)[0].sum())
    with pytest.raises(sg.NotRecordedError, match="called no softgate layer of this model"):
        sg.gradient_flow(layer, lambda: sg.LSTM(I, H)(x)[0].sum())
    with pytest.raises(sg.ShapeError, match=r"the loss, a scalar tensor or \[T\], got \[7, 3, 5\]"):
        sg.gradient_flow(layer, lambda: layer(x)[0])
    with pytest.raises(sg.ShapeError, match=r"got float"):
        sg.gradient_flow(layer, lambda: layer(x)[0].sum().item())
    with pytest.raises(sg.NotRecordedError, match=r"not to call backward\(\)"):
        sg.gradient_flow(layer, lambda: (loss := layer(x)[0].square().sum()).backward() or loss)
    with pytest.raises(sg.NotRecordedError, match="no gradient of the loss"):
        sg.gradient_flow(layer, lambda: layer(x)[0].detach().sum())
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sum())
    with pytest.raises(sg.UnknownNameError, match=r"unknown state or gate 'l0.k'.*\n.*l0.c"):
        flow["l0.k"]
