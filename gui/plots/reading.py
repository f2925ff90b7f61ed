"""What the crosshair reads off a chart: one bucket in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.charts import Chart, Ink, Mark, Series, Unit
from core.formatting import NOTHING, count, one_line, seconds
from core.spans import span_words


@dataclass(frozen=True, slots=True)
class Row:
    """A series in the bucket. ``ink`` is None for the bars' total."""

    name: str
    text: str
    ink: Ink | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Reading:
    """A bucket's span in local time, and its rows."""

    span: str
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """Everything in one line, for screen readers."""
        return "; ".join((self.span, *(f"{row.name} {row.text}" for row in self.rows)))


def read_bucket(chart: Chart, index: int, hidden: frozenset[str]) -> Reading:
    """Bucket ``index`` of a chart, without its ``hidden`` series. Names are cut to a line."""
    start, end = chart.edges[index], chart.edges[index + 1]
    span = span_words(start, end, chart.zone) + (" · so far" if end > chart.complete_until else "")
    shown = [series for series in chart.series if series.name not in hidden]
    return Reading(span, (*_rows(chart, shown, index), *_total(chart, shown, index)))


def value_text(value: float | None, unit: Unit) -> str:
    """``1,284``, ``12.8 s``, ``—``."""
    if value is None or not abs(value) < float("inf"):
        return NOTHING
    if unit is Unit.SECONDS:
        return seconds(value)
    return count(int(value)) if float(value).is_integer() else f"{value:,.1f}"


def _rows(chart: Chart, shown: list[Series], index: int) -> Iterator[Row]:
    for series in shown:
        unit = (chart.right or chart.left) if series.right else chart.left
        yield Row(one_line(series.name, 60), value_text(series.values[index], unit), series.ink, series.mark)


def _total(chart: Chart, shown: list[Series], index: int) -> Iterator[Row]:
    known = [v for s in shown if s.mark is Mark.BAR and (v := s.values[index]) is not None]
    if sum(series.mark is Mark.BAR for series in shown) > 1 and known:
        yield Row("total", value_text(sum(known), chart.left), None, Mark.BAR)
