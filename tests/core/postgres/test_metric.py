"""A metric on a server: its table is made once, widened, counted and reset there, too."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from core.answers.metrics import metric_answer
from core.feed.change_feed import Feed, Happening
from core.manager import AnalyticsManager
from core.presenters.metrics import presenter_of
from core.storage.location import locate
from core.tables import extensions
from core.tables.metric import Metric, MetricColumn
from tests.core.live_views import take_snapshot
from tests.core.postgres.conftest import Database
from tests.core.votes import COLUMNS, TABLE, votes

UTC = ZoneInfo("UTC")


@pytest.fixture
def metric() -> Iterator[Metric]:
    declared = votes()
    extensions.register(declared)
    yield declared
    extensions.unregister(declared)


def track(database: Database, metric: Metric, *kinds: str) -> None:
    with AnalyticsManager(database.url, timezone="UTC") as manager:
        for kind in kinds:
            manager.track(metric.record(vote=kind, image="1", user_id=4711, points=2.5))
        assert manager.flush(10)


def test_votes_are_written_and_counted_on_a_server(database: Database, metric: Metric) -> None:
    track(database, metric, "up", "up", "down")
    content = take_snapshot(database.url, UTC, presenter=presenter_of(metric)).content
    assert [(figure.label, figure.value) for figure in content.figures[:3]] == [
        ("Votes", "3"),
        ("up", "2"),
        ("down", "1"),
    ]
    assert metric_answer(locate(database.url), "UTC", metric).by["vote"] == {"up": 2, "down": 1}


def test_a_bot_that_knows_more_widens_the_table(database: Database) -> None:
    track(database, votes(), "up")
    wider = votes(columns=(*COLUMNS, MetricColumn("reason", "Reason")))
    with AnalyticsManager(database.url) as manager:
        manager.track(wider.record(vote="up", reason="good light"))
    assert database.rows(f"SELECT vote, reason FROM {TABLE} ORDER BY id") == [("up", None), ("up", "good light")]


def test_the_table_is_seen_to_come_and_a_reset_empties_it(database: Database, metric: Metric) -> None:
    AnalyticsManager(database.url).reset_stats()
    feed = Feed(database.url)
    feed.look()
    track(database, metric, "up")
    assert Happening.ROWS_ADDED in feed.look().happenings
    with AnalyticsManager(database.url) as manager:
        assert manager.reset_stats()
    feed.close()
    assert database.rows(f"SELECT count(*) FROM {TABLE}") == [(0,)]
