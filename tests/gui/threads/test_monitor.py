from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.errors import DatabaseMissing, NotADatabase, UnexpectedFault
from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.storage.location import Location
from core.time_ranges import CHOICES, RangeChoice
from core.worker.live import watcher
from gui.threads import python_thread
from gui.threads.monitor import Monitor
from tests.core import deployed
from tests.gui.windows import BERLIN, INTERVAL_MS
from tests.platforms import once_free

DAY, HOUR = CHOICES["24h"], CHOICES["1h"]


@pytest.fixture
def monitor(qapp: QApplication) -> Iterator[Monitor]:
    made = Monitor(BERLIN, INTERVAL_MS)
    yield made
    made.stop()


@pytest.fixture
def taken(monitor: Monitor) -> list[Snapshot]:
    found: list[Snapshot] = []
    monitor.snapshot_taken.connect(found.append)
    return found


def label_of(choice: RangeChoice) -> str:
    assert choice.width is not None
    return choice.width.label


def newest(taken: list[Snapshot]) -> str:
    return taken[-1].events[0].title if taken and taken[-1].events else ""


def test_monitor_sends_what_is_there_and_then_what_is_new(
    qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path
) -> None:
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].content.extra.totals.commands == 300)
    deployed.Bot(database).track_command("new")
    qtbot.waitUntil(lambda: newest(taken) == "new")
    assert taken[-1].content.extra.totals.commands == 301


def test_monitor_sends_nothing_where_nothing_is_new(
    qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path
) -> None:
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].complete)
    with qtbot.assertNotEmitted(monitor.snapshot_taken, wait=20 * INTERVAL_MS):
        pass


def test_a_fault_is_told_once_and_the_database_is_awaited(
    qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], tmp_path: Path
) -> None:
    faults: list[object] = []
    monitor.fault_found.connect(faults.append)
    path = tmp_path / "later.db"
    monitor.watch(Location(path=path), DAY)
    qtbot.waitUntil(lambda: bool(faults))
    path.write_text("no database, certainly not, it is a text about something else\n" * 30)
    qtbot.waitUntil(lambda: len(faults) == 2)
    qtbot.waitUntil(once_free(path.unlink))
    qtbot.waitUntil(lambda: len(faults) == 3)
    deployed.create(path)
    qtbot.waitUntil(lambda: bool(taken))
    assert [type(fault) for fault in faults] == [DatabaseMissing, NotADatabase, DatabaseMissing]


def test_paused_it_looks_no_more_until_it_goes_on(
    qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path
) -> None:
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].progress == 1)
    monitor.pause(True)
    monitor.choose(HOUR)  # it is answered after the pause has begun
    qtbot.waitUntil(lambda: taken[-1].buckets.label == label_of(HOUR) and taken[-1].complete)
    deployed.Bot(database).track_command("meanwhile")
    with qtbot.assertNotEmitted(monitor.snapshot_taken, wait=20 * INTERVAL_MS):
        pass
    monitor.pause(False)
    qtbot.waitUntil(lambda: newest(taken) == "meanwhile")


def test_the_last_of_several_hasty_choices_is_shown_even_while_paused(
    qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path
) -> None:
    """The second choice comes while the first one's snapshot is still being drawn."""
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].progress == 1)
    monitor.pause(True)
    for key in ("15min", "7d", "1h"):
        monitor.choose(CHOICES[key])
    qtbot.waitUntil(lambda: taken[-1].buckets.label == label_of(HOUR) and taken[-1].progress == 1)


def test_a_snapshot_follows_only_once_the_last_one_is_drawn(qtbot: QtBot, monitor: Monitor, database: Path) -> None:
    """A slow window gets fewer snapshots, and at the end the newest."""
    bot, seen = deployed.Bot(database), []

    def draw(snapshot: Snapshot) -> None:
        seen.append(snapshot.content.extra.totals.commands)
        if len(seen) < 4:
            for _ in range(5):
                bot.track_command()

    monitor.snapshot_taken.connect(draw)
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: seen[-1:] == [315])
    assert len(seen) <= 8


def test_reload_reads_afresh(qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path) -> None:
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].progress == 1)
    amount = len(taken)
    monitor.reload()
    qtbot.waitUntil(lambda: len(taken) > amount and taken[-1].progress == 1)
    assert taken[-1].content.extra.totals.commands == 300


def test_left_alone_it_touches_nothing(qtbot: QtBot, monitor: Monitor, taken: list[Snapshot], database: Path) -> None:
    monitor.watch(Location(path=database), DAY)
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].complete)
    monitor.leave()
    deployed.Bot(database).track_command("unseen")
    with qtbot.assertNotEmitted(monitor.snapshot_taken, wait=20 * INTERVAL_MS):
        pass


def test_monitor_may_be_stopped_twice(monitor: Monitor) -> None:
    monitor.stop()
    monitor.stop()


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.parametrize("place", ["_take_in", "_snapshot"])
def test_fault_that_nobody_expected_is_shown_once_and_tried_again_at_leisure(
    qtbot: QtBot,
    monitor: Monitor,
    taken: list[Snapshot],
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    found: list[object] = []
    monitor.fault_found.connect(found.append)
    tries = []

    def bug(*_: object) -> None:
        tries.append(1)
        raise TypeError("'<' not supported")

    monkeypatch.setattr(watcher, "AFTER_BUG", 0.3)
    with monkeypatch.context() as patch:
        patch.setattr(LiveView, place, bug)
        monitor.watch(Location(path=database), DAY)
        qtbot.waitUntil(lambda: len(tries) >= 3)
    assert [type(each) for each in found] == [UnexpectedFault]
    assert len(tries) <= 4
    qtbot.waitUntil(lambda: bool(taken) and taken[-1].content.extra.totals.commands == 300)


@pytest.mark.expect_log
def test_a_store_that_hangs_does_not_keep_the_window_open(
    qtbot: QtBot, monitor: Monitor, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, answered = threading.Event(), threading.Event()

    def hang(view: LiveView) -> None:
        begun.set()
        assert answered.wait(20)

    monkeypatch.setattr(python_thread, "LONGEST_END_MS", 50)
    with monkeypatch.context() as patch:
        patch.setattr(LiveView, "advance", hang)
        monitor.watch(Location(path=database), DAY)
        assert begun.wait(20)
        monitor.stop()
        left = python_thread._LEFT.pop()
        assert left[0].isRunning()
        answered.set()
        assert left[0].wait(20_000)  # it ends by itself once there is an answer
