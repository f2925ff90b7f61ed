"""What a bot's command answers about a metric: the numbers and the picture that the monitor's page shows, too."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.answers.period import drawn_buckets, zone_named
from core.answers.period_data import drawn, first_record
from core.charts.specs import Chart
from core.presenters.metrics import OVER_TIME, counter_of, presenter_of
from core.presenters.presenter import page_of
from core.statistics.results import top
from core.statistics.window import Aggregate, collect
from core.storage.location import Location
from core.storage.reader import bots_own
from core.tables.extensions import register
from core.tables.metric import Metric
from core.time_ranges import CHOICES, Window, local_days


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """A metric over some days.

    Attributes:
        days: how many calendar days, today so far among them.
        total: how many events there were.
        by: for the columns that are compared, their values with how many events had them, the most frequent first;
            an event without a value counts under "". Values may be untrusted text.
        picture: the chart over time, a PNG; None where there was nothing to draw.
    """

    days: int
    total: int
    by: Mapping[str, Mapping[str, int]]
    picture: bytes | None = field(repr=False)


def metric_answer(
    location: Location, zone: str, metric: Metric, days: int = 7, *, now: float | None = None
) -> MetricAnswer:
    """Count the events of the last ``days`` calendar days of a zone, and draw them.

    It reads all of them and draws with matplotlib: in a bot, the bot's ``answer`` runs it in the worker
    process. ``now`` is in epoch seconds, by default the clock's.

    Raises:
        BotpulseError: the database can't be read, or something else has the metric's key.
    """
    register(metric)
    moment = time.time() if now is None else now
    with bots_own(location) as reader:
        asked = local_days(days, moment, zone_named(zone))
        buckets = drawn_buckets(asked, first_record(reader, asked.range.start))
        window = Window(CHOICES["custom"], buckets, None)
        aggregate = collect(reader, window, moment, counters=(counter_of(metric),))
    counted = aggregate.whole.cell.counted
    by = {key: dict(top(counted.of(key))) for key in dict.fromkeys((metric.split, *metric.ranked))}
    return MetricAnswer(days, sum(by[metric.split].values()), by, _picture(metric, aggregate, location.name, moment))


def _picture(metric: Metric, aggregate: Aggregate, name: str, now: float) -> bytes | None:
    page = replace(page_of(aggregate, now), wanted=frozenset({OVER_TIME}))
    chart = presenter_of(metric).present(page).charts[OVER_TIME]
    return drawn(chart, name, now) if isinstance(chart, Chart) else None
