"""`softgate zoo score`: how well roles are found in machines whose function is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from softgate.commands._writable import require_writable

if TYPE_CHECKING:
    from softgate.roles.score import Part, Rate


def score(
    nets: Annotated[int, typer.Option(min=0, help="Machines of the benchmark, half of them in disguise.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the machines and of all that is drawn.")] = 0,
    untrained: Annotated[int, typer.Option(min=0, help="Nets that nobody trained.")] = 100,
    shuffled: Annotated[int, typer.Option(min=0, help="Machines beside labels of other sequences.")] = 100,
    effects: Annotated[int, typer.Option(min=0, help="Machines whose verdicts are measured too.")] = 40,
    processes: Annotated[int, typer.Option(min=1, help="How many share the work.")] = 2,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures as JSON too.")] = None,
) -> None:
    """Score find_roles: every role found or missed, and what is found where nothing is."""
    from softgate.roles.score import score as run

    if not (nets or untrained or shuffled or effects):
        raise typer.BadParameter("there is nothing to do: --nets, --untrained, --shuffled and --effects are all 0")
    if out is not None:
        require_writable(out, "--out")
    found = run(nets, seed, untrained, shuffled, effects, processes)
    for name, part in (("plain", found.plain), ("in disguise", found.disguised)):
        if part is not None:
            _part(name, part)
    for rate, said in (
        (found.untrained, "units of untrained nets called latch, toggle, counter or timer"),
        (found.trending, "units of untrained nets said to track a count or walk of its own"),
        (found.shuffled, "units said to track a label of other sequences"),
        (found.unread, "units that nothing reads, said to be needed"),
        (found.read, "units that something reads, said to be needed"),
    ):
        if rate is not None:
            _rate(rate, said)
    typer.echo(f"{found.seconds:.0f} seconds, {processes} processes, seed {seed}")
    if out is not None:
        out.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")


def _part(name: str, part: Part) -> None:
    typer.echo(f"{part.machines} machines {name}, {part.units} units; [95 % over machines]\n")
    typer.echo("  role        units  precision  recall     F1")
    for r in part.roles:
        typer.echo(
            f"  {r.role:<10} {r.units:>6} {r.precision:>10.4f} {r.recall:>7.4f} {r.f1:>6.4f} "
            f"[{r.interval[0]:.4f}, {r.interval[1]:.4f}]"
        )
    low, high = part.interval
    typer.echo(f"  macro-F1 {part.macro_f1:>33.4f} [{low:.4f}, {high:.4f}]")
    worst = sorted(part.confusions.items(), key=lambda pair: -pair[1])[:5]
    if worst:
        typer.echo("  " + "; ".join(f"{n} {what}" for what, n in worst))
    typer.echo("")


def _rate(rate: Rate, said: str) -> None:
    low, high = rate.interval
    typer.echo(f"{rate.found} of {rate.units} {said}: {100 * rate.share:.2f} % [{100 * low:.2f}, {100 * high:.2f}]")
