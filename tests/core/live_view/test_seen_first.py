"""What a page shows is read first; it is complete with that, and what others share follows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.feed.snapshot import Condition
from core.live_view import LiveView
from core.presenters.commands import COMMANDS
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import READING
from core.time_ranges import CHOICES, DAY
from tests.core import deployed
from tests.core.live_views import held, hold_after_each_chunk, totals

INDEXES = "".join(
    f"CREATE INDEX {table}_by_time ON {table} (timestamp);"
    for table in ("command_usage", "image_stats", "user_activity")
)


@pytest.fixture(autouse=True)
def _a_chunk_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_after_each_chunk(monkeypatch)


@pytest.fixture
def history(path: Path) -> Path:
    """Forty days of rows; by their numbers alone most of them are images."""
    deployed.fill(path, commands=1_000, images=2_000, step=1_150.0, start=time.time() - 3_000 * 1_150.0)
    return path


def test_a_page_of_commands_is_whole_before_the_images_are_read(
    history: Path, open_view: Callable[..., LiveView]
) -> None:
    view = open_view(history, presenter=COMMANDS)
    *_, last = held(view)
    assert last.complete and last.condition is Condition.LIVE and last.progress == 1.0
    assert last.content.coverage.whole and all(chart.coverage.whole for chart in last.content.charts.values())
    assert view.goes_on
    assert sum(bar.value for bar in last.content.charts["by_command"].bars) == 1_000


@pytest.mark.parametrize("choice", ["30d", "all"])
def test_what_follows_is_there_for_the_page_that_shares_it(
    history: Path, open_view: Callable[..., LiveView], choice: str
) -> None:
    view = open_view(history, choice=CHOICES[choice], presenter=COMMANDS)
    *_, commands = held(view)
    assert commands.complete and view.goes_on
    while view.goes_on:
        view.advance()
    view.show(OVERVIEW)
    overview, *_ = held(view)
    assert overview.condition is Condition.LIVE and overview.page == "overview"
    *_, alone = held(open_view(history, choice=CHOICES[choice]))
    assert totals(overview) == totals(alone)


def test_a_page_that_shows_images_says_that_they_are_still_read(
    history: Path, open_view: Callable[..., LiveView]
) -> None:
    view = open_view(history, presenter=COMMANDS)
    *_, commands = held(view)
    view.show(OVERVIEW)
    first, *_, last = held(view)
    assert commands.complete and not first.complete and first.condition is Condition.LOADING
    assert not first.content.charts["images"].coverage.whole
    assert totals(last) == (1_000, 2_000)


def test_where_no_command_is_recorded_the_page_waits_for_the_images(
    path: Path, open_view: Callable[..., LiveView]
) -> None:
    deployed.fill(path, images=2_000, step=60.0)
    *loading, last = held(open_view(path, presenter=COMMANDS))
    assert loading and all(each.content.charts["by_command"].empty == READING for each in loading)
    assert "only images" in last.content.charts["by_command"].empty


@pytest.mark.parametrize("indexed", [True, False], ids=["by time", "by id"])
def test_the_period_before_is_read_behind_what_does_not_compare(
    history: Path, open_view: Callable[..., LiveView], indexed: bool
) -> None:
    """By id the end of the range may come before its middle: rows that came late have the highest ids."""
    deployed.fill(history, images=1_000, step=3_000.0, start=time.time() - 61 * DAY)
    if indexed:
        with closing(sqlite3.connect(history)) as connection:
            connection.executescript(INDEXES)
    view = open_view(history, choice=CHOICES["30d"], presenter=IMAGES)
    *_, images = held(view)
    assert images.complete and (view.goes_on or not indexed)
    later = images
    while view.goes_on:
        later = view.advance() or later
    assert images.content.coverage.whole
    assert later.content.charts["by_resolution"] == images.content.charts["by_resolution"]
    assert later.content.charts["over_time"].series == images.content.charts["over_time"].series
    assert images.content.charts["by_resolution"].bars[0].value > 1_000
