from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.alarms.verdict import Cause
from core.errors import DatabaseMissing
from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.storage.location import locate
from core.time_ranges import DAY, HOUR
from core.tracking.spool import make_spool
from gui.status.presence import SilenceKeeper
from tests.core import deployed
from tests.gui.windows import BERLIN
from tests.platforms import moves_open_files


class Clock:
    """The present moment, set by the test."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """Two weeks of a command every two minutes, day and night, up to now."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=14 * 24 * 30, images=0, step=120)
    return path


@pytest.fixture
def last(busy: Path) -> float:
    with sqlite3.connect(busy) as connection:
        (moment,) = connection.execute("SELECT max(timestamp) FROM command_usage").fetchone()
    connection.close()
    return float(moment)


@pytest.fixture
def clock(last: float) -> Clock:
    return Clock(last + 10)


@pytest.fixture
def keeper(qtbot: QtBot, clock: Clock) -> Iterator[SilenceKeeper]:
    made = SilenceKeeper(clock=clock)
    yield made
    made.end()


def look(view: LiveView) -> Snapshot:
    while True:
        snapshot = view.advance()
        if snapshot is not None and not view.loading:
            return snapshot


@pytest.fixture
def view(busy: Path, clock: Clock) -> Iterator[LiveView]:
    made = LiveView(busy, BERLIN, clock=clock)
    yield made
    made.close()


def test_without_a_database_there_is_nothing_to_say(keeper: SilenceKeeper) -> None:
    keeper.begin(None, BERLIN)
    assert keeper.tick() is None


@pytest.mark.slow
def test_liveness_learns_a_bots_habits_and_tells_a_silence_by_them(
    qtbot: QtBot, keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path
) -> None:
    told = list[object]()
    keeper.verdict_changed.connect(lambda verdict: told.append(verdict and verdict.cause))
    keeper.begin(locate(busy), BERLIN)
    assert keeper.tick() is None
    keeper.note(look(view))
    clock.now += 40 * 60
    qtbot.waitUntil(lambda: told[-1:] == [Cause.STOPPED], timeout=10_000)
    assert keeper.verdict is not None
    assert "every 2" in keeper.verdict.evidence
    keeper.tick()
    assert told == [Cause.LIVELY, Cause.STOPPED]


@pytest.mark.slow
def test_another_database_has_habits_of_its_own(
    qtbot: QtBot, keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path, tmp_path: Path
) -> None:
    other = deployed.create(tmp_path / "other.db")
    deployed.fill(other, commands=3, images=0, step=10)
    keeper.begin(locate(busy), BERLIN)
    keeper.note(look(view))
    clock.now += 40 * 60
    qtbot.waitUntil(lambda: keeper.verdict is not None and keeper.verdict.cause is Cause.STOPPED, timeout=10_000)
    keeper.begin(locate(other), BERLIN)
    assert keeper.verdict is None
    keeper.note(look(view))
    verdict = keeper.tick()
    assert verdict is not None
    assert verdict.cause is Cause.UNCLEAR


@moves_open_files
def test_a_file_that_is_gone_is_named_and_its_return_too(
    keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path
) -> None:
    keeper.begin(locate(busy), BERLIN)
    keeper.note(look(view))
    away = busy.rename(busy.with_name("elsewhere.db"))
    keeper.note(look(view))
    assert keeper.verdict is not None
    assert keeper.verdict.cause is Cause.MOVED
    assert DatabaseMissing.__name__ not in keeper.verdict.evidence
    away.rename(busy)
    keeper.note(look(view))
    assert keeper.verdict.cause is Cause.LIVELY


def test_a_file_that_was_replaced_is_told(keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path) -> None:
    keeper.begin(locate(busy), BERLIN)
    keeper.note_replaced()
    keeper.note(look(view))
    clock.now += HOUR
    keeper.note_replaced()
    verdict = keeper.tick()
    assert verdict is not None
    assert verdict.cause is Cause.REPLACED


@pytest.mark.slow
def test_liveness_ends_in_the_middle_of_learning(
    qtbot: QtBot, keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path
) -> None:
    keeper.begin(locate(busy), BERLIN)
    qtbot.waitUntil(lambda: keeper._job.running, timeout=10_000)
    keeper.end()
    keeper.end()
    assert not keeper._job._thread or not keeper._job._thread.isRunning()


def test_days_pass(keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path) -> None:
    keeper.begin(locate(busy), BERLIN)
    keeper.note(look(view))
    clock.now += 3 * DAY
    verdict = keeper.tick()
    assert verdict is not None
    assert "3 d" in verdict.headline.replace("\N{NO-BREAK SPACE}", " ")


def test_a_spool_beside_the_file_is_noticed_and_its_end_too(
    qtbot: QtBot, keeper: SilenceKeeper, view: LiveView, clock: Clock, busy: Path
) -> None:
    keeper.begin(locate(busy), BERLIN)
    keeper.note(look(view))
    spool = make_spool(locate(busy))
    clock.now += 5 * 60
    os.utime(spool.path, (clock.now, clock.now))
    keeper.tick()
    qtbot.waitUntil(lambda: keeper.verdict is not None and keeper.verdict.cause is Cause.HELD_UP)
    spool.remove()
    clock.now += 60
    keeper.tick()
    qtbot.waitUntil(lambda: keeper.verdict is not None and keeper.verdict.cause is not Cause.HELD_UP)
