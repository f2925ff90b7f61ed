"""The six numbers of the Overview page, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import add
from typing import Final

from core.charts.specs import Opens
from core.filters import EVERYTHING, FAILED, Filter
from core.liveness.verdict import Cause, Verdict
from core.statistics.results import Change, Durations, Overview, Totals
from core.text import formatting
from gui.style.severity import Severity
from gui.widgets.live_light import SILENT_AFTER
from gui.widgets.stat_tile import Tile

_Difference = tuple[str, Severity, str]
"""Words, whether they are good or bad news, and what they are compared with."""

_COMMANDS: Final = Opens("commands", EVERYTHING)
_FAILED: Final = Opens("commands", Filter.of(outcome=FAILED))
_IMAGES: Final = Opens("images", EVERYTHING)

USERS_PAGE: Final = "users"
NEWEST: Final = "newest"
"""Where the tiles lead that count no rows: a page, and the newest row of all."""

_SILENCES: Final = {
    Cause.UNASKED: "nobody asked",
    Cause.UNCLEAR: "quiet",
    Cause.HELD_UP: "can't write",
    Cause.STOPPED: "stopped writing",
    Cause.SHUT_DOWN: "shut down",
    Cause.REPLACED: "file replaced",
    Cause.LOCKED: "database locked",
    Cause.MOVED: "file gone",
    Cause.AWAY: "out of reach",
}
"""What a silence is, in the few words that a tile has room for."""

_NO_DIFFERENCE: _Difference = ("", Severity.MUTED, "")


def tiles(overview: Overview) -> tuple[Tile, ...]:
    """Return the five tiles that don't age: commands, success rate, images, active users, generation time."""
    return (_commands(overview), _success(overview), _images(overview), _users(overview), _generation(overview))


def last_seen_tile(overview: Overview, now: float, verdict: Verdict | None = None) -> Tile:
    """Return the tile that says when the bot last wrote anything, at ``now`` (epoch seconds).

    ``verdict`` is what its silence is taken for: the light beside the database's name says the same.
    """
    label, tip = "Bot last seen", "When the newest row of any table was written, whatever the range"
    opens = f"{tip}. A click opens the newest rows."
    spark = _complete(overview, map(add, overview.timeline.commands, overview.timeline.images))
    seen = overview.last_seen
    if seen is None:
        return Tile(label, formatting.NOTHING, "nothing so far", Severity.MUTED, tip=tip)
    up = f"up {formatting.age(now - max(overview.restarts))}" if overview.restarts else ""
    amiss = verdict is not None and verdict.alarming
    told = verdict is not None and (amiss or now - seen >= SILENT_AFTER)
    return Tile(
        label,
        formatting.ago(now - seen),
        _SILENCES.get(verdict.cause, up) if verdict is not None and told else up,
        Severity.WARN if amiss else Severity.MUTED,
        spark=spark,
        tip=opens,
        place=NEWEST,
        brief=formatting.age(now - seen),
    )


def _commands(overview: Overview) -> Tile:
    spark = _complete(overview, overview.timeline.commands)
    tip = f"Commands that were run; {formatting.count(overview.totals.failures)} of them failed"
    difference = _relative(overview.change, lambda totals: totals.commands)
    return Tile("Commands", formatting.count(overview.totals.commands), *difference, spark, tip, _COMMANDS)


def _success(overview: Overview) -> Tile:
    pairs = zip(overview.timeline.commands, overview.timeline.failures, strict=True)
    spark = _complete(overview, (1 - failed / run if run else None for run, failed in pairs))
    tip = "Share of the commands that did not fail; the change is in percentage points"
    difference = _points(overview.change)
    return Tile("Success rate", formatting.percent(overview.totals.success_rate), *difference, spark, tip, _FAILED)


def _images(overview: Overview) -> Tile:
    totals = overview.totals
    spark = _complete(overview, overview.timeline.images)
    tip = f"Images and videos that were generated; {formatting.count(totals.videos)} of them videos"
    difference = _relative(overview.change, lambda totals: totals.images)
    return Tile("Images", formatting.count(totals.images), *difference, spark, tip, _IMAGES)


def _users(overview: Overview) -> Tile:
    spark = _complete(overview, overview.timeline.active_users)
    tip = "Different users who ran a command or had an image made. A click opens the Users page."
    difference = _absolute(overview.change, lambda totals: totals.active_users)
    active = formatting.count(overview.totals.active_users)
    return Tile("Active users", active, *difference, spark, tip, place=USERS_PAGE)


def _generation(overview: Overview) -> Tile:
    durations = overview.totals.generation
    spark = _complete(overview, (bucket.p50 for bucket in overview.timeline.generation))
    films = overview.totals.videos
    what, apart = ("images and videos", " The Images page has the two apart.") if films else ("images", "")
    tip = (
        f"Half of the {what} took no longer than the first time, 95 of 100 no longer than the second.{apart} "
        f"Known for {formatting.count(durations.count)}, not recorded for {formatting.count(durations.unknown)}."
    )
    difference = _slower(overview.change)
    words = "Generation p50 · p95"
    return Tile(words, _both(durations), *difference, spark, tip, _IMAGES, brief_label="p50 · p95")


def _both(durations: Durations) -> str:
    """``12.8 · 24.1 s``: the unit once where both have the same."""
    if durations.p50 is None or durations.p95 is None:
        return formatting.NOTHING
    first, second = formatting.seconds(durations.p50), formatting.seconds(durations.p95)
    number, _, unit = first.partition(formatting.NO_BREAK)
    same = unit == second.partition(formatting.NO_BREAK)[2]
    return f"{number if same else first} · {second}"


def _relative(change: Change | None, measure: Callable[[Totals], int]) -> _Difference:
    """More is good; from nothing there is no percentage, so the difference itself is given."""
    if change is None:
        return _NO_DIFFERENCE
    now, before = measure(change.current), measure(change.previous)
    words = formatting.change(now, before) or formatting.signed(now - before)
    return words, _severity(words), _versus(change)


def _absolute(change: Change | None, measure: Callable[[Totals], int]) -> _Difference:
    if change is None:
        return _NO_DIFFERENCE
    words = formatting.signed(measure(change.current) - measure(change.previous))
    return words, _severity(words), _versus(change)


def _points(change: Change | None) -> _Difference:
    rates = (change.current.success_rate, change.previous.success_rate) if change else (None, None)
    now, before = rates
    if change is None or now is None or before is None:
        return _NO_DIFFERENCE
    words = formatting.signed((now - before) * 100, f"{formatting.NO_BREAK}pt", digits=1)
    return words, _severity(words), _versus(change)


def _slower(change: Change | None) -> _Difference:
    """Slower is bad."""
    medians = (change.current.generation.p50, change.previous.generation.p50) if change else (None, None)
    now, before = medians
    if change is None or now is None or before is None:
        return _NO_DIFFERENCE
    words = formatting.change(now, before)
    return (
        (words, _severity(words, rise=Severity.BAD, fall=Severity.GOOD), _versus(change)) if words else _NO_DIFFERENCE
    )


def _severity(words: str, rise: Severity = Severity.GOOD, fall: Severity = Severity.BAD) -> Severity:
    return {"+": rise, formatting.MINUS: fall}.get(words[:1], Severity.MUTED)


def _versus(change: Change) -> str:
    return f"vs {change.label}"


def _complete(overview: Overview, values: Iterable[float | None]) -> tuple[float | None, ...]:
    """Leave out the buckets that are still filling: their fall at the end would mean nothing."""
    ends = overview.buckets.edges[1:]
    return tuple(value for value, end in zip(values, ends, strict=True) if end <= overview.complete_until)
