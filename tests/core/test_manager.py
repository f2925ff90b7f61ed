"""The public face: the seed's names and arguments, what was tracked is seen at once, and nothing breaks the bot."""

from __future__ import annotations

import inspect
import io
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DatabaseCorrupt, InvalidLocation, NotADatabase
from core.manager import AnalyticsManager
from core.statistics import daily_stats
from core.tracking import records
from tests.core import brute_force
from tests.core.rows import BOT, Lot, create, insert
from tests.core.tracked import until
from tests.hang_guard import HANG_SECONDS
from tests.noon import NOON_ZONE

BERLIN = ZoneInfo("Europe/Berlin")
A_CENTURY = 36_500

SEED: dict[str, list[tuple[str, Any]]] = {
    "track_command": [
        ("command_name", inspect.Parameter.empty),
        ("user_id", inspect.Parameter.empty),
        ("guild_id", None),
        ("channel_id", None),
        ("execution_time", None),
        ("success", True),
    ],
    "track_image_generation": [
        *((name, inspect.Parameter.empty) for name in ("user_id", "prompt", "resolution", "loras", "upscale_factor")),
        ("generation_time", inspect.Parameter.empty),
        ("is_video", False),
        ("generation_type", None),
    ],
    "track_user_activity": [
        ("user_id", inspect.Parameter.empty),
        ("action_type", inspect.Parameter.empty),
        ("guild_id", None),
        ("details", None),
    ],
    "get_command_stats": [("days", 7)],
    "get_image_stats": [("days", 7)],
    "get_user_stats": [("days", 7)],
    "get_summary_stats": [],
    "reset_stats": [],
    "generate_daily_stats": [],
    "generate_command_chart": [("days", 7)],
    "generate_image_chart": [("days", 7)],
    "generate_user_chart": [("days", 7)],
    "create_stats_embed": [("bot_name", inspect.Parameter.empty)],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def manager(path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(path, timezone="Europe/Berlin") as manager:
        yield manager


def count(path: Path, table: str = "command_usage") -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def track_some(manager: AnalyticsManager) -> None:
    for number in range(6):
        manager.track_command("comfy", f"{number % 2}", "g", "c", 0.25 * number, success=number != 3)
    manager.track_image_generation("1", "a fox", "1:1", ["x.safetensors"], 2, 8.0)
    manager.track_image_generation("7", "a fox runs", "video", [], 1, 40.0, is_video=True, generation_type="video")
    manager.track_image_generation("7", None, None, None, None, None)
    manager.track_user_activity("1", "button", None, {"label": "again"})


@pytest.mark.parametrize("name", SEED)
def test_arguments_are_those_of_the_seed(name: str) -> None:
    parameters = list(inspect.signature(getattr(AnalyticsManager, name)).parameters.values())[1:]
    seeds = [each for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert [(each.name, each.default) for each in seeds] == SEED[name]
    ours = [each for each in parameters if each not in seeds]
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY and each.default is None for each in ours)


def test_the_database_may_be_named_by_position_and_the_zone_by_keyword() -> None:
    parameters = inspect.signature(AnalyticsManager).parameters
    assert list(parameters) == ["database", "timezone"]
    assert parameters["database"].default == "analytics.db"
    assert parameters["timezone"].kind is inspect.Parameter.KEYWORD_ONLY


def test_event_that_was_tracked_is_seen_at_once(manager: AnalyticsManager, path: Path) -> None:
    track_some(manager)
    (commands,), (images,), (people,) = (
        manager.get_command_stats(1),
        manager.get_image_stats(1),
        manager.get_user_stats(1),
    )
    assert (commands["total_commands"], commands["command_breakdown"]) == (6, {"comfy": 6})
    assert (images["total_images"], images["avg_image_time"], images["avg_video_time"]) == (3, 8.0, 40.0)
    assert images["type_breakdown"] == {"standard": 2, "video": 1}
    assert (people["unique_users"], people["top_users"]) == (3, {"1": 4, "0": 3, "7": 2})
    summary = manager.get_summary_stats()
    assert 0 < summary.pop("uptime") < 60
    assert brute_force.same(summary, brute_force.summary_stats(brute_force.read(path)))
    assert manager.counters().written == manager.counters().accepted == 10


def test_reports_of_a_file_that_the_deployed_bot_made_equal_brute_force(path: Path) -> None:
    create(path, BOT)
    now = time.time()
    commands = [
        {"command_name": f"c{n % 7}", "user_id": str(n % 5), "timestamp": now - n * 9_000, "success": 1}
        for n in range(99)
    ]
    images = [
        {"user_id": "3", "timestamp": now - n * 20_000, "generation_time": n / 3, "is_video": n % 2} for n in range(60)
    ]
    insert(path, Lot(commands=tuple(reversed(commands)), images=tuple(reversed(images))))
    rows = brute_force.read(path)
    with AnalyticsManager(path, timezone=BERLIN) as manager:
        for days in (1, 7, 30):
            assert brute_force.same(manager.get_command_stats(days), brute_force.command_stats(rows, days, now, BERLIN))
            assert brute_force.same(manager.get_image_stats(days), brute_force.image_stats(rows, days, now, BERLIN))
            assert brute_force.same(manager.get_user_stats(days), brute_force.user_stats(rows, days, now, BERLIN))


def test_an_empty_store_answers_with_nothing(manager: AnalyticsManager) -> None:
    assert manager.get_command_stats() == manager.get_image_stats() == manager.get_user_stats() == []
    assert manager.get_summary_stats()["total_commands"] == 0


@pytest.mark.parametrize("name", ["generate_command_chart", "generate_image_chart", "generate_user_chart"])
def test_charts_are_pngs_at_their_beginning_with_and_without_data(manager: AnalyticsManager, name: str) -> None:
    empty = getattr(manager, name)(1)
    track_some(manager)
    full = getattr(manager, name)(days=7)
    for picture in (empty, full):
        assert isinstance(picture, io.BytesIO)
        assert picture.tell() == 0
        assert picture.read(8) == b"\x89PNG\r\n\x1a\n"
        assert picture.getvalue().endswith(b"IEND\xaeB`\x82")
    assert empty.getvalue() != full.getvalue()


def test_a_reset_waits_for_days_that_are_being_summed_up(
    manager: AnalyticsManager, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their row would else be written after the reset, of events that are gone."""
    track_some(manager)
    manager.flush(5)
    read, go_on, count_days = threading.Event(), threading.Event(), daily_stats.days_to_write

    def slowly(*arguments: Any) -> Any:
        days = count_days(*arguments)
        read.set()
        go_on.wait(10)
        return days

    monkeypatch.setattr(daily_stats, "days_to_write", slowly)
    summing, resetting = (threading.Thread(target=do) for do in (manager.generate_daily_stats, manager.reset_stats))
    summing.start()
    assert read.wait(10)
    resetting.start()
    resetting.join(0.3)
    go_on.set()
    summing.join()
    resetting.join()
    assert [count(path, table) for table in ("command_usage", "daily_stats")] == [0, 0]


def test_days_are_not_summed_up_while_somebody_else_resets(manager: AnalyticsManager, path: Path) -> None:
    track_some(manager)
    wait_for_daily_statistics()
    with manager.resting():
        assert count(path) == 6, "what was pending is there to be reset"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM daily_stats")
        summing = threading.Thread(target=manager.generate_daily_stats)
        summing.start()
        summing.join(0.2)
        assert count(path, "daily_stats") == 0
    summing.join()
    assert count(path, "daily_stats") == 1


def test_uptime_is_how_long_it_has_been_there(manager: AnalyticsManager) -> None:
    first = manager.uptime
    assert 0 <= first <= manager.uptime < 60
    assert manager.get_summary_stats()["uptime"] >= first


def test_a_reset_deletes_everything_and_ids_go_on(manager: AnalyticsManager, path: Path) -> None:
    track_some(manager)
    manager.generate_daily_stats()
    assert manager.reset_stats() is True
    assert [count(path, table) for table in ("command_usage", "image_stats", "user_activity", "daily_stats")] == [0] * 4
    assert manager.get_summary_stats()["total_commands"] == 0
    manager.track_command("comfy", "1")
    manager.flush()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT min(id) FROM command_usage").fetchone() == (7,)


HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.expect_log
def test_a_reset_that_cannot_get_the_lock_says_so_and_deletes_nothing(
    manager: AnalyticsManager, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.maintenance.locking.LOCK_TIMEOUT", 0.2)
    track_some(manager)
    assert manager.flush(5)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        assert manager.reset_stats() is False
        assert holder.stdin is not None
        holder.stdin.close()
    assert (count(path), count(path, "image_stats")) == (6, 3)
    assert manager.reset_stats() is True


def daily_table(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT date, total_commands FROM daily_stats ORDER BY date").fetchall())


def tracked_until(manager: AnalyticsManager, runs: list[float], wanted: int) -> bool:
    manager.track_command("comfy", "1")
    return len(runs) >= wanted


def wait_for_daily_statistics() -> None:
    for thread in threading.enumerate():
        if thread.name == "botpulse-daily":
            thread.join(HANG_SECONDS)


def test_a_command_starts_the_daily_statistics_also_of_missed_days(path: Path) -> None:
    today = datetime.now(NOON_ZONE).date()
    yesterday = datetime.combine(today - timedelta(days=1), datetime.min.time(), NOON_ZONE).timestamp() + 7_200
    create(path, BOT)
    insert(path, Lot(commands=({"command_name": "c", "user_id": "1", "timestamp": yesterday, "success": 1},)))
    with AnalyticsManager(path, timezone=NOON_ZONE) as manager:
        manager.track_command("comfy", "1")
        wait_for_daily_statistics()
        found = daily_table(path)
    assert found == {(today - timedelta(days=1)).isoformat(): 1, today.isoformat(): 1}


class Clock:
    """Stands in for the module ``time``: a day cannot be waited for."""

    def __init__(self) -> None:
        self.now = datetime(2025, 6, 15, 22, 30, tzinfo=BERLIN).timestamp()

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "track",
    [
        lambda manager: manager.track_image_generation(1, "a fox", "1:1", [], 1, 2.5),
        lambda manager: manager.track_user_activity(1, "bot_start"),
        lambda manager: manager.track(records.command_record("comfy", 1)),
    ],
    ids=["image", "activity", "record"],
)
def test_any_tracking_call_keeps_the_daily_statistics(path: Path, track: Callable[[AnalyticsManager], None]) -> None:
    """A bot that only makes images has them, too."""
    with AnalyticsManager(path) as earlier:
        earlier._tracker.track(records.image_record(1, "a fox", "1:1", [], 1, 2.5))
    assert count(path, "daily_stats") == 0
    with AnalyticsManager(path) as manager:
        track(manager)
        wait_for_daily_statistics()
    assert count(path, "daily_stats") == 1


@pytest.mark.expect_log
def test_daily_statistics_are_due_after_an_hour_and_on_a_new_day(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("core.statistics.daily_keeper.time", clock)
    runs: list[float] = []
    monkeypatch.setattr(AnalyticsManager, "generate_daily_stats", lambda self: runs.append(clock.now))
    with AnalyticsManager(path, timezone=BERLIN) as manager:
        for minutes, expected in ((0, 1), (59, 1), (1, 2), (29, 2), (1, 3), (59, 3), (1, 4), (-300, 5)):
            clock.now += minutes * 60
            # A call that meets the thread of the one before at its very end starts none: the next call does.
            until(partial(tracked_until, manager, runs, expected))
            wait_for_daily_statistics()
            assert len(runs) == expected, (minutes, expected)
    manager.track_command("comfy", "1")
    assert len(runs) == 5, "not after it was closed"


@pytest.mark.expect_log
def test_daily_statistics_that_fail_are_logged_and_do_not_reach_the_bot(path: Path) -> None:
    path.write_bytes(b"this is no database, and it is long enough to be taken for something" * 40)
    manager = AnalyticsManager(path)
    manager.generate_daily_stats()
    assert manager.reset_stats() is False
    with pytest.raises((NotADatabase, DatabaseCorrupt)):
        manager.get_summary_stats()
    manager.close(0.1)


def test_manager_may_be_closed_twice_and_everything_is_on_disk(path: Path) -> None:
    manager = AnalyticsManager(path)
    track_some(manager)
    manager.close()
    manager.close()
    assert count(path) == 6


def test_an_address_that_is_none_and_a_zone_that_is_none(path: Path) -> None:
    with pytest.raises(InvalidLocation):
        AnalyticsManager("mysql://server/bot")
    with pytest.raises(Exception, match="Middle/Earth"):
        AnalyticsManager(path, timezone="Middle/Earth")


TRACK_ONLY = """
import json, sys
from core.manager import AnalyticsManager
with AnalyticsManager(sys.argv[1]) as manager:
    manager.track_command("comfy", "1")
    manager.flush()
    manager.get_command_stats()
    manager.get_summary_stats()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_bot_that_only_tracks_loads_no_drawing_no_window_and_no_discord(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TRACK_ONLY, str(path)], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "core" in loaded
    assert loaded.isdisjoint({"matplotlib", "PIL", "PySide6", "pyqtgraph", "discord", "gui", "bot_integration"})


@pytest.mark.slow
def test_the_first_day_of_discord_is_the_oldest_that_is_asked_for(manager: AnalyticsManager) -> None:
    before = datetime.now(BERLIN).date()
    track_some(manager)
    (day,) = manager.get_command_stats(A_CENTURY)
    assert before <= date.fromisoformat(day["date"]) <= datetime.now(BERLIN).date()
    assert date.fromisoformat(manager.get_user_stats(10**12)[0]["date"]).year >= 2015
