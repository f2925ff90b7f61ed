from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from core.errors import DatabaseLocked
from gui.window import turns
from gui.window.main_window import MainWindow
from gui.window.turns import Work, WorkInTurns
from tests.gui.windows import light, notice, watch


@pytest.fixture(autouse=True)
def every_part_fills_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)


def work(name: str, done: list[str], parts: int = 3) -> Work:
    def begin() -> Iterator[None]:
        for part in range(parts):
            done.append(f"{name}{part}")
            yield
        done.append(f"{name} ends")

    return begin


def whole(name: str, parts: int = 3) -> list[str]:
    return [*(f"{name}{part}" for part in range(parts)), f"{name} ends"]


def test_other_events_come_between_the_parts(qtbot: QtBot) -> None:
    done: list[str] = []
    beside = QTimer(interval=0)
    beside.timeout.connect(lambda: done.append("event"))
    beside.start()
    WorkInTurns(beside).do(work("a", done))
    assert done == []
    qtbot.waitUntil(lambda: "a ends" in done)
    beside.stop()
    places = [done.index(part) for part in whole("a")]
    assert all("event" in done[before:after] for before, after in pairwise(places))


def test_of_what_comes_meanwhile_the_newest_is_done_once_the_first_is_whole(qtbot: QtBot) -> None:
    done: list[str] = []
    in_turns = WorkInTurns()
    for name in "abc":
        in_turns.do(work(name, done))
    qtbot.waitUntil(lambda: "c ends" in done)
    assert done == [*whole("a"), *whole("c")]


def test_what_is_abandoned_is_left_as_it_is(qtbot: QtBot) -> None:
    done: list[str] = []
    in_turns = WorkInTurns()

    def interrupted() -> Iterator[None]:
        yield
        in_turns.abandon()
        done.append("a part")
        yield
        done.append("never")

    in_turns.do(interrupted)
    in_turns.do(work("b", done))
    qtbot.waitUntil(lambda: bool(done))
    in_turns.do(work("c", done))
    qtbot.waitUntil(lambda: "c ends" in done)
    assert done == ["a part", *whole("c")]


def test_a_part_may_have_something_else_begun(qtbot: QtBot) -> None:
    done: list[str] = []
    in_turns = WorkInTurns()

    def changing_its_mind() -> Iterator[None]:
        in_turns.abandon()
        in_turns.do(work("b", done))
        yield
        done.append("never")

    in_turns.do(changing_its_mind)
    qtbot.waitUntil(lambda: "b ends" in done)
    assert done == whole("b")


def test_after_a_fault_the_next_is_done(qtbot: QtBot) -> None:
    done: list[str] = []
    in_turns = WorkInTurns()

    def faulty() -> Iterator[None]:
        yield
        raise ZeroDivisionError

    with qtbot.captureExceptions() as faults:
        in_turns.do(faulty)
        in_turns.do(work("b", done))
        qtbot.waitUntil(lambda: "b ends" in done)
    assert [fault[0] for fault in faults] == [ZeroDivisionError]
    assert done == whole("b")


def test_where_a_fault_begins_or_ends_light_notice_and_page_say_so_in_one_turn(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    shown, live = watch(qtbot, window, database), window.live
    window.live.top.pause.setChecked(True)  # nothing else comes in
    healthy = light(window)
    told: list[str] = []
    for fault in (DatabaseLocked("analytics.db"), None):
        live.show_snapshot(replace(shown, fault=fault), time.time(), in_turns=True)
        assert live.shown is not None and live.shown.fault is fault
        told.append(notice(window))
    assert DatabaseLocked.title in told[0]
    assert (told[1], light(window)) == ("", healthy)
    later = replace(shown, taken=shown.taken + 1)
    live.show_snapshot(later, time.time(), in_turns=True)
    assert live.shown is not later
    qtbot.waitUntil(lambda: live.shown is later)
