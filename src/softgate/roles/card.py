"""The evidence card: what is claimed of a unit, in plain sentences, each with the figure that stands behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from softgate.roles.detect import UNRESET, clocked
from softgate.roles.judged import Judged
from softgate.roles.labels import Tracking
from softgate.roles.measured import Effects, Figure
from softgate.roles.reading import READ
from softgate.roles.strengths import holding
from softgate.roles.words import PLAIN, meaning

__all__ = ["html", "sentences", "text"]

WIDTH = 80
_FAR = 1e6


def text(role: Judged) -> str:
    """The card as lines of at most 80 columns."""
    lines = [title(role), "-" * min(WIDTH, len(title(role)))]
    for head, body in sentences(role):
        lines += textwrap.wrap(f"{head}: {body}", WIDTH, subsequent_indent="  ", break_long_words=True)
    return "\n".join(line[:WIDTH] for line in lines)


def html(role: Judged) -> str:
    """The card as an ``<article>``; everything that came from outside is escaped."""
    body = "".join(f"<p><b>{escape(head)}.</b> {escape(said)}</p>" for head, said in sentences(role))
    return f"<article><h3>{escape(title(role))}</h3>{body}</article>"


def title(role: Judged) -> str:
    """What may be said: "is" only where it is shown."""
    if role.role in PLAIN:
        return f"{role.signal}, unit {role.unit}: {role.role}"
    article = "an" if role.role[0] in "aeiou" else "a"
    return f"{role.signal}, unit {role.unit} {'is' if role.shown else 'acts like'} {article} {role.role}"


def sentences(role: Judged) -> Iterator[tuple[str, str]]:
    """Heads and what is said under each."""
    yield "Verdict", f"{role.verdict}." + (f" Not more, because {role.lacking}." if role.lacking else "")
    yield "Role", _role(role)
    if role.maps:
        yield "Measured", _maps(role)
    if role.strengths:
        yield "Strength", _strengths(role)
    for check in role.checks:
        word = "passed" if check.passed else "failed"
        yield "Check", f"{check.what}: {_number(check.figure)}, at most {_number(check.limit)} ({word})."
    if role.tracking:
        yield "Label", _label(role, role.tracking)
    for note in role.notes:
        yield "Note", f"{note}."
    if role.effects:
        yield from _effects(role, role.effects)


def _role(role: Judged) -> str:
    said = f"{role.role}: it {meaning(role.role, role.shown or role.role in PLAIN)}."
    tried = [check.told for check in role.checks if check.told]
    said += f" Tried: {'; '.join(tried)}." if tried else ""
    if role.looked != role.role:
        said += f" One step at a time it looks like a {role.looked}, but a check failed."
    elif role.role == "mixed":
        guess = _nearly(role)
        said += f" {guess}" if guess else ""
    return said + (f" Events: {role.event}." if role.event else "")


def _nearly(role: Judged) -> str:
    if clocked([m for m in role.maps.values() if m.kind != "rare"]):
        return f"{UNRESET[0].upper()}{UNRESET[1:]}."
    odd = [name for name, m in role.maps.items() if m.kind == "other"]
    if not odd or len(odd) == len(role.maps):
        return ""
    return (
        f"At {_some(odd)} no map fits: what it does depends on more than the input and its own value, or on its value "
        "in another way."
    )


def _some(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(n) for n in names[:most]) + more


def _maps(role: Judged) -> str:
    """Classes that do the same are told together."""
    groups: dict[str, list[str]] = {}
    for name, m in role.maps.items():
        if m.kind == "rare":
            continue
        line = f"a {_number(m.a)}, b {_number(m.b)}: {m.kind}"
        groups.setdefault(line, []).append(name)
    ranked = sorted(groups.items(), key=lambda pair: -sum(role.maps[n].n for n in pair[1]))
    told = [f"at {_some(names, 3)} c = a c + b with {line}" for line, names in ranked[:5]]
    rest = f"; {len(ranked) - 5} other maps" if len(ranked) > 5 else ""
    return "; ".join(told) + rest + "." + _stray(role)


def _stray(role: Judged) -> str:
    """What the data do besides the maps; nothing where there is no map that they could keep to."""
    kinds = {m.kind for m in role.maps.values()} - {"rare"}
    strays = [m.stray for m in role.maps.values() if m.kind not in ("rare", "other")]
    if not strays:
        return ""
    which = "a class with a map" if "other" in kinds else "a class"
    return f" At most {_percent(max(strays))} of the data's steps of {which} do otherwise."


def _strengths(role: Judged) -> str:
    s, said = role.strengths, _kept(role)
    if "step" in s:
        said.append(f"step {_number(s['step'])}, from level to level within {_percent(s['step_spread'])}")
        if sum(m.kind == "step" for m in role.maps.values()) > 1:
            said[-1] += f", between its events within {_percent(s['step_between'])}"
    if "step_least" in s:
        said.append(f"steps from {_number(s['step_least'])} to {_number(s['step_most'])}")
    if "readable" in s:
        said.append(f"{s['readable']:.0f} counts differ behind the readout tanh")
    if "gap" in s:
        said.append(f"modes {_number(s['low'])} and {_number(s['high'])}, gap {_number(s['gap'])}")
    said.append(f"range in the data {_number(s['range'])}")
    return "; ".join(said) + "."


def _kept(role: Judged) -> list[str]:
    """What of a memory is lost, and at which class most."""
    s, said = role.strengths, []
    if "half_life" not in s:
        return []
    names = list(role.maps)
    held = [names[k] for k in holding(list(role.maps.values()), role.role)]
    if s["half_life"] <= _FAR:
        worst = min(held, key=lambda name: role.maps[name].a)
        most = f", at {worst!r} where it loses most" if len(held) > 1 else ""
        said.append(f"loses {_percent(s['leak'])} a step, half-life {_number(s['half_life'])} steps{most}")
    moves = s.get("drift", 0.0)
    if s["range"] <= _FAR * 2 * abs(moves):
        said.append(f"a rest moves the middle of its range by up to {moves:+.3g} a step")
    return said or ["what it holds is not lost"]


def _label(role: Judged, t: Tracking) -> str:
    what = "area under the curve" if t.binary else "rank correlation"
    falling = "" if t.sign > 0 else ", falling"
    found = f"{'tracks' if role.tracks else 'does not track'} {t.label!r}{falling}:"
    if not t.judged:
        found = f"whether it tracks {t.label!r}{falling} {t.unsure}; in figures:"
    return (
        f"{found} {what} {t.score:.3f} [{t.interval[0]:.3f}, "
        f"{t.interval[1]:.3f}] on sequences that it was not chosen on; 19 of 20 shifted labels stay under "
        f"{t.null:.3f}, the present input alone gives {t.by_input:.3f}{_sure(t)}."
    )


def _sure(t: Tracking) -> str:
    if not t.judged:
        return ""
    return f"; p = {t.p:.2g} (the larger of that against shifts and {t.against}), q = {t.q:.2g} over all units"


def _effects(role: Judged, e: Effects) -> Iterator[tuple[str, str]]:
    for way, figure in e.ablation.items():
        name = {"other mode": "the other mode at one step", "elsewhere": "a value from elsewhere"}.get(
            way, f"its {way}" if way == "mean" else way
        )
        yield (
            "Ablated",
            f"with {name} the output changes by {_interval(figure)}; {_others(e, way)}.",
        )
    what = repr(role.stands_for) if role.stands_for else "its value"
    told = f"what the output says of {what}" if e.read > READ else "the output"
    does = (
        f"what its value from another sequence brings about cannot be judged: {e.untold}."
        if e.untold
        else f"its value from another sequence brings about {_interval(e.transplant)} of what that of all does to "
        f"{told}; {_others(e, 'transplant')}."
    )
    yield "Transplanted", f"{does} A line through the output explains {_percent(e.read)} of {what}."
    yield (
        "Specific",
        f"{_percent(e.specificity)} of the change is in what says {what} (half: no more than elsewhere); "
        f"{_others(e, 'specificity')}.",
    )


def _others(e: Effects, way: str) -> str:
    if way not in e.random:
        return "there are no other units"
    size = _percent if way == "specificity" else _number
    same = "none without a role has a similar variance"
    if way in e.peers:
        whose = "1 unit" if e.alike == 1 else f"{e.alike} units"
        same = f"{whose} of similar variance (within a factor of 4) without a role {size(e.peers[way])}"
    if way in e.bar and e.bar[way] > e.peers[way]:
        same += f", {'all' if e.alike < 20 else '19 of 20'} of them at most {size(e.bar[way])}"
    return f"random units {size(e.random[way])}, {same}"


def _interval(f: Figure) -> str:
    return f"{_number(f.value)} [{_number(f.low)}, {_number(f.high)}]"


def _percent(x: float) -> str:
    return f"{100 * x:.3g} %"


def _number(x: float) -> str:
    return f"{x:.3g}" if abs(x) >= 5e-4 or x == 0 else f"{x:.1g}"
