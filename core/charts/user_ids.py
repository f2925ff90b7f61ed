"""Charts without the ids and names of users, for pictures that others will see."""

from __future__ import annotations

from dataclasses import replace

from core.charts.named import users
from core.charts.specs import AnyChart, BarChart, Chart
from core.text.masking import masked_id


def has_user_ids(chart: AnyChart) -> bool:
    """Whether a chart names users, by their ids or their names."""
    return bool(users(chart))


def without_user_ids(chart: AnyChart) -> AnyChart:
    """The same chart with the end of the id in every user's place, also in its sentence."""
    ids = users(chart)
    if not ids:
        return chart
    summary = chart.summary
    for shown in sorted(ids, key=len, reverse=True):
        summary = summary.replace(shown, masked_id(ids[shown]))
    if isinstance(chart, BarChart):
        bars = tuple(replace(bar, name=masked_id(ids[bar.name])) if bar.name in ids else bar for bar in chart.bars)
        return replace(chart, bars=bars, summary=summary)
    if isinstance(chart, Chart):
        named = (replace(one, name=masked_id(ids[one.name])) if one.name in ids else one for one in chart.series)
        return replace(chart, series=tuple(named), summary=summary)
    return chart
