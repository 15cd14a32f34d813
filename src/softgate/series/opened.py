"""A forecasting run, read again from its folder; nothing in it is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch

from softgate.errors import SoftgateError
from softgate.series.model import SeriesModel
from softgate.series.origin import Origin
from softgate.series.scaling import Scaling
from softgate.series.settings import SeriesSettings

__all__ = ["KIND", "SeriesRun", "open_series"]

KIND = "series"


@dataclass(frozen=True)
class SeriesRun:
    """A trained forecaster, how it reads a table, and which file that was; None of a run that does not say."""

    model: SeriesModel
    scaling: Scaling
    settings: SeriesSettings
    subject: str
    origin: Origin | None = None


def open_series(path: Path, config: dict[str, Any]) -> SeriesRun:
    """The run in a folder, of which `config` is the `config.json`.

    Raises:
        SoftgateError: it is not that of a forecaster, or there are no weights that fit.
    """
    try:
        settings = SeriesSettings.from_dict(config["settings"])
        scaling = Scaling.from_dict(config["scaling"])
        model = SeriesModel(len(scaling.features), settings.hidden_size, settings.layers)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise SoftgateError(
            f"{path / 'config.json'}: expected the settings and the scaling of a forecaster, "
            f"got something else ({error})"
        ) from None
    weights = path / "model.safetensors"
    if not weights.is_file():
        raise SoftgateError(f"{path}: there is no model.safetensors; the run has not saved a model yet")
    try:
        model.load_state_dict(safetensors.torch.load_file(weights))
    except (safetensors.SafetensorError, RuntimeError) as error:
        raise SoftgateError(f"{weights}: expected the weights of this run ({str(error).splitlines()[0]})") from None
    origin = Origin.from_dict(config.get("origin"))
    return SeriesRun(model.eval(), scaling, settings, str(config.get("subject", "a table")), origin)
