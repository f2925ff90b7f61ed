"""The bars of a chart in another order than their presenter's: by one of their columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.charts.specs import Bar, BarChart, Value


@dataclass(frozen=True, slots=True)
class Ranking:
    """By which column: 0 is the bars' own value, 1 the first of their figures; and whether the greatest comes first."""

    column: int
    descending: bool = True


def can_rank(chart: BarChart, column: int) -> bool:
    """Whether the bars have numbers to be ordered by in a column."""
    return column == 0 or any(len(bar.numbers) >= column for bar in chart.bars)


def ranked(chart: BarChart, ranking: Ranking | None) -> BarChart:
    """A chart with its bars in this order, ties as they were and what is not known last; None: as it is."""
    if ranking is None or not can_rank(chart, ranking.column):
        return chart
    known = [bar for bar in chart.bars if _rank(bar, ranking.column) is not None]
    unknown = tuple(bar for bar in chart.bars if _rank(bar, ranking.column) is None)
    known.sort(key=lambda bar: _sort_key(_rank(bar, ranking.column)), reverse=ranking.descending)
    return replace(chart, bars=(*known, *unknown))


def _sort_key(value: Value) -> tuple[float, str]:
    """A column has numbers or texts (times, which are in the order of their letters)."""
    return (0.0, value) if isinstance(value, str) else (float(value or 0.0), "")


def after_click(before: Ranking | None, column: int) -> Ranking | None:
    """What a click on a column's heading means: once more turns the order round, a third time ends it."""
    if before is None or before.column != column:
        return Ranking(column)
    return Ranking(column, descending=False) if before.descending else None


def _rank(bar: Bar, column: int) -> Value:
    if column == 0:
        return bar.value
    return bar.numbers[column - 1] if column <= len(bar.numbers) else None
