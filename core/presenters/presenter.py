"""What a page is handed by the monitor's thread (a page's input), and what it makes of it (its content)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.charts.specs import AnyChart, BarChart, Chart, Ink, Opens, Scatter, Series
from core.coverage import WHOLE, Coverage
from core.feed.change_feed import Ends
from core.feed.loading import HistoryScan
from core.feed.snapshot import Source
from core.filters import Field, Filter
from core.models import EventModel
from core.statistics.counting import COUNTERS, RowCounter
from core.statistics.window import Aggregate, Detail, spliced
from core.text.formatting import percent
from core.text.names import NameKey
from core.text.translation import gettext as _

READING: Final = _("Reading the database…")
"""Stands where nothing can be told yet."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """When the first row of any table was written, and the first failure; epoch seconds, None where not known."""

    of_any: float | None = None
    of_failures: float | None = None


NOT_KNOWN: Final = Beginnings()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the range is told beside.

    Attributes:
        filling: the bucket one period before the one that is still filling, finely cut; None where it is not known.
        then: the counters of the time that the range is compared with, and that time in words; None where it isn't.
    """

    filling: Aggregate | None = None
    then: tuple[Aggregate, str] | None = None


@dataclass(frozen=True, slots=True)
class PageInput:
    """All that there is to show at one moment.

    Attributes:
        aggregate: the counters of the range.
        detail: the buckets to draw, finer ones where the host zoomed in.
        now: epoch seconds; last_seen: the newest row's, whatever the range.
        resets: epoch seconds at which this session saw the statistics being reset.
        chosen: what the page is filtered by.
        findings: what the presenter's scan has found, or None.
        source: the database; ends: where its tables begin and end.
        coverage: how much of what the page shows of the range has been read; scanned: how much of what its scan reads.
        earlier: what it is told beside.
        begun: since when there are rows.
    """

    aggregate: Aggregate
    detail: Detail
    now: float
    last_seen: float | None = None
    resets: tuple[float, ...] = ()
    chosen: Filter = field(default_factory=Filter)
    findings: Any = None
    source: Source | None = None
    ends: Mapping[type[EventModel], Ends] = field(default_factory=dict)
    wanted: frozenset[str] | None = None
    first_weekday: int = 0
    coverage: Coverage = WHOLE
    scanned: Coverage = WHOLE
    earlier: Earlier = Earlier()
    begun: Beginnings = NOT_KNOWN

    @property
    def counterpart(self) -> Aggregate | None:
        """The bucket one period before the one that is still filling, finely cut; None where it is not known."""
        return self.earlier.filling

    @property
    def recorded_since(self) -> float | None:
        """Epoch seconds of the first row of any table; None where it is not known."""
        return self.begun.of_any

    @property
    def failures_since(self) -> float | None:
        """Those of the first failure whose cause was recorded; None where there is none."""
        return self.begun.of_failures


def page_of(aggregate: Aggregate, now: float) -> PageInput:
    """The input of what is drawn of an aggregate as a whole."""
    return PageInput(aggregate, spliced(aggregate, None), now)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a page, in words.

    Attributes:
        label: "Images at once"; value: "1.4"; note: what it is compared with or made of.
        tip: one sentence about its meaning.
        opens: the rows behind it.
        whose: in whose place, by kind and id, a name may stand for the value.
        every_row: whether it tells of all rows, whatever range is chosen.
    """

    label: str
    value: str
    note: str = ""
    tip: str = ""
    opens: Opens | None = None
    whose: NameKey | None = None
    every_row: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """What a tile shows, in words.

    Attributes:
        label: what is counted.
        value: the number.
        change: how it differs from before ("+12 %"), or other words in the last line.
        severity: whether that is good or bad news.
        comparison: what it is compared with ("vs 24 h before").
        spark: the course over the range; None is a gap.
        tip: what exactly is measured.
        opens: the rows behind the number.
        place: what it leads to where no rows are counted, by a name that its owner knows.
        brief_label, brief: label and number in fewer letters, for a tile that is too narrow for them.
    """

    label: str
    value: str
    change: str = ""
    severity: Ink = Ink.MUTED
    comparison: str = ""
    spark: tuple[float | None, ...] = ()
    tip: str = ""
    opens: Opens | None = None
    place: str = ""
    brief_label: str = ""
    brief: str = ""

    @property
    def sentence(self) -> str:
        """The tile for a screen reader."""
        brief = _("vs {label}").partition("{label}")[0]
        comparison = self.comparison.replace(brief, _("compared with ")) if brief else self.comparison
        change = " ".join(part for part in (self.change, comparison) if part)
        return f"{self.label}: {self.value}" + (f", {change}." if change else ".")


@dataclass(frozen=True, slots=True)
class Compared:
    """The time that the range is compared with.

    Attributes:
        words: which: "24 h before"; empty where it is compared with none.
        lacking: why there is no comparison, or not of all of it; empty where there is one.
    """

    words: str = ""
    lacking: str = ""


NOT_COMPARED: Final = Compared()


@dataclass(frozen=True, slots=True)
class Content:
    """What a page shows.

    Attributes:
        charts: by the key of their place on the page.
        figures: the page's numbers in a line; tiles: those that stand in tiles, by key.
        extra: what only this page knows how to show.
        coverage: how much of figures and tiles is known; they are told once all of them is.
        compared: which other time stands beside them.
    """

    charts: Mapping[str, AnyChart] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    tiles: Mapping[str, Tile] = field(default_factory=dict)
    extra: Any = None
    coverage: Coverage = WHOLE
    compared: Compared = NOT_COMPARED


@dataclass(frozen=True, slots=True)
class PagePresenter:
    """What a page is about.

    Attributes:
        key: the page's.
        present: makes the page's content of a page's input.
        counters: which tables are read, and how they are counted; pages that share them share what is loaded.
        scan: makes, for a time zone, what reads beyond the range, where the page needs such a thing.
        compares: whether it says how the range differs from the period before.
        shows: which of the tables it shows, by what is counted so far; None: all. They are read first, and the page is
            complete with them; the others follow for the pages that share what is loaded.
        alone: what takes its place while the filter names one of what it is about, with the same key; None: nothing.
        about: what that is: a user, a server.
    """

    key: str
    present: Callable[[PageInput], Any]
    counters: tuple[RowCounter, ...] = COUNTERS
    scan: Callable[[ZoneInfo], HistoryScan] | None = None
    compares: bool = False
    alone: PagePresenter | None = None
    shows: Callable[[Aggregate], Collection[type[EventModel]]] | None = None
    about: Field = Field.USER

    def tables(self, aggregate: Aggregate) -> Collection[type[EventModel]]:
        """The tables that it shows."""
        return self.shows(aggregate) if self.shows is not None else [counter.model for counter in self.counters]

    def shown_for(self, chosen: Filter) -> PagePresenter:
        """What is shown: itself, or what takes its place."""
        return self.alone if self.alone is not None and named_one(chosen, self.about) is not None else self


def named_one(chosen: Filter, about: Field) -> str | None:
    """The one user, server, … that a filter names, by an id or the end of one; None where it names none or several.

    Direct messages are named, too: by :data:`core.filters.DIRECT_MESSAGES`.
    """
    named = [str(term.value) for term in chosen.terms if term.field is about and not term.excluded]
    return named[0] if len(named) == 1 else None


def board(
    charts: Mapping[str, Callable[[PageInput], AnyChart]],
    figures: Callable[[PageInput], tuple[Figure, ...]] = lambda _page_input: (),
    extra: Callable[[PageInput], Any] = lambda _page_input: None,
    tiles: Callable[[Any], Mapping[str, Tile]] = lambda _extra: {},
    own_coverage: frozenset[str] = frozenset(),
) -> Callable[[PageInput], Content]:
    """The ``present`` of a page that is made of charts by key: those are made that are looked at.

    ``tiles`` are made of what ``extra`` has made. ``own_coverage`` are the keys of those charts that say themselves how
    much of them is known, as they show more than the range.
    """

    def present(page: PageInput) -> Content:
        wanted = charts.keys() if page.wanted is None else charts.keys() & page.wanted
        made = {key: charts[key](page) for key in charts if key in wanted}
        shown = {key: each if key in own_coverage else known_part(each, page.coverage) for key, each in made.items()}
        told = extra(page)
        return Content(shown, figures(page), tiles(told), told, page.coverage.joined(page.scanned))

    return present


def known_part(chart: AnyChart, coverage: Coverage) -> AnyChart:
    """What can be told of a chart while its rows are still being read.

    Of a chart over time that is the buckets that are read; a total, a ranking or a spread would be wrong.
    """
    if coverage.whole:
        return chart
    if isinstance(chart, Chart) or (isinstance(chart, Scatter) and any(cloud.times for cloud in chart.clouds)):
        known = [start >= coverage.since for start in chart.edges[:-1]]
        if any(known):
            return _since(chart, coverage, known)
    told = replace(chart, coverage=coverage.all_or_nothing(), empty=READING, summary=f"{chart.title}: {READING}")
    return replace(told, subtitle="") if isinstance(told, BarChart) else told  # it says how many there are


def _since(chart: Chart | Scatter, coverage: Coverage, known: Sequence[bool]) -> Chart | Scatter:
    summary = _("{title}: not all rows are read yet, {share} so far.").format(
        title=chart.title, share=percent(coverage.share, 0)
    )
    markers = tuple(marker for marker in chart.markers if marker.time >= coverage.since)
    told = replace(chart, markers=markers, empty=None, summary=summary, coverage=coverage)
    if isinstance(told, Chart):
        return replace(told, series=_known_values(told.series, known))
    return replace(told, lines=_known_values(told.lines, known))


def _known_values(series: Sequence[Series], known: Sequence[bool]) -> tuple[Series, ...]:
    """A bucket that is not read yet is a gap, never a zero."""
    return tuple(
        replace(each, values=tuple(value if sure else None for value, sure in zip(each.values, known, strict=True)))
        for each in series
    )
