"""Charts without the ids of users, for pictures that others will see. The marks' filters tell who is a user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.charts.specs import AnyChart, BarChart, Chart, Opens
from core.filters import Field
from core.text.masking import masked_id


def has_user_ids(chart: AnyChart) -> bool:
    """Whether a chart names users by their ids."""
    return any(True for _ in _ids(chart))


def without_user_ids(chart: AnyChart) -> AnyChart:
    """The same chart with every user's id masked, also in its sentence."""
    ids = set(_ids(chart))
    if not ids:
        return chart
    summary = chart.summary
    for each in sorted(ids, key=len, reverse=True):
        summary = summary.replace(each, masked_id(each))
    if isinstance(chart, BarChart):
        bars = tuple(replace(bar, name=masked_id(bar.name)) if bar.name in ids else bar for bar in chart.bars)
        return replace(chart, bars=bars, summary=summary)
    if isinstance(chart, Chart):
        series = tuple(replace(one, name=masked_id(one.name)) if one.name in ids else one for one in chart.series)
        return replace(chart, series=series, summary=summary)
    return chart


def _ids(chart: AnyChart) -> Iterator[str]:
    if isinstance(chart, BarChart):
        yield from _users((bar.name, bar.opens) for bar in chart.bars)
    elif isinstance(chart, Chart):
        yield from _users((series.name, series.opens) for series in chart.series)


def _users(marks: Iterable[tuple[str, Opens | None]]) -> Iterator[str]:
    for name, opens in marks:
        terms = opens.chosen.terms if opens is not None else ()
        if any(term.field is Field.USER and term.value == name and not term.excluded for term in terms):
            yield name
