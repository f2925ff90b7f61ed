"""What the deployed bot never records is said to be so, on every page, and not taken for a good number."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.charts.specs import BarChart, Chart, Heatmap
from core.feed.snapshot import Snapshot
from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.chart_parts import FAILURES_UNRECORDED
from core.presenters.commands import COMMANDS
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import Figure, PagePresenter
from core.presenters.users import USERS
from core.time_ranges import CHOICES
from tests.core import deployed
from tests.core.live_views import take_snapshot

ZONE = ZoneInfo("UTC")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Five commands, all of them successes, no activity."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=5, images=20)
    alter(path, "UPDATE command_usage SET success = 1")
    return path


def alter(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def shown(path: Path, presenter: PagePresenter) -> Snapshot:
    return take_snapshot(path, ZONE, CHOICES["30d"], presenter=presenter)


def bars_of(path: Path, presenter: PagePresenter, key: str) -> BarChart:
    chart = shown(path, presenter).content.charts[key]
    assert isinstance(chart, BarChart)
    return chart


def figure(path: Path, presenter: PagePresenter, label: str) -> Figure:
    return next(each for each in shown(path, presenter).content.figures if each.label == label)


@pytest.mark.parametrize(("presenter", "key"), [(OVERVIEW, "commands"), (COMMANDS, "over_time"), (USERS, "over_time")])
def test_no_series_of_failures_is_drawn(path: Path, presenter: PagePresenter, key: str) -> None:
    def names() -> list[str]:
        chart = shown(path, presenter).content.charts[key]
        assert isinstance(chart, Chart)
        return [series.name for series in chart.series]

    assert "failed" not in names()
    deployed.Bot(path).track_command(success=False)
    assert "failed" in names()


def test_a_chart_of_commands_says_so(path: Path) -> None:
    chart = shown(path, COMMANDS).content.charts["over_time"]
    assert chart.subtitle == "per day · failures not recorded"
    assert "failures not recorded" in chart.summary
    assert "failures not recorded" in bars_of(path, OVERVIEW, "top_commands").summary


def test_the_success_of_a_few_commands_is_no_default(path: Path) -> None:
    tile = shown(path, OVERVIEW).content.tiles["success"]
    assert (tile.value, tile.change) == ("—", "none recorded")
    assert tile.tip.startswith(FAILURES_UNRECORDED)
    assert "failures not recorded" in shown(path, OVERVIEW).content.tiles["commands"].tip
    assert figure(path, COMMANDS, "Failed").value == "—"
    alter(path, f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', {time.time()})")
    assert shown(path, OVERVIEW).content.tiles["success"].value.startswith("100")


@pytest.mark.parametrize(
    ("presenter", "key", "column"),
    [(COMMANDS, "by_command", "failed"), (USERS, "leaders", "failed"), (CALENDAR, "list", "failed")],
)
def test_a_list_has_a_dash_where_failures_would_be(path: Path, presenter: PagePresenter, key: str, column: str) -> None:
    def cells() -> set[tuple[str, object]]:
        chart = bars_of(path, presenter, key)
        place = chart.columns.index(column)
        return {(bar.figures[place], bar.numbers[place]) for bar in chart.bars}

    assert cells() == {("—", None)}
    assert bars_of(path, presenter, key).part == "", "a tool tip would say that 0 failed"
    deployed.Bot(path).track_command(success=False)
    assert ("—", None) not in cells()


def test_a_year_without_failures_is_told_from_one_in_which_none_could_be_recorded(path: Path) -> None:
    def year(key: str) -> str | None:
        chart = shown(path, CALENDAR).content.charts[key]
        assert isinstance(chart, Heatmap)
        return chart.empty

    assert year("failures") == FAILURES_UNRECORDED
    alter(path, f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', {time.time()})")
    assert year("failures") == "No command failed in this year."
    alter(path, "UPDATE image_stats SET generation_time = NULL")
    assert year("generation") == "No generation times are known in this year."
    assert year("commands") is None
    alter(path, "DELETE FROM command_usage")
    assert year("commands") == "No command was run in this year."
    assert year("images") is None


def test_activity_that_was_never_recorded_is_told_from_a_quiet_range(path: Path) -> None:
    content = shown(path, ACTIVITIES).content
    assert str(content.charts["over_time"].empty).startswith("This bot has never recorded any activity.")
    assert content.charts["by_action"].empty == "No activity."
    starts = figure(path, ACTIVITIES, "Bot starts")
    assert (starts.value, starts.note, starts.opens) == ("—", "not recorded", None)
    alter(path, "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', 1600000000)")
    assert str(shown(path, ACTIVITIES).content.charts["over_time"].empty).startswith("No activity in 30 days.")
    assert figure(path, ACTIVITIES, "Bot starts").value == "0"


def test_rows_of_the_future_are_not_said_to_be_none(path: Path) -> None:
    for table in ("command_usage", "image_stats"):
        alter(path, f"UPDATE {table} SET timestamp = timestamp + 9000000")
    for presenter, key in ((COMMANDS, "over_time"), (USERS, "leaders"), (CALENDAR, "commands")):
        empty = shown(path, presenter).content.charts[key].empty
        assert empty == "No row has a usable time that is not in the future. Health says what is amiss."
    assert figure(path, CALENDAR, "Days with events").value == "0"


def test_a_day_of_daily_stats_has_no_failures(path: Path) -> None:
    gone = date.today() - timedelta(days=9)
    deployed.Bot(path).daily(str(gone))
    chart = bars_of(path, CALENDAR, "list")
    assert chart.bars[-1].figures[chart.columns.index("failed")] == "—"


def test_a_list_of_one_that_stands_for_nothing_recorded_says_so(path: Path) -> None:
    def names(*keys: str) -> list[list[str]]:
        return [[bar.name for bar in bars_of(path, IMAGES, key).bars] for key in keys]

    assert names("by_lora", "cost_lora") == [["no LoRA recorded"]] * 2
    assert names("by_resolution") == [["1:1"]]
    alter(path, "UPDATE image_stats SET resolution = ''")
    assert names("by_resolution", "cost_resolution") == [["no resolution recorded"]] * 2
    deployed.Bot(path).track_image()
    assert names("by_lora", "by_resolution") == [["without LoRA", "a"], ["(none)", "1:1"]]
    assert bars_of(path, USERS, "types").subtitle == "no other is recorded"
