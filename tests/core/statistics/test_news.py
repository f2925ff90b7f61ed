"""What has happened since a moment, beside what a plain look at all rows says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.manager import AnalyticsManager
from core.statistics.news import SinceThen, news_since
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import locate
from core.tasks import finish
from tests.core import deployed

BERLIN = ZoneInfo("Europe/Berlin")
THEN = datetime(2026, 11, 3, 15, 30, tzinfo=BERLIN).timestamp()
HOUR, DAY = 3_600.0, 86_400.0


def store(path: Path, commands: list[tuple[float, str, int]], images: list[tuple[float, str, float]] = []) -> Path:  # noqa: B006
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', ?, ?, ?)",
            [(user, THEN + at, success) for at, user, success in commands],
        )
        connection.executemany(
            "INSERT INTO image_stats (user_id, timestamp, generation_time) VALUES (?, ?, ?)",
            [(user, THEN + at, taken) for at, user, taken in images],
        )
    return path


def since(path: Path, until: float = 5 * HOUR) -> SinceThen:
    return finish(news_since(path, THEN, THEN + until, BERLIN))


def test_failures_and_users_who_were_never_there_before_are_counted(tmp_path: Path) -> None:
    commands = [(-9 * DAY, "old", 1), (-60, "today", 0), (0, "old", 0), (60, "new", 1), (90, "today", 0)]
    path = store(
        deployed.create(tmp_path / "a.db"),
        [*commands, (6 * HOUR, "later", 0)],
        [(-20 * DAY, "painter", 5.0), (HOUR, "painter", 5.0), (HOUR, "newest", 5.0)],
    )
    told = since(path)
    assert (told.failures, told.causes, told.new_users, told.restarts, told.slower) == (2, False, 2, 0, None)
    assert told


def test_where_nothing_is_new_nothing_is_told(tmp_path: Path) -> None:
    path = store(deployed.create(tmp_path / "a.db"), [(-60, "old", 0), (60, "old", 1)])
    assert not since(path)


def test_errors_with_a_cause_take_the_place_of_commands_that_failed_and_starts_are_restarts(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with AnalyticsManager(path) as manager:
        manager.track_failure("command", "comfy", error=ValueError("no"))
        manager.track_user_activity("bot", "bot_start")
        manager.flush()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO failures SELECT NULL, timestamp, source, name, user_id, guild_id, channel_id,"
            " error_type, message, fingerprint, 'refused', node, model, loras, resolution FROM failures"
        )
        for table in ("failures", "user_activity"):
            connection.execute(f"UPDATE {table} SET timestamp = ?", (THEN + 60,))
    told = since(path)
    assert (told.failures, told.causes, told.restarts) == (1, True, 1)


def test_a_table_of_causes_that_nobody_writes_to_hides_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with AnalyticsManager(path) as manager:
        manager.track_command("comfy", "1", None, None, 1.0)
        manager.flush()
    told = since(store(path, [(60, "old", 0)]))
    assert (told.failures, told.causes) == (1, False)


def test_generations_that_take_longer_than_before_are_told_and_small_differences_are_not(tmp_path: Path) -> None:
    before = [(-60.0 * n, "a", 10.0) for n in range(1, 40)]
    for name, seconds, expected in (("slow", 12.0, 0.2), ("like", 10.5, None), ("fast", 5.0, -0.5)):
        path = store(
            deployed.create(tmp_path / f"{name}.db"), [], [*before, *((60.0 * n, "a", seconds) for n in range(30))]
        )
        told = since(path).slower
        assert told == expected or (told is not None and expected is not None and abs(told - expected) < 1e-9)
    few = store(deployed.create(tmp_path / "few.db"), [], [*before, *((60.0 * n, "a", 99.0) for n in range(5))])
    assert since(few).slower is None


@pytest.mark.slow
def test_cells_tell_who_was_there_before_as_the_rows_do(tmp_path: Path) -> None:
    days = [(-n * DAY / 40, f"user{n % 700}", 1) for n in range(25_000)]
    late = [(60.0, "user3", 1), (70.0, "fresh", 1), (80.0, "wanderer", 1), (-400 * DAY, "wanderer", 1)]
    path = store(deployed.create(tmp_path / "a.db"), sorted(days))
    by_rows = since(store(path, late))
    bring_up_to_date(locate(path), BERLIN)
    assert since(path) == by_rows
    assert by_rows.new_users == 1
