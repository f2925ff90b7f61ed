"""What the pages' charts are made of: series over buckets, histograms of steps, bars of counts, hours of the week."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.inks import OTHERS
from core.charts.specs import (
    Bar,
    Chart,
    HeatCell,
    Heatmap,
    Histogram,
    Ink,
    Layer,
    Mark,
    Marker,
    Opens,
    Series,
    Unit,
    Value,
)
from core.filters import Field
from core.models import UserActivity
from core.presenters.presenter import PageInput
from core.statistics.percentiles import GROWTH
from core.statistics.results import Durations, Totals
from core.statistics.usage_pattern import hours_of_week
from core.text.dates import WEEKDAYS, length_words, moment_words, span_words
from core.text.formatting import count, one_line, percent, seconds
from core.time_ranges import DAY, Buckets, TimeRange

LONGEST_NAME: Final = 40
"""Characters of a command's name in a legend."""

FAILED: Final = "failed"
OTHER: Final = "other"

NOUNS: Final = {
    Field.COMMAND: "a command's name",
    Field.GUILD: "a server",
    Field.CHANNEL: "a channel",
    Field.TYPE: "a type",
    Field.RESOLUTION: "a resolution",
    Field.LORA: "LoRAs",
    Field.UPSCALE: "an upscale factor",
    Field.ACTION: "an action",
    Field.OUTCOME: "an outcome",
    Field.KIND: "a kind",
    Field.SLOWER: "a time",
    Field.FASTER: "a time",
    Field.USER: "a user",
}
"""What a filter may ask for and a table not record, in words."""

FAILURES_UNRECORDED: Final = (
    "No command is marked as failed, and nothing else in the database tells of trouble: most likely failures are not "
    "recorded. Health says how to record them."
)

UNRECORDED: Final = "failures not recorded"
"""The same in a chart's subtitle."""

MANY_COMMANDS: Final = 50
"""Of so many commands usually one fails."""

_NOW_STEPS: Final = 60

_CLASS_STEPS: Final = 12
"""So many steps of the stored histogram make one class of a drawn one: classes about 27 % wide."""

_FEWEST_CLASSES: Final = 12
_MOST_CLASSES: Final = 60


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HINT: Final = "The hours of several weeks, added up. In a range of up to 7 days, a click on a square opens that hour."


def over_time(
    page: PageInput,
    title: str,
    series: Sequence[Series],
    *,
    left: Unit = Unit.COUNT,
    right: Unit | None = None,
    note: str = "",
    empty: str | None = None,
    summary: str = "",
    complete: float | None = None,
) -> Chart:
    """A chart over the page's input's buckets, finer where the host zoomed in.

    ``complete`` is until when they are; where it is not told, the end of the last bucket that is over.
    """
    detail = page.detail
    return Chart(
        title=title,
        subtitle=f"per {detail.buckets.each}{note}",
        edges=detail.buckets.edges,
        zone=detail.buckets.zone,
        series=tuple(series),
        left=left,
        right=right,
        markers=markers_of(whole(page), page.aggregate.whole.cell.restarts, page.resets),
        complete_until=complete_until(detail.buckets, page.now) if complete is None else complete,
        empty=empty,
        summary=empty or summary,
        now=now_in(detail.buckets.edges, page.now),
    )


def now_in(edges: Sequence[float], now: float) -> float | None:
    """Where a time axis says "now": within the last bucket, in steps, or every look would make another chart of it."""
    if len(edges) < 2 or not edges[-2] <= now < edges[-1]:
        return None
    step = (edges[-1] - edges[-2]) / _NOW_STEPS
    return edges[-2] + (now - edges[-2]) // step * step


def complete_until(buckets: Buckets, now: float) -> float:
    """The end of the last bucket that is over; not ``now`` itself, with which every chart would be another one."""
    return buckets.edges[buckets.complete(now)]


def whole(page: PageInput) -> Buckets:
    """The buckets of the range itself."""
    return page.aggregate.window.buckets


def range_figures(page: PageInput) -> tuple[Totals, ...]:
    """What happened in each of the range's buckets."""
    return tuple(page.aggregate.figures(start) for start in whole(page).edges[:-1])


def bars(name: str, values: Iterable[float], ink: Ink, opens: Opens | None = None) -> Series:
    """A series of stacked bars."""
    return Series(name, tuple(float(value) for value in values), Mark.BAR, ink, opens=opens)


def stacked(
    counts: Sequence[Mapping[str, int]],
    names: Sequence[str],
    opens: Callable[[str], Opens | None],
    others: Opens | None,
    inks: Mapping[str, Ink],
) -> tuple[Series, ...]:
    """Counts of each bucket by name as stacked bars: some names', in their colours, and what is left as "other"."""
    named = tuple(
        bars(shown, (each.get(name, 0) for each in counts), inks[name], opens(name))
        for name, shown in zip(names, _legend_names(names), strict=True)
    )
    rest = [sum(each.values()) - sum(each.get(name, 0) for name in names) for each in counts]
    return (*named, bars(OTHER, rest, OTHERS, others)) if any(rest) else named


def _legend_names(names: Sequence[str]) -> list[str]:
    """Untrusted names made short, and told apart from each other and from our own words."""
    taken = {FAILED, OTHER}
    shown = []
    for name in names:
        short = one_line(name, LONGEST_NAME) or "(no name)"
        candidates = (short, f"/{short}", *(f"{short} ({n})" for n in range(2, 2 + len(names))))
        shown.append(next(candidate for candidate in candidates if candidate not in taken))
        taken.add(shown[-1])
    return shown


def markers_of(buckets: Buckets, restarts: Iterable[float], resets: Iterable[float]) -> tuple[Marker, ...]:
    """Vertical lines for the bot's restarts and for resets (epoch seconds), those within the buckets' range."""
    moments = [(time, "bot restarted", True) for time in restarts]
    moments += [(time, "statistics reset", False) for time in resets]
    inside = buckets.range
    return tuple(
        Marker(time, f"{what} {moment_words(time, buckets)}", routine)
        for time, what, routine in sorted(moments)
        if inside.start <= time < inside.end
    )


def percentile_lines(
    durations: Sequence[Durations], ink: Ink, opens: Opens | None = None, *, right: bool = False
) -> tuple[Series, ...]:
    """The p50 as a line and the p95 as a dashed one, with the area between them tinted."""
    p50, p95 = tuple(each.p50 for each in durations), tuple(each.p95 for each in durations)
    return (
        Series("p50", p50, Mark.LINE, ink, right=right, band_to="p95", opens=opens),
        Series("p95", p95, Mark.DASHED, ink, right=right, opens=opens),
    )


def histogram(
    title: str,
    value: str,
    parts: Sequence[tuple[str, Mapping[int, int], Ink, Opens | None]],
    times: Durations,
    empty: str,
) -> Histogram:
    """How durations are spread: ``parts`` are a name, counts by step of :mod:`.percentiles`, a colour, the rows."""
    steps = [step for _, counts, _, _ in parts for step in counts]
    subtitle = f"{value} by how long they took"
    if not steps:
        return Histogram(title, subtitle, (), (), value=value, empty=empty, summary=empty)
    width = max(_CLASS_STEPS, math.ceil((max(steps) - min(steps) + 1) / _MOST_CLASSES))
    first, last = _widened(min(steps) // width, max(steps) // width)
    edges = tuple(float(f"{GROWTH ** (place * width - 1):.6g}") for place in range(first, last + 2))
    layers = tuple(
        Layer(name, _classes(counts, width, first, last), ink, opens) for name, counts, ink, opens in parts if counts
    )
    marks = ((times.p50, "p50"), (times.p95, "p95"))
    markers = tuple((at, f"{name} {seconds(at)}") for at, name in marks if at is not None)
    words = f"{count(times.count)} {value} with a known time: half took at most {seconds(times.p50)}"
    return Histogram(
        title, subtitle, edges, layers, markers, value, None, f"{words}, 95 % at most {seconds(times.p95)}."
    )


def bar(
    name: str,
    value: float,
    figures: Iterable[str] = (),
    opens: Opens | None = None,
    part: float = 0.0,
    numbers: Iterable[Value] = (),
) -> Bar:
    """One bar, its name made fit for a line; an empty one is said to be so."""
    return Bar(name or "(none)", float(value), float(part), tuple(figures), opens, tuple(numbers))


def percentage(part: float, of: float) -> float | None:
    """A part of something as a number of per cent; None where there is nothing."""
    return 100 * part / of if of else None


def share(part: float, of: float) -> str:
    """A part of something in per cent; a dash where there is nothing."""
    return percent(part / of if of else None)


def of_all(shown: int, every: int, which: str = "most frequent") -> str:
    """How many of how many are shown; empty where all are."""
    return f"the {shown} {which} of {count(every)}" if every > shown else ""


def busiest(page: PageInput, values: Sequence[int]) -> str:
    """Which of the range's buckets has most, as the end of a sentence; empty where none has any."""
    most = max(values, default=0)
    if len(values) < 2 or not most:
        return ""
    buckets = whole(page)
    start, end = buckets.edges[values.index(most) :][:2]
    return f"; busiest {span_words(start, end, buckets.zone)} with {count(most)}"


def in_range(page: PageInput) -> str:
    """``in 24 h``; of all time only what was recorded: its buckets are whole weeks or months and reach further."""
    span, zone = whole(page).range, whole(page).zone
    if page.aggregate.window.choice.key == "all":
        start = max(span.start, page.recorded_since or span.start)
        span = TimeRange(start, max(min(span.end, page.now), start + 1))
    return length_words(span, zone)


def failures_recorded(page: PageInput) -> bool:
    """Whether failed commands can be told from others.

    Not where none of the range's is marked as failed, and no row ever told of the bot's life either: such a file comes
    from a bot that takes every command for a success.
    """
    cell = page.aggregate.whole.cell
    return tells_failures(page, cell.commands.total(), cell.failures.total())


def tells_failures(page: PageInput, commands: int, failures: int) -> bool:
    """The same of some commands that were counted, and those of them that failed."""
    return are_failures_told(commands, failures, alive=activity_recorded(page))


def are_failures_told(commands: int, failures: int, *, alive: bool) -> bool:
    """The rule itself; ``alive``: whether any row ever told of the bot's life."""
    return alive or failures > 0 or not commands


def activity_recorded(page: PageInput) -> bool:
    """Whether user_activity ever had a row; taken for granted where nothing is known of the tables."""
    activity = page.ends.get(UserActivity)
    return not page.ends or (activity is not None and activity.last > 0)


def nothing(page: PageInput, things: str, lacking: Iterable[Field], remedy: str) -> str:
    """Why there are no rows, and what brings some.

    ``things`` are "images"; ``lacking`` is what a filter may ask for and their table does not record; ``remedy`` is
    what the host can do: "make one in Discord".
    """
    asked = {term.field for term in page.chosen.terms if not term.excluded}
    missing = next((field for field in lacking if field in asked), None)
    if missing is not None:
        return f"{things.capitalize()} are recorded without {NOUNS[missing]}, so none match the filter."
    if page.chosen:
        return f"No {things} match the filter in this range."
    if page.source is None:  # a picture of the bot's: it can't be acted on where it is seen
        return f"No {things} {in_range(page)}."
    if page.last_seen is None:
        return without_time(page) or f"No {things} yet: {remedy}, and it appears here by itself."
    return f"No {things} {in_range(page)}. Choose a longer range, or {remedy}."


def without_time(page: PageInput) -> str:
    """What is said where there are rows, but none of them has a time that has come; empty where there are none."""
    if not any(ends.last for ends in page.ends.values()):
        return ""
    return "No row has a usable time that is not in the future. Health says what is amiss."


def _widened(first: int, last: int) -> tuple[int, int]:
    """So few classes as one or two would fill the whole chart and look like many: empty ones stand around them."""
    missing = max(0, _FEWEST_CLASSES - (last - first + 1))
    return first - missing // 2, last + (missing + 1) // 2


def _classes(counts: Mapping[int, int], width: int, first: int, last: int) -> tuple[int, ...]:
    classes = [0] * (last - first + 1)
    for step, n in counts.items():
        classes[step // width - first] += n
    return tuple(classes)


_HOURS: Final = tuple(f"{hour:02d}" for hour in range(24))
_LONGEST: Final = 14 * DAY
"""In a longer range every hour of the week comes twice at least."""


def hours_by_weekday(
    page: PageInput,
    title: str,
    subtitle: str,
    hours: Mapping[int, float],
    value: str,
    unit: Unit,
    words: Callable[[float], str],
    empty: str | None,
) -> Heatmap:
    """A heatmap of values by local hour of the week; hour 0 is Monday 00:00 to 01:00, whatever day comes first.

    A field has a span where it stands for one hour of the range, and can be chosen as the range then.
    """
    days = [(page.first_weekday + i) % 7 for i in range(7)]
    buckets = whole(page)
    spans = hours_met_once(buckets.range, buckets.zone)
    cells = tuple(tuple(_cell(hours, day * 24 + hour, words, spans) for hour in range(24)) for day in days)
    rows = tuple(WEEKDAYS[day] for day in days)
    summary = empty or _summary(hours, value, words)
    return Heatmap(title, subtitle, rows, _HOURS, cells, value, unit, empty, summary, _HINT)


@lru_cache(maxsize=16)  # a range moves on with its buckets, a look comes several times a second
def hours_met_once(span: TimeRange, zone: ZoneInfo) -> Mapping[int, TimeRange]:
    """The hours of the week that a span meets once, by their numbers, and when."""
    if span.end - span.start > _LONGEST:
        return MappingProxyType({})
    met: dict[int, list[TimeRange]] = {}
    start = span.start
    for hour, length in hours_of_week(span, zone):
        parts, end = met.setdefault(hour, []), start + length
        if parts and parts[-1].end == start:  # an hour that comes twice when the clocks go back
            parts[-1] = TimeRange(parts[-1].start, end)
        else:
            parts.append(TimeRange(start, end))
        start = end
    return MappingProxyType({hour: parts[0] for hour, parts in met.items() if len(parts) == 1})


def _cell(
    hours: Mapping[int, float], number: int, words: Callable[[float], str], spans: Mapping[int, TimeRange]
) -> HeatCell:
    value, (day, hour) = hours.get(number, 0), divmod(number, 24)
    span = spans.get(number) if value else None
    return HeatCell(value, f"{_DAYS[day]} {hour:02d}–{hour + 1:02d} h: {words(value)}", span=span)


def _summary(hours: Mapping[int, float], value: str, words: Callable[[float], str]) -> str:
    most = max(hours, key=lambda hour: (hours[hour], -hour), default=0)
    day, hour = divmod(most, 24)
    return f"Most {value} on {_DAYS[day]}s from {hour:02d} to {hour + 1:02d} h: {words(hours.get(most, 0))}."
