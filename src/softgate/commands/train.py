"""`softgate train FILE...`: train a character LSTM on text of your own, into a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from softgate.report.findings import Findings
    from softgate.text.corpus import Corpus
    from softgate.train import RunFolder, Settings

Seconds = Annotated[
    float, typer.Option("--seconds", "--time-limit", min=0, metavar="S", help="Seconds of training, over all starts.")
]
Characters = Annotated[
    int | None, typer.Option(min=1000, metavar="N", help="Use about so many characters of the text.")
]
HiddenSize = Annotated[int, typer.Option(min=1, metavar="H", help="Units of a layer.")]
Layers = Annotated[int, typer.Option(min=1, metavar="N", help="Recurrent layers.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Decides the weights, the split and the order of the text.")]


def train(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Text files, or folders of them.", exists=True)],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The run folder.")] = Path("runs/train"),
    seconds: Seconds = 165.0,
    characters: Characters = None,
    hidden_size: HiddenSize = 384,
    layers: Layers = 1,
    seed: Seed = 0,
    batch_size: Annotated[int, typer.Option(min=1, metavar="B", help="Stretches of text read side by side.")] = 16,
    learning_rate: Annotated[float, typer.Option(min=0, metavar="RATE", help="Peak learning rate.")] = 8e-3,
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
    execute(_subject(files), corpus, settings, out)


def _subject(files: Sequence[Path]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def execute(subject: str, corpus: Corpus, settings: Settings, out: Path) -> Findings:
    """Train, or go on training, into `out`; measure; write the report; say where it is."""
    from softgate.report import printable, to_html
    from softgate.report.findings import Run, examine
    from softgate.report.story import summary, tell
    from softgate.text.alphabet import Alphabet
    from softgate.train import CharacterModel, Lanes, RunFolder
    from softgate.train.folder import write_atomically
    from softgate.train.loop import Training, fit
    from softgate.train.progress import ConsoleProgress

    folder = RunFolder(out)
    alphabet = Alphabet.of(document.text for document in corpus.train)
    typer.echo(
        f"{printable(subject)}: {len(corpus.train)} files to train on, {len(corpus.held_out)} held out, "
        f"{len(corpus.skipped)} left out; alphabet of {len(alphabet)}"
    )
    _open_run(folder, subject, corpus, settings, alphabet.characters)
    model = CharacterModel(len(alphabet), settings.hidden_size, settings.layers, settings.embedding_size, settings.seed)
    lanes = Lanes(
        [alphabet.document(document.text) for document in corpus.train],
        settings.batch_size,
        settings.steps_per_chunk,
        settings.seed,
    )
    training = Training(model, lanes, settings, folder)
    if training.restore():
        done = training.progress
        typer.echo(f"going on after {done.seconds:.0f} s and {done.characters:,} characters")
    if training.fraction < 1.0:
        try:
            fit(training, [ConsoleProgress()])
        except (KeyboardInterrupt, SystemExit):  # Lightning makes one of the other
            typer.echo(
                f"stopped after {training.progress.seconds:.0f} s; the same command goes on from there", err=True
            )
            raise typer.Exit(130) from None
    run = Run(subject, corpus, alphabet, settings, model, training.progress, training.metrics)
    found = examine(run, lambda line: typer.echo(f"  {line} ..."))
    write_atomically(folder.report_path, to_html(tell(found)).encode("utf-8", "replace"))
    typer.echo(
        f"\n{summary(found)}\n\nReport: {folder.report_path}\n"
        f"Open it with a browser: {folder.report_path.resolve().as_uri()}"
    )
    return found


def _open_run(folder: RunFolder, subject: str, corpus: Corpus, settings: Settings, characters: str) -> None:
    """Start a run in `folder`, or make sure that the one there is the same."""
    from softgate.train import RunFolderError, Settings

    config = folder.config()
    new = {"subject": subject, "settings": settings.as_dict(), "alphabet": characters, "text": corpus.digest}
    if config is not None:
        problems = Settings.from_dict(config["settings"]).differences(settings)
        if not problems and config["text"] != corpus.digest:
            problems = ["the text is not the one that the run began with"]
        if problems:
            raise RunFolderError(
                f"{folder.path} holds another run: {'; '.join(problems)}\n"
                "  choose another folder with --out, or delete that one to start anew"
            )
    folder.create(new)
