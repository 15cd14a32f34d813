"""`softgate why`: what people say about the gates of an LSTM, and what experiments say of that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def why(
    number: Annotated[int | None, typer.Argument(metavar="CLAIM", help="1 to 17; without, they are listed.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Run it again, smaller: under two minutes on 2 cores.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Run it again as committed; without a claim, all of them.")
    ] = False,
    pages: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write all pages there, and run nothing.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Results to read instead of the committed ones.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where new results and their page go.")] = Path(
        "runs/why"
    ),
    matrix: Annotated[bool, typer.Option("--matrix", help="Run the matrix: an hour on 2 cores.")] = False,
    backend: Annotated[str, typer.Option(help="loky, ray or sequential.")] = "loky",
    address: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of a Ray cluster.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes; as many as cores if not given.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many seeds, into a folder of their own.")
    ] = None,
    first_seed: Annotated[
        int | None, typer.Option(min=0, metavar="K", help="The first of them; 1000 shares none with ours.")
    ] = None,
) -> None:
    """List 17 claims about the gates of an LSTM with their verdicts; run one again.

    Without an option, a claim is run as with --quick. Each claim has a page: what is said, the experiment, one figure,
    the verdict, what would change our mind. --pages writes them all, with one for beginners.
    """
    from softgate.errors import SoftgateError
    from softgate.why.rerun import Where

    if quick and full:
        raise SoftgateError("softgate why: --quick and --full are two ways to run a claim; give one of them")
    if pages is not None and (number is not None or quick or full or matrix):
        raise SoftgateError(
            "softgate why: --pages writes all pages and runs nothing: no claim, --quick, --full, --matrix"
        )
    if matrix and number is not None:
        raise SoftgateError(f"softgate why: --matrix is a run of its own; give it, or claim {number}")
    if results is not None and not results.is_dir():
        raise SoftgateError(f"softgate why: --results: expected a folder of results, got {results}")
    _answer(number, quick, full, pages, results, matrix, Where(out, backend, address, jobs, seeds, first_seed))


def _answer(
    number: int | None, quick: bool, full: bool, pages: Path | None, results: Path | None, matrix: bool, where: Any
) -> None:
    from softgate.lab import claims
    from softgate.why import rerun
    from softgate.why.index import listing
    from softgate.why.printed import room
    from softgate.why.results import Results
    from softgate.why.write import write_pages

    found = Results(results)
    if pages is not None:
        written = write_pages(found, pages, lambda name: typer.echo(name, err=True))
        typer.echo(f"Pages: {written[0]}")
    elif matrix:
        typer.echo(f"Results: {rerun.matrix(where, quick)}")
    elif number is not None:
        _again(claims.get(number), found, where, full)
    elif quick or full:
        for name in rerun.everything(where, quick):
            typer.echo(f"Results: {name}")
        if full:
            typer.echo(f"Verdicts: {Results(where.out).keep()}")
    else:
        typer.echo(listing(found.told, room()))
        typer.echo("\nsoftgate why 3 runs claim 3 again; softgate why --pages FOLDER writes it all as pages.")


P = "p for and p against: of what supports and of what refutes, corrected for all comparisons; sure is {:g} or less."


def _again(claim: Any, found: Any, where: Any, full: bool) -> None:
    """What was committed of a claim with its figures; then it is run, and has a page."""
    from softgate.lab.claims.rates import of_rates, of_words
    from softgate.why import rerun
    from softgate.why.page import claim_page
    from softgate.why.printed import comparisons, paragraph, room
    from softgate.why.write import write_page

    width = room()
    before = found.judged(claim)
    typer.echo(f"{paragraph(f'{claim.number}. {claim.title}', width)}\n{paragraph(f'“{claim.said}”', width)}\n")
    typer.echo(f"{paragraph(f'committed: {before.word}. {before.because}', width)}\n")
    if before.verdict:
        typer.echo(f"{comparisons(before.verdict.weighed, width)}\n")
        typer.echo(f"{paragraph(P.format(claim.rule.rule.alpha), width)}\n")
        if before.counted:
            typer.echo(f"{paragraph(before.counted, width)}\n")
        typer.echo(f"{paragraph(of_words(before.at_each_rate, before.word), width)}\n")
    judged = rerun.claim(claim, where, quick=not full)
    typer.echo(paragraph(f"{'now' if full else 'quick'}: {judged.word}. {judged.because}", width))
    if judged.verdict:
        typer.echo(f"\n{comparisons(judged.verdict.weighed, width)}\n")
    if judged.verdict and judged.verdict.rates:
        typer.echo(paragraph(of_rates(judged.verdict.rates), width))
    page = write_page(claim_page(judged, quick=not full), rerun.folder(claim, where, not full) / "page.html")
    typer.echo(f"Page: {page}")
