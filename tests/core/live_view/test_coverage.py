"""While history is read, nothing is told that a moment later proves wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.charts.specs import AnyChart, BarChart, Chart, Mark, Scatter
from core.coverage import Coverage
from core.feed.snapshot import Condition
from core.live_view import LiveView
from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import READING, Content, PagePresenter
from core.presenters.users import USERS
from core.time_ranges import CHOICES, DAY
from tests.core import deployed
from tests.core.live_views import held, hold_after_each_chunk

PRESENTERS = (OVERVIEW, COMMANDS, IMAGES, USERS, ACTIVITIES, CALENDAR)
ACTIVITIES_OF = "INSERT INTO user_activity (user_id, action_type, timestamp)"
INDEX = "CREATE INDEX by_time ON command_usage (timestamp)"


@pytest.fixture(autouse=True)
def _a_chunk_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_after_each_chunk(monkeypatch)


@pytest.fixture(params=["by id", "by time"])
def history(path: Path, request: pytest.FixtureRequest) -> Path:
    """Two months of rows, in one file with an index on a timestamp."""
    deployed.fill(path, commands=3_000, images=2_000, step=1_800.0, start=time.time() - 3_000 * 1_800.0)
    with closing(sqlite3.connect(path)) as connection, connection:
        if request.param == "by time":
            connection.execute(INDEX)
        connection.execute("UPDATE image_stats SET timestamp = timestamp + 1800000")
        connection.execute(f"{ACTIVITIES_OF} SELECT user_id, 'x', timestamp FROM command_usage")
    return path


@pytest.mark.parametrize("choice", ["24h", "90d", "all"])
@pytest.mark.parametrize("presenter", PRESENTERS, ids=lambda presenter: presenter.key)
def test_what_is_shown_while_loading_is_never_taken_back(
    history: Path, open_view: Callable[..., LiveView], presenter: PagePresenter, choice: str
) -> None:
    *loading, last = held(open_view(history, choice=CHOICES[choice], presenter=presenter))
    assert last.condition is Condition.LIVE and last.content.coverage.whole
    assert any(not each.content.coverage.whole for each in loading) or choice == "24h"
    for snapshot in loading:
        content: Content = snapshot.content
        assert snapshot.condition is (Condition.LIVE if content.coverage.whole else Condition.LOADING)
        for key, chart in content.charts.items():
            assert_true(chart, last.content.charts[key])


def assert_true(early: AnyChart, late: AnyChart) -> None:
    """What can be told of a chart is what is told of it at the end."""
    if early.coverage.whole:
        return
    if early.coverage.pending:
        assert early.empty == READING
    elif isinstance(early, Chart):
        assert early.empty is None
        assert isinstance(late, Chart)
        for mark in Mark:  # which names have a bar of their own may change; how high the bars are may not
            for value, at_last in zip(heights(early, mark), heights(late, mark), strict=False):
                assert value is None or value == pytest.approx(at_last or 0.0, rel=0.02)
    elif isinstance(early, BarChart):
        assert isinstance(late, BarChart) and early.bars == late.bars[: len(early.bars)]
    elif isinstance(early, Scatter):
        assert any(cloud.times for cloud in early.clouds)
    else:
        assert_true_cells(early, late)


def heights(chart: Chart, mark: Mark) -> list[float | None]:
    """What the series of a kind come to in each bucket; None where they are not known."""
    buckets = zip(*(series.values for series in chart.series if series.mark is mark), strict=True)
    return [None if None in values else sum(values) for values in buckets]


def assert_true_cells(early: Any, late: Any) -> None:
    """The days of a calendar: known ones are as they will be, others are said to be unread."""
    fields = zip(
        (cell for row in early.cells for cell in row), (cell for row in late.cells for cell in row), strict=True
    )
    for cell, at_last in fields:
        assert cell == at_last or (cell.value is None and cell.words.endswith("not read yet"))


def test_the_newest_part_is_read_first(history: Path, open_view: Callable[..., LiveView]) -> None:
    told: list[Coverage] = []
    for snapshot in held(open_view(history, choice=CHOICES["all"])):
        told.append(snapshot.content.charts["commands"].coverage)
    since = [each.since for each in told]
    assert since == sorted(since, reverse=True)
    partly = [each for each in told if not each.whole and not each.pending]
    assert len(partly) > 5


def test_tiles_compare_the_range_up_to_now_with_as_much_before(path: Path, open_view: Callable[..., LiveView]) -> None:
    now = (time.time() - DAY) // DAY * DAY + 1_790.0  # the bucket of half an hour is nearly full
    deployed.fill(path, commands=3 * 1_440, step=60.0, start=now - 4 * DAY)
    deployed.fill(path, commands=500, start=now - DAY - 1_000.0)  # within the half hour a day ago, before now
    deployed.fill(path, commands=1_440, step=60.0, start=now - DAY)
    *_, snapshot = held(open_view(path, choice=CHOICES["24h"], clock=lambda: now))
    change = snapshot.content.extra.change
    assert change is not None
    with closing(sqlite3.connect(path)) as connection:
        start = snapshot.buckets.edges[0]
        count = "SELECT COUNT(*) FROM command_usage WHERE timestamp >= ? AND timestamp < ?"
        (ours,) = connection.execute(count, (start, now)).fetchone()
        (before,) = connection.execute(count, (start - DAY, now - DAY)).fetchone()
    assert change.current.commands == ours
    assert change.previous.commands == pytest.approx(before, abs=30)  # a sixtieth of a bucket


def test_nothing_is_compared_with_a_time_before_records_began(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=2_000, step=60.0)
    *_, snapshot = held(open_view(path, choice=CHOICES["24h"]))
    tile = snapshot.content.tiles["commands"]
    assert (tile.change, tile.comparison) == ("", "")
    assert "records begin on" in tile.tip
