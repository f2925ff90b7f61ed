"""A period read from the database: its counters as a whole, by day, and those that it is compared with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from core.answers.period import Comparison, Period, PeriodDays, span_of, zone_named
from core.charts.specs import Chart
from core.models import event_models
from core.presenters.caption import caption
from core.presenters.presenter import PageInput, page_of
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY, RowCounter
from core.statistics.window import Aggregate, collect
from core.storage.chunked_reads import earliest
from core.storage.database import faults
from core.storage.reader import Reader
from core.time_ranges import CHOICES, Buckets, TimeRange, Window

MOST_NAMED: Final = 10
"""So many names an answer lists of each kind."""

_MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a picture: what Discord takes on every server."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was counted.

    Attributes:
        about: the days; page: what charts of them are drawn from.
        by_day: a cell a day.
        current, previous: what is compared like for like; None where there is nothing to compare with.
    """

    about: PeriodDays
    page: PageInput
    by_day: tuple[BucketCounts, ...]
    current: BucketCounts | None
    previous: BucketCounts | None

    @property
    def whole(self) -> BucketCounts:
        """Everything of these days, what a clock that runs ahead has dated later today too."""
        return self.page.aggregate.whole.cell

    def compared(self, measure: Callable[[BucketCounts], int]) -> Comparison | None:
        """A number of :attr:`current` and of :attr:`previous`; None where there is nothing to compare with."""
        if self.current is None or self.previous is None:
            return None
        return Comparison(measure(self.current), measure(self.previous))


def collect_period(
    reader: Reader, zone: str, period: Period, now: float, counters: tuple[RowCounter, ...]
) -> Collected:
    """Read a period of some tables, and the bot's restarts, in short chunks.

    Raises:
        BotpulseError: locked, corrupt, gone.
    """
    place = zone_named(zone)
    asked = span_of(period, now, place)
    first = first_record(reader, (asked.before or asked.days.range).start)
    span = span_of(period, now, place, first)
    aggregate = collect(reader, Window(CHOICES["custom"], span.buckets, None), now, counters=(*counters, ACTIVITY))
    compared = span.before is not None
    return Collected(
        about=span.about,
        page=page_of(_regrouped(aggregate, span.drawn, now), now),
        by_day=tuple(_sum(aggregate, TimeRange(start, end)) for start, end in pairwise(span.days.edges)),
        current=_sum(aggregate, span.passed) if compared else None,
        previous=_sum(aggregate, span.before) if span.before else None,
    )


def first_record(reader: Reader, enough: float) -> float | None:
    """When the bot's first event was, of whatever kind, in epoch seconds; None where there is none.

    Where there are events before ``enough``, it may be any of those.

    Raises:
        BotpulseError: locked, corrupt, gone.
    """
    with faults(reader.location):
        moments = [earliest(reader, model, enough) for model in event_models()]
    return min((moment for moment in moments if moment is not None), default=None)


def drawn(chart: Chart, name: str, now: float) -> bytes | None:
    """A chart as a PNG that any server takes; None where there is nothing to draw.

    ``name`` is the database's, for the footer; ``now`` is when the picture was asked for, epoch seconds.
    """
    if chart.empty:
        return None
    from core.charts.png.renderer import render_png  # whoever only asks for numbers need not wait for matplotlib

    footer = caption(name, TimeRange(chart.edges[0], chart.edges[-1]), chart.zone, now)
    picture = render_png(chart, footer=footer).getvalue()
    return picture if len(picture) <= _MOST_BYTES else render_png(chart, footer=footer, scale=1.0).getvalue()


def _regrouped(aggregate: Aggregate, buckets: Buckets, now: float) -> Aggregate:
    """The same counts in buckets that consist of the aggregate's."""
    wider = Aggregate(Window(CHOICES["custom"], buckets, None), now, counters=aggregate.counters)
    for start, end in pairwise(buckets.edges):
        wider.add(start, _sum(aggregate, TimeRange(start, end)))
    return wider


def _sum(aggregate: Aggregate, span: TimeRange) -> BucketCounts:
    edges = aggregate.window.buckets.edges
    starts = edges[bisect_left(edges, span.start) : bisect_left(edges, span.end)]
    if len(starts) == 1:
        return aggregate.cells[starts[0]]
    total = BucketCounts()
    for start in starts:
        total.add(aggregate.cells[start])
    return total
