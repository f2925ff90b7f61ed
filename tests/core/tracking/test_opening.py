"""While a store's tables are made or altered, what is accepted reaches the disk all the same."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.storage.database import open_for_writing
from core.storage.location import locate
from core.tracking import opening
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core import deployed
from tests.core.stored import change
from tests.core.tracked import WAIT_SECONDS, count, locked, run, track, until


class Gate:
    """Lets a store be opened by the helper only once it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opens, self.times = threading.Event(), 0
        monkeypatch.setattr(opening, "open_for_writing", self._open)

    def _open(self, *arguments: Any, **options: Any) -> Any:
        self.times += 1
        assert self.opens.wait(WAIT_SECONDS)
        return open_for_writing(*arguments, **options)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.opens.set()


@pytest.fixture
def older(path: Path) -> Path:
    """The deployed bot's file, which has to be migrated."""
    deployed.create(path, "seed")
    deployed.fill(path, commands=4)
    return path


@pytest.mark.parametrize("kind", ["new", "older"])
def test_what_is_accepted_meanwhile_is_on_the_disk(path: Path, gate: Gate, kind: str) -> None:
    before = 0
    if kind == "older":
        deployed.create(path, "seed")
        deployed.fill(path, commands=4)
        before = 4
    with Tracker(path) as tracker:
        track(tracker, 30)
        until(lambda: tracker._writer._queue._set_aside == 30)
        track(tracker, 20)
        until(lambda: tracker._writer._queue._set_aside == 50)
        assert len(spool_files(locate(path))) == 1
        assert tracker.counters() == TrackingCounters(50, 0, 50, 0, 0)
        gate.opens.set()
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(50, 50, 0, 0, 0)
    assert count(path) == before + 50
    assert not spool_files(locate(path))
    assert gate.times == 1


def test_a_quick_opening_needs_no_spool(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tracking.spool_replay.make_spool", None)
    with Tracker(older, commit_interval=10.0) as tracker:
        track(tracker, 3)
        assert tracker.flush(WAIT_SECONDS)
    assert count(older) == 7


def test_a_file_that_is_up_to_date_is_opened_once(path: Path, gate: Gate) -> None:
    open_for_writing(path).close()
    with Tracker(path) as tracker:
        track(tracker, 3)
        assert tracker.flush(WAIT_SECONDS)
    assert gate.times == 0


@pytest.mark.expect_log
def test_a_tracker_that_ends_meanwhile_leaves_all_in_a_spool(older: Path, gate: Gate) -> None:
    tracker = Tracker(older)
    track(tracker, 30)
    tracker.close(0.3)
    assert tracker.counters() == TrackingCounters(30, 0, 0, 0, 0, 30)
    gate.opens.set()
    with Tracker(older) as following:
        track(following, 1)
        until(lambda: count(older) == 35)


@pytest.mark.expect_log
def test_an_opening_that_fails_is_tried_again(older: Path) -> None:
    with Tracker(older, busy_timeout=0.02) as tracker:
        with locked(older):
            track(tracker, 5)
            assert not tracker.flush(0.3)
        assert tracker.flush(WAIT_SECONDS)
    assert count(older) == 9


@pytest.mark.expect_log
def test_a_journal_that_can_not_be_switched_keeps_nobody_from_writing(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a file that another program is reading all the time."""
    monkeypatch.setattr("core.storage.database._use_write_ahead_log", lambda _: None)
    with Tracker(older) as tracker:
        track(tracker, 5)
        assert tracker.flush(WAIT_SECONDS)
    assert count(older) == 9
    change(older, "PRAGMA journal_mode = delete")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_waits_for_it(older: Path) -> None:
    code = (
        "t = Tracker(path)\ntrack(t, 40, 'parent')\npid = os.fork()\n"
        "if not pid:\n    track(t, 7, 'child')\n    t.close()\n    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\nt.close()\n"
    )
    run(code, older)
    assert count(older) == 51
