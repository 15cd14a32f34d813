"""What digitising made: :class:`Digitised`, the new net with the record of each :class:`Change`."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from softgate.limits.reach import Failure

__all__ = ["Change", "Digitised"]


@dataclass(frozen=True)
class Change:
    """What became of a unit.

    Attributes:
        unit: which.
        kind: counter, latch, sensor, constant; or "left", if nothing was changed.
        before: f and write at each symbol, medians on the data.
        after: the same, exact.
        scale: what c was divided by.
        loss: on the data with this change and all before it, readers adapted.
        why: in words.
    """

    unit: int
    kind: str
    before: dict[str, tuple[float, float]]
    after: dict[str, tuple[float, float]]
    scale: float
    loss: float
    why: str


@dataclass(frozen=True, repr=False)
class Digitised:
    """A net with exact counters, and the record of how it came about; ``print`` shows it as a short table.

    Attributes:
        model: the new model; the one that was given is untouched.
        changes: one for each unit, in the order in which they were tried.
        loss_before, loss_after: mean loss a position on the data, in nats.
        reach_before, reach_after: first failing n, if the data is a language.
        reach_refitted: the control: the same with head and output gates fitted again and nothing made exact.
    """

    model: nn.Module
    changes: tuple[Change, ...]
    loss_before: float
    loss_after: float
    reach_before: Failure | None = None
    reach_after: Failure | None = None
    reach_refitted: Failure | None = None

    @property
    def worse(self) -> bool:
        """Whether it counts less far than the net that was given; the data, which is shorter, does not show it."""
        before, after = self.reach_before, self.reach_after
        return before is not None and after is not None and after.longest < before.longest

    def __repr__(self) -> str:
        left = sum(c.kind == "left" for c in self.changes)
        units = "1 unit" if len(self.changes) == 1 else f"{len(self.changes)} units"
        said = f"{len(self.changes) - left} of {units} made exact"
        if self.reach_before and self.reach_after:
            said += f", longest correct n {self.reach_before.longest} -> {self.reach_after.longest}"
        return f"<digitised: {said}{', worse than before' if self.worse else ''}>"

    def __str__(self) -> str:
        """A line a unit, below what came of it; :meth:`table` has the values at each symbol too."""
        rows = [f"{c.unit:>4}  {c.kind:<10} {c.scale:>9.4g} {c.loss:>9.2e}" for c in self.changes]
        return "\n".join([*self._head(), "", "unit  became       c over      loss", *rows])

    def table(self) -> str:
        """The record as text for 80 columns."""
        lines = self._head()
        for c in self.changes:
            lines.append(f"unit {c.unit}: {c.kind}; {c.why}")
            for symbol, (f, w) in c.before.items():
                new = c.after.get(symbol)
                line = f"  {symbol!r:>4}  f {f:.4f}  i g {w:+.4f}"
                lines.append(line + (f"  ->  f {new[0]:g}  i g {new[1]:+.4g}" if new else ""))
        return "\n".join(lines)

    def _head(self) -> list[str]:
        """What came of it, before any unit."""
        lines = [f"loss on the data {self.loss_before:.2e} -> {self.loss_after:.2e} nats a position"]
        if self.reach_before and self.reach_after and self.reach_refitted:
            end = " (none longer was tried)" if self.reach_after.n is None else ""
            lines.append(f"longest correct n {self.reach_before.longest} -> {self.reach_after.longest}{end}")
            lines.append(f"  with readers fitted again and nothing made exact: {self.reach_refitted.longest}")
        if self.worse:
            lines.append("it counts less far than before: on longer strings the exact values are the worse ones")
        return lines
