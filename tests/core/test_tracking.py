"""The write path on real files, with real threads, forks, kills and foreign writers."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import peewee
import pytest

from core.errors import DatabaseLocked, InvalidLocation
from core.models import CommandUsage
from core.records import Record, activity_record, command_record, image_record
from core.tracking import Tracker, TrackingCounters

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Seconds until the condition holds; fails when patience ends."""
    started, tick = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - started < patience, "waited in vain"
        tick.wait(0.002)
    return time.monotonic() - started


def count(path: Path, table: str = "command_usage") -> int:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            return int(number)
    except sqlite3.OperationalError:
        return 0


def event(name: object = "comfy") -> Record:
    return command_record(name, 41771983423143937, 2, 3, 1.5)


def track(tracker: Tracker, number: int, name: object = "comfy") -> None:
    for _ in range(number):
        assert tracker.track(event(name))


def balanced(counters: TrackingCounters) -> bool:
    return counters.accepted == counters.written + counters.pending + counters.failed - counters.refused


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """A foreign program that holds the file for itself."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as foreign:
        foreign.execute("BEGIN EXCLUSIVE")
        yield foreign
        if foreign.in_transaction:
            foreign.execute("ROLLBACK")


def start(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process that runs ``code`` with Tracker and the record functions at hand; ``path`` is its first argument."""
    prelude = (
        "import os, sys, signal, time, threading\n"
        "from core.tracking import Tracker\nfrom core.records import command_record\n"
        "path = sys.argv[1]\n"
        "def track(tracker, number, name='comfy'):\n"
        "    for _ in range(number): assert tracker.track(command_record(name, 1))\n"
    )
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, env=environment, **pipes, **options)  # type: ignore[call-overload,no-any-return]


def run(code: str, *arguments: object, expect: int = 0, **options: object) -> str:
    process = start(code, *arguments, **options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == expect, errors
    return str(output) + str(errors)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def tracker(path: Path) -> Iterator[Tracker]:
    with Tracker(path) as tracker:
        yield tracker


def test_all_kinds_are_written(path: Path, tracker: Tracker) -> None:
    tracker.track(command_record("comfy", 1))
    tracker.track(image_record(1, "a cat", "1:1", ["a"], 1, 2.5))
    tracker.track(activity_record(1, "bot_start"))
    assert tracker.flush(PATIENCE)
    assert [count(path, table) for table in ("command_usage", "image_stats", "user_activity")] == [1, 1, 1]
    assert tracker.counters() == TrackingCounters(3, 3, 0, 0, 0)


def test_order_is_kept(path: Path, tracker: Tracker) -> None:
    for number in range(5_000):
        tracker.track(event(number))
    assert tracker.flush(PATIENCE)
    with closing(sqlite3.connect(path)) as connection:
        names = [int(name) for (name,) in connection.execute("SELECT command_name FROM command_usage ORDER BY id")]
    assert names == list(range(5_000))


def test_nothing_is_opened_before_the_first_event(path: Path) -> None:
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


def test_durable_within_a_quarter_of_a_second(path: Path, tracker: Tracker) -> None:
    track(tracker, 1)
    until(lambda: count(path) == 1)
    delays = []
    with closing(sqlite3.connect(path)) as other:
        for number in range(2, 12):
            track(tracker, 1)
            seen = lambda number=number: other.execute("SELECT max(id) FROM command_usage").fetchone() == (number,)  # noqa: E731
            delays.append(until(seen))
    assert sorted(delays)[8] <= 0.25


def test_threads_hammering_lose_nothing(path: Path, tracker: Tracker) -> None:
    threads = [threading.Thread(target=track, args=(tracker, 4_000)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert balanced(tracker.counters())
    for thread in threads:
        thread.join()
    assert tracker.flush(PATIENCE)
    assert count(path) == tracker.counters().written == 32_000


@pytest.mark.expect_log
def test_event_loop_is_not_held_up(path: Path, tracker: Tracker) -> None:
    async def bot() -> float:
        slowest = 0.0
        for _ in range(300):
            started = time.perf_counter()
            tracker.track(event())
            slowest = max(slowest, time.perf_counter() - started)
            await asyncio.sleep(0.001)
        return slowest

    track(tracker, 1)
    with locked(path):
        assert asyncio.run(bot()) < 0.1
    assert tracker.flush(PATIENCE)
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
            assert time.monotonic() - started < PATIENCE
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert tracker.flush(PATIENCE)
    assert count(path) == tracker.counters().accepted


def test_eight_processes_on_one_new_file_lose_nothing(path: Path) -> None:
    code = "t = Tracker(path)\nfor _ in range(20):\n    track(t, 50)\n    assert t.flush(60)\n"
    processes = [start(code, path) for _ in range(8)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert count(path) == 8_000


@pytest.mark.expect_log
@pytest.mark.parametrize("journal", ["wal", "delete"])
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
        assert tracker.flush(PATIENCE)
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
        assert tracker.flush(PATIENCE)
    assert count(path) == 1_001
    assert count(path, "other") == 200


@pytest.mark.expect_log
def test_a_full_queue_refuses_and_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sqlite3.connect(path).close()
    with Tracker(path, capacity=10, busy_timeout=0.02) as tracker:
        with locked(path):
            assert [tracker.track(event()) for _ in range(15)] == [True] * 10 + [False] * 5
            assert tracker.counters() == TrackingCounters(10, 0, 10, 5, 5)
        assert tracker.flush(PATIENCE)
        assert tracker.counters() == TrackingCounters(10, 10, 0, 5, 5)
    assert sum("refused" in message for message in caplog.messages) == 1


POISON = "the poisonous name"


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "bad",
    [
        event(POISON),
        Record(CommandUsage, ("x", POISON, None, None, None, 2**70, 0.0)),
        Record(CommandUsage, ("x", POISON, None, None, None, 1)),
        Record(CommandUsage, ("x", POISON, object(), None, None, 1, 0.0)),  # type: ignore[arg-type]
        Record(CommandUsage, ("x", POISON, "\ud800", None, None, 1, 0.0)),
    ],
    ids=["constraint", "overflow", "too few values", "foreign type", "no UTF-8"],
)
def test_a_row_that_is_refused_keeps_no_other_out(path: Path, bad: Record, caplog: pytest.LogCaptureFixture) -> None:
    with Tracker(path) as tracker:
        track(tracker, 1)
        assert tracker.flush(PATIENCE)
        with closing(sqlite3.connect(path)) as host:
            host.execute(
                "CREATE TRIGGER picky BEFORE INSERT ON command_usage "
                f"WHEN new.command_name = '{POISON}' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        for number in range(300):
            tracker.track(bad if number in (0, 77, 299) else event())
        assert tracker.flush(PATIENCE)
        assert tracker.counters() == TrackingCounters(301, 298, 0, 3, 0)
    assert count(path) == 298
    assert sum("refused a row of command_usage" in message for message in caplog.messages) == 3
    assert POISON not in caplog.text


def test_prompts_stay_out_of_the_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Tracker(path) as tracker:
        tracker.track(image_record(1, "a secret wish", "1:1", [], 1, 2.5))
        assert tracker.flush(PATIENCE)
    assert caplog.records
    assert "secret" not in caplog.text


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
@pytest.mark.parametrize("rests", ["", "-wal", "-wal -shm"])
def test_the_file_is_deleted_under_us(path: Path, tracker: Tracker, rests: str) -> None:
    track(tracker, 3)
    assert tracker.flush(PATIENCE)
    path.unlink()
    for ending in rests.split():
        path.with_name(path.name + ending).unlink()
    track(tracker, 5)
    assert tracker.flush(PATIENCE)
    assert count(path) == 5


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
def test_the_file_is_renamed_and_keeps_what_it_had(path: Path, tracker: Tracker) -> None:
    track(tracker, 3)
    assert tracker.flush(PATIENCE)
    archive = path.rename(path.with_name("archive.db"))
    track(tracker, 5)
    assert tracker.flush(PATIENCE)
    assert (count(path), count(archive)) == (5, 3)


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
def test_the_file_is_replaced_by_another(path: Path, tmp_path: Path, tracker: Tracker) -> None:
    other = tmp_path / "other.db"
    with Tracker(other) as second:
        track(second, 7)
    track(tracker, 3)
    assert tracker.flush(PATIENCE)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink()
    other.replace(path)
    track(tracker, 5)
    assert tracker.flush(PATIENCE)
    assert count(path) == 12


@pytest.mark.expect_log
def test_a_file_system_that_cannot_tell_files_apart(
    path: Path, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such file system can be had here, so the question to it is answered anew each time."""
    names = itertools.count()
    monkeypatch.setattr("core.batches._identity", lambda _: (0, next(names)))
    for _ in range(5):
        track(tracker, 10)
        assert tracker.flush(PATIENCE)
    assert tracker.counters().written == 50
    assert 50 <= count(path) <= 70


@pytest.mark.expect_log
def test_a_file_that_is_no_database_is_left_alone_until_it_goes(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"these are notes, not a database. " * 100)
    with Tracker(path) as tracker:
        track(tracker, 4)
        assert not tracker.flush(0.3)
        assert path.read_bytes().startswith(b"these are notes")
        path.unlink()
        assert tracker.flush(PATIENCE)
    assert count(path) == 4
    assert sum("NotADatabase" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_a_folder_that_appears_later(tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "a.db"
    with Tracker(path) as tracker:
        track(tracker, 4)
        assert not tracker.flush(0.1)
        path.parent.mkdir()
        assert tracker.flush(PATIENCE)
    assert count(path) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.expect_log
def test_a_disk_that_is_read_only_for_a_while(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = small_disk / "a.db"
    with Tracker(path) as earlier:
        track(earlier, 1)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with Tracker(path) as tracker:
        track(tracker, 20)
        assert not tracker.flush(0.5)
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
        assert tracker.flush(PATIENCE)
    assert count(path) == 21
    assert sum("have to wait" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_is_read_only_for_a_while(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Tracker(path) as earlier:
        track(earlier, 1)
    path.chmod(0o444)
    with Tracker(path) as tracker:
        track(tracker, 20)
        assert not tracker.flush(0.5)
        path.chmod(0o644)
        assert tracker.flush(PATIENCE)
    assert count(path) == 21
    assert sum("NoAccess" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_a_full_disk(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, ballast = small_disk / "a.db", small_disk / "ballast"
    with Tracker(path) as tracker:
        track(tracker, 1)
        assert tracker.flush(PATIENCE)
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(2_000_000))
        track(tracker, 500)
        assert not tracker.flush(0.5)
        assert tracker.counters().pending == 500
        ballast.unlink()
        assert tracker.flush(PATIENCE)
    assert count(path) == 501
    assert any("DiskFull" in message for message in caplog.messages)


def test_a_store_that_fails_below_the_database(path: Path) -> None:
    pytest.importorskip("resource")
    code = (
        "import resource\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "t = Tracker(path)\ntrack(t, 1)\nassert t.flush(30)\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))\n"
        "track(t, 5000)\nassert not t.flush(0.5)\nassert t.counters().pending >= 1000, t.counters()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\nassert t.flush(30)\n"
    )
    assert "StorageFault" in run(code, path)
    assert count(path) == 5_001


def test_killed_after_flush_loses_nothing(path: Path) -> None:
    run("t = Tracker(path)\ntrack(t, 777)\nassert t.flush(30)\nos.kill(os.getpid(), 9)", path, expect=-9)
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
def test_close_ends_in_time_and_says_what_is_lost(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sqlite3.connect(path).close()
    tracker = Tracker(path, busy_timeout=0.05)
    with locked(path):
        track(tracker, 25)
        started = time.monotonic()
        tracker.close(0.3)
        assert time.monotonic() - started < 2.0
    assert tracker.counters() == TrackingCounters(25, 0, 0, 25, 0)
    assert any("25 events could not be written and are lost" in message for message in caplog.messages)


@pytest.mark.expect_log
def test_a_locked_store_does_not_hold_up_the_exit_for_ever(path: Path) -> None:
    sqlite3.connect(path).close()
    code = (
        "import core.writer\nimport core.tracking\ncore.tracking.EXIT_TIMEOUT = 0.5\nt = Tracker(path)\ntrack(t, 9)\n"
    )
    with locked(path):
        assert "9 events could not be written and are lost" in run(code, path)


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
            assert tracker.flush(PATIENCE)
            until(lambda number=number: len(seen) == 2 * number)  # type: ignore[misc]
    assert seen == [(1,), True, (2,), True]
    assert sum("what follows a commit went wrong" in message for message in caplog.messages) == 2
