"""Metrics of one's own in the monitor and in answers: looked at, filtered, counted."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from core.answers.metrics import metric_answer
from core.feed.change_feed import Feed, Happening
from core.filters import Filter
from core.manager import AnalyticsManager
from core.presenters.metrics import presenter_of
from core.storage.location import locate
from core.storage.reader import reading
from core.tables import extensions
from core.tables.definitions import TABLES, record_of, stored_fields
from core.tables.metric import Metric
from core.time_ranges import CHOICES
from tests.core import deployed
from tests.core.live_views import take_snapshot
from tests.core.votes import BERLIN, TABLE, fill, registered, rows, votes

metric = pytest.fixture(registered)


def test_a_deployed_file_is_not_altered_by_looking(tmp_path: Path, metric: Metric) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    before = path.read_bytes()
    seen = take_snapshot(path, BERLIN, presenter=presenter_of(metric))
    assert seen.content.figures[0].value == "0" and seen.content.charts["over_time"].empty
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["a.db"]


def test_a_table_that_comes_while_one_looks_is_noticed_and_its_rows_follow(tmp_path: Path, metric: Metric) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    feed = Feed(path)
    feed.look()
    fill(path, metric, 1)
    happenings = list(feed.look().happenings)
    fill(path, metric, 2)
    look = feed.look()
    feed.close()
    assert Happening.MIGRATED in happenings and Happening.ROWS_ADDED in happenings
    assert {model: (span.after, span.upto) for model, span in look.added.items()} == {metric.model: (1, 3)}


def test_a_reset_by_the_deployed_bot_is_seen_as_one_though_it_leaves_metrics_alone(
    tmp_path: Path, metric: Metric
) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    fill(path, metric, 2)
    feed = Feed(path)
    feed.look()
    assert deployed.Bot(path).reset()
    assert feed.look().happenings == (Happening.RESET,)
    feed.close()
    assert len(rows(path)) == 2


def test_rows_are_filtered_by_their_columns_words(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    with AnalyticsManager(path) as manager:
        manager.track(metric.record(vote="up", image="a fox", user_id=1, guild_id=77))
        manager.track(metric.record(vote="down", image="a hen", user_id=2))
        manager.track(metric.record(vote="down", image="273849283749283748", user_id=1))

    def found(chosen: Filter) -> list[object]:
        seen = take_snapshot(path, BERLIN, presenter=presenter_of(metric), chosen=chosen)
        return [bar.name for bar in seen.content.charts["by_image"].bars]

    assert found(Filter.of(action="down", user=1)) == ["273849283749283748"]
    assert found(Filter.of(text="FOX")) == ["a fox"]
    assert found(Filter.of(guild="")) == ["273849283749283748", "a hen"]
    assert found(Filter.of(guild=77)) == ["a fox"]
    for unknown in (Filter.of(command="comfy"), Filter.of(type="video"), Filter.of(outcome="failed")):
        seen = take_snapshot(path, BERLIN, presenter=presenter_of(metric), chosen=unknown)
        assert "Votes are recorded without" in seen.content.charts["over_time"].empty


def test_page_of_a_metric_counts_what_is_stored(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 30)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO {TABLE} (vote, image, points, timestamp) VALUES (?, ?, ?, ?)",
            [(None, b"\xff", "text", time.time()), ("up", None, 1e400, time.time()), ("up", "0", 4, 1e15)],
        )
    content = take_snapshot(path, BERLIN, presenter=presenter_of(metric)).content
    shown = {figure.label: (figure.value, figure.note) for figure in content.figures}
    assert shown["Votes"][0] == "32" and shown["up"] == ("21", "65.6\N{NO-BREAK SPACE}%")
    assert shown["Average points"] == ("14.50", "of 30") and shown["Average time"] == ("—", "of 0")
    assert {bar.name: bar.value for bar in content.charts["by_image"].bars}["0"] == 15


def test_a_row_is_shown_by_its_columns(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 1)
    table = TABLES["votes"]
    with reading(path) as reader:
        (row,) = reader.rows(metric.model.select(*stored_fields(table)))
    assert record_of(table, row).values[1:] == ("down", "0", "4711", None, None, 0, None, 1)


def test_the_answer_of_a_command_counts_the_hosts_days(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    metric = votes()
    fill(path, metric, 9)
    now = time.time()
    old = [("up", "0", now - n * 86_400) for n in range(1, 6)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO {TABLE} (vote, image, timestamp) VALUES (?, ?, ?)", old)
    try:
        found = metric_answer(locate(path), "Europe/Berlin", metric, 3, now=now)
        assert found.total == 11 and Counter(found.by["vote"]) == {"up": 8, "down": 3}
        assert list(found.by) == ["vote", "image", "user_id"] and found.by["user_id"] == {"4711": 9, "": 2}
        assert found.picture is not None and found.picture.startswith(b"\x89PNG")
        assert metric_answer(locate(tmp_path / "new.db"), "UTC", metric).total == 0
    finally:
        extensions.unregister(metric)


def test_any_range_can_be_shown(tmp_path: Path, metric: Metric) -> None:
    fill(tmp_path / "a.db", metric, 5)
    for key in ("15min", "7d", "all"):
        seen = take_snapshot(tmp_path / "a.db", BERLIN, CHOICES[key], presenter=presenter_of(metric))
        assert seen.content.figures[0].value == "5"
