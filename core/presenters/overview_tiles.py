"""The numbers of the Overview page, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from core.alarms.verdict import SILENT_AFTER, Cause, Verdict
from core.charts.specs import Ink, Opens
from core.coverage import WHOLE, Coverage
from core.filters import EVERYTHING
from core.presenters.chart_parts import (
    FAILURES_UNRECORDED,
    UNRECORDED,
    failed_in_range,
    failed_rows,
    failures_recorded,
    range_figures,
    whole,
)
from core.presenters.presenter import PageInput, Tile
from core.statistics.bucket_counts import BucketCounts
from core.statistics.results import Durations, PeriodChange, Totals, totals
from core.text import formatting
from core.text.dates import month_day
from core.text.translation import gettext as _
from core.time_ranges import Buckets, local_time

_Difference = tuple[str, Ink, str]
"""Words, whether they are good or bad news, and what they are compared with."""

_COMPARED: Final = ("commands", "failures", "images", "users", "generation", "generation_us")
"""The counters of which totals are made."""

_FEW: Final = 20
"""With fewer events a percentage says nothing: the difference stands in its place, without colour."""

_COMMANDS: Final = Opens("commands", EVERYTHING)
_IMAGES: Final = Opens("images", EVERYTHING)
_FAILED: Final = failed_rows(causes=False)

USERS_PAGE: Final = "users"
HEALTH_PAGE: Final = "health"
NEWEST: Final = "newest"
"""Where the tiles lead that count no rows: a page, and the newest row of all."""

LAST_SEEN: Final = "last_seen"
"""The key of the tile that ages: its words are made anew as the clock goes on."""

_SILENCES: Final = {
    Cause.UNASKED: _("no requests"),
    Cause.UNCLEAR: _("quiet"),
    Cause.HELD_UP: _("can't write"),
    Cause.STOPPED: _("stopped writing"),
    Cause.SHUT_DOWN: _("shut down"),
    Cause.REPLACED: _("file replaced"),
    Cause.LOCKED: _("database locked"),
    Cause.MOVED: _("file gone"),
    Cause.AWAY: _("out of reach"),
}
"""What a silence is, in the few words that a tile has room for."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the tiles tell of a range.

    Attributes:
        buckets: the range's.
        now: epoch seconds; buckets that end later are still filling.
        totals: of the whole range; change: compared with the period before, None where there is none.
        figures: a bucket each.
        last_seen: epoch seconds of the newest row of any table, whatever the range.
        restarts: epoch seconds at which the bot started, within the range.
        not_compared: why there is no change, in words; empty where there is one, or nothing to compare.
        coverage: how much of the range has been read.
        failures_recorded: whether failed commands can be told from others; failed: what has those.
    """

    buckets: Buckets
    now: float
    totals: Totals
    change: PeriodChange | None
    figures: tuple[Totals, ...]
    last_seen: float | None
    restarts: tuple[float, ...]
    not_compared: str = ""
    coverage: Coverage = WHOLE
    failures_recorded: bool = True
    failed: Opens = _FAILED

    def course(self, measure: Callable[[Totals], float | None]) -> tuple[float | None, ...]:
        """A value a bucket, without those that are still filling: their fall at the end would mean nothing."""
        complete = self.buckets.complete(self.now)
        starts = self.buckets.edges[:complete]
        known = self.coverage.since
        return tuple(
            measure(each) if start >= known else None for start, each in zip(starts, self.figures, strict=False)
        )


def overview(page: PageInput) -> Overview:
    """Read what the tiles tell from the counters."""
    cell = page.aggregate.whole.cell
    current, not_compared = totals(cell), _why_not_compared(page)
    return Overview(
        buckets=whole(page),
        now=page.now,
        totals=current,
        change=_change(page, current) if not not_compared else None,
        figures=range_figures(page),
        last_seen=page.last_seen,
        restarts=tuple(sorted(cell.restarts)),
        not_compared=not_compared,
        coverage=page.coverage,
        failures_recorded=failures_recorded(page),
        failed=failed_in_range(page),
    )


def _why_not_compared(page: PageInput) -> str:
    """Like is compared with like only where the whole period before was recorded."""
    previous, since = page.aggregate.window.previous, page.recorded_since
    if page.earlier.then is not None:
        return ""
    if previous is None or since is None or since <= previous.edges[0]:
        return ""
    return _("No comparison: records begin on {day}").format(day=month_day(local_time(since, previous.zone).date()))


def _change(page: PageInput, current: Totals) -> PeriodChange | None:
    window = page.aggregate.window
    then = page.earlier.then
    if then is not None and page.coverage.whole:
        return PeriodChange(current, totals(then[0].whole.cell), then[1])
    if window.previous is None or page.recorded_since is None or not page.coverage.whole:
        return None
    filling = window.counterpart(page.now)
    if filling is not None and (page.counterpart is None or page.counterpart.window.buckets != filling):
        return None  # it is being read
    return PeriodChange(current, _as_much_before(page), window.choice.before)


def _as_much_before(page: PageInput) -> Totals:
    """What happened in the period before, until as long before now as the period is."""
    previous, fine = page.aggregate.previous, page.counterpart
    passed: tuple[BucketCounts, ...] = ()
    if fine is not None:
        buckets, edges = whole(page), fine.window.buckets
        until = edges.edges[0] + page.now - buckets.edges[buckets.complete(page.now)]
        passed = tuple(fine.cells[start] for start in edges.edges[: edges.complete(until)])

    def summed() -> Totals:
        before = BucketCounts()
        for cell in (previous.cell, *passed):
            before.add(cell, _COMPARED)
        return totals(before)

    revision = fine.whole.revision if fine is not None else 0
    return page.aggregate.of_before(summed, (fine, revision, len(passed)))


def tiles(overview: Overview) -> dict[str, Tile]:
    """Return the tiles that don't age, by key."""
    return {key: _explained(make(overview), overview) for key, make in _TILES.items()}


def _explained(tile: Tile, overview: Overview) -> Tile:
    return replace(tile, tip=f"{tile.tip}\n{overview.not_compared}") if overview.not_compared else tile


def last_seen_tile(overview: Overview, now: float, verdict: Verdict | None = None) -> Tile:
    """Return the tile that says when the bot last wrote anything, at ``now`` (epoch seconds).

    ``verdict`` is what its silence is taken for: the light beside the database's name says the same.
    """
    label, tip = _("Bot last seen"), _("When the newest row of any table was written, whatever the range")
    opens = _("{tip}. A click opens the newest rows.").format(tip=tip)
    spark = overview.course(lambda bucket: bucket.commands + bucket.images)
    seen = overview.last_seen
    if seen is None:
        return Tile(label, formatting.NOTHING, _("nothing so far"), Ink.MUTED, tip=tip)
    up = _("up {time}").format(time=formatting.age(now - max(overview.restarts))) if overview.restarts else ""
    amiss = verdict is not None and verdict.alarming
    told = verdict is not None and (amiss or now - seen >= SILENT_AFTER)
    return Tile(
        label,
        formatting.ago(now - seen),
        _SILENCES.get(verdict.cause, up) if verdict is not None and told else up,
        Ink.WARN if amiss else Ink.MUTED,
        spark=spark,
        tip=opens,
        place=NEWEST,
        brief=formatting.age(now - seen),
    )


def _commands(overview: Overview) -> Tile:
    spark = overview.course(lambda bucket: bucket.commands)
    failed = _("{count} of them failed").format(count=formatting.count(overview.totals.failures))
    tip = _("Commands that were run; {failed}").format(failed=failed if overview.failures_recorded else UNRECORDED)
    difference = _difference(overview, lambda totals: totals.commands, _relative, _runs)
    return Tile(_("Commands"), formatting.count(overview.totals.commands), *difference, spark, tip, _COMMANDS)


def _success(overview: Overview) -> Tile:
    if not overview.failures_recorded:
        return Tile(
            _("Success rate"), formatting.NOTHING, _("none recorded"), tip=FAILURES_UNRECORDED, place=HEALTH_PAGE
        )
    spark = overview.course(lambda bucket: 1 - bucket.failures / bucket.commands if bucket.commands else None)
    opens = overview.failed
    tip = _("Share of the commands that did not fail; the change is in percentage points")
    difference = _difference(overview, lambda totals: totals.success_rate, _points, _runs)
    return Tile(_("Success rate"), formatting.percent(overview.totals.success_rate), *difference, spark, tip, opens)


def _images(overview: Overview) -> Tile:
    totals = overview.totals
    spark = overview.course(lambda bucket: bucket.images)
    tip = _("Images and videos that were generated; {videos} of them videos").format(
        videos=formatting.count(totals.videos)
    )
    difference = _difference(overview, lambda totals: totals.images, _relative, _made)
    return Tile(_("Images"), formatting.count(totals.images), *difference, spark, tip, _IMAGES)


def _users(overview: Overview) -> Tile:
    spark = overview.course(lambda bucket: bucket.active_users)
    tip = _("Users who ran a command or had an image made. A click opens the Users page.")
    difference = _difference(overview, lambda totals: totals.active_users, _absolute, _all)
    active = formatting.count(overview.totals.active_users)
    return Tile(_("Active users"), active, *difference, spark, tip, place=USERS_PAGE)


_IMAGES_TIP: Final = _(
    "Half of the images took no longer than the first time, 95 of 100 no longer than the second.{beside} Known for "
    "{count}, not recorded for {unknown}."
)
_VIDEOS_TIP: Final = _(
    "Half of the videos took no longer than the first time, 95 of 100 no longer than the second.{beside} Known for "
    "{count}, not recorded for {unknown}."
)


def _generation(overview: Overview) -> Tile:
    durations, films = overview.totals.generation, overview.totals.film_times
    spark = overview.course(lambda bucket: bucket.generation.p50)
    only_films = overview.totals.videos == overview.totals.images
    beside = _(" Videos: {both}.").format(both=_both(films)) if films.count else ""
    tip = _VIDEOS_TIP if only_films else _IMAGES_TIP
    known, unknown = formatting.count(durations.count), formatting.count(durations.unknown)
    tip = tip.format(beside=beside, count=known, unknown=unknown)
    difference = _difference(
        overview, lambda totals: totals.generation.p50, formatting.change, _timed, less_is_good=True
    )
    words = _("Generation p50 · p95")
    return Tile(words, _both(durations), *difference, spark, tip, _IMAGES, brief_label="p50 · p95")


def _both(durations: Durations) -> str:
    """``12.8 · 24.1 s``: the unit once where both have the same."""
    if durations.p50 is None or durations.p95 is None:
        return formatting.NOTHING
    first, second = formatting.seconds(durations.p50), formatting.seconds(durations.p95)
    number, _n, unit = first.partition(formatting.NO_BREAK)
    same = unit == second.partition(formatting.NO_BREAK)[2]
    return f"{number if same else first} · {second}"


def _runs(totals: Totals) -> int:
    return totals.commands


def _made(totals: Totals) -> int:
    return totals.images


def _all(totals: Totals) -> int:
    return totals.commands + totals.images


def _timed(totals: Totals) -> int:
    return totals.generation.count


def _difference(
    overview: Overview,
    measure: Callable[[Totals], float | None],
    say: Callable[[float, float], str | None],
    events: Callable[[Totals], int],
    *,
    less_is_good: bool = False,
) -> _Difference:
    """How a measure differs from the period before; nothing where one of the two is not known, or can't be said.

    Of few ``events`` a count differs by so many, and a share or a time by nothing that means anything.
    """
    change = overview.change
    now, before = (measure(change.current), measure(change.previous)) if change else (None, None)
    if change is None or now is None or before is None:
        return "", Ink.MUTED, ""
    if min(events(change.current), events(change.previous)) < _FEW:
        counted = say in (_relative, _absolute)
        return (
            (_absolute(now, before), Ink.MUTED, _("vs {label}").format(label=change.label))
            if counted
            else ("", Ink.MUTED, "")
        )
    words = say(now, before)
    if words is None:
        return "", Ink.MUTED, ""
    rise, fall = (Ink.BAD, Ink.GOOD) if less_is_good else (Ink.GOOD, Ink.BAD)
    return (
        words,
        {"+": rise, formatting.MINUS: fall}.get(words[:1], Ink.MUTED),
        _("vs {label}").format(label=change.label),
    )


def _relative(now: float, before: float) -> str | None:
    return formatting.change(now, before)


def _absolute(now: float, before: float) -> str:
    return formatting.signed(now - before)


def _points(now: float, before: float) -> str:
    return formatting.signed((now - before) * 100, _("\N{NO-BREAK SPACE}pt"), digits=1)


_TILES: Final = {
    "commands": _commands,
    "success": _success,
    "images": _images,
    "users": _users,
    "generation": _generation,
}

KEYS: Final = (*_TILES, LAST_SEEN)
"""Every tile's key, in the order in which they stand."""
