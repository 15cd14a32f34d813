"""A run on disk: a folder that is whole at every moment, whenever the process is killed.

    config.json            settings, alphabet, what the text was
    model.safetensors      the weights as of the last save
    .lock                  held by the process that is at work here
    training.safetensors   everything needed to go on: weights, optimiser, carried state, random state, position
    metrics.parquet        one row for each stretch of training
    report.html            the report, once there is one

Every file is written under a temporary name and renamed. `training.safetensors` alone decides where a run stands, and
it is one file: there is no moment at which weights and optimiser belong to different steps.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from softgate.disk import locked, replace_file, sweep
from softgate.errors import MissingExtraError, SoftgateError

__all__ = ["Progress", "RunFolder", "RunFolderError", "write_atomically"]

FORMAT = 1
COLUMNS = {"chunks", "characters", "seconds", "bits", "characters_per_second", "learning_rate"}


class RunFolderError(SoftgateError, ValueError):
    """A folder that is no run, or a run that cannot be continued with what was asked for."""


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    chunks: int = 0
    characters: int = 0
    seconds: float = 0.0
    finished: bool = False
    diverged: bool = False
    """Whether the state is the one from before a training broke down, and none has been saved since."""


Metrics = list[dict[str, float | int]]


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that `path` holds either what it held before or all of `data`."""
    try:
        replace_file(path, data)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror or error}") from None


class RunFolder:
    """Reads and writes the files of one run."""

    def __init__(self, path: Path | str, columns: Collection[str] = COLUMNS):
        self.path = Path(path)
        self.columns = frozenset(columns)

    @property
    def config_path(self) -> Path:
        """Settings, alphabet and what the text was."""
        return self.path / "config.json"

    @property
    def report_path(self) -> Path:
        """Where the report goes."""
        return self.path / "report.html"

    def create(self, config: Mapping[str, Any]) -> None:
        """Start a run here. Files of other kinds in the folder stay; leftovers of a killed run go."""
        self._make()
        sweep(self.path)
        text = json.dumps({"format": FORMAT, **config}, indent=1, ensure_ascii=False)
        write_atomically(self.config_path, text.encode("utf-8", "surrogatepass"))

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = "there is a file of that name" if self.path.is_file() else error.strerror or str(error)
            raise RunFolderError(
                f"expected a folder for the run that exists or can be made, got {self.path}: {what}"
            ) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep other processes out of it."""
        self._make()
        try:
            guard = locked(self.path)
            guard.__enter__()
        except OSError as error:
            raise RunFolderError(f"{self.path} cannot be written: {error.strerror or error}") from None
        try:
            yield
        finally:
            guard.__exit__(None, None, None)

    def config(self) -> dict[str, Any] | None:
        """What `create` was given, or None where no run was started."""
        try:
            config = json.loads(self.config_path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise RunFolderError(f"{self.config_path} cannot be read: {error.strerror or error}") from None
        except ValueError as error:
            raise RunFolderError(f"{self.config_path} is not JSON ({error}); is this a run of softgate?") from None
        if not isinstance(config, dict) or config.get("format") != FORMAT:
            raise RunFolderError(f"{self.config_path} is not of this version of softgate; choose another folder")
        return config

    def save(self, tensors: Mapping[str, Tensor], progress: Progress, metrics: Metrics) -> None:
        """Save a state to go on from. Names that begin with `model.` are the weights."""
        kept = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
        write_atomically(self.path / "metrics.parquet", _parquet(metrics))
        header = {"progress": json.dumps(asdict(progress))}
        write_atomically(self.path / "training.safetensors", safetensors.torch.save(kept, header))
        weights = {name.removeprefix("model."): tensor for name, tensor in kept.items() if name.startswith("model.")}
        write_atomically(self.path / "model.safetensors", safetensors.torch.save(weights))

    def progress(self) -> Progress | None:
        """Where the run stands, without its tensors; None where nothing was saved or it cannot be read."""
        try:
            with safetensors.safe_open(self.path / "training.safetensors", framework="pt") as file:
                return Progress(**json.loads(file.metadata()["progress"]))
        except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError):
            return None

    def load(self) -> tuple[dict[str, Tensor], Progress, Metrics] | None:
        """What `save` was given last, or None. Metrics of chunks that were lost again are dropped."""
        path = self.path / "training.safetensors"
        if not path.exists():
            return None
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                progress = Progress(**json.loads(file.metadata()["progress"]))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a mapping
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            raise RunFolderError(f"{path} cannot be read ({error}); delete it to start the run anew") from None
        metrics = [row for row in self.metrics() if row["chunks"] <= progress.chunks]
        return tensors, progress, metrics

    def metrics(self) -> Metrics:
        """The rows of `metrics.parquet`. One that cannot be read is as good as none: a run does not depend on it."""
        path = self.path / "metrics.parquet"
        if not path.exists():
            return []
        parquet = _pyarrow("parquet")
        try:
            rows: Metrics = parquet.read_table(path).to_pylist()
        except (OSError, ValueError, _pyarrow("pyarrow").ArrowException) as error:
            logging.getLogger(__name__).warning("%s cannot be read and is begun anew: %s", path, error)
            return []
        if not all(row.keys() >= self.columns for row in rows):
            logging.getLogger(__name__).warning("%s has other columns than a run's and is begun anew", path)
            return []
        return rows


def _pyarrow(module: str) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "train", "a run folder") from None
    return pyarrow.parquet if module == "parquet" else pyarrow


def _parquet(metrics: Metrics) -> bytes:
    table = _pyarrow("pyarrow").Table.from_pylist(metrics)
    sink = _pyarrow("pyarrow").BufferOutputStream()
    _pyarrow("parquet").write_table(table, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data
