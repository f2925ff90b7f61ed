"""The position bar by mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.style.theme import apply_theme
from gui.tables.records.scrollbar import PositionBar
from resources.design import Theme


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> PositionBar:
    around = QWidget()
    qtbot.addWidget(around)
    made = PositionBar()
    apply_theme(qapp, Theme.LIGHT)
    row = QHBoxLayout(around)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(made)
    around.resize(300, 400)
    around.show()
    around.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is around)
    made.set_place(0.0, 0.001, "24 Nov 2026 14:05")
    made.around = around  # type: ignore[attr-defined]
    return made


def jumps(bar: PositionBar) -> list[float]:
    kept: list[float] = []
    bar.jump_asked.connect(kept.append)
    return kept


def at(height: int) -> QPoint:
    return QPoint(6, height)


def test_a_click_jumps_there(bar: PositionBar, qtbot: QtBot) -> None:
    kept = jumps(bar)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=at(200))
    assert kept == [pytest.approx(0.5, abs=0.01)]


def test_the_ends_can_be_reached(bar: PositionBar, qtbot: QtBot) -> None:
    kept = jumps(bar)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=at(399))
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=at(0))
    assert kept == [1.0, 0.0]


def test_a_drag_jumps_again_and_again_and_holds_the_handle(bar: PositionBar, qtbot: QtBot) -> None:
    kept = jumps(bar)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=at(10))
    assert kept == []  # the handle was taken where it is
    for height in (60, 110, 210):
        qtbot.mouseMove(bar, at(height))
        bar.set_place(0.0, 0.001, "")  # what the table says meanwhile does not pull it away
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=at(210))
    assert len(kept) == 3
    assert kept == sorted(kept)
    assert bar.value() == pytest.approx(kept[-1] * bar.maximum(), abs=1)
    assert not bar.is_dragged


@pytest.mark.parametrize(
    ("key", "share"),
    [
        (Qt.Key.Key_Down, 0.51),
        (Qt.Key.Key_Up, 0.49),
        (Qt.Key.Key_PageDown, 0.6),
        (Qt.Key.Key_PageUp, 0.4),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 1.0),
    ],
)
def test_keys_jump(bar: PositionBar, key: Qt.Key, share: float) -> None:
    bar.set_place(0.5, 0.001, "")
    bar.setFocus()
    kept = jumps(bar)
    QTest.keyClick(bar, key)
    assert kept == [pytest.approx(share, abs=1e-6)]


def test_the_place_under_the_mouse_is_named_in_a_bubble(bar: PositionBar, qtbot: QtBot) -> None:
    asked: list[float] = []
    bar.place_asked.connect(asked.append)
    qtbot.mouseMove(bar, at(200))
    qtbot.waitUntil(lambda: bool(asked))
    bar.name_place(asked[-1], "<b>24 Nov</b>")
    assert bar.bubble is not None
    assert bar.bubble.isVisible()
    assert bar.bubble.words.text() == "<b>24 Nov</b>"
    assert bar.bubble.geometry().right() < bar.x()
    bar.name_place(asked[-1] / 2, "an older answer")
    assert bar.bubble.words.text() == "<b>24 Nov</b>"
    qtbot.mouseMove(bar.around, QPoint(10, 10))  # type: ignore[attr-defined]
    QApplication.sendEvent(bar, _leaving())
    assert not bar.bubble.isVisible()


def test_scrollbar_says_where_it_is(bar: PositionBar) -> None:
    assert bar.accessibleName()
    assert bar.accessibleDescription() == "24 Nov 2026 14:05"
    bar.set_place(0.25, 0.1, "3 Mar 2026 01:00")
    assert bar.value() == bar.maximum() // 4
    assert bar.accessibleDescription() == "3 Mar 2026 01:00"


def test_where_everything_is_seen_there_is_nothing_to_drag(bar: PositionBar, qtbot: QtBot) -> None:
    bar.set_place(0.0, 1.0, "")
    kept = jumps(bar)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=at(300))
    assert kept == []


def _leaving() -> object:
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)
