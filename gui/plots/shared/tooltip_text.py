"""What the crosshair reads off a chart: one bucket in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.charts.geometry import Dash, dashes_of
from core.charts.specs import Bar, BarChart, Chart, Histogram, Ink, Mark, Series, Unit
from core.text.dates import span_words
from core.text.formatting import NO_BREAK, NOTHING, SECONDS, count, one_line, percent, seconds, written
from core.text.formatting import differs as differs_by
from core.text.names import name_line
from core.text.translation import gettext as _

_LONGEST_NAME: Final = 80

_SAID: Final = {"count": _("in all"), "time": _("in all")}
"""What stands behind a number where the heading of its column does not follow a number well."""

MEANINGS: Final = {"p50": _("half took no longer"), "p95": _("95 of 100 took no longer")}
"""What lines and columns of these names say, for whoever has met no percentile before."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A series in the bucket. ``ink`` is None for the bars' total; ``chosen``: it is the one that is pointed at."""

    name: str
    text: str
    ink: Ink | None
    mark: Mark
    dash: Dash = ()
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A bucket's span in local time, and its rows."""

    span: str
    rows: tuple[ReadingRow, ...]

    @property
    def place(self) -> tuple[str, str]:
        """What is read, whatever its values are at the moment: the span, and the name of the row that is pointed at."""
        return self.span, next((row.name for row in self.rows if row.chosen), "")

    def __str__(self) -> str:
        """Everything in one line, for screen readers; of a chosen series only that one."""
        rows = [row for row in self.rows if row.chosen] or self.rows
        return "; ".join((self.span, *(f"{row.name} {row.text}".rstrip() for row in rows)))


def read_bucket(chart: Chart, index: int, hidden: frozenset[str], chosen: str | None = None) -> Reading:
    """Bucket ``index`` of a chart, without its ``hidden`` series. Names are cut to a line.

    ``chosen`` is the name of the series that is pointed at.
    """
    start, end = chart.edges[index], chart.edges[index + 1]
    span = span_words(start, end, chart.zone) + (_(" · so far") if end > chart.complete_until else "")
    shown = [series for series in chart.series if series.name not in hidden]
    return Reading(
        span, (*_rows(chart, shown, index, chosen), *_total(chart, shown, index), *_notes(chart, start, end))
    )


def read_class(chart: Histogram, index: int, hidden: frozenset[str], chosen: str | None = None) -> Reading:
    """Class ``index`` of a histogram, without its ``hidden`` layers: ``12.1 – 13.4 s: 341 images, 3.2 %``."""
    shown = [layer for layer in chart.layers if layer.name not in hidden]
    everything = sum(sum(layer.counts) for layer in shown)
    rows = [
        ReadingRow(one_line(layer.name, 60), count(layer.counts[index]), layer.ink, Mark.BAR, (), layer.name == chosen)
        for layer in shown
        if len(chart.layers) > 1
    ]
    total = sum(layer.counts[index] for layer in shown)
    share = percent(total / everything) if everything else NOTHING
    name = _("total") if rows else one_line(chart.value, 30) or _("count")
    rows.append(ReadingRow(name, f"{count(total)}, {share}", None, Mark.BAR))
    if chart.before is not None and chart.before.name not in hidden:
        before = chart.before.counts[index]
        differs = differs_by(total, before, counted=True)
        text = count(before) + (f" ({differs})" if differs else "")
        rows.append(ReadingRow(name_line(chart.before.name, 60), text, chart.before.ink, Mark.TICK))
    return Reading(class_words(chart, index), tuple(rows))


def class_words(chart: Histogram, index: int) -> str:
    """How long what is in a class took: ``12.1 – 13.4 s``; a unit that both ends have is written once."""
    first, last = (_exact(edge) for edge in chart.edges[index : index + 2])
    shared = first.split(NO_BREAK)[1:] == last.split(NO_BREAK)[1:]
    return f"{first.split(NO_BREAK)[0] if shared else first} \N{EN DASH} {last}"


def _exact(value: float) -> str:
    """A class' end; below 10 s with a digit more than durations have elsewhere, as classes are narrow there."""
    return f"{written(value, '.2f')}{NO_BREAK}{SECONDS}" if 0.0995 <= value < 9.995 else seconds(value)


_SMALL: Final = 10.0
"""Of a smaller average two digits behind the point are told: 0.15."""


def value_text(value: float | None, unit: Unit) -> str:
    """``1,284``, ``12.8 s``, ``—``."""
    if value is None or not abs(value) < float("inf"):
        return NOTHING
    if unit is Unit.SECONDS:
        return seconds(value)
    if float(value).is_integer():
        return count(int(value))
    return written(round(value, 2), "g") if abs(value) < _SMALL else written(value, ",.1f")


def bar_name(bar: Bar) -> str:
    """A bar's name, fit for a line."""
    return name_line(bar.name, _LONGEST_NAME) or _("(no name)")


def bar_value(bar: Bar, chart: BarChart) -> str:
    """A bar's length in words: ``1,284``, ``12.8 s``."""
    return value_text(bar.value, chart.unit)


def bar_words(bar: Bar, chart: BarChart) -> list[str]:
    """Everything that a row says: name, value, coloured part, figures."""
    what = _SAID.get(chart.value, one_line(chart.value, 30))
    lines = [bar_name(bar), f"{bar_value(bar, chart)} {what}".strip()]
    if chart.part:
        share = f" ({percent(bar.part / bar.value)})" if bar.value and chart.unit is Unit.COUNT else ""
        lines.append(f"{value_text(bar.part, chart.unit)} {one_line(chart.part, 30)}{share}")
    figures = zip(chart.columns, bar.figures, strict=False)
    return lines + [f"{heading} {one_line(words, 60)}" for heading, words in figures if heading != chart.part]


def _rows(chart: Chart, shown: list[Series], index: int, chosen: str | None) -> Iterator[ReadingRow]:
    dashes = dict(zip((series.name for series in chart.series), dashes_of(chart.series), strict=True))
    for series in shown:
        unit = (chart.right or chart.left) if series.right else chart.left
        text = value_text(series.values[index], unit) + _differs(chart, series, index)
        name, is_chosen = name_line(series.name, 60) + _then_span(chart, series, index), series.name == chosen
        yield ReadingRow(name, text, series.ink, series.mark, dashes[series.name], is_chosen)


def _differs(chart: Chart, series: Series, index: int) -> str:
    """How the range differs from the time that it is compared with, behind that time's value."""
    before = series.values[index]
    beside = [each for each in chart.series if _stands_beside(each, series)]
    now = [v for each in beside if (v := each.values[index]) is not None]
    if series.beside is None or before is None or not now:
        return ""
    counted = not series.beside and float(before).is_integer()
    differs = differs_by(sum(now), before, counted=counted)
    return f" ({differs})" if differs else ""


def _stands_beside(each: Series, then: Series) -> bool:
    return each.name == then.beside if then.beside else each.mark is Mark.BAR


def _then_span(chart: Chart, series: Series, index: int) -> str:
    span = chart.counterparts[index] if series.beside is not None and chart.counterparts else None
    return f" \N{MIDDLE DOT} {span_words(span.start, span.end, chart.zone)}" if span is not None else ""


def _notes(chart: Chart, start: float, end: float) -> Iterator[ReadingRow]:
    """What the host wrote down, and alarms: not every mark finds room for its words."""
    for marker in chart.markers:
        if marker.remark and start <= marker.time < end:
            yield ReadingRow(name_line(marker.label, 60), "", Ink.WARN if marker.alarm else Ink.ACCENT, Mark.LINE)


def _total(chart: Chart, shown: list[Series], index: int) -> Iterator[ReadingRow]:
    known = [v for s in shown if s.mark is Mark.BAR and (v := s.values[index]) is not None]
    if sum(series.mark is Mark.BAR for series in shown) > 1 and known:
        yield ReadingRow(_("total"), value_text(sum(known), chart.left), None, Mark.BAR)
