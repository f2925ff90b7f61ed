"""Events that a table will never take: each is set aside alone, in words and in a file, and the others are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.models import CommandUsage
from core.storage.location import locate
from core.tracking import refused
from core.tracking.records import EventRow, image_record
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.stored import change
from tests.core.tracked import WAIT_SECONDS, count, event, locked, track, until

RAISING = "CREATE TRIGGER picky BEFORE INSERT ON image_stats WHEN new.prompt = 'secret' BEGIN {}; END"
NEVER = {
    "abort": RAISING.format("SELECT RAISE(ABORT, 'no')"),
    "fail": RAISING.format("SELECT RAISE(FAIL, 'no')"),
    "rollback": RAISING.format("SELECT RAISE(ROLLBACK, 'no')"),
    "no table": RAISING.format("INSERT INTO gone VALUES (1)"),
}


def image(prompt: str = "a fox") -> EventRow:
    return image_record(1, prompt, "1:1", [], 1, 2.5)


def files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(path.name + ".refused-*"))


def kept(path: Path) -> int:
    return sum(count(each, "event") for each in files(path))


@pytest.fixture
def store(path: Path) -> Path:
    with Tracker(path) as tracker:
        tracker.track(event())
        tracker.track(image())
    return path


@pytest.mark.expect_log
@pytest.mark.parametrize("trigger", NEVER.values(), ids=NEVER)
def test_what_a_trigger_never_lets_in_is_set_aside_alone(
    store: Path, trigger: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(store, trigger)
    refused_ones = (0, 77, 78, 299)
    if "gone" in trigger:
        refused_ones = tuple(range(300))  # SQLite reads the whole trigger before it begins
    with Tracker(store) as tracker:
        for number in range(300):
            tracker.track(image("secret" if number in refused_ones else "a fox"))
            tracker.track(event())
        assert tracker.flush(WAIT_SECONDS)
        bad = len(refused_ones)
        assert tracker.counters() == TrackingCounters(600, 600 - bad, 0, bad, 0)
    assert (count(store), count(store, "image_stats")) == (301, 301 - bad)
    assert kept(store) == bad
    assert any("image_stats refused" in message and "trigger" in message for message in caplog.messages)
    assert "secret" not in caplog.text


@pytest.mark.expect_log
@pytest.mark.parametrize("left", [0, 3])
def test_a_table_whose_ids_are_used_up_holds_up_no_other(
    store: Path, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    change(store, f"UPDATE image_stats SET id = {2**63 - 1 - left}",
           f"UPDATE sqlite_sequence SET seq = {2**63 - 1 - left} WHERE name = 'image_stats'")  # fmt: skip
    with Tracker(store) as tracker:
        for _ in range(50):
            tracker.track(image())
            tracker.track(event())
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(100, 50 + left, 0, 50 - left, 0)
    assert (count(store), count(store, "image_stats"), kept(store)) == (51, 1 + left, 50 - left)
    assert any("ids are used up" in message for message in caplog.messages)
    assert "DiskFull" not in caplog.text
    assert not spool_files(locate(store))


@pytest.mark.expect_log
@pytest.mark.parametrize("trigger", [NEVER["abort"], NEVER["rollback"]])
def test_a_spool_is_replayed_past_what_a_table_refuses(store: Path, trigger: str) -> None:
    with locked(store):
        tracker = Tracker(store, busy_timeout=0.02)
        for number in range(40):
            tracker.track(image("secret" if number == 7 else "a fox"))
            tracker.track(event("left"))
        tracker.close(0.1)
    change(store, trigger)
    with Tracker(store) as tracker:
        track(tracker, 1)
        until(lambda: not spool_files(locate(store)))
    assert (count(store), count(store, "image_stats"), kept(store)) == (42, 40, 1)


@pytest.mark.expect_log
def test_a_view_in_a_tables_place_holds_up_no_other_table(store: Path) -> None:
    change(store, "ALTER TABLE image_stats RENAME TO elsewhere", "CREATE VIEW image_stats AS SELECT * FROM elsewhere")
    with Tracker(store) as tracker:
        tracker.track(image())
        track(tracker, 5)
        assert tracker.flush(WAIT_SECONDS)
    assert (count(store), kept(store)) == (6, 1)


@pytest.mark.expect_log
def test_kept_events_are_written_once_their_file_is_renamed_to_a_spool(store: Path) -> None:
    change(store, NEVER["abort"])
    with Tracker(store) as tracker:
        for _ in range(3):
            tracker.track(image("secret"))
            assert tracker.flush(WAIT_SECONDS)
    (file,) = files(store)
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 & ~store.stat().st_mode == 0
    change(store, "DROP TRIGGER picky")
    file.rename(file.with_name(file.name.replace(".refused-", ".spool-")))
    with Tracker(store) as tracker:
        track(tracker, 1)
        until(lambda: count(store, "image_stats") == 4)
    assert not files(store)


@pytest.mark.expect_log
def test_a_table_that_refuses_all_does_not_fill_the_disk(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused, "_MOST", 25)
    change(store, NEVER["abort"])
    with Tracker(store) as tracker:
        for _ in range(40):
            tracker.track(image("secret"))
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters().failed == 40
    assert kept(store) == 25


@pytest.mark.expect_log
def test_what_no_file_can_hold_is_counted(store: Path) -> None:
    poison = EventRow(CommandUsage, ("x", "y", object(), None, None, 1, 0.0))  # type: ignore[arg-type]
    with Tracker(store) as tracker:
        tracker.track(poison)
        track(tracker, 3)
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(4, 3, 0, 1, 0)
    assert kept(store) == 0
