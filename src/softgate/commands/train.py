"""`softgate train FILE...`: train a character LSTM on text of your own, into a run folder."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from softgate.report.findings import Findings
    from softgate.text.alphabet import Alphabet
    from softgate.text.corpus import Corpus
    from softgate.train import Lanes, RunFolder, Settings
    from softgate.train.loop import Training

Seconds = Annotated[
    float, typer.Option("--seconds", "--time-limit", min=0, metavar="S", help="Seconds of training, over all starts.")
]
Characters = Annotated[
    int | None, typer.Option(min=1000, metavar="N", help="Use about so many characters of the text.")
]
HiddenSize = Annotated[int, typer.Option(min=1, metavar="H", help="Units of a layer.")]
Layers = Annotated[int, typer.Option(min=1, metavar="N", help="Recurrent layers.")]
Seed = Annotated[
    int, typer.Option(min=0, metavar="N", help="Decides the weights, the split and the order of the text.")
]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise typer.BadParameter(f"a finite number, got {value}")
    return value


LearningRate = Annotated[float, typer.Option(min=0, metavar="RATE", callback=_finite, help="Peak learning rate.")]


def train(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Text files, or folders of them.", exists=True)],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The run folder.")] = Path("runs/train"),
    seconds: Seconds = 165.0,
    characters: Characters = None,
    hidden_size: HiddenSize = 384,
    layers: Layers = 1,
    seed: Seed = 0,
    batch_size: Annotated[int, typer.Option(min=1, metavar="B", help="Stretches of text read side by side.")] = 16,
    learning_rate: LearningRate = 8e-3,
) -> None:
    """Train a character LSTM on text of your own.

    A report says what it learned.

    A run that was interrupted goes on where it was when started again with the same options.
    """
    from softgate.text.corpus import read_corpus, user_files
    from softgate.train.settings import Settings

    settings = Settings(
        hidden_size=hidden_size,
        layers=layers,
        seconds=seconds,
        characters=characters,
        seed=seed,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    corpus = read_corpus(user_files(files), characters=characters, seed=seed)
    _name_skipped(corpus)
    execute(_subject(files), corpus, settings, out)


def _subject(files: Sequence[Path]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def _name_skipped(corpus: Corpus, most: int = 5) -> None:
    """Say which of the files that were asked for are left out, and why."""
    from softgate.report import printable

    for item in corpus.skipped[:most]:
        typer.echo(printable(f"left out: {item.name}: {item.reason}".replace("\n", " ")), err=True)
    if len(corpus.skipped) > most:
        typer.echo(f"left out: {len(corpus.skipped) - most} more, see the report", err=True)


def execute(subject: str, corpus: Corpus, settings: Settings, out: Path) -> Findings:
    """Train, or go on training, into `out`; measure; write the report; say where it is."""
    from softgate.report import printable
    from softgate.text.alphabet import Alphabet
    from softgate.train import Lanes, RunFolder
    from softgate.train.loop import Training  # noqa: F401 -- says what is missing before a folder is made

    folder = RunFolder(out)
    alphabet = Alphabet.of(document.text for document in corpus.train)
    typer.echo(
        f"{printable(subject)}: {printable(corpus.sides)}, {len(corpus.skipped)} left out; alphabet of {len(alphabet)}"
    )
    lanes = Lanes(
        [alphabet.document(document.text) for document in corpus.train],
        settings.batch_size,
        settings.steps_per_chunk,
        settings.seed,
    )
    _check_run(folder, corpus, settings)
    _check_memory(len(alphabet), settings)
    with folder.locked():
        config = {"subject": subject, "settings": settings.as_dict(), "alphabet": alphabet.characters}
        folder.create({**config, "text": corpus.digest})
        training = _train(folder, lanes, len(alphabet), settings)
        with _stoppable("stopped; the training is saved, and the same command goes on with the report"):
            return _report(subject, corpus, alphabet, training)


def _check_memory(size: int, settings: Settings) -> None:
    """Make sure that there is room for the model: weights, gradients, and two means of each for the optimiser."""
    from softgate.recording.room import free_memory
    from softgate.train import CharacterModel, ModelSizeError

    count = CharacterModel.count(size, settings.hidden_size, settings.layers, settings.embedding_size)
    wanted, free = 4 * 4 * count, free_memory()
    if wanted > free:
        raise ModelSizeError(
            f"a model with --hidden-size {settings.hidden_size} and --layers {settings.layers} has {count:,} "
            f"parameters, and training it takes at least {wanted / 2**30:,.1f} GiB of memory; "
            f"{free / 2**30:,.1f} GiB are free"
        )


def _train(folder: RunFolder, lanes: Lanes, size: int, settings: Settings) -> Training:
    """Train until the time is used up, from where the folder is."""
    from softgate.text.words import counted
    from softgate.train import CharacterModel
    from softgate.train.loop import Training, fit
    from softgate.train.progress import ConsoleProgress

    model = CharacterModel(size, settings.hidden_size, settings.layers, settings.embedding_size, settings.seed)
    training = Training(model, lanes, settings, folder)
    if training.restore():
        done = training.progress
        typer.echo(f"going on after {done.seconds:.0f} s and {counted(done.characters, 'character')}")
    if training.fraction < 1.0:
        try:
            fit(training, [ConsoleProgress()])
        except (KeyboardInterrupt, SystemExit):  # Lightning makes one of the other
            typer.echo(
                f"stopped after {training.progress.seconds:.0f} s; the same command goes on from there", err=True
            )
            raise typer.Exit(130) from None
    return training


def _report(subject: str, corpus: Corpus, alphabet: Alphabet, training: Training) -> Findings:
    """Measure a trained model and write the report."""
    from softgate.report import to_html
    from softgate.report.findings import STEPS, Run, examine
    from softgate.report.story import summary, tell
    from softgate.train.folder import write_atomically

    folder = training.folder
    progress, stages = training.progress, tuple(training.stages.load(training.progress.characters))
    run = Run(subject, corpus, alphabet, training.settings, training.model, progress, training.metrics, stages)
    typer.echo(f"The training is done and saved. Now the report, in {STEPS} steps; this can take two minutes or three.")
    found = examine(run, lambda line: typer.echo(f"  {line} ..."))
    write_atomically(folder.report_path, to_html(tell(found)).encode("utf-8", "replace"))
    typer.echo(
        f"\n{summary(found)}\n\nReport: {folder.report_path}\n"
        f"Open it with a browser: {folder.report_path.resolve().as_uri()}"
    )
    return found


@contextlib.contextmanager
def _stoppable(message: str) -> Iterator[None]:
    """Ctrl-C ends the command with `message`."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(message, err=True)
        raise typer.Exit(130) from None


def _check_run(folder: RunFolder, corpus: Corpus, settings: Settings) -> None:
    """Make sure that the run in `folder`, if there is one, is the same."""
    from softgate.train import RunFolderError, Settings

    config = folder.config()
    if config is None:
        return
    try:
        at = folder.progress()
        problems = Settings.from_dict(config["settings"]).differences(settings, at is not None and at.diverged)
        text = config["text"]
    except (KeyError, TypeError) as error:
        raise RunFolderError(
            f"expected settings and text of a run in {folder.config_path}, got something else "
            f"({type(error).__name__}: {error}); choose another folder with --out, or delete that file"
        ) from None
    if not problems and text != corpus.digest:
        problems = ["the text is not the one that the run began with"]
    if problems:
        raise RunFolderError(
            f"{folder.path} holds another run: {'; '.join(problems)}\n"
            "  choose another folder with --out, or delete that one to start anew"
        )
