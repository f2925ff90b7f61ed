"""What the pages' charts are made of: series over buckets, histograms of steps, bars of counts, hours of the week."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.charts.inks import OTHERS
from core.charts.specs import (
    Bar,
    Chart,
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
from core.filters import EVERYTHING, Field, Filter
from core.filters import FAILED as FAILED_OUTCOME
from core.models import Failure, UserActivity
from core.presenters.presenter import PageInput
from core.statistics.percentiles import GROWTH
from core.statistics.results import Durations, Totals
from core.text.dates import length_words, moment_words, span_words
from core.text.formatting import count, one_line, percent, seconds
from core.text.translation import gettext as _
from core.time_ranges import Buckets, TimeRange

LONGEST_NAME: Final = 40
"""Characters of a command's name in a legend."""

FAILED: Final = _("failed")
OTHER: Final = _("other")

NOUNS: Final = {
    Field.COMMAND: _("a command's name"),
    Field.GUILD: _("a server"),
    Field.CHANNEL: _("a channel"),
    Field.TYPE: _("a type"),
    Field.RESOLUTION: _("a resolution"),
    Field.LORA: "LoRAs",
    Field.UPSCALE: _("an upscale factor"),
    Field.ACTION: _("an action"),
    Field.OUTCOME: _("an outcome"),
    Field.KIND: _("a kind"),
    Field.ERROR: _("a cause"),
    Field.REASON: _("a kind of failure"),
    Field.SOURCE: _("a source"),
    Field.NODE: _("a node"),
    Field.MODEL: _("a model"),
    Field.SAMPLER: _("a sampler"),
    Field.STEPS: _("a number of steps"),
    Field.SLOWER: _("a time"),
    Field.FASTER: _("a time"),
    Field.USER: _("a user"),
}
"""What a filter may ask for and a table not record, in words."""

FAILURES_UNRECORDED: Final = _(
    "No command is marked as failed, and nothing else in the database tells of trouble: most likely failures are not "
    "recorded. Health says how to record them."
)

UNRECORDED: Final = _("failures not recorded")
"""The same in a chart's subtitle."""

MANY_COMMANDS: Final = 50
"""Of so many commands usually one fails."""

_NOW_STEPS: Final = 60

_CLASS_STEPS: Final = 12
"""So many steps of the stored histogram make one class of a drawn one: classes about 27 % wide."""

_FEWEST_CLASSES: Final = 12
_MOST_CLASSES: Final = 60


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
        subtitle=_("per {each}{note}").format(each=detail.buckets.each, note=note),
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
        short = one_line(name, LONGEST_NAME) or _("(no name)")
        candidates = (short, f"/{short}", *(f"{short} ({n})" for n in range(2, 2 + len(names))))
        shown.append(next(candidate for candidate in candidates if candidate not in taken))
        taken.add(shown[-1])
    return shown


def markers_of(buckets: Buckets, restarts: Iterable[float], resets: Iterable[float]) -> tuple[Marker, ...]:
    """Vertical lines for the bot's restarts and for resets (epoch seconds), those within the buckets' range."""
    moments = [(time, _("bot restarted"), True) for time in restarts]
    moments += [(time, _("statistics reset"), False) for time in resets]
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
    steps = [step for _name, counts, _ink, _opens in parts for step in counts]
    subtitle = _("{value} by how long they took").format(value=value)
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
    words = _("{count} {value} with a known time: half took at most {p50}, 95 % at most {p95}.").format(
        count=count(times.count), value=value, p50=seconds(times.p50), p95=seconds(times.p95)
    )
    every: Counter[int] = Counter()
    for _name, counts, _ink, _opens in parts:
        every.update(counts)
    return Histogram(title, subtitle, edges, layers, markers, value, None, words, steps=tuple(sorted(every.items())))


def bar(
    name: str,
    value: float,
    figures: Iterable[str] = (),
    opens: Opens | None = None,
    part: float = 0.0,
    numbers: Iterable[Value] = (),
) -> Bar:
    """One bar, its name made fit for a line; an empty one is said to be so."""
    return Bar(name or _("(none)"), float(value), float(part), tuple(figures), opens, tuple(numbers))


def percentage(part: float, of: float) -> float | None:
    """A part of something as a number of per cent; None where there is nothing."""
    return 100 * part / of if of else None


def share(part: float, of: float) -> str:
    """A part of something in per cent; a dash where there is nothing."""
    return percent(part / of if of else None)


def of_all(shown: int, every: int, which: str = _("most frequent")) -> str:
    """How many of how many are shown; empty where all are."""
    return (
        _("the {shown} {which} of {every}").format(shown=shown, which=which, every=count(every))
        if every > shown
        else ""
    )


def busiest(page: PageInput, values: Sequence[int]) -> str:
    """Which of the range's buckets has most, as the end of a sentence; empty where none has any."""
    most = max(values, default=0)
    if len(values) < 2 or not most:
        return ""
    buckets = whole(page)
    start, end = buckets.edges[values.index(most) :][:2]
    return _("; busiest {span} with {most}").format(span=span_words(start, end, buckets.zone), most=count(most))


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


def causes_recorded(page: PageInput) -> bool:
    """Whether the table of failures ever had a row, which says why something failed."""
    ends = page.ends.get(Failure)
    return ends is not None and ends.last > 0


def failed_rows(*, causes: bool) -> Opens:
    """What failed: the failures with their causes where those are recorded, else the commands that are marked so."""
    return Opens("failures", EVERYTHING) if causes else Opens("commands", Filter.of(outcome=FAILED_OUTCOME))


def failed_over_time(page: PageInput) -> Opens:
    """What failed, for a mark over time: before the first failure with a cause there are the commands alone."""
    rows = failed_rows(causes=causes_recorded(page))
    if rows == failed_rows(causes=False) or page.failures_since is None:
        return rows
    return replace(rows, since=page.failures_since, earlier=failed_rows(causes=False))


def failed_in_range(page: PageInput) -> Opens:
    """What failed in the range as a whole."""
    return failed_over_time(page).during(whole(page).edges[-1])


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
        return _("{things} are recorded without {noun}, so none match the filter.").format(
            things=things[:1].upper() + things[1:], noun=NOUNS[missing]
        )
    if page.chosen:
        return _("No {things} match the filter in this range.").format(things=things)
    if page.source is None:  # a picture of the bot's: it can't be acted on where it is seen
        return _("No {things} {range}.").format(things=things, range=in_range(page))
    if page.last_seen is None:
        return without_time(page) or _("No {things} yet: {remedy}, and it appears here by itself.").format(
            things=things, remedy=remedy
        )
    return _("No {things} {range}. Choose a longer range, or {remedy}.").format(
        things=things, range=in_range(page), remedy=remedy
    )


def without_time(page: PageInput) -> str:
    """What is said where there are rows, but none of them has a time that has come; empty where there are none."""
    if not any(ends.last for ends in page.ends.values()):
        return ""
    return _("No row has a usable time that is not in the future. Health says what is amiss.")


def _widened(first: int, last: int) -> tuple[int, int]:
    """So few classes as one or two would fill the whole chart and look like many: empty ones stand around them."""
    missing = max(0, _FEWEST_CLASSES - (last - first + 1))
    return first - missing // 2, last + (missing + 1) // 2


def _classes(counts: Mapping[int, int], width: int, first: int, last: int) -> tuple[int, ...]:
    classes = [0] * (last - first + 1)
    for step, n in counts.items():
        classes[step // width - first] += n
    return tuple(classes)
