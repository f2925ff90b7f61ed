"""A chart's twin: the numbers that it draws, as a table to be read, copied and exported."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from core.charts.specs import (
    AnyChart,
    Bar,
    BarChart,
    Chart,
    HeatCell,
    Heatmap,
    Histogram,
    Scatter,
    Series,
    Unit,
    Value,
)
from core.text.formatting import NO_BREAK, NOTHING
from core.text.plain import neutralised, plain
from core.text.translation import followed_by, gettext, source_of
from core.time_ranges import local_time

_SECONDS: Final = "(s)"
_DIGITS: Final = 6
"""Significant digits of durations: more were never measured."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A chart's numbers as a table: its twin for the keyboard, for screen readers and for the export.

    Attributes:
        title: the chart's.
        columns: the headings, with units: "from", "to", "comfy", "p50 (s)".
        rows: a value a column: text, a number, or None where nothing is known.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def data_table(chart: AnyChart) -> DataTable:
    """The numbers of a chart, all of them, hidden series too.

    Times are ISO 8601 in the chart's zone with the offset; durations are numbers of seconds, shares are per cent, and
    their headings say so; what is not known is None. No two headings are the same. A heatmap whose fields are times of
    their own is a list of them; one whose rows and columns all have labels is a table of the same form, any other one a
    list of its fields.
    """
    columns, rows = _parts(chart)
    return DataTable(chart.title, tuple(_told_apart(columns)), tuple(rows))


def as_text(table: DataTable, *, headings: bool = True) -> str:
    """Lines of cells with tabs between them, as spreadsheets take them from the clipboard; neutralised like CSV."""
    lines = ([table.columns] if headings else []) + [tuple(row) for row in table.rows]
    return "\n".join("\t".join(_cell(value) for value in line) for line in lines)


def as_csv(table: DataTable) -> str:
    """CSV as RFC 4180 has it, as tables are exported, too: texts in quotation marks, numbers without, nothing for None.

    Text that a spreadsheet would take for a formula gets an apostrophe in front. Our own words stand in it as in the
    sources, whatever language the window speaks: programs read it.
    """
    headings = tuple(_told_apart(map(source_of, table.columns)))
    return "".join(f"{','.join(map(_quoted, row))}\r\n" for row in (headings, *table.rows))


def _quoted(value: Value) -> str:
    if isinstance(value, str):
        return '"' + neutralised(plain(source_of(value))).replace('"', '""') + '"'
    return "" if value is None else str(value)


_Parts: TypeAlias = tuple[Sequence[str], Iterable[tuple[Value, ...]]]


@singledispatch
def _parts(chart: object) -> _Parts:
    raise TypeError(f"no chart: {type(chart).__name__}")


@_parts.register
def _(chart: Chart) -> _Parts:
    moments = [iso(edge, chart.zone) for edge in chart.edges]
    values = [[_number(value) for value in series.values] for series in chart.series]
    return (gettext("from"), gettext("to"), *(_heading(series, chart) for series in chart.series)), zip(
        moments[:-1], moments[1:], *values, strict=True
    )


@_parts.register
def _(chart: BarChart) -> _Parts:
    units = (*chart.units, *[""] * len(chart.columns))[: len(chart.columns)]
    columns = [
        followed_by(name, f" ({unit})") if unit else name for name, unit in zip(chart.columns, units, strict=True)
    ]
    part = chart.part if chart.part not in chart.columns else f"{chart.part} ({chart.value or gettext('count')})"
    if (chart.part, "") in zip(chart.columns, units, strict=True) and chart.units:
        part = ""  # one of the columns counts it
    named = (gettext("name"), *_ids_heading(chart)) if chart.zone is None else (gettext("from"), gettext("to"))
    headings = (*named, _with_unit(chart.value or gettext("value"), chart.unit), *([part] if part else []), *columns)
    return headings, _bar_rows(chart, with_part=bool(part))


def _bar_rows(chart: BarChart, *, with_part: bool) -> Iterator[tuple[Value, ...]]:
    for bar in chart.bars:
        parts = (_number(bar.part),) if with_part else ()
        figures = bar.numbers or tuple(map(_words, bar.figures))
        figures = (*figures, *[None] * len(chart.columns))[: len(chart.columns)]
        ids = (bar.id or None,) if _ids_heading(chart) else ()
        yield *_named(bar, chart.zone), *ids, _number(bar.value), *parts, *map(_exported, figures)


def _ids_heading(chart: BarChart) -> tuple[str, ...]:
    """The heading of a column of ids, where names stand in the place of some."""
    return (gettext("id"),) if chart.zone is None and any(bar.id for bar in chart.bars) else ()


def _named(bar: Bar, zone: ZoneInfo | None) -> tuple[Value, ...]:
    """What stands for a bar: its name, or the ends of its time."""
    if zone is None:
        return (bar.name,)
    return (None, None) if bar.span is None else (iso(bar.span.start, zone), iso(bar.span.end, zone))


@_parts.register
def _(chart: Histogram) -> _Parts:
    edges = [_number(edge) for edge in chart.edges]
    layers = (*chart.layers, *([chart.before] if chart.before is not None else []))
    counts = [layer.counts for layer in layers]
    headings = (
        followed_by(gettext("from"), f" {_SECONDS}"),
        followed_by(gettext("to"), f" {_SECONDS}"),
        *(layer.name for layer in layers),
    )
    return headings, zip(edges[:-1], edges[1:], *counts, strict=True)


@_parts.register
def _(chart: Heatmap) -> _Parts:
    if chart.zone is not None:
        headings = (gettext("from"), gettext("to"), _with_unit(chart.value, chart.unit))
        return headings, _times(chart, chart.zone)
    if all(chart.rows) and all(chart.columns):
        rows = ((name, *(_number(cell.value) for cell in cells)) for name, cells in _labelled(chart))
        return (_with_unit(chart.value, chart.unit), *chart.columns), rows
    places = (
        (cell.words or f"{row} {column}".strip(), _number(cell.value))
        for row, cells in _labelled(chart)
        for column, cell in zip(chart.columns, cells, strict=True)
        if cell.exists
    )
    return (gettext("where"), _with_unit(chart.value, chart.unit)), places


def _times(chart: Heatmap, zone: ZoneInfo) -> Iterator[tuple[Value, ...]]:
    cells = [(cell.span, cell.value) for row in chart.cells for cell in row if cell.span is not None]
    for span, value in sorted(cells, key=lambda cell: cell[0].start):
        yield iso(span.start, zone), iso(span.end, zone), _number(value)


def _labelled(chart: Heatmap) -> Iterator[tuple[str, tuple[HeatCell, ...]]]:
    return zip(chart.rows, chart.cells, strict=True)


@_parts.register
def _(chart: Scatter) -> _Parts:
    points = sorted(
        (time, cloud.name, took, n)
        for cloud in chart.clouds
        for time, took, n in zip(cloud.times, cloud.seconds, cloud.counts, strict=True)
    )
    rows = ((iso(time, chart.zone), name, _number(took), n) for time, name, took, n in points)
    return (
        gettext("time"),
        gettext("series"),
        followed_by(gettext("duration"), f" {_SECONDS}"),
        gettext("count"),
    ), rows


def _heading(series: Series, chart: Chart) -> str:
    return _with_unit(series.name, (chart.right or chart.left) if series.right else chart.left)


def _with_unit(words: str, unit: Unit) -> str:
    return followed_by(words, f" {_SECONDS}") if unit is Unit.SECONDS else words


def _told_apart(headings: Iterable[str]) -> Iterator[str]:
    """Names from strangers may be equal: the second one gets a number."""
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    for heading in headings:
        seen[heading] += 1
        unique = heading
        while unique in taken:
            seen[heading] += unique != heading
            unique = followed_by(heading, f" ({seen[heading]})")
        taken.add(unique)
        yield unique


def iso(moment: float, zone: ZoneInfo) -> str:
    """``2026-11-24T10:35:07+01:00``."""
    return local_time(moment, zone).isoformat(timespec="seconds")


def _number(value: float | None) -> float | int | None:
    """Whole numbers without a point, others in six digits; what is no number is not known."""
    if value is None or not math.isfinite(value):
        return None
    if float(value).is_integer():
        return int(value)
    return float(f"{value:.{_DIGITS}g}")


def _exported(value: Value) -> Value:
    return value if value is None or isinstance(value, str) else _number(value)


def _words(figure: str) -> str | None:
    plain = figure.replace(NO_BREAK, " ")
    return None if plain in ("", NOTHING) else plain


def _cell(value: Value) -> str:
    """A value without tabs and line breaks."""
    if isinstance(value, str):
        return neutralised(" ".join(plain(value).split()))
    return "" if value is None else str(value)
