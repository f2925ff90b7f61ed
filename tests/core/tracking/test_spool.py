"""Events outlive a store that can't be written: they wait in a spool, none is lost, none is doubled."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.models import CommandUsage
from core.storage.location import locate
from core.tracking.records import EventRow, activity_record, image_record
from core.tracking.spool import Spool
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.tracked import WAIT_SECONDS, balanced, count, event, locked, run, start, track, until
from tests.parameters import slow_after
from tests.platforms import links

ABSURD = '\N{LEFT-TO-RIGHT OVERRIDE}\'; DROP TABLE command_usage; -- \U0001f600\n\t"quoted" \\ \x7f'


def spools(path: Path) -> list[Path]:
    return spool_files(locate(path))


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT command_name FROM command_usage ORDER BY id")]


def lock_lasted(path: Path, tracker: Tracker, number: int = 5) -> None:
    """Track while the file is locked, until the events wait in a spool."""
    track(tracker, number)
    until(lambda: bool(spools(path)) and tracker._writer._sets_aside)


def leave_behind(path: Path, number: int, name: str = "left") -> None:
    """A tracker ends beside a locked store."""
    with locked(path):
        tracker = Tracker(path, busy_timeout=0.02)
        track(tracker, number, name)
        tracker.close(0.1)


@pytest.mark.expect_log
def test_a_lock_that_lasts_puts_events_on_disk_and_its_end_brings_them_back_in_order(store: Path) -> None:
    with Tracker(store, busy_timeout=0.02) as tracker:
        with locked(store):
            for number in range(3):
                track(tracker, 1, f"waited {number}")
            until(lambda: bool(spools(store)))
            track(tracker, 1, "came later")
            assert tracker.counters() == TrackingCounters(4, 0, 4, 0, 0)
            assert not tracker.flush(0.05)
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(4, 4, 0, 0, 0)
        track(tracker, 1, "last")
    assert names(store) == ["first", "waited 0", "waited 1", "waited 2", "came later", "last"]
    assert not spools(store)
    assert sorted(each.name for each in store.parent.iterdir()) == [store.name]


@pytest.mark.expect_log
def test_a_short_lock_is_not_worth_a_word(store: Path) -> None:
    """What is accepted waits on disk meanwhile; a warning in the log would fail the test."""
    with Tracker(store, busy_timeout=0.02) as tracker:
        with locked(store):
            track(tracker, 5)
            assert not tracker.flush(0.3)
        assert tracker.flush(WAIT_SECONDS)
    assert count(store) == 6


@pytest.mark.slow
@pytest.mark.expect_log
def test_a_bot_that_is_killed_beside_a_locked_store_loses_nothing(store: Path) -> None:
    code = (
        "import logging\nlogging.basicConfig(level=logging.DEBUG, stream=sys.stdout)\n"
        "t = Tracker(path, busy_timeout=0.02)\ntrack(t, 700, 'killed')\ntime.sleep(60)"
    )
    with locked(store):
        process = start(code, store)
        assert process.stdout is not None
        assert any("700 events wait on disk" in line for line in process.stdout)
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)
    assert count(store) == 1
    run("t = Tracker(path)\ntrack(t, 1, 'next')\nt.close()", store)
    with Tracker(store) as tracker:
        track(tracker, 1, "next")
        until(lambda: count(store) == 703 and not spools(store))
        assert tracker.counters().accepted == 1
    assert names(store).count("killed") == 700


@pytest.mark.expect_log
def test_events_that_can_not_be_written_at_the_end_are_left_to_the_next_start(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(store):
        tracker = Tracker(store, busy_timeout=0.02)
        track(tracker, 25, "left")
        tracker.close(0.1)
        assert tracker.counters() == TrackingCounters(25, 0, 0, 0, 0, 25)
        assert balanced(tracker.counters())
    assert any("25 events wait in a file" in message for message in caplog.messages)
    with Tracker(store) as tracker:
        track(tracker, 1, "next")
        until(lambda: count(store) == 27)
    assert sorted(names(store)) == ["first", *["left"] * 25, "next"]


@pytest.mark.expect_log
def test_every_kind_of_event_and_every_value_comes_back_as_it_was(store: Path) -> None:
    records = [
        image_record(7, ABSURD, "1024x1024", ["a.safetensors", ABSURD], 2, 1 / 3, True, "video", clock=lambda: 1.1e9),
        image_record(None, None, None, None, None, None, clock=lambda: 0.1 + 0.2),
        activity_record(9, ABSURD, None, {"reason": ABSURD}, clock=lambda: 1.5e9),
        event(ABSURD),
    ]
    with locked(store):
        tracker = Tracker(store, busy_timeout=0.02)
        for record in records:
            tracker.track(record)
        tracker.close(0.1)
    plain = store.with_name("plain.db")
    with Tracker(plain) as other:
        for record in records:
            other.track(record)
    with Tracker(store) as tracker:
        tracker.track(event("next"))
        until(lambda: count(store, "user_activity") == 1 and count(store) == 3)
    for table in ("image_stats", "user_activity"):
        assert rows(store, table) == rows(plain, table)
    assert ABSURD in names(store)


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY timestamp").fetchall()


@pytest.mark.expect_log
def test_a_spool_belongs_to_one_who_is_alive(store: Path) -> None:
    with Tracker(store, busy_timeout=0.02) as first:
        with locked(store):
            lock_lasted(store, first)
            (owned,) = spools(store)
            with pytest.raises(Exception, match="locked"):
                Spool(owned).take()
        assert first.flush(WAIT_SECONDS)
    assert count(store) == 6


@pytest.mark.slow
@pytest.mark.expect_log
def test_several_trackers_share_what_was_left_and_none_is_doubled(store: Path) -> None:
    for number in range(4):
        leave_behind(store, 3_000, f"left {number}")
    assert len(spools(store)) == 4
    code = "t = Tracker(path)\nfor _ in range(40):\n    track(t, 1, 'live')\n    time.sleep(0.02)\nt.close()"
    processes = [start(code, store) for _ in range(3)]
    for process in processes:
        assert process.wait(60) == 0
        process.communicate()
    with Tracker(store) as tracker:
        track(tracker, 1, "live")
        until(lambda: not spools(store))
    stored = names(store)
    assert [stored.count(f"left {number}") for number in range(4)] == [3_000] * 4
    assert stored.count("live") == 121


KILLED_IN_REPLAY = """
import core.tracking.spool, core.tracking.spool_replay
step = sys.argv[2]
real = getattr(core.tracking.spool.Spool, step)
def killed(self, *arguments):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(core.tracking.spool.Spool, step, killed)
t = Tracker(path)
track(t, 1, 'live')
t.flush(30)
time.sleep(30)
"""


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
@pytest.mark.expect_log
@pytest.mark.parametrize("step", slow_after(1, ["first", "forget", "remove"]))
def test_killed_between_commit_and_clearing_up_doubles_nothing(store: Path, step: str) -> None:
    leave_behind(store, 4_500)
    run(KILLED_IN_REPLAY, store, step, expect=-9)
    with Tracker(store) as tracker:
        track(tracker, 1, "live")
        until(lambda: not spools(store))
    assert names(store).count("left") == 4_500


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
@pytest.mark.expect_log
def test_killed_at_any_moment_of_locks_and_replays_nothing_that_was_on_disk_is_lost_or_doubled(store: Path) -> None:
    """Each process says which events were in a spool or in the store before it was killed."""
    code = (
        "t = Tracker(path, busy_timeout=0.02)\nn = 0\n"
        "while True:\n"
        "    track(t, 50, sys.argv[2] + ':' + str(n)); n += 1\n"
        "    t.flush(0.05)\n"
    )
    for turn in range(8):
        process = start(code, store, str(turn))
        time.sleep(0.3 + 0.1 * turn)
        with locked(store):
            time.sleep(1.3)
            process.kill()
            process.communicate()
    with Tracker(store) as tracker:
        track(tracker, 1, "end")
        until(lambda: not spools(store), timeout=60)
    stored = names(store)
    groups = {name: stored.count(name) for name in set(stored) if ":" in name}
    assert groups
    assert max(groups.values()) <= 50
    for turn in range(8):
        numbers = sorted(int(name.partition(":")[2]) for name in groups if name.startswith(f"{turn}:"))
        assert numbers == list(range(len(numbers)))
        assert all(groups[f"{turn}:{number}"] == 50 for number in numbers[:-1])


@pytest.mark.expect_log
def test_events_of_a_metric_that_is_not_known_wait_on(store: Path) -> None:
    leave_behind(store, 3)
    (left,) = spools(store)
    with closing(sqlite3.connect(left)) as connection, connection:
        event_of_a_metric = ("botpulse_metric_of_nobody", json.dumps({"user_id": "1"}))
        connection.execute('INSERT INTO event ("table", row) VALUES (?, ?)', event_of_a_metric)
    with Tracker(store) as tracker:
        track(tracker, 1)
        until(lambda: count(store) == 5)
        track(tracker, 1)
        assert tracker.flush(WAIT_SECONDS)
    assert spools(store) == [left]
    with closing(sqlite3.connect(left)) as connection:
        assert connection.execute('SELECT "table" FROM event').fetchall() == [("botpulse_metric_of_nobody",)]


@pytest.mark.expect_log
@pytest.mark.parametrize("content", [b"no database " * 1000, None], ids=["text", "event that is none"])
def test_a_file_that_is_no_spool_is_left_alone(
    store: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    strange = store.with_name(store.name + ".spool-strange")
    if content is None:
        spool = Spool(strange)
        spool.make()
        spool.close()
        with closing(sqlite3.connect(strange)) as connection, connection:
            connection.execute('INSERT INTO event ("table", row) VALUES (?, ?)', ("command_usage", "[1"))
    else:
        strange.write_bytes(content)
    with Tracker(store) as tracker:
        for _ in range(3):
            track(tracker, 1)
            assert tracker.flush(WAIT_SECONDS)
        until(lambda: any("strange" in message for message in caplog.messages))
    assert count(store) == 4
    assert content is None or strange.read_bytes() == content
    assert sum("strange" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_a_record_that_no_file_can_hold_is_counted_as_failed(store: Path) -> None:
    poison = EventRow(CommandUsage, ("x", "y", object(), None, None, 1, 0.0))  # type: ignore[arg-type]
    with Tracker(store, busy_timeout=0.02) as tracker:
        with locked(store):
            tracker.track(poison)
            lock_lasted(store, tracker)
            until(lambda: tracker.counters().failed == 1)
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(6, 5, 0, 1, 0)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.expect_log
def test_a_fork_beside_a_locked_store(store: Path) -> None:
    code = (
        "import glob\nt = Tracker(path, busy_timeout=0.02)\ntrack(t, 40, 'parent')\n"
        "while not glob.glob(path + '.spool-*'): time.sleep(0.01)\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    assert t.counters().pending == 0\n    track(t, 7, 'child')\n    t.close(0.1)\n    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\ntrack(t, 2, 'parent')\nt.close(0.3)\n"
        "assert t.counters().spooled == 42, t.counters()\n"
    )
    with locked(store):
        run(code, store)
    with Tracker(store) as tracker:
        track(tracker, 1, "end")
        until(lambda: not spools(store))
    assert (names(store).count("parent"), names(store).count("child")) == (42, 7)


@pytest.mark.slow
@pytest.mark.expect_log
def test_more_than_memory_may_hold_waits_on_disk(store: Path) -> None:
    with Tracker(store, busy_timeout=0.02, capacity=100) as tracker:
        with locked(store):
            lock_lasted(store, tracker, 90)
            for _ in range(4):
                until(lambda: tracker.track(event()))
                for _ in range(89):
                    tracker.track(event())
                time.sleep(0.25)
            accepted = tracker.counters().accepted
        assert accepted > 300
        assert tracker.flush(WAIT_SECONDS)
    assert count(store) == accepted + 1


@links
@pytest.mark.expect_log
def test_a_link_to_the_store_finds_the_same_spools(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.db"
    link.symlink_to(store)
    leave_behind(link, 3)
    assert len(spools(store)) == 1
    with Tracker(store) as tracker:
        track(tracker, 1)
        until(lambda: count(store) == 5)


@pytest.mark.skipif(os.name != "posix", reason="copies with cp")
def test_events_accepted_beside_a_lock_are_on_disk_before_the_lock_is_trouble(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kills the bot then loses nothing: it does not wait in memory for the lock to last."""
    monkeypatch.setattr("core.tracking.schedule._USUAL_LOCK_SECONDS", math.inf)
    with Tracker(store) as tracker:
        track(tracker, 1)
        assert tracker.flush(WAIT_SECONDS)
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            track(tracker, 30)
            until(lambda: spooled(store) == 30)
            track(tracker, 20)
            until(lambda: spooled(store) == 50)
            other.execute("ROLLBACK")
        assert tracker.flush(WAIT_SECONDS)
    assert count(store) == 52
    assert not spools(store)


def spooled(store: Path) -> int:
    """How many events wait in spools beside a store, as a copy tells: a spool itself is locked by its owner."""
    found = 0
    for spool in spools(store):
        copy = store.with_name("copy")
        subprocess.run(["cp", spool, copy], check=True)  # closing it here would drop the owner's lock
        found += count(copy, "event")
        copy.unlink()
    return found
