"""Rows that are refused, files that vanish, disks that are full: no event is lost, and the log says what is."""

from __future__ import annotations

import itertools
import logging
import math
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from core.feed.change_feed import Feed
from core.models import CommandUsage
from core.storage.location import locate
from core.tracking.file_place import FilePlace
from core.tracking.records import EventRow, image_record
from core.tracking.refused import RefusedEvents
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.tracked import WAIT_SECONDS, count, event, run, track, until

POISON = "the poisonous name"


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "bad",
    [
        event(POISON),
        EventRow(CommandUsage, ("x", POISON, None, None, None, 2**70, 0.0)),
        EventRow(CommandUsage, ("x", POISON, None, None, None, 1)),
        EventRow(CommandUsage, ("x", POISON, object(), None, None, 1, 0.0)),  # type: ignore[arg-type]
        EventRow(CommandUsage, ("x", POISON, "\ud800", None, None, 1, 0.0)),
    ],
    ids=["constraint", "overflow", "too few values", "foreign type", "no UTF-8"],
)
def test_a_row_that_is_refused_keeps_no_other_out(path: Path, bad: EventRow, caplog: pytest.LogCaptureFixture) -> None:
    with Tracker(path) as tracker:
        track(tracker, 1)
        assert tracker.flush(WAIT_SECONDS)
        with closing(sqlite3.connect(path)) as host:
            host.execute(
                "CREATE TRIGGER picky BEFORE INSERT ON command_usage "
                f"WHEN new.command_name = '{POISON}' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        for number in range(300):
            tracker.track(bad if number in (0, 77, 299) else event())
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(301, 298, 0, 3, 0)
    assert count(path) == 298
    told = [re.search(r"command_usage refused (\d+) events: ", message) for message in caplog.messages]
    assert sum(int(each[1]) for each in told if each) == 3
    assert POISON not in caplog.text


def test_prompts_stay_out_of_the_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Tracker(path) as tracker:
        tracker.track(image_record(1, "a secret wish", "1:1", [], 1, 2.5))
        assert tracker.flush(WAIT_SECONDS)
    assert caplog.records
    assert "secret" not in caplog.text


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
@pytest.mark.parametrize("rests", ["", "-wal", "-wal -shm"])
def test_the_file_is_deleted_under_us(path: Path, tracker: Tracker, rests: str) -> None:
    track(tracker, 3)
    assert tracker.flush(WAIT_SECONDS)
    path.unlink()
    for ending in rests.split():
        path.with_name(path.name + ending).unlink()
    track(tracker, 5)
    assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 5


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
def test_the_file_is_renamed_and_keeps_what_it_had(path: Path, tracker: Tracker) -> None:
    track(tracker, 3)
    assert tracker.flush(WAIT_SECONDS)
    archive = path.rename(path.with_name("archive.db"))
    track(tracker, 5)
    assert tracker.flush(WAIT_SECONDS)
    assert (count(path), count(archive)) == (5, 3)


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
def test_the_file_is_replaced_by_another(path: Path, tmp_path: Path, tracker: Tracker) -> None:
    other = tmp_path / "other.db"
    with Tracker(other) as second:
        track(second, 7)
    track(tracker, 3)
    assert tracker.flush(WAIT_SECONDS)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink()
    other.replace(path)
    track(tracker, 5)
    assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 12


@pytest.mark.expect_log
def test_a_file_system_that_cannot_tell_files_apart(
    path: Path, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such file system can be had here, so the question to it is answered anew each time."""
    names = itertools.count()
    monkeypatch.setattr("core.tracking.file_place.identity_of", lambda _: (0, next(names)))
    for _ in range(5):
        track(tracker, 10)
        assert tracker.flush(WAIT_SECONDS)
    assert tracker.counters().written == count(path) == 50


@pytest.mark.expect_log
def test_a_file_that_is_no_database_is_left_alone_until_it_goes(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"these are notes, not a database. " * 100)
    with Tracker(path) as tracker:
        track(tracker, 4)
        assert not tracker.flush(0.3)
        assert path.read_bytes().startswith(b"these are notes")
        path.unlink()
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 4
    assert sum("NotADatabase" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_a_folder_that_appears_later(tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "a.db"
    with Tracker(path) as tracker:
        track(tracker, 4)
        assert not tracker.flush(0.1)
        path.parent.mkdir()
        assert tracker.flush(WAIT_SECONDS)
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
    subprocess.run(["umount", "--lazy", disk], check=True)


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
        assert tracker.flush(WAIT_SECONDS)
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
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 21
    assert sum("NoAccess" in message for message in caplog.messages) == 1


@pytest.mark.expect_log
def test_a_full_disk(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, ballast = small_disk / "a.db", small_disk / "ballast"
    with Tracker(path) as tracker:
        track(tracker, 1)
        assert tracker.flush(WAIT_SECONDS)
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(2_000_000))
        track(tracker, 500)
        assert not tracker.flush(0.5)
        assert tracker.counters().pending == 500
        ballast.unlink()
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 501
    assert any("DiskFull" in message for message in caplog.messages)


@pytest.mark.slow
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


class Moving:
    """Moves the file away as soon as a batch is committed, and back when the writer has seen that."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.away, self.times = path, path.with_name("away.db"), 0
        self._is_elsewhere = FilePlace.is_elsewhere
        monkeypatch.setattr(RefusedEvents, "tell", lambda *_: self.committed())
        monkeypatch.setattr(FilePlace, "is_elsewhere", lambda place: self.looked(place))

    def committed(self) -> None:
        if self.times < 5:
            self.times += 1
            self.path.rename(self.away)

    def looked(self, place: FilePlace) -> bool:
        found = self._is_elsewhere(place)
        if self.away.exists():
            self.away.rename(self.path)
        return found


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_a_file_that_is_moved_away_and_back_has_nothing_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch, spooled: bool
) -> None:
    if not spooled:
        monkeypatch.setattr("core.tracking.spool_replay.Spooling.set_aside", lambda *_: False)
    moving = Moving(path, monkeypatch)
    with Tracker(path) as tracker:
        for number in range(10):
            track(tracker, 100, number)
            assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(1_000, 1_000, 0, 0, 0)
    assert moving.times == 5
    assert count(path) == 1_000


@pytest.mark.expect_log
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file go")
def test_no_new_file_takes_the_place_of_one_that_is_away_for_a_moment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be replaced, with all that was written to it, when the other is put back."""
    monkeypatch.setattr("core.tracking.file_place._AWAY_SECONDS", math.inf)
    tries: list[int] = []
    ask = FilePlace.may_create
    monkeypatch.setattr(FilePlace, "may_create", lambda place: tries.append(1) or ask(place))
    with Tracker(path) as tracker:
        track(tracker, 3)
        assert tracker.flush(WAIT_SECONDS)
        away = path.rename(path.with_name("away.db"))
        track(tracker, 5)
        tries.clear()
        until(lambda: bool(spool_files(locate(path))) and len(tries) > 3)
        assert not path.exists()
        away.rename(path)
        assert tracker.flush(WAIT_SECONDS)
    assert count(path) == 8


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors by /proc")
@pytest.mark.expect_log
def test_files_that_are_replaced_leave_no_descriptor_and_no_room_behind(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with Tracker(other) as made:
        track(made, 1)
    with Tracker(path) as tracker, closing(Feed(path)) as feed:
        track(tracker, 1)
        assert tracker.flush(WAIT_SECONDS)
        numbers = []
        for _ in range(30):
            copy = Path(shutil.copy(other, tmp_path / "copy.db"))
            for ending in ("-wal", "-shm"):  # SQLite would play the log of one file into the other
                path.with_name(path.name + ending).unlink(missing_ok=True)
            copy.replace(path)
            track(tracker, 1)
            assert tracker.flush(WAIT_SECONDS)
            feed.look()
            numbers.append(len(opened()))
        assert max(numbers[10:]) <= max(numbers[:10])
        assert not [each for each in opened() if each.startswith(str(path)) and each.endswith("(deleted)")]


def opened() -> list[str]:
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(each.readlink()))
    return found
