"""`softgate inspect`: models of other libraries on texts, ids and tables as people write them."""

from __future__ import annotations

import json
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow
import pytest
import torch
from onnx import TensorProto, helper
from pyarrow import parquet
from typer.testing import CliRunner

import softgate as sg
from softgate.cli import app
from softgate.look.data import read
from softgate.look.examine import examine
from softgate.look.model import open_model
from softgate.look.symbols import read_symbols
from softgate.look.table import rows_of
from softgate.tables import InputError, column_names, read_table


def read_rows(name: str, columns: list[str], steps: int) -> tuple[list[list[float]], tuple[str, ...]]:
    values, said = rows_of(read_table(Path(name)), columns, steps)
    return values.tolist(), said


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reader(kind: int = TensorProto.INT64) -> torch.nn.Module:
    """`reader.onnx`: ids [T, B], an embedding, an LSTM."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Embedding(6, 3), sg.LSTM(3, 4))
    sg.export_onnx(model, "reader.onnx")
    if kind != TensorProto.INT64:
        import onnx

        made = onnx.load("reader.onnx")
        made.graph.input[0].type.tensor_type.elem_type = kind
        onnx.save(made, "reader.onnx")
    return model


def seen_in(name: str, file: str, **options: Any) -> Any:
    opened = open_model(name, **options)
    return examine(opened, read(Path(file), opened))


def output(name: str, **inputs: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"]).run(None, inputs)


@pytest.mark.parametrize("kind", [TensorProto.INT64, TensorProto.INT32])
def test_ids_of_a_table_are_ids_for_an_onnx_model_that_declares_them(folder: Path, kind: int) -> None:
    reader(kind)
    ids = np.arange(9) % 6
    Path("ids.csv").write_text("id\n" + "".join(f"{k}\n" for k in ids))
    seen = seen_in("reader.onnx", "ids.csv")
    assert seen.shape == (9, 1)
    assert seen.given.x.dtype == {TensorProto.INT64: torch.int64, TensorProto.INT32: torch.int32}[kind]
    name = next(n for n in seen.recording.names if n.endswith(".h"))
    dtype = np.int64 if kind == TensorProto.INT64 else np.int32
    (want,) = output("reader.onnx", input=ids[:, None].astype(dtype))
    np.testing.assert_allclose(seen.recording[name].numpy(), want, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "<unk>\na\nb\n \n\\n\n"),
        ("a.json", json.dumps(["<unk>", "a", "b", " ", "\n"])),
        ("b.json", json.dumps({"b": 2, "a": 1, "<unk>": 0, "\n": 4, " ": 3})),
    ],
)
def test_an_onnx_model_reads_text_with_an_alphabet(folder: Path, name: str, text: str) -> None:
    reader()
    Path(name).write_text(text)
    Path("text.txt").write_text("ab b\nz")
    seen = seen_in("reader.onnx", "text.txt", alphabet=Path(name))
    assert seen.given.x.flatten().tolist() == [1, 2, 3, 2, 4, 0]
    assert seen.given.labels == tuple("ab b\nz")
    assert "1 symbol of it is not in the alphabet" in seen.given.said
    (want,) = output("reader.onnx", input=seen.given.x.numpy())
    state = next(n for n in seen.recording.names if n.endswith(".h"))
    np.testing.assert_allclose(seen.recording[state].numpy(), want, atol=1e-6)


def test_a_keras_model_reads_text_as_keras_itself_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Keras itself
        import keras

        layers = keras.layers
        model = keras.Sequential(
            [keras.Input((None,)), layers.Embedding(5, 3), layers.GRU(4, return_sequences=True, name="gru")]
        )
        model.save("net.keras")
        ids = [[0, 1, 1, 2, 0]]
        want = keras.ops.convert_to_numpy(model(np.array(ids)))
    Path("abc.txt").write_text("a\nb\nc\n")
    Path("text.txt").write_text("abbca")
    seen = seen_in("net.keras", "text.txt", alphabet=Path("abc.txt"))
    assert seen.given.x.flatten().tolist() == ids[0]
    np.testing.assert_allclose(seen.recording["gru.l0.h"].numpy()[:, 0], want[0], atol=1e-5)


def test_a_model_that_reads_features_gets_a_one_for_each_symbol(folder: Path) -> None:
    sg.export_onnx(sg.LSTM(3, 4), "hot.onnx")
    Path("abc.txt").write_text("a\nb\nc\n")
    Path("text.txt").write_text("cab")
    x = seen_in("hot.onnx", "text.txt", alphabet=Path("abc.txt")).given.x
    assert x[:, 0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_a_function_encodes_text_for_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader()
    Path("my_codes.py").write_text(
        "import torch\ndef ids(text): return torch.tensor([ord(c) % 6 for c in text])[:, None]\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    Path("text.txt").write_text("abc")
    seen = seen_in("reader.onnx", "text.txt", encode="my_codes:ids")
    assert seen.shape == (3, 1)
    result = CliRunner().invoke(app, ["inspect", "reader.onnx", "text.txt", "--encode", "my_codes:no"])
    assert "my_codes has no 'no'" in result.output


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "expected symbols, there are none"),
        ("a.txt", "a\n\nb\n", "line 2: expected a symbol"),
        ("a.txt", "a\nb\na\n", "'a' is there twice"),
        ("a.json", "{", "expected JSON"),
        ("a.json", "[1]", "expected a list of symbols"),
        ("a.json", '{"a": -1}', "expected an id from 0 for 'a', got -1"),
        ("a.json", '{"a": 1.5}', "expected an id from 0 for 'a', got 1.5"),
        ("a.json", "[" * 100_000, "expected JSON"),
        ("a.json", "3", "expected a list or an object"),
    ],
)
def test_an_alphabet_that_is_none(folder: Path, name: str, text: str, message: str) -> None:
    Path(name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_symbols(Path(name))


def test_longer_symbols_come_first_and_unknown_ones_are_named(folder: Path) -> None:
    Path("a.json").write_text(json.dumps(["a", "ab", "b"]))
    symbols = read_symbols(Path("a.json"))
    assert symbols.split("abba", 99) == ["ab", "b", "a"]
    with pytest.raises(InputError, match="'z' is not in the alphabet of 3 symbols"):
        symbols.encode(["a", "z"])


def stateful(kind: int = TensorProto.FLOAT, size: object = 1) -> None:
    """`states.onnx`, whose first states are inputs."""
    import onnx

    torch.manual_seed(0)
    sg.export_onnx(sg.LSTM(2, 5), "states.onnx", states=True)
    made = onnx.load("states.onnx")
    h = made.graph.input[1].type.tensor_type
    h.elem_type = kind
    if isinstance(size, str):
        h.shape.dim[0].dim_param = size
    onnx.save(made, "states.onnx")


def test_first_states_are_zeros_and_that_is_said(folder: Path) -> None:
    stateful()
    Path("t.csv").write_text("a,b\n" + "1,2\n" * 6)
    seen = seen_in("states.onnx", "t.csv")
    assert seen.said == ("zeros for its further inputs: h_0 [1, 1, 5], c_0 [1, 1, 5]",)
    zeros = np.zeros((1, 1, 5), np.float32)
    want, *_ = output("states.onnx", input=seen.given.x.numpy(), h_0=zeros, c_0=zeros)
    state = next(n for n in seen.recording.names if n.endswith(".h"))
    np.testing.assert_allclose(seen.recording[state].numpy(), want, atol=1e-6)
    result = CliRunner().invoke(app, ["inspect", "states.onnx", "t.csv", "--out", "o"])
    assert "zeros for its further inputs" in result.output
    assert "zeros for its further inputs" in Path("o/index.html").read_text()


@pytest.mark.parametrize(("kind", "size"), [(TensorProto.INT64, 1), (TensorProto.FLOAT, "N")])
def test_inputs_that_zeros_would_not_do_for_are_named(folder: Path, kind: int, size: object) -> None:
    stateful(kind, size)
    Path("t.csv").write_text("a,b\n" + "1,2\n" * 6)
    with pytest.raises(InputError, match="the further input 'h_0'"):
        seen_in("states.onnx", "t.csv")


def test_a_file_that_fixes_its_steps_gets_so_many(folder: Path) -> None:
    cell = sg.LSTM(2, 3)
    w, r = (p.detach().numpy() for p in (cell.weight_ih_l0, cell.weight_hh_l0))
    weights = [helper.make_tensor(n, 1, (1, *v.shape), v.flatten()) for n, v in (("W", w), ("R", r))]
    node = helper.make_node("LSTM", ["x", "W", "R"], ["y"], "l", hidden_size=3)
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [4, 1, 2]), ("y", [4, 1, 1, 3]))]
    made = helper.make_graph([node], "g", ends[:1], ends[1:], weights)
    Path("four.onnx").write_bytes(
        helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    )
    Path("t.csv").write_text("a,b\n" + "1,2\n" * 6)
    seen = seen_in("four.onnx", "t.csv")
    assert (seen.shape, seen.given.steps) == ((4, 1, 2), 4)
    assert "of these the first 4, which is what the model's file fixes" in seen.given.said
    Path("t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="takes 4 steps, as its file fixes it; got 1"):
        seen_in("four.onnx", "t.csv")


@pytest.mark.parametrize(
    ("text", "remark", "first", "titles"),
    [
        (
            "0.5,0.25\n1.5,2\n",
            "its first row is numbers, so a step; columns are called f0 to f1",
            [0.5, 0.25],
            "f0, f1",
        ),
        ("d0,1,2\nd1,3,4\n", "its first row is numbers, so a step; columns are called f0 to f2", [1, 2], "f1, f2"),
        ("0,1\n5,6\n7,8\n", None, [5, 6], "0, 1"),
        ("a;b\n1;2\n3;4\n", "a semicolon separates its cells", [1, 2], "a, b"),
        ("a;b\n1,5;2,25\n3,0;4,5\n", "its numbers have decimal commas", [1.5, 2.25], "a, b"),
        ("a|b\n1|2\n3|4\n", "a bar separates its cells", [1, 2], "a, b"),
        ("a\tb\n1\t2\n3\t4\n", "a tab separates its cells", [1, 2], "a, b"),
        ('a,"b;c;d"\n1,2\n3,4\n', None, [1, 2], "a, b;c;d"),
        ("a\n1\n2\n", None, [1], "a"),
    ],
)
def test_tables_as_people_write_them(
    folder: Path, text: str, remark: str | None, first: list[float], titles: str
) -> None:
    Path("t.csv").write_text(text)
    values, said = read_rows("t.csv", [], 99)
    assert values[0] == first
    assert said[-1].endswith(f": {titles}") or said[-2].endswith(f": {titles}")
    assert remark is None or remark in said
    assert remark is not None or len(said) == 2


def test_decimals_of_parquet_are_numbers(folder: Path) -> None:
    values = [Decimal("1.25"), Decimal("-3.50")]
    parquet.write_table(
        pyarrow.table({"price": pyarrow.array(values, pyarrow.decimal128(9, 2)), "n": [1, 2]}), "t.parquet"
    )
    values, said = read_rows("t.parquet", [], 9)
    assert values == [[1.25, 1.0], [-3.5, 2.0]]
    assert not any("left out" in line for line in said)


def test_a_column_with_a_comma_is_named_in_quotation_marks(folder: Path) -> None:
    Path("t.csv").write_text('"rain, mm",temp\n1,2\n3,4\n')
    names = column_names('temp, "rain, mm"')
    assert names == ["temp", "rain, mm"]
    assert read_rows("t.csv", names, 9)[0] == [[2, 1], [4, 3]]
    assert column_names("") == []
    with pytest.raises(InputError, match="quotation marks"):
        column_names('"rain')
    Path("t.csv").write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match="title of its own for every column; \\['a'\\] occur twice"):
        read_rows("t.csv", ["a"], 9)


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ("99", "has units 0 to 3; got 99"),
        ("1,1,1", "unit 1 is named 3 times"),
        ("0,1,2,3,4,5,6,7", "expected at most 7 units"),
    ],
)
def test_units_are_checked_before_anything_runs(folder: Path, units: str, message: str) -> None:
    reader()
    result = CliRunner().invoke(app, ["inspect", "reader.onnx", "there-is-no-such.csv", "--units", units])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_help_names_every_kind_of_model() -> None:
    text = " ".join(CliRunner().invoke(app, ["inspect", "--help"]).output.split())
    for wanted in (".onnx", ".keras", ".safetensors", "--alphabet", "--encode"):
        assert wanted in text
