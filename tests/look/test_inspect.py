"""`softgate inspect`: from a model and a file to a page, and what is said when one of them is not as it should be."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow
import pytest
import torch
from pyarrow import parquet
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

import softgate as sg
from softgate.cli import app
from softgate.look.data import read
from softgate.look.examine import examine
from softgate.look.model import open_model
from softgate.look.pictures import pictures
from softgate.look.story import summary
from softgate.text.alphabet import Alphabet
from softgate.train import CharacterModel, RunFolder, Settings

MODELS = '''
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = torch.nn.Linear(2, 4)
        self.gru = torch.nn.GRU(4, 6, batch_first=True, bidirectional=True)
        self.head = torch.nn.Linear(12, 1)

    def forward(self, x):
        return self.head(self.gru(self.wide(x))[0])

class Turned(torch.nn.Module):
    """Takes [B, T, I], and turns it around for a layer that is time-first."""
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(2, 3)

    def forward(self, x):
        return self.rnn(x.transpose(0, 1))[0]

class Strict(Turned):
    """The same with a first state for a batch of one, as a file of another library has it."""
    def forward(self, x):
        return self.rnn(x.transpose(0, 1), (torch.zeros(1, 1, 3), torch.zeros(1, 1, 3)))[0]

class Ids(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm = torch.nn.Embedding(9, 3), torch.nn.LSTM(3, 4)

    def forward(self, ids):
        return self.lstm(self.embedding(ids))[0]

def seeded(kind):
    torch.manual_seed(0)
    return kind()

def net(): return seeded(Net)
def turned(): return seeded(Turned)
def strict(): return seeded(Strict)
def ids(): return seeded(Ids)
def reader(): return seeded(Ids), lambda text: torch.tensor([ord(c) % 9 for c in text])[:, None]
def number(): return 3
def plain(): return torch.nn.Linear(2, 1)
def broken(): raise RuntimeError("of the user's own making")
class Step(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.LSTMCell(2, 3)
'''
TABLE = "day,rain,temp\n" + "".join(f"d{k},{k % 5},{k / 10}\n" for k in range(40))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a module, a table and a text; what is imported from it is forgotten."""
    (tmp_path / "my_nets.py").write_text(MODELS)
    (tmp_path / "my_lacking.py").write_text("import no_such_package_anywhere\n")
    (tmp_path / "table.csv").write_text(TABLE)
    (tmp_path / "text.txt").write_text("<script>alert(1)</script>\n" * 8)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("my_nets", "my_lacking"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Path:
    """A run folder, as after a training of no steps."""
    alphabet, settings = Alphabet("\n<>abcdeilprstx"), Settings(hidden_size=8, layers=2, embedding_size=4)
    RunFolder(folder / "run")
    (folder / "run").mkdir()
    RunFolder(folder / "run").create(
        {"subject": "a text", "settings": settings.as_dict(), "alphabet": alphabet.characters, "text": "x"}
    )
    model = CharacterModel(len(alphabet), 8, 2, 4, seed=0)
    save_file(dict(model.state_dict()), folder / "run" / "model.safetensors")
    return folder / "run"


def inspect(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def test_a_run_folder_on_a_text(run: Path, folder: Path) -> None:
    result = inspect("run", "text.txt", "--out", "seen", "--units", "3,5", "--steps", "60", "--show", "40")
    assert result.exit_code == 0, result.output
    stems = {"signals-lstm.l0", "signals-lstm.l1", "values-lstm.l0", "values-lstm.l1", "saturation", "half-lives"}
    stems |= {"gradient-lstm.l0.c", "gradient-lstm.l1.c"}
    names = {path.name for path in (folder / "seen").iterdir()}
    assert names == {"index.html", *(f"{stem}.{ending}" for stem in stems for ending in ("svg", "png"))}
    page = (folder / "seen" / "index.html").read_text()
    assert len(page) < 2_000_000
    for wanted in ("Units 3, 5: as asked for", "The first 40 of 61 steps", "a character LSTM, 2 layers of 8 units"):
        assert wanted in page
    assert "<script>alert" not in page
    for wanted in ("the first 60 of 208 characters", "not in its alphabet", "lstm.l1.c", "file://"):
        assert wanted in result.output
    lines = [line for line in result.output.splitlines() if not line.startswith(("Page:", "Open it"))]
    assert max(map(len, lines)) <= 80


def test_what_is_shown_of_a_run_is_what_recording_shows(run: Path, folder: Path) -> None:
    opened = open_model("run")
    given = read(Path("text.txt"), opened)
    seen = examine(opened, given)
    assert opened.alphabet is not None
    ids = torch.from_numpy(opened.alphabet.document(Path("text.txt").read_text()))[:, None]
    with torch.no_grad(), sg.record(opened.model) as rec:
        opened.model(ids)
    for name in rec.names:
        torch.testing.assert_close(seen.recording[name], rec[name], rtol=0, atol=0)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_tables_of_every_kind_are_the_same_input(folder: Path, ending: str) -> None:
    table = pyarrow.table({"day": [f"d{k}" for k in range(40)], "rain": [k % 5 for k in range(40)],
                           "temp": [k / 10 for k in range(40)]})  # fmt: skip
    path = folder / f"table.{ending}"
    if ending == "parquet":
        parquet.write_table(table, path)
    else:
        path.write_text(TABLE.replace(",", "\t") if ending == "tsv" else TABLE)
    opened = open_model("my_nets:net")
    given = read(path, opened, steps=30)
    assert given.said == ("table: the first 30 of 40 rows, a step each", "2 features: rain, temp", "left out: day")
    want = torch.tensor([[k % 5, k / 10] for k in range(30)])[:, None]
    torch.testing.assert_close(given.x, want)
    seen = examine(opened, given)
    assert seen.shape == (1, 30, 2)
    with torch.no_grad(), sg.record(opened.model) as rec:
        opened.model(want.transpose(0, 1))
    torch.testing.assert_close(seen.recording["gru.l0.reverse.h"], rec["gru.l0.reverse.h"], rtol=0, atol=0)


def test_columns_are_taken_in_the_order_that_was_asked_for(folder: Path) -> None:
    given = read(Path("table.csv"), open_model("my_nets:net"), ["temp", "rain"])
    assert given.x[13, 0].tolist() == pytest.approx([1.3, 3.0])


@pytest.mark.parametrize("name", ["turned", "strict"])
def test_a_model_that_turns_its_input_around_still_sees_time_as_time(folder: Path, name: str) -> None:
    opened = open_model(f"my_nets:{name}")
    seen = examine(opened, read(Path("table.csv"), opened))
    assert seen.recording["rnn.l0.c"].shape == (40, 1, 3)
    assert seen.shape == (1, 40, 2)


def test_whole_numbers_in_front_of_an_embedding_are_ids(folder: Path) -> None:
    opened = open_model("my_nets:ids")
    given = read(Path("table.csv"), opened, ["rain"])
    assert given.x.dtype == torch.int64
    assert examine(opened, given).recording["lstm.l0.c"].shape == (40, 1, 4)


def test_a_function_may_bring_its_own_way_to_read_text(folder: Path) -> None:
    opened = open_model("my_nets:reader")
    given = read(Path("text.txt"), opened)
    assert given.said[1] == "encode made of it an input of shape [208, 1]"
    seen = examine(opened, given)
    assert [p.stem for p in pictures(seen, given)] == ["signals-lstm.l0", "values-lstm.l0", "saturation", "half-lives"]


def test_gradients_are_drawn_for_a_run_where_there_is_something_that_splits_them(
    run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = []

    def gradient_flow(model: torch.nn.Module, run: Any) -> Any:
        losses.append(run().item())
        parts = SimpleNamespace(
            total=torch.ones(9, 1, 8), cell_path=torch.ones(9, 1, 8), hidden_path=torch.ones(9, 1, 8)
        )
        return type("Flow", (dict,), {"states": ["lstm.l0.h", "lstm.l0.c"]})({"lstm.l0.c": parts})

    monkeypatch.setattr(sg, "gradient_flow", gradient_flow, raising=False)
    result = inspect("run", "text.txt", "--out", "seen", "--steps", "20")
    assert result.exit_code == 0, result.output
    assert (folder / "seen" / "gradient-lstm.l0.c.svg").exists()
    opened = open_model("run")
    ids = read(Path("text.txt"), opened, steps=20).x
    want = torch.nn.functional.cross_entropy(opened.model(ids[:-1])[0].flatten(0, 1), ids[1:].flatten())
    assert losses == pytest.approx([want.item()], rel=1e-5)


def test_files_of_other_libraries_go_through_the_interchange(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.onnx").write_bytes(b"x")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = inspect("net.onnx", "table.csv")
    assert result.exit_code == 2
    assert "cannot open .onnx files; name a module:function" in result.output
    stand_in: Any = ModuleType("softgate.interchange")
    stand_in.load = lambda path: torch.nn.Sequential(torch.nn.LSTM(2, 3)) if path.name == "net.onnx" else None
    monkeypatch.setitem(sys.modules, "softgate.interchange", stand_in)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    opened = open_model("net.onnx")
    assert examine(opened, read(Path("table.csv"), opened)).shape == (40, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone", "table.csv"), "gone: there is no such file or folder; expected a run folder of `softgate train`"),
        (("gone.onnx", "table.csv"), "gone.onnx: there is no such file"),
        (("table.csv", "table.csv"), "a file that ends in .csv"),
        ((".", "table.csv"), "has a config.json; got a folder without"),
        (("weights.pt", "table.csv"), "may run anything when it is opened"),
        (("my_nts:net", "table.csv"), "there is no module 'my_nts' here"),
        (("my_nets:nt", "table.csv"), "my_nets has no 'nt'"),
        (("my_nets:number", "table.csv"), "expected a torch.nn.Module, or a pair (module, encode)"),
        (("my_nets:plain", "table.csv", "--columns", "rain,temp"), "an LSTM, GRU or RNN of torch.nn, or a layer of"),
        (("my_nets:Step", "table.csv"), "cell: torch.nn.modules.rnn.LSTMCell: leave, it is not torch.nn.LSTM"),
        (("my_nets:net", "gone.csv"), "there is no such file"),
        (("my_nets:net", "text.txt"), "text needs a model that knows its characters"),
        (("my_nets:net", "bytes.bin"), "its bytes are not text"),
        (("my_nets:net", "table.csv", "--columns", "rain,tmp"), "unknown column 'tmp'; did you mean 'temp'?"),
        (("my_nets:net", "table.csv", "--columns", "day"), "expected columns of numbers; the table has day (string)"),
        (("my_nets:net", "table.csv", "--columns", "rain"), "its first recurrent layer reads 4 features"),
        (("my_nets:net", "holes.csv"), "column 'temp' has 2 cells without a finite number, the first in row 2"),
        (("my_nets:net", "head.csv"), "expected rows; the table has none"),
        (("my_nets:net", "ragged.csv"), "cannot be read as a table"),
        (("my_nets:net", "not.parquet"), "cannot be read as a table"),
        (("my_nets:net", "table.csv", "--units", "6"), "has units 0 to 5; got 6"),
        (("my_nets:net", "table.csv", "--units", "x"), "units are whole numbers from 0, as in 3,17; got 'x'"),
        (("my_nets:net", "table.csv", "--out", "table.csv"), "expected a folder that exists or can be made"),
        (("my_nets:reader", "text.txt", "--columns", "rain"), "--columns chooses columns of a table"),
        (("my_nets:reader", "empty.txt"), "the file is empty"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    (folder / "weights.pt").write_bytes(b"\x80\x04.")
    (folder / "bytes.bin").write_bytes(b"\xff\xfe\x00")
    (folder / "holes.csv").write_text("rain,temp\n1,2\n2,\n3,nan\n")
    (folder / "head.csv").write_text("rain,temp\n")
    (folder / "ragged.csv").write_text("rain,temp\n1,2\n2\n")
    (folder / "not.parquet").write_text("rain\n")
    (folder / "empty.txt").write_text("")
    result = inspect(*arguments)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split()), result.output
    assert not (folder / "inspect").exists()


def test_a_damaged_run_is_an_error_in_words(run: Path) -> None:
    (run / "model.safetensors").write_bytes(b"no weights")
    assert "expected the weights of this run" in inspect("run", "text.txt").output
    (run / "model.safetensors").unlink()
    assert "has not saved a model yet" in inspect("run", "text.txt").output
    (run / "config.json").write_text('{"format": 1, "settings": {"no": 1}}')
    assert "expected the settings and the alphabet of a run" in inspect("run", "text.txt").output


def test_errors_of_the_users_own_code_are_not_swallowed(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="of the user's own making"):
        open_model("my_nets:broken")
    with pytest.raises(ModuleNotFoundError, match="no_such_package_anywhere"):
        open_model("my_lacking:net")


def test_nothing_in_an_input_is_evaluated(folder: Path, run: Path) -> None:
    cell = "__import__('os').mkdir('made')"
    (folder / "formula.csv").write_text(f'rain,temp,"{cell}"\n1,2,"{cell}"\n2,3,=1+1\n')
    (folder / "formula.txt").write_text(cell)
    for name, file in (("my_nets:net", "formula.csv"), ("run", "formula.txt")):
        opened = open_model(name)
        given = read(Path(file), opened)
        assert cell in summary(opened, given, examine(opened, given)) or name == "run"
    assert not (folder / "made").exists()


def test_help_says_whose_code_is_run() -> None:
    text = " ".join(inspect("--help").output.split())
    assert "module:function imports and runs your own code" in text


def test_without_the_extra_the_line_that_installs_it_is_printed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    result = inspect("my_nets:net", "table.csv")
    assert result.exit_code == 2
    assert "pip install 'softgate[plots]'" in result.output
    assert textwrap.shorten(result.output, 40).startswith("error: a figure needs altair")
