"""A page's content beside what the same page would have shown of another time.

The page is made twice, once of each time; what belongs together is then put side by side. So any page can be compared,
and what is compared is counted in one way. Of times before records began nothing is said.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from itertools import pairwise
from typing import Any, Final

from core.charts.specs import (
    AnyChart,
    Bar,
    BarChart,
    Chart,
    Histogram,
    Ink,
    Layer,
    Mark,
    Scatter,
    Series,
    Unit,
    Value,
)
from core.coverage import WHOLE
from core.presenters.presenter import NOT_COMPARED, Beginnings, Compared, Content, Earlier, Figure, PageInput
from core.presenters.readings import Readings, ReadThen, ViewRequest
from core.statistics.comparison import Then, then_of
from core.statistics.percentiles import GROWTH
from core.statistics.window import spliced
from core.text import formatting
from core.text.dates import dated
from core.text.translation import gettext as _
from core.time_ranges import Buckets, local_time

_ABOUT_CAUSES: Final = "failures"
"""The page whose records may have begun later than all others."""

_MOST_LINES: Final = 2
"""Lines of one axis that are compared: more of them could not be told from their counterparts."""


class Comparer:
    """Makes what a page would have shown then, anew only once that is something else."""

    def __init__(self) -> None:
        self._made_of: tuple[Any, ...] = ()
        self._content = Content()

    def content(self, readings: Readings, page: PageInput) -> Content:
        """The page's content, beside what is read of the time that it is compared with."""
        request, read = readings.request, readings.then
        said = told(readings, page.now)
        if read is None:
            return replace(_presented(request, page), compared=said)
        beside = Beside(read.then, _recorded_since(request, page.begun))
        if beside.whole:
            then = read.history.aggregate, read.then.words
            page = replace(page, earlier=replace(page.earlier, then=then))
        content = compared(_presented(request, page), self._before(request, page, read), beside)
        return replace(content, compared=said)

    def _before(self, request: ViewRequest, page: PageInput, read: ReadThen) -> Content:
        revisions = tuple(part.aggregate.whole.revision for part in read.parts)
        made_of = (read, revisions, request.shown.key, request.wanted, page.findings, page.scanned)
        if not self._made_of or any(a is not b and a != b for a, b in zip(self._made_of, made_of, strict=True)):
            self._made_of, self._content = made_of, _presented(request, _input_then(page, read))
        return self._content


def _presented(request: ViewRequest, page: PageInput) -> Content:
    content: Content = request.shown.present(page)
    return content


def _input_then(page: PageInput, read: ReadThen) -> PageInput:
    aggregate, closeup = read.history.aggregate, read.closeup
    return replace(
        page,
        aggregate=aggregate,
        detail=spliced(aggregate, closeup.aggregate if closeup is not None else None),
        now=aggregate.edges[-1],
        resets=(),
        coverage=WHOLE,
        earlier=Earlier(),
    )


def _recorded_since(request: ViewRequest, begun: Beginnings) -> float:
    """Epoch seconds from which on what the page is about was recorded; those of causes count where it is about them."""
    if begun.of_any is None:
        return math.inf
    about_causes = request.shown.key == _ABOUT_CAUSES and begun.of_failures is not None
    return max(begun.of_any, begun.of_failures or 0.0) if about_causes else begun.of_any


def told(readings: Readings, now: float) -> Compared:
    """What is said of the comparison that was asked for."""
    comparison, history = readings.request.comparison, readings.history
    if not comparison or history is None:
        return NOT_COMPARED
    then = then_of(history.aggregate.window, comparison, now)
    if then is None:
        return Compared(comparison.words, _("There is no such time before this range."))
    if readings.then is None:
        return Compared(then.words, _("It is being read."))
    since = _recorded_since(readings.request, Beginnings(readings.recorded_since, readings.failures_since))
    return Compared(then.words, _before_records(readings.then.history.aggregate.window.buckets, since))


def _before_records(compared_with: Buckets, since: float) -> str:
    """What is said where records began within that time, or after it; empty where all of it was recorded."""
    read = compared_with.range
    if since <= read.start:
        return ""
    if math.isinf(since):
        return _("Nothing is recorded.")
    words = (
        _("No comparison: records begin on {day}") if since >= read.end else _("Only in part: records begin on {day}")
    )
    return words.format(day=dated(local_time(since, compared_with.zone).date()))


@dataclass(frozen=True, slots=True)
class Beside:
    """Which time stands beside the range's, and since when (epoch seconds) there are records."""

    then: Then
    since: float = -math.inf

    @property
    def whole(self) -> bool:
        """Whether all of that time was recorded: totals and rankings of a part of it would mislead."""
        return self.since <= self.then.moment(self.then.range.edges[0])

    def values(self, chart: Chart | Scatter, before: Chart | Scatter, values: Sequence[float | None]) -> _Values:
        """What a series had then, a value a bucket of ``chart``; None where nothing is comparable, or recorded."""
        return tuple(
            values[place] if place is not None else None
            for place in (
                self._place(start, end, before.edges)
                for start, end in zip(chart.edges[:-1], chart.edges[1:], strict=True)
            )
        )

    def _place(self, start: float, end: float, edges: Sequence[float]) -> int | None:
        """Which bucket is the counterpart of another."""
        span = self.then.span(start, end)
        if span is None or span.start < self.since:
            return None
        place = bisect_left(edges, span.start)
        if place >= len(edges) - 1 or edges[place] != span.start or edges[place + 1] != span.end:
            return None
        return place


_Values = tuple[float | None, ...]


def compared(content: Content, before: Content, beside: Beside) -> Content:
    """A page's content beside the content of the same page for another time."""
    charts = {
        key: _beside(chart, before.charts[key], beside) if key in before.charts and _fits(chart) else chart
        for key, chart in content.charts.items()
    }
    figures = content.figures
    if beside.whole and len(figures) == len(before.figures):
        pairs = zip(figures, before.figures, strict=True)
        figures = tuple(_figure(now, then, beside.then.words) for now, then in pairs)
    return replace(content, charts=charts, figures=figures)


def _fits(chart: AnyChart) -> bool:
    """Whether a chart shows the range, and has something to show."""
    every_row = getattr(chart, "every_row", False)
    return not every_row and chart.empty is None


def _figure(now: Figure, then: Figure, words: str) -> Figure:
    if now.label != then.label or now.whose is not None or now.every_row:
        return now
    said = f"{words}: {then.value}"
    return replace(now, tip=f"{now.tip}\n{said}".strip(), note=now.note or said)


@singledispatch
def _beside(chart: AnyChart, before: AnyChart, beside: Beside) -> AnyChart:
    """A chart of values that have no counterparts stays as it is."""
    return chart


@_beside.register
def _chart_beside(chart: Chart, before: Chart, beside: Beside) -> AnyChart:
    ghosts = [*_bars_then(chart, before, beside), *_lines_then(chart, chart.series, before, before.series, beside)]
    known = tuple(each for each in ghosts if any(value is not None for value in each.values))
    if not known:
        return chart
    spans = tuple(beside.then.span(start, end) for start, end in pairwise(chart.edges))
    summary = _said(chart.summary, beside, known)
    return replace(chart, series=(*chart.series, *known), counterparts=spans, summary=summary)


@_beside.register
def _scatter_beside(chart: Scatter, before: Scatter, beside: Beside) -> AnyChart:
    ghosts = _lines_then(chart, chart.lines, before, before.lines, beside)
    known = tuple(each for each in ghosts if any(value is not None for value in each.values))
    return replace(chart, lines=(*chart.lines, *known), summary=_said(chart.summary, beside, known))


def _said(summary: str, beside: Beside, known: Sequence[Series]) -> str:
    return f"{summary} " + _("Compared with {words}.").format(words=beside.then.words) if known else summary


def _bars_then(chart: Chart, before: Chart, beside: Beside) -> Iterable[Series]:
    """All bars of a bucket as one line."""
    if not any(each.mark is Mark.BAR for each in chart.series):
        return
    stacks = zip(*(each.values for each in before.series if each.mark is Mark.BAR), strict=True)
    totals = [sum(known) if (known := [v for v in stack if v is not None]) else None for stack in stacks]
    totals = totals or [0.0] * (len(before.edges) - 1)  # nothing of the kind happened then
    yield Series(beside.then.words, beside.values(chart, before, totals), Mark.TICK, Ink.MUTED, beside="")


def _lines_then(
    chart: Chart | Scatter, ours: Sequence[Series], before: Chart | Scatter, theirs: Sequence[Series], beside: Beside
) -> Iterable[Series]:
    lines = [each for each in ours if each.mark is not Mark.BAR]
    if len(lines) < len(ours):
        lines = [each for each in lines if each.mark is Mark.LINE]  # enough goes on in front of the bars
    known = {each.name: each.values for each in theirs if each.mark is not Mark.BAR}
    for line in lines if len(lines) <= _MOST_LINES else ():
        values = beside.values(chart, before, known.get(line.name, (None,) * (len(before.edges) - 1)))
        name = _("{name}, {words}").format(name=line.name, words=beside.then.words)
        yield Series(name, values, Mark.DASHED, Ink.MUTED, right=line.right, beside=line.name)


@_beside.register
def _histogram_beside(chart: Histogram, before: Histogram, beside: Beside) -> AnyChart:
    """The same classes: a step is in that which has its middle; what lies beyond them all has none."""
    if not beside.whole:
        return chart
    counts = [0] * (len(chart.edges) - 1)
    for step, number in before.steps:
        place = bisect_right(chart.edges, GROWTH ** (step - 0.5)) - 1
        if 0 <= place < len(counts):
            counts[place] += number
    summary = f"{chart.summary} " + _("Compared with {words}.").format(words=beside.then.words)
    return replace(chart, before=Layer(beside.then.words, tuple(counts), Ink.MUTED), summary=summary)


@_beside.register
def _bars_beside(chart: BarChart, before: BarChart, beside: Beside) -> AnyChart:
    if chart.zone is not None or not beside.whole:
        return chart
    known = {_key(bar): bar.value for bar in before.bars}
    is_cut = before.every is not None and before.every > len(before.bars)
    bars = tuple(_bar_then(bar, chart, known, is_cut=is_cut) for bar in chart.bars)
    return replace(
        chart,
        bars=bars,
        columns=(beside.then.words, *chart.columns),
        units=("s" if chart.unit is Unit.SECONDS else "", *chart.units),
    )


def _key(bar: Bar) -> object:
    return bar.opens or bar.id or bar.name


def _bar_then(bar: Bar, chart: BarChart, known: Mapping[object, float], *, is_cut: bool) -> Bar:
    """A bar with its value of then: where only the greatest were shown then, another one's is not known."""
    before = known.get(_key(bar), None if is_cut else 0.0)
    words = formatting.NOTHING if before is None else _words(bar.value, before, chart.unit)
    numbers: tuple[Value, ...] = (before, *bar.numbers) if bar.numbers or not bar.figures else ()
    return replace(bar, figures=(words, *bar.figures), numbers=numbers, before=before)


def _words(now: float, before: float, unit: Unit) -> str:
    """What a list says of then: ``120 (+20 %)``, ``7 (+3)``, ``12.3 s (−5 %)``."""
    timed = unit is Unit.SECONDS
    differs = formatting.differs(now, before, counted=not timed)
    return (formatting.seconds(before) if timed else formatting.count(round(before))) + (
        f" ({differs})" if differs else ""
    )
