"""Files that mean harm, or are just broken: each is an error that says so, never a crash, and nothing runs."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings, strategies as st
from onnx import TensorProto, helper
from safetensors.torch import save_file

import softgate as sg
from interchange.runtime import graph, save
from softgate.interchange import guard, keras_file, onnx_read

X = np.zeros((2, 3), np.float32)
make = helper.make_node


def refused(model: Any, folder: Path, said: str) -> None:
    with pytest.raises(sg.InterchangeError, match=said):
        sg.open(save(model, folder))


def one(*nodes: Any, constants: Any = (), outputs: tuple[str, ...] = ("y",)) -> Any:
    return graph(nodes, {"x": X}, outputs, constants)


class TestOnnx:
    def test_an_unknown_operator_is_named_with_node_and_opset(self, tmp_path: Path) -> None:
        refused(
            one(make("Det", ["x"], ["y"], name="d")),
            tmp_path,
            r"operator Det \(domain 'ai.onnx', opset 17\) of node 'd'",
        )
        wrong = make("LSTM", ["x"], ["y"], name="e", domain="com.acme")
        refused(one(wrong), tmp_path, r"operator LSTM \(domain 'com.acme', opset 17\) of node 'e' is not known")

    def test_control_flow_is_an_operator_that_is_not_known(self, tmp_path: Path) -> None:
        body = helper.make_graph([make("Identity", ["x"], ["b"])], "body", [], [])
        node = make("If", ["x"], ["y"], then_branch=body, else_branch=body)
        refused(one(node), tmp_path, "operator If")

    def test_a_graph_as_attribute_of_something_else(self, tmp_path: Path) -> None:
        body = helper.make_graph([make("Identity", ["x"], ["b"])], "body", [], [])
        refused(one(make("Relu", ["x"], ["y"], body=body)), tmp_path, "attribute body is of a kind that cannot be used")

    def test_circles(self, tmp_path: Path) -> None:
        nodes = make("Add", ["x", "b"], ["a"], name="first"), make("Relu", ["a"], ["b"]), make("Relu", ["b"], ["y"])
        refused(
            one(*nodes), tmp_path, r"Add node 'first': its input 'b' is not there yet: not computed, or in a circle"
        )

    def test_values_given_twice(self, tmp_path: Path) -> None:
        refused(one(make("Relu", ["x"], ["y"]), make("Relu", ["x"], ["y"])), tmp_path, "value 'y' is given twice")
        refused(one(make("Relu", ["x"], ["x"])), tmp_path, "value 'x' is given twice")

    def test_an_output_of_nobody(self, tmp_path: Path) -> None:
        refused(one(make("Relu", ["x"], ["z"])), tmp_path, "output 'y' is computed by no node")

    @pytest.mark.parametrize("opset", [1, 6, 999])
    def test_versions(self, opset: int, tmp_path: Path) -> None:
        refused(graph([make("Relu", ["x"], ["y"])], {"x": X}, ["y"], opset=opset), tmp_path, rf"opset \[{opset}\]")

    def test_functions_of_its_own(self, tmp_path: Path) -> None:
        model = one(make("Mine", ["x"], ["y"], domain="own"))
        model.functions.append(helper.make_function("own", "Mine", ["x"], ["y"], [make("Mine", ["x"], ["y"])], []))
        refused(model, tmp_path, r"functions of its own \(Mine\)")

    @pytest.mark.parametrize(("dims", "said"), [
        ([1 << 40, 1 << 40], "would take more than"), ([-1, 4], "a size is negative"),
        ([5], "20 bytes, and there are 12"),
    ])  # fmt: skip
    def test_sizes_that_are_declared(self, dims: list[int], said: str, tmp_path: Path) -> None:
        model = one(make("Add", ["x", "c"], ["y"]), constants={"c": X[0]})
        del model.graph.initializer[0].dims[:]
        model.graph.initializer[0].dims.extend(dims)
        refused(model, tmp_path, f"tensor 'c': .*{said}")

    @pytest.mark.parametrize("node", [
        make("ConstantOfShape", ["n"], ["big"]), make("Expand", ["one", "n"], ["big"]),
        make("Tile", ["one", "n"], ["big"]),
        make("Range", ["zero", "far", "step"], ["big"]),
    ], ids=lambda n: n.op_type)  # fmt: skip
    def test_sizes_that_are_computed(self, node: Any, tmp_path: Path) -> None:
        constants = {
            "n": np.array([1 << 40]),
            "one": np.ones(1, np.float32),
            "zero": np.array(0),
            "far": np.array(1 << 50),
        }
        constants |= {"step": np.array(1)}
        refused(one(node, make("Add", ["x", "big"], ["y"]), constants=constants), tmp_path, "would take more than")

    def test_many_large_constants(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(onnx_read, "MOST_COMPUTED", 1 << 20)
        nodes = [make("ConstantOfShape", ["n"], [f"c{k}"]) for k in range(9)]
        model = one(*nodes, make("Add", ["x", "c0"], ["y"]), constants={"n": np.array([1 << 16])})
        refused(model, tmp_path, r"node 'c3': \[65536\] would take more than")

    def test_constants_that_take_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(onnx_read, "MOST_WORK", 1 << 24)
        nodes = [make("ConstantOfShape", ["n"], ["c0"])]
        nodes += [make("MatMul", ["c0", f"c{k}"], [f"c{k + 1}"], name=f"m{k}") for k in range(99)]
        model = one(*nodes, make("Add", ["x", "c99"], ["y"]), constants={"n": np.array([100, 100])})
        refused(model, tmp_path, r"MatMul node 'm\d+': constants computed so far take \d+ products")
        nodes = [nodes[0], *(make("Tanh", ["c0"], [f"c{k + 1}"]) for k in range(99))]
        model = one(*nodes, make("Add", ["x", "c99"], ["y"]), constants={"n": np.array([100, 100])})
        refused(model, tmp_path, r"Tanh node .*: constants computed so far take \d+ products")

    def test_constants_that_double(self, tmp_path: Path) -> None:
        nodes = [make("Concat", [f"c{k}", f"c{k}"], [f"c{k + 1}"], axis=0) for k in range(40)]
        model = one(*nodes, make("Add", ["x", "c40"], ["y"]), constants={"c0": np.ones(1000, np.float32)})
        refused(model, tmp_path, r"Concat node 'c\d+': \[\d+\] would take more than \d+ bytes")

    def test_what_is_asked_for_in_a_call(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        model = one(make("Tile", ["x", "n"], ["y"], name="t"), constants={"n": np.array([1 << 12, 1 << 12])})
        opened = sg.open(save(model, tmp_path))
        monkeypatch.setattr(guard.room, "free_memory", lambda: 100 << 20)
        with pytest.raises(sg.InterchangeError, match=r"Tile node 't': .* would take more than 52428800 bytes"):
            opened(X)

    def test_a_constant_that_cannot_be_computed_is_named(self, tmp_path: Path) -> None:
        nodes = make("MatMul", ["c", "c"], ["d"], name="m"), make("Add", ["x", "d"], ["y"])
        refused(one(*nodes, constants={"c": X}), tmp_path, r"^model\.onnx: MatMul node 'm': it cannot be computed: ")

    def test_an_outer_product(self, tmp_path: Path) -> None:
        constants = {"a": np.ones((1 << 17, 1), np.float32)}
        nodes = make("Transpose", ["a"], ["b"]), make("MatMul", ["a", "b"], ["c"]), make("Relu", ["c"], ["y"])
        refused(one(*nodes, constants=constants), tmp_path, "would take more than")
        nodes = make("Transpose", ["a"], ["b"]), make("Add", ["a", "b"], ["c"]), make("Relu", ["c"], ["y"])
        refused(one(*nodes, constants=constants), tmp_path, "would take more than")

    @pytest.mark.parametrize("kind", [TensorProto.STRING, TensorProto.COMPLEX64, TensorProto.INT4, 77])
    def test_types(self, kind: int, tmp_path: Path) -> None:
        model = one(make("Add", ["x", "c"], ["y"]), constants={"c": X})
        model.graph.initializer[0].data_type = kind
        refused(model, tmp_path, f"tensor 'c': values of ONNX's type {kind} cannot be used")

    @pytest.mark.parametrize(
        "location", ["../secret", "/etc/hostname", "a/../../secret", "link", "", ".", "nothing", "..\\secret"]
    )
    def test_data_outside_the_folder(self, location: str, tmp_path: Path) -> None:
        """A file with the right number of bytes lies there, so only the path is what is wrong."""
        folder = tmp_path / "model"
        folder.mkdir()
        (tmp_path / "secret").write_bytes(b"\0" * 24)
        os.symlink(tmp_path / "secret", folder / "link")
        refused(self.external(location), folder, "tensor 'c': its data is ")

    @pytest.mark.parametrize("more", [{"offset": "20"}, {"offset": "-4"}, {"length": "99999999"}, {"length": "x"}])
    def test_data_beside_the_model(self, more: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "data").write_bytes(np.arange(6, dtype=np.float32).tobytes())
        assert sg.open(save(self.external("data"), tmp_path))(X)[0, 1] == 1.0
        refused(self.external("data", **more), tmp_path, r"are said to begin at|invalid literal for int")

    def external(self, location: str, **more: str) -> Any:
        model = one(make("Add", ["x", "c"], ["y"]), constants={"c": X})
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, **more}.items():
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        return model

    def test_weights_that_are_computed_from_the_input(self, tmp_path: Path) -> None:
        nodes = make("Unsqueeze", ["x", "zero"], ["w"]), make("RNN", ["w", "w", "w"], ["y"], name="n", hidden_size=3)
        refused(one(*nodes, constants={"zero": np.array([0])}), tmp_path, "RNN node 'n': its weights 'w' are computed")

    def test_it_is_not_onnx_at_all(self, tmp_path: Path) -> None:
        for data in (b"", b"\x89PNG\r\n", b"\xff" * 99, b"{}", b"\x0a" * 5000):
            (tmp_path / "x.onnx").write_bytes(data)
            with pytest.raises(sg.InterchangeError, match=r"x\.onnx"):
                sg.open(tmp_path / "x.onnx")

    def test_names_that_are_pythons(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        constants = {"W": rng.normal(size=(1, 4, 3)).astype(np.float32), "R": np.zeros((1, 4, 4), np.float32)}
        for name in ("forward", "__class__", "training", "a" * 5000, "..//..", "\n"):
            nodes = (
                make("Unsqueeze", ["x", "zero"], ["xs"]),
                make("RNN", ["xs", "W", "R"], ["y"], name=name, hidden_size=4),
            )
            opened = sg.open(save(one(*nodes, constants={**constants, "zero": np.array([1])}), tmp_path))
            assert opened(X).shape == (2, 1, 1, 4)
            with sg.record(opened) as rec:
                opened(X)
            assert len(rec) == 2


def keras_parts() -> dict[str, bytes]:
    """config.json and weights of a small model, written here as Keras writes them."""
    layer = {"module": "keras.layers", "class_name": "LSTM", "config": {"name": "lstm", "units": 2}}
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    held = io.BytesIO()
    with h5py.File(held, "w") as file:
        for n, shape in enumerate([(3, 8), (2, 8), (8,)]):
            file[f"layers/lstm/cell/vars/{n}"] = np.ones(shape, np.float32)
    return {"config.json": json.dumps(config).encode(), "model.weights.h5": held.getvalue()}


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return keras_parts()


class TestKeras:
    def write(self, parts: dict[str, bytes], folder: Path) -> Path:
        path = folder / "model.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in parts.items():
                file.writestr(name, data)
        return path

    def refused(self, parts: dict[str, bytes], folder: Path, said: str) -> None:
        with pytest.raises(sg.InterchangeError, match=said):
            sg.open(self.write(parts, folder))

    def weights(self, change: Callable[[Any], None], parts: dict[str, bytes]) -> dict[str, bytes]:
        held = io.BytesIO(parts["model.weights.h5"])
        with h5py.File(held, "a") as file:
            change(file)
        return {**parts, "model.weights.h5": held.getvalue()}

    def test_as_it_is_it_opens(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        assert sg.open(self.write(parts, tmp_path))(torch.ones(1, 4, 3)).shape == (1, 2)

    def test_a_bomb(self, parts: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keras_file, "MOST_CONFIG", 1 << 20)
        self.refused({**parts, "config.json": b" " * (2 << 20)}, tmp_path, "config.json inflates to more than")

    def test_weights_that_inflate(
        self, parts: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keras_file, "MOST_INFLATED", 1 << 20)
        nothing = bytes(3 << 20)
        self.refused({**parts, "model.weights.h5": nothing}, tmp_path, "does not begin as a file of its kind")
        weights = parts["model.weights.h5"] + nothing
        self.refused({**parts, "model.weights.h5": weights}, tmp_path, "weights.h5 inflates to more than 1048576 bytes")

    def test_a_bomb_whose_header_says_otherwise(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        path = self.write({**parts, "config.json": b" " * 100_000}, tmp_path)
        data = path.read_bytes()
        path.write_bytes(data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
        with pytest.raises(sg.InterchangeError, match=r"model\.keras: it is damaged"):
            sg.open(path)

    def test_parts_are_missing(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        for name in parts:
            self.refused({n: d for n, d in parts.items() if n != name}, tmp_path, f"it has no {name}")
        self.refused({**parts, "model.weights.h5": b"no"}, tmp_path, "is damaged")

    @pytest.mark.parametrize("config", [
        b"", b"{", b"[]", b"7", b"{}", b"[" * 100_000, b'{"class_name": "Sequential", "config": {"layers": 3}}',
        b'{"module": "keras", "class_name": "Sequential", "config": {"layers": []}}',
        b'{"module": "keras", "class_name": "Sequential", "config": {"layers": [7]}}',
        b'{"module": "os", "class_name": "system", "config": {"layers": [7]}}',
        b'{"module": "keras", "class_name": "Functional", "config": {"layers": [{"module": "keras.layers", '
        b'"class_name": "LSTM", "config": {}}], "output_layers": 5}}',
    ])  # fmt: skip
    def test_configurations_that_are_none(self, config: bytes, parts: dict[str, bytes], tmp_path: Path) -> None:
        self.refused({**parts, "config.json": config}, tmp_path, r"^model\.keras: ")

    def test_a_layer_of_somebody_elses(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        config = parts["config.json"].replace(b"keras.layers", b"os")
        self.refused(
            {**parts, "config.json": config}, tmp_path, r"layer 'lstm' \(LSTM\) .* it is not one of Keras's own"
        )

    def test_models_in_each_other(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        config = json.loads(parts["config.json"])
        for _ in range(20):
            config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [config]}}
        self.refused({**parts, "config.json": json.dumps(config).encode()}, tmp_path, "models in each other")

    def test_weights_that_are_elsewhere(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        """Links, other files, filters: HDF5 would follow, read and load; the reader does not."""
        place = "layers/lstm/cell/vars/0"
        (tmp_path / "raw").write_bytes(b"\0" * 96)
        with h5py.File(tmp_path / "other.h5", "w") as other:
            other["there"] = np.ones((3, 8), np.float32)

        def replaced(make: Callable[[Any], None]) -> dict[str, bytes]:
            def change(file: Any) -> None:
                del file[place]
                make(file)

            return self.weights(change, parts)

        def virtual(file: Any) -> None:
            layout = h5py.VirtualLayout((3, 8), np.float32)
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "there", (3, 8))
            file.create_virtual_dataset(place, layout)

        raw = [(str(tmp_path / "raw"), 0, 96)]
        for change, said in (
            (lambda f: f.__setitem__(place, h5py.ExternalLink(str(tmp_path / "other.h5"), "there")), "ExternalLink"),
            (lambda f: f.__setitem__(place, h5py.SoftLink("/layers")), "SoftLink"),
            (lambda f: f.create_dataset(place, (3, 8), np.float32, external=raw), "not a plain array"),
            (virtual, "not a plain array"),
            (lambda f: f.create_dataset(place, data=np.zeros((3, 8), np.float32), compression="gzip"), "not a plain"),
            (lambda f: f.create_dataset(place, data=np.zeros((3, 8), int)), "not a plain array of floats"),
            (lambda f: f.create_dataset(place, (1 << 40, 8), np.float32, chunks=(1, 8)), "would take more than"),
            (lambda f: f.create_dataset(place, (1 << 27, 8), np.float32, chunks=(1, 8)), "is not all there"),
            (lambda f: f.create_group(place), "not a plain array"),
            (lambda f: None, "named"),
        ):
            self.refused(replaced(change), tmp_path, said)

    def test_shapes_that_do_not_fit(self, parts: dict[str, bytes], tmp_path: Path) -> None:
        for config in (b'"units": 3', b'"units": "2"', b'"units": 2, "use_bias": false'):
            changed = parts["config.json"].replace(b'"units": 2', config)
            self.refused({**parts, "config.json": changed}, tmp_path, r"layer 'lstm' \(LSTM\)")


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "x.onnx").open("wb") as file:
        file.truncate(guard.MOST_BYTES + 1)  # takes no room on the disk
    with pytest.raises(sg.InterchangeError, match=r"x\.onnx: it has \d+ bytes, and softgate reads at most"):
        sg.open(tmp_path / "x.onnx")


def test_something_that_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.safetensors")
    with pytest.raises(sg.InterchangeError, match="it is not a regular file"):
        sg.open(tmp_path / "x.safetensors")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each format."""
    folder = tmp_path_factory.mktemp("good")
    layer = sg.LSTM(2, 2, bidirectional=True)
    sg.export_onnx(torch.nn.Sequential(torch.nn.Embedding(4, 2), layer, torch.nn.Linear(4, 1)), folder / "x.onnx")
    save_file(layer.state_dict(), folder / "x.safetensors")
    with zipfile.ZipFile(folder / "x.keras", "w") as file:  # stored, so that a changed byte gets through to the parsers
        for name, data in keras_parts().items():
            file.writestr(name, data)
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".keras"])
@settings(max_examples=60)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    cut=st.none() | st.floats(0, 1),
)
@example(changes=[], cut=0.0)
@example(changes=[], cut=0.5)
def test_changed_bytes_never_crash(
    suffix: str, originals: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, changes: Any, cut: float | None
) -> None:
    data = bytearray(originals[suffix])
    for place, value in changes:
        data[int(place * len(data))] = value
    if cut is not None:
        del data[int(cut * len(data)) :]
    path = tmp_path_factory.getbasetemp() / f"changed{suffix}"
    path.write_bytes(data)
    try:
        opened = sg.open(path)
    except sg.SoftgateError:
        return
    assert isinstance(opened, torch.nn.Module)


def test_unchanged_bytes_open(originals: dict[str, bytes], tmp_path: Path) -> None:
    assert set(originals) == {".onnx", ".safetensors", ".keras"}
    for suffix, data in originals.items():
        (tmp_path / f"x{suffix}").write_bytes(data)
        assert isinstance(sg.open(tmp_path / f"x{suffix}"), torch.nn.Module)
