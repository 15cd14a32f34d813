"""Layers inside models with a ``forward`` of their own: ``torch.onnx.export``, told what our operator is in ONNX.

A layer is one operator of an exported program, ``softgate::recurrence``. :func:`translations` is the table that makes
an LSTM, GRU or RNN node of each; weights are put into ONNX's order by the graph itself, which runtimes fold.
"""

from __future__ import annotations

import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch

import softgate.operators  # noqa: F401 - registers softgate::recurrence
from softgate.equations import Cell
from softgate.errors import InterchangeError, MissingExtraError
from softgate.interchange.guard import write_bytes
from softgate.interchange.onnx_cells import ORDER, PEEPHOLES, Operator, recognise
from softgate.interchange.onnx_write import operator_attributes
from softgate.spelling import read

OPSET = 18


def translations() -> dict[Any, Callable[..., Any]]:
    """For ``torch.onnx.export(model, args, dynamo=True, custom_translation_table=...)``.

    Raises:
        MissingExtraError: onnxscript is not installed.
    """
    _onnxscript()
    return {torch.ops.softgate.recurrence.default: _recurrence}


def export(model: torch.nn.Module, path: str | os.PathLike[str], args: Sequence[Any], **options: Any) -> None:
    """``torch.onnx.export`` with the table of :func:`translations`, weights inside the file.

    Raises:
        InterchangeError: what torch.onnx or the table says cannot be written.
    """
    _onnxscript()
    chosen: dict[str, Any] = {"opset_version": OPSET, "verbose": False, **options}
    chosen |= {"dynamo": True, "custom_translation_table": translations()}
    training = model.training
    try:
        with _quiet():
            made: Any = torch.onnx.export(model.eval(), tuple(args), None, **chosen)
        write_bytes(Path(path), made.model_proto.SerializeToString())
    except (RuntimeError, ValueError, TypeError) as error:
        raise _found(error) or InterchangeError(
            f"torch.onnx.export cannot write this model: {_reason(error)}"
        ) from error
    finally:
        model.train(training)


def _nothing(record: logging.LogRecord) -> bool:
    return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's exporter says about itself: warnings, log records, and the graph that it gave up on."""
    named = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "torch"]
    handlers = [handler for name in named for handler in logging.getLogger(name).handlers]
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(redirect_stderr(io.StringIO()))
        stack.enter_context(redirect_stdout(io.StringIO()))
        for handler in handlers:
            handler.addFilter(_nothing)
            stack.callback(handler.removeFilter, _nothing)
        yield


def _reason(error: BaseException) -> str:
    """What began it, in one line, and the line of the model that torch says it was."""
    causes = [error]
    while causes[-1].__cause__ is not None and len(causes) < 20:
        causes.append(causes[-1].__cause__)
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(causes[-1])).strip()
    place = re.search(r'The following call raised this error:\n\s*File "(.*?)", line (\d+).*\n\s*(.*)', text)
    where = f" ({Path(place[1]).name}, line {place[2]}: {place[3]})" if place else ""
    return f"{type(causes[-1]).__name__}: {text.splitlines()[0][:300] if text else ''}{where}"


def _found(error: BaseException | None) -> InterchangeError | None:
    """Our own error, somewhere below torch's."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, InterchangeError):
            return error
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def _onnxscript() -> Any:
    try:
        import onnxscript
    except ImportError as error:
        raise MissingExtraError("onnxscript", "onnx", "exporting a model through torch.onnx") from error
    return onnxscript


def _recurrence(
    cell: str, x: Any, states: Sequence[Any], weights: Sequence[Any], present: str,
    lengths: Any = None, reset: Any = None, reverse: bool = False,
) -> Any:  # fmt: skip
    """``softgate::recurrence`` of one layer and direction as a node."""
    op = _onnxscript().opset18
    found = read(cell)
    operator = recognise(found)
    if lengths is not None or reset is not None:
        what = "a packed sequence" if lengths is not None else "a reset mask"
        raise InterchangeError(f"cell {found.name}: {what} cannot be written to ONNX; export a call with a dense input")
    each = iter(weights)
    W, R, b_ih, b_hh, projection, _, *units = [next(each) if p == "1" else None for p in present]
    if projection is not None:
        raise InterchangeError(f"cell {found.name}: proj_size: ONNX's operators have no projection")
    inputs = _inputs(op, found, operator, (W, R, b_ih, b_hh), units)
    starts = [op.Unsqueeze(s, op.Constant(value_ints=[0])) for s in states]
    attributes = operator_attributes([operator], f"cell {found.name}")
    attributes |= {"direction": "reverse" if reverse else "forward", "hidden_size": _size(found, R)}
    call = [x, *inputs[:3], None, *starts, *inputs[3:]]
    y, *finals = getattr(op, operator.kind)(*call, **attributes)
    axis = op.Constant(value_ints=[1])
    first = op.Constant(value_ints=[0])
    return op.Squeeze(y, axis), *(op.Squeeze(f, first) for f in finals)


def _size(cell: Cell, R: Any) -> int:
    return int(R.shape[0]) // len(cell.gates)


def _inputs(op: Any, cell: Cell, operator: Operator, matrices: Sequence[Any], units: Sequence[Any]) -> list[Any]:
    """W, R, B and P as the node takes them, [1, ...] each."""
    W, R, b_ih, b_hh = matrices
    H, zero = _size(cell, R), op.Constant(value_ints=[0])
    # Rows of a gate that the cell does not have are not looked at: any will do.
    gates = [cell.gates.index(g) if g in cell.gates else 0 for g in ORDER[operator.kind]]
    rows = op.Constant(value_ints=[g * H + n for g in gates for n in range(H)])
    found = [op.Unsqueeze(op.Gather(m, rows, axis=0), zero) for m in (W, R)]
    if b_ih is None:
        found.append(None)
    else:
        joined = op.Concat(op.Gather(b_ih, rows, axis=0), op.Gather(b_hh, rows, axis=0), axis=0)
        found.append(op.Unsqueeze(joined, zero))
    if units:
        peepholes = dict(zip(cell.weights, units, strict=True))
        given = [peepholes.get(f"p_{g}", units[0]) for g in PEEPHOLES]
        found.append(op.Unsqueeze(op.Concat(*given, axis=0), zero))
    return found
