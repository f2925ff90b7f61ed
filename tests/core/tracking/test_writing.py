"""The write path on real files, with real threads, processes and foreign writers."""

from __future__ import annotations

import asyncio
import inspect
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import InvalidLocation
from core.tracking.records import activity_record, command_record, image_record
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core import deployed
from tests.core.stored import change, rows
from tests.core.tracked import WAIT_SECONDS, balanced, count, event, locked, start, track, until
from tests.database_calls import database_calls
from tests.parameters import slow_after


def test_all_kinds_are_written(path: Path, tracker: Tracker) -> None:
    tracker.track(command_record("comfy", 1))
    tracker.track(image_record(1, "a cat", "1:1", ["a"], 1, 2.5))
    tracker.track(activity_record(1, "bot_start"))
    assert tracker.flush(WAIT_SECONDS)
    assert [count(path, table) for table in ("command_usage", "image_stats", "user_activity")] == [1, 1, 1]
    assert tracker.counters() == TrackingCounters(3, 3, 0, 0, 0)


def test_order_is_kept(path: Path, tracker: Tracker) -> None:
    for number in range(5_000):
        tracker.track(event(number))
    assert tracker.flush(WAIT_SECONDS)
    with closing(sqlite3.connect(path)) as connection:
        names = [int(name) for (name,) in connection.execute("SELECT command_name FROM command_usage ORDER BY id")]
    assert names == list(range(5_000))


def test_tracker_opens_nothing_before_the_first_event(path: Path) -> None:
    before = threading.active_count()
    with Tracker(path) as tracker:
        assert tracker.flush(0)
        assert threading.active_count() == before
    assert not path.exists()


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(InvalidLocation):
        Tracker("mysql://somewhere/else")


def test_relative_path_is_taken_from_the_folder_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Tracker("bot.db") as tracker:
        monkeypatch.chdir(tmp_path / "elsewhere")
        tracker.track(event())
    assert count(tmp_path / "bot.db") == 1


def test_single_events_become_durable_by_themselves(path: Path) -> None:
    commits: list[int] = []
    with Tracker(path, after_commit=lambda _: commits.append(1)) as tracker:
        for number in range(1, 6):
            track(tracker, 1)
            until(lambda number=number: count(path) == number)  # type: ignore[misc]
    assert len(commits) == 5


def test_commits_follow_each_other_within_a_quarter_of_a_second() -> None:
    parameters = inspect.signature(Tracker).parameters
    assert parameters["commit_interval"].default <= 0.25
    assert parameters["busy_timeout"].default <= 0.25


def test_threads_hammering_lose_nothing(path: Path, tracker: Tracker) -> None:
    threads = [threading.Thread(target=track, args=(tracker, 4_000)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert balanced(tracker.counters())
    for thread in threads:
        thread.join()
    assert tracker.flush(WAIT_SECONDS)
    assert count(path) == tracker.counters().written == 32_000


@pytest.mark.expect_log
def test_event_loop_is_not_held_up(path: Path, tracker: Tracker) -> None:
    async def bot() -> None:
        for _ in range(300):
            tracker.track(event())
            await asyncio.sleep(0.001)

    track(tracker, 1)
    with locked(path), database_calls() as calls:
        asyncio.run(bot())
    assert calls == []
    assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 301


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_a_signal_handler_may_track_in_the_middle_of_tracking(path: Path, tracker: Tracker) -> None:
    interruptions = []

    def handler(*_: object) -> None:
        track(tracker, 1)
        interruptions.append(1)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        started = time.monotonic()
        while len(interruptions) < 200:
            track(tracker, 100)
            assert time.monotonic() - started < WAIT_SECONDS
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert tracker.flush(WAIT_SECONDS)
    assert count(path) == tracker.counters().accepted


@pytest.mark.slow
def test_eight_processes_on_one_new_file_lose_nothing(path: Path) -> None:
    code = "t = Tracker(path)\nfor _ in range(20):\n    track(t, 50)\n    assert t.flush(60)\n"
    processes = [start(code, path) for _ in range(8)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert count(path) == 8_000


@pytest.mark.expect_log
@pytest.mark.parametrize("journal", slow_after(1, ["wal", "delete"]))
def test_a_long_lock_loses_nothing(path: Path, journal: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute(f"PRAGMA journal_mode = {journal}")
        foreign.execute("CREATE TABLE other (x)")
    with Tracker(path, busy_timeout=0.05) as tracker:
        with locked(path):
            track(tracker, 100)
            assert not tracker.flush(0.3)
            assert tracker.counters() == TrackingCounters(100, 0, 100, 0, 0)
            until(lambda: "have to wait" in caplog.text)
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 100
    assert sum("have to wait" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_beside_a_busy_foreign_writer_in_rollback_mode(path: Path) -> None:
    with Tracker(path) as tracker, closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        with locked(path):
            pass
        foreign.execute("CREATE TABLE other (x)")
        assert foreign.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
        foreign.execute("BEGIN")
        foreign.execute("SELECT * FROM other").fetchall()
        track(tracker, 1)
        for number in range(200):
            if foreign.in_transaction:
                foreign.execute("COMMIT")
            foreign.execute("INSERT INTO other VALUES (?)", (number,))
            track(tracker, 5)
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 1_001
    assert count(path, "other") == 200


@pytest.mark.expect_log
def test_a_full_queue_refuses_and_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sqlite3.connect(path).close()
    with Tracker(path, capacity=10, busy_timeout=0.02) as tracker:
        with locked(path):
            assert [tracker.track(event()) for _ in range(15)] == [True] * 10 + [False] * 5
            assert tracker.counters() == TrackingCounters(10, 0, 10, 5, 5)
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(10, 10, 0, 5, 5)
    assert sum("refused" in message for message in caplog.messages) == 1


def test_a_column_that_the_database_works_out_is_left_to_it(path: Path, tracker: Tracker) -> None:
    deployed.create(path)
    change(
        path,
        "DROP TABLE image_stats",
        "CREATE TABLE image_stats (id INTEGER PRIMARY KEY, user_id TEXT, prompt TEXT, resolution TEXT, loras TEXT,"
        " upscale_factor INTEGER, generation_time REAL, timestamp REAL,"
        " is_video INTEGER GENERATED ALWAYS AS (resolution = 'video') VIRTUAL,"
        " generation_type TEXT GENERATED ALWAYS AS (iif(resolution = 'video', 'video', 'standard')) STORED)",
    )
    tracker.track(image_record(1, "a cat", "video", ["a"], 1, 2.5, True))
    assert tracker.flush(WAIT_SECONDS)
    assert rows(path)["image_stats"][0][8:10] == (1, "video")


def test_a_view_in_a_tables_place_takes_rows_by_its_trigger(path: Path) -> None:
    deployed.create(path)
    change(
        path,
        "ALTER TABLE image_stats RENAME TO raw",
        "CREATE VIEW image_stats AS SELECT * FROM raw",
        "CREATE TRIGGER takes INSTEAD OF INSERT ON image_stats BEGIN INSERT INTO raw (user_id, timestamp, is_video)"
        " VALUES (new.user_id, new.timestamp, new.is_video); END",
    )
    with Tracker(path) as tracker:
        tracker.track(image_record(7, "a cat", "1:1", ["a"], 1, 2.5))
        assert tracker.flush(WAIT_SECONDS)
    assert count(path, "raw") == 1
