"""How trackers and their processes end: closed, killed, forked, forgotten."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
import weakref
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from core.errors import DatabaseLocked
from core.tracking.spool_places import own_folder
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.tracked import WAIT_SECONDS, count, event, locked, run, track, until
from tests.hang_guard import hang_guard
from tests.platforms import KILL, KILLED


def test_killed_after_flush_loses_nothing(path: Path) -> None:
    run(f"t = Tracker(path)\ntrack(t, 777)\nassert t.flush(30)\nos.kill(os.getpid(), {KILL:d})", path, expect=KILLED)
    assert count(path) == 777


@pytest.mark.parametrize(
    ("end", "status"),
    [("", 0), ("sys.exit(3)", 3), ("raise RuntimeError('a bug')", 1), ("del t", 0), ("t.close(); t.close()", 0)],
)
def test_a_process_that_just_ends_loses_nothing(path: Path, end: str, status: int) -> None:
    run(f"t = Tracker(path)\ntrack(t, 5000)\n{end}", path, expect=status)
    assert count(path) == 5_000


def test_events_of_exit_handlers_are_written(path: Path) -> None:
    run("import atexit\nt = Tracker(path)\natexit.register(lambda: track(t, 3, 'shutdown'))", path)
    assert count(path) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_worker_processes_of_multiprocessing_lose_nothing(path: Path) -> None:
    code = (
        "import multiprocessing\nt = Tracker(path)\ntrack(t, 10)\n"
        "p = multiprocessing.get_context('fork').Process(target=track, args=(t, 100))\n"
        "p.start(); p.join(30)\nassert p.exitcode == 0\n"
    )
    run(code, path)
    assert count(path) == 110


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("end", ["t.close(); os._exit(0)", "sys.exit(0)"])
def test_after_a_fork_each_writes_its_own(path: Path, end: str) -> None:
    code = (
        "t = Tracker(path)\ntrack(t, 1000, 'parent')\nassert t.flush(30)\ntrack(t, 3000, 'parent')\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    assert t.counters().pending == 0\n"
        f"    track(t, 500, 'child')\n    {end}\n"
        "track(t, 1000, 'parent')\nassert os.waitpid(pid, 0)[1] == 0\n"
    )
    run(code, path)
    with closing(sqlite3.connect(path)) as connection:
        rows = dict(connection.execute("SELECT command_name, count(*) FROM command_usage GROUP BY 1").fetchall())
    assert rows == {"parent": 5_000, "child": 500}


@pytest.mark.expect_log
def test_closed_means_closed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tracker = Tracker(path)
    track(tracker, 10)
    tracker.close()
    tracker.close(0)
    assert count(path) == 10
    assert not any(tracker.track(event()) for _ in range(5))
    assert tracker.counters() == TrackingCounters(10, 10, 0, 5, 5)
    assert tracker.flush(0)
    assert sum("the tracker is closed" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_close_ends_in_time_and_says_what_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own_folder().parent.mkdir(parents=True, exist_ok=True)
    own_folder().write_text("in the way")
    tracker = Tracker(tmp_path / "no folder" / "analytics.db")
    track(tracker, 25)
    with hang_guard():
        tracker.close(0.3)
    assert tracker.counters() == TrackingCounters(25, 0, 0, 25, 0)
    assert any("25 events could not be written and are lost" in message for message in caplog.messages)


@pytest.mark.expect_log
def test_a_locked_store_does_not_hold_up_the_exit_for_ever(path: Path) -> None:
    sqlite3.connect(path).close()
    code = "import core.tracking.tracker\ncore.tracking.tracker.EXIT_TIMEOUT = 0.5\nt = Tracker(path)\ntrack(t, 9)\n"
    with locked(path):
        assert "9 events wait in a file" in run(code, path)
    with Tracker(path) as tracker:
        track(tracker, 1)
        until(lambda: count(path) == 10)


def test_a_forgotten_tracker_writes_and_goes(path: Path) -> None:
    tracker = Tracker(path)
    track(tracker, 5_000)
    reference = weakref.ref(tracker)
    del tracker
    gc.collect()
    assert reference() is None
    until(lambda: count(path) == 5_000)
    until(lambda: not any(thread.name == "botpulse-writer" for thread in threading.enumerate()))


@pytest.mark.expect_log
def test_after_commit_may_use_the_database_and_may_fail(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[object] = []
    made: list[Tracker] = []

    def after_commit(database: peewee.Database) -> None:
        seen.append(database.execute_sql("SELECT count(*) FROM command_usage").fetchone())
        seen.append(made[0].flush(0.1))
        raise DatabaseLocked("busy")

    with Tracker(path, after_commit=after_commit) as tracker:
        made.append(tracker)
        for number in (1, 2):
            track(tracker, 1)
            assert tracker.flush(WAIT_SECONDS)
            until(lambda number=number: len(seen) == 2 * number)  # type: ignore[misc]
    assert seen == [(1,), True, (2,), True]
    assert sum("what follows a commit went wrong" in message for message in caplog.messages) == 2
