"""The charts that ``AnalyticsManager.generate_*_chart`` gives (the seed's section "Key Functions")."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from core.answers.period import drawn_buckets
from core.answers.period_data import first_record
from core.charts.png.renderer import render_png
from core.presenters.caption import caption
from core.presenters.overview import commands_chart, images_chart, users_chart
from core.presenters.presenter import page_of
from core.statistics.window import collect
from core.storage.reader import Reader
from core.time_ranges import CHOICES, Window, local_days


def chart_of_days(reader: Reader, what: str, days: int, now: float, zone: ZoneInfo) -> io.BytesIO:
    """A PNG of "commands", "images" or "users" of the last calendar days, at position 0; ``now`` in epoch seconds."""
    build = {"commands": commands_chart, "images": images_chart, "users": users_chart}[what]
    asked = local_days(days, now, zone)
    buckets = drawn_buckets(asked, first_record(reader, asked.range.start))
    aggregate = collect(reader, Window(CHOICES["custom"], buckets, None), now)
    footer = caption(reader.location.name, buckets.range, zone, now)
    return render_png(build(page_of(aggregate, now)), footer=footer)
