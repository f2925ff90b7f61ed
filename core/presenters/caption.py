"""What stands under a picture that leaves the house: whose numbers, of which time and rows, and when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import AnyChart, BarChart, Chart, Heatmap, Scatter
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Field, Filter, Term
from core.tables.filter_language.wording import chip
from core.text.dates import dated_moment, range_words
from core.text.formatting import one_line
from core.text.masking import masked_id
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.time_ranges import TimeRange

_LONGEST_NAME: Final = 40
_LONGEST_TERM: Final = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a chart's numbers come from: the database's name, the range, the zone, and which rows are shown."""

    name: str
    span: TimeRange
    zone: ZoneInfo
    chosen: Filter = EVERYTHING


def origin_of(snapshot: Snapshot) -> Origin:
    """Where the charts of a snapshot come from."""
    buckets = snapshot.buckets
    return Origin(snapshot.source.name, buckets.range, buckets.zone, snapshot.chosen)


def footer(
    chart: AnyChart, origin: Origin, made: float, *, ids_shown: bool, view: TimeRange | None = None
) -> tuple[str, ...]:
    """The parts of a chart's footer; ``made`` in epoch seconds, ``view`` is the part of the time that is seen of it."""
    span, chosen = view or span_shown(chart, origin.span), filter_shown(chart, origin.chosen)
    explained = (chart.explains,) if isinstance(chart, BarChart) and chart.explains else ()
    return (*explained, *caption(origin.name, span, origin.zone, made, chosen, ids_shown=ids_shown))


def caption(
    name: str,
    span: TimeRange,
    zone: ZoneInfo,
    made: float,
    chosen: Filter = EVERYTHING,
    *,
    ids_shown: bool = True,
) -> tuple[str, ...]:
    """The parts of a picture's footer.

    Args:
        name: the database's, or the bot's; untrusted text.
        span: the time that the picture shows.
        zone: the time zone of its days and hours.
        made: when the picture was made, epoch seconds.
        chosen: which rows are shown.
        ids_shown: whether a user's id and name may be read in it.
    """
    filtered = ", ".join(one_line(_term(term, zone, made, ids_shown), _LONGEST_TERM) for term in chosen.terms)
    place = zone.key or _("local time")
    parts = (
        one_line(name, _LONGEST_NAME),
        f"{range_words(span, made, zone)}, {place}",
        _("only {filter}").format(filter=filtered) if filtered else "",
        _("made {moment}").format(moment=dated_moment(made, zone)),
    )
    return tuple(part for part in parts if part)


def span_shown(chart: AnyChart, whole: TimeRange) -> TimeRange:
    """The time that a chart shows: that of its own axis, else ``whole``, the range."""
    if isinstance(chart, Chart | Scatter):
        return TimeRange(chart.edges[0], chart.edges[-1]) if len(chart.edges) > 1 else whole
    if not isinstance(chart, Heatmap | BarChart) or chart.zone is None:
        return whole
    marks = chart.bars if isinstance(chart, BarChart) else [cell for row in chart.cells for cell in row]
    spans = [mark.span for mark in marks if mark.span is not None]
    if not spans:
        return whole
    return TimeRange(min(span.start for span in spans), max(span.end for span in spans))


def filter_shown(chart: AnyChart, chosen: Filter) -> Filter:
    """Which rows a chart shows: some charts look at all rows, whatever the filter."""
    return EVERYTHING if isinstance(chart, Chart | Heatmap | BarChart) and chart.every_row else chosen


def _term(term: Term, zone: ZoneInfo, made: float, ids_shown: bool) -> str:
    if term.field is not Field.USER or not isinstance(term.value, str):
        return chip(term, zone, made)
    shown = NAMES.in_full(str(term.field), term.value) if ids_shown else masked_id(term.value)
    user = _("user {value}").format(value=shown)
    return _("not {user}").format(user=user) if term.excluded else user
