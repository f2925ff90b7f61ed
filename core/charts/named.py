"""Charts with names in place of ids. The marks' filters tell which of them are users, servers and channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from core.charts.specs import AnyChart, Bar, BarChart, Chart, Series
from core.filters import ID_FIELDS, Field
from core.text.names import NameBook, NameKey

_Mark = TypeVar("_Mark", Bar, Series)


def subject(mark: Bar | Series) -> NameKey | None:
    """Whom a mark stands for, by an id or by the name in its place; None where it stands for something else."""
    snowflake = mark.id or mark.name
    for term in mark.opens.chosen.terms if mark.opens is not None else ():
        if term.field in ID_FIELDS and term.value == snowflake and not term.excluded:
            return str(term.field), snowflake
    return None


def subjects(chart: AnyChart) -> Iterator[NameKey]:
    """The users, servers and channels that a chart tells of."""
    for mark in _marks(chart):
        key = subject(mark)
        if key is not None:
            yield key


def named(chart: AnyChart, book: NameBook) -> AnyChart:
    """The chart with the names that are known; where names are masked, with the ends of ids."""
    shown = {key: book.label(*key) for key in subjects(chart) if book.masked or book.name(*key)}
    if not shown:
        return chart
    summary = chart.summary
    for (_kind, snowflake), label in sorted(shown.items(), key=lambda each: -len(each[0][1])):
        summary = summary.replace(snowflake, label)
    if isinstance(chart, BarChart):
        return replace(chart, bars=tuple(_named(bar, shown) for bar in chart.bars), summary=summary)
    if isinstance(chart, Chart):
        return replace(chart, series=tuple(_named(series, shown) for series in chart.series), summary=summary)
    return chart


def users(chart: AnyChart) -> dict[str, str]:
    """By what stands for them in the chart, the ids of its users."""
    return {mark.name: mark.id or mark.name for mark in _marks(chart) if (subject(mark) or ("",))[0] == Field.USER}


def _marks(chart: AnyChart) -> Iterator[Bar | Series]:
    if isinstance(chart, BarChart):
        yield from chart.bars
    elif isinstance(chart, Chart):
        yield from chart.series


def _named(mark: _Mark, shown: dict[NameKey, str]) -> _Mark:
    key = subject(mark)
    return mark if key is None or key not in shown else replace(mark, name=shown[key], id=key[1])
