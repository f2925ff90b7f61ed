"""``daily_stats``: each day right, missed days filled in, and the deployed bot none the wiser."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.manager import AnalyticsManager
from core.statistics import daily_stats
from core.storage.database import open_for_writing
from core.storage.reader import reading
from core.time_ranges import DAY, HOUR
from core.worker.process import WorkerProcess
from tests.core import brute_force, worker_tasks
from tests.core.rows import OURS, Lot, create, insert, lots, moments_near_changes, quick, stored, times_around, zones

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2025, 6, 15, 12, tzinfo=BERLIN).timestamp()


def command(when: float, name: str = "comfy") -> dict[str, Any]:
    return {"command_name": name, "user_id": "1", "timestamp": when, "success": 1}


def image(when: float, took: float | None = 2.0) -> dict[str, Any]:
    return {"user_id": "2", "resolution": "1:1", "generation_time": took, "timestamp": when, "is_video": 0}


def generate(path: Path, now: float, zone: ZoneInfo = BERLIN) -> list[str]:
    """What the manager does; returns the dates that were written."""
    with reading(path, own=True) as reader:
        days = daily_stats.days_to_write(reader, now, zone)
    with closing(open_for_writing(path)) as database:
        daily_stats.store(database, days)
    return [day["date"] for day in days]


def table(path: Path) -> dict[str, tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0]: row for row in connection.execute("SELECT * FROM daily_stats ORDER BY date")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    return path


@pytest.mark.slow
@quick(30)
@given(st.data(), zones, moments_near_changes)
def test_every_day_equals_brute_force(data: st.DataObject, zone: ZoneInfo, now: float) -> None:
    recent = st.one_of(
        times_around(now).filter(lambda when: now - 20 * DAY < when <= now), st.floats(now - 3 * DAY, now)
    )
    with stored(data.draw(lots(recent, most=16, disorder=None))) as path:
        generate(path, now, zone)
        expected = brute_force.daily_rows(brute_force.read(path), zone)
        found = table(path)
        assert set(found) == set(expected)
        assert all(brute_force.same(found[date], expected[date]) for date in expected)
        assert generate(path, now, zone) == [], "nothing is left to do"


def test_missed_days_are_filled_in_and_days_without_events_left_out(path: Path) -> None:
    insert(path, Lot(commands=(command(NOON - 5 * DAY), command(NOON - 5 * DAY), command(NOON))))
    assert generate(path, NOON) == ["2025-06-10", "2025-06-15"]
    assert table(path)["2025-06-10"][1:5] == (2, 0, 1, None), "an average of nothing is NULL"


def test_a_day_that_was_written_too_early_is_completed(path: Path) -> None:
    insert(path, Lot(commands=(command(NOON),), images=(image(NOON),)))
    assert generate(path, NOON) == ["2025-06-15"]
    insert(path, Lot(commands=(command(NOON + 11 * HOUR, "late"),), images=(image(NOON + 11 * HOUR, 4.0),)))
    assert generate(path, NOON + DAY) == ["2025-06-15"]
    date, commands, images, users, average, names, sizes = table(path)["2025-06-15"]
    assert (date, commands, images, users, average) == ("2025-06-15", 2, 2, 2, 3.0)
    assert (json.loads(names), json.loads(sizes)) == ({"comfy": 1, "late": 1}, {"1:1": 2})


def test_a_row_that_counts_more_than_there_is_stays(path: Path) -> None:
    """The day's events were removed since (by a host who keeps only so many months)."""
    insert(path, Lot(commands=(command(NOON), command(NOON - DAY))))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO daily_stats VALUES ('2025-06-14', 50, 9, 7, 1.5, '{}', '{}')")
    assert generate(path, NOON) == ["2025-06-15"]
    assert table(path)["2025-06-14"] == ("2025-06-14", 50, 9, 7, 1.5, "{}", "{}")


@pytest.mark.parametrize("day", [(2025, 3, 30), (2025, 10, 26)])
def test_a_day_on_which_the_clocks_change_is_counted_whole(path: Path, day: tuple[int, int, int]) -> None:
    noon = datetime(*day, 12, tzinfo=BERLIN).timestamp()
    insert(path, Lot(commands=tuple(command(noon + offset * 900) for offset in range(-120, 120))))
    generate(path, noon + 2 * DAY)
    hours = 23 if day[1] == 3 else 25
    assert table(path)[datetime(*day, tzinfo=UTC).date().isoformat()][1] == hours * 4


def test_columns_are_seven_so_that_the_deployed_bot_can_insert_by_position(path: Path) -> None:
    insert(path, Lot(commands=(command(NOON),)))
    generate(path, NOON)
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(daily_stats)")]
        theirs = ("2025-06-15", 3, 2, 1, 0.5, "{}", "{}")
        connection.execute("INSERT OR REPLACE INTO daily_stats VALUES (?,?,?,?,?,?,?)", theirs)
    assert columns == [
        "date",
        "total_commands",
        "total_images",
        "unique_users",
        "avg_generation_time",
        "popular_commands",
        "popular_resolutions",
    ]
    assert table(path)["2025-06-15"] == theirs


def test_days_are_stored_all_or_none(path: Path) -> None:
    insert(path, Lot(commands=(command(NOON), command(NOON - DAY))))
    with reading(path) as reader:
        days = daily_stats.days_to_write(reader, NOON, BERLIN)
    broken = [days[0], {**days[1], "total_commands": None}]
    with closing(open_for_writing(path)) as database:
        with pytest.raises(Exception, match="NOT NULL"):
            daily_stats.store(database, broken)
        assert table(path) == {}


def test_absurd_times_and_a_bot_whose_clock_runs_ahead_do_no_harm(path: Path) -> None:
    rows = (command(NOON), command(NOON * 1000), command(0.0), command(NOON + 40 * DAY))
    insert(path, Lot(commands=rows))
    assert generate(path, NOON) == ["2025-06-15"]
    assert generate(path, NOON - 40 * DAY) == []


@pytest.mark.slow
def test_another_process_can_sum_up_the_days(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    asked: list[object] = []
    with AnalyticsManager(path, timezone="Europe/Berlin") as manager, closing(WorkerProcess()) as worker:

        def run(function: Callable[..., object], *arguments: object) -> object:
            asked.append(function)
            return worker.call(function, *arguments)

        manager.sum_up_with(run)
        manager.track_command("comfy", "1")
        manager.flush()
        manager.generate_daily_stats()
        assert set(asked) == {daily_stats.complete}
        manager.sum_up_without(run)
        manager.generate_daily_stats()
        assert set(asked) == {daily_stats.complete}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT total_commands FROM daily_stats").fetchall() == [(1,)]


def test_the_process_may_be_taken_away_while_days_are_being_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    waits, goes_on = threading.Event(), threading.Event()

    def run(function: Callable[..., object], *_: object) -> None:
        asked.append(function)

    def flush(_timeout: float | None) -> bool:
        waits.set()
        return goes_on.wait(10)

    with AnalyticsManager(tmp_path / "a.db") as manager, ThreadPoolExecutor() as pool:
        manager.sum_up_with(run)
        monkeypatch.setattr(manager, "flush", flush)
        summed_up = pool.submit(manager.generate_daily_stats)
        assert waits.wait(10)
        manager.sum_up_without(run)
        assert not summed_up.done(), "nobody waited for it"
        goes_on.set()
        summed_up.result(10)
    assert asked == [daily_stats.complete]


@pytest.mark.parametrize("taken_back", [True, False])
def test_a_process_that_is_closed_while_it_sums_up_is_no_fault_if_it_was_taken_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, taken_back: bool
) -> None:
    caplog.set_level(logging.INFO, "core")
    began, worker = tmp_path / "began", WorkerProcess()

    def run(*_: object) -> object:
        return worker.call(worker_tasks.wait_for, began, tmp_path / "never")

    with AnalyticsManager(tmp_path / "a.db") as manager, ThreadPoolExecutor(1) as pool:
        manager.sum_up_with(run)
        summed_up = pool.submit(manager.generate_daily_stats)
        worker_tasks.wait_until(began)
        try:
            if taken_back:
                manager.sum_up_without(run)
            worker.close(timeout=0)
            summed_up.result(10)
        finally:
            (tmp_path / "never").touch()
    levels = [each.levelno for each in caplog.records if "daily statistics" in each.getMessage()]
    assert levels == [logging.INFO if taken_back else logging.WARNING]


def test_each_takes_back_only_its_own_process_and_the_newest_that_is_left_is_asked(tmp_path: Path) -> None:
    asked: list[str] = []
    older, newer = (lambda *_: asked.append("older")), (lambda *_: asked.append("newer"))
    with AnalyticsManager(tmp_path / "a.db") as manager:
        manager.sum_up_with(older)
        manager.sum_up_with(newer)
        manager.generate_daily_stats()
        manager.sum_up_without(newer)
        manager.sum_up_without(newer)
        manager.generate_daily_stats()
        manager.sum_up_without(older)
        manager.generate_daily_stats()
    assert asked == ["newer", "older"]
