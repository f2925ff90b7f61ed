"""Time zone and week start, chosen in Preferences by mouse and keyboard: the whole open window follows at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from core.feed.snapshot import Snapshot
from core.filters import Field, Filter, Term
from core.time_ranges import HOUR, TimeRange
from gui import settings
from gui.dialogs.controls import Choice, Zone
from gui.dialogs.export_table import ExportTableDialog
from gui.dialogs.preferences import PreferencesDialog
from gui.settings import Settings
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import act, chips, open_on, settle, turn_to
from tests.gui.windows import BERLIN, press, shown_after, texts, watch, words

TOKYO = ZoneInfo("Asia/Tokyo")
NINE = datetime(2026, 3, 2, 9, tzinfo=BERLIN).timestamp()
"""A Monday, 17:00 in Tokyo."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twelve commands from nine o'clock on, a minute apart."""
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=12, images=12, start=NINE, step=60)
    return path


def in_preferences(qtbot: QtBot, window: MainWindow, do: Callable[[PreferencesDialog], object]) -> None:
    """Open Preferences by their keys, do something there, and leave by Escape."""
    seen: list[PreferencesDialog] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, PreferencesDialog) and not seen:
            seen.append(dialog)
            do(dialog)
            QTest.keyClick(dialog, Qt.Key.Key_Escape)

    waiting = QTimer()
    waiting.timeout.connect(look)
    waiting.start(5)
    press(window, "Ctrl+,")
    waiting.stop()
    assert seen and not seen[0].isVisible()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)


def choose_tokyo(dialog: PreferencesDialog) -> None:
    control = dialog.controls[settings.ZONE.key]
    assert isinstance(control, Zone)
    line = control.box.lineEdit()
    assert isinstance(line, QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "Asia/Tokyo")
    QTest.keyClick(line, Qt.Key.Key_Return)


def choose_sunday(dialog: PreferencesDialog) -> None:
    control = dialog.controls[settings.WEEK_START.key]
    assert isinstance(control, Choice)
    QTest.mouseClick(control.buttons["sunday"], Qt.MouseButton.LeftButton)


def follow(qtbot: QtBot, window: MainWindow, do: Callable[[PreferencesDialog], object]) -> Snapshot:
    return act(qtbot, window, lambda: in_preferences(qtbot, window, do))


@pytest.mark.slow
def test_charts_and_tables_say_the_other_zones_hours(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    open_on(qtbot, window, path, "commands")
    act(qtbot, window, lambda: window.ranges.choose("custom", TimeRange(NINE - HOUR, NINE + HOUR)))
    table = window.live.pages["commands"].table
    assert table is not None and words(str(table.model.index(0, 0).data())).endswith("09:11:00")
    snapshot = follow(qtbot, window, choose_tokyo)
    assert (window.live.page, snapshot.choice, window.ranges.span) == (
        "commands",
        "custom",
        TimeRange(NINE - HOUR, NINE + HOUR),
    )
    assert snapshot.buckets.zone.key == "Asia/Tokyo"
    plot = window.live.pages["commands"].plots["over_time"]  # type: ignore[attr-defined]
    assert plot.chart.zone.key == "Asia/Tokyo"
    assert words(str(table.model.index(0, 0).data())).endswith("17:11:00")
    assert any("16:00" in button.text() for button in window.live.top.picker.findChildren(QAbstractButton))
    assert "Asia/Tokyo" in texts(window)
    press(window, "Alt+1")
    qtbot.waitUntil(lambda: any("17:11" in line for line in texts_of_events(window)))


def texts_of_events(window: MainWindow) -> list[str]:
    model = window.live.pages["overview"].events.model  # type: ignore[attr-defined]
    return [words(str(model.index(0, column).data())) for column in range(model.columnCount())]


@pytest.mark.slow
def test_a_filter_holds_the_same_rows_in_other_words(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    open_on(qtbot, window, path, "commands")
    act(qtbot, window, lambda: press(window, "Ctrl+7"))
    later = Filter((Term(Field.AFTER, NINE + 300),))
    act(qtbot, window, lambda: window.filter_by(later), chosen=later)
    table = window.live.pages["commands"].table
    assert table is not None
    table.frame.filter_box.set_text("before:2026-03-02T09:10 comfy")
    settle(qtbot, table)
    assert chips(window) == ["after 2 Mar 09:05"]
    found = [row.record.id for row in table.model.rows]
    assert found
    snapshot = follow(qtbot, window, choose_tokyo)
    assert snapshot.chosen == later
    assert chips(window) == ["after 2 Mar 17:05"]
    assert table.frame.filter_box.text == "before:2026-03-02T17:10 comfy"
    assert [row.record.id for row in table.model.rows] == found


@pytest.mark.slow
def test_a_text_in_the_filter_box_without_a_time_stays_as_it_was_typed(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    assert board.table is not None
    board.table.frame.filter_box.set_text('"comfy"  nonsense:')
    follow(qtbot, window, choose_tokyo)
    assert board.table.frame.filter_box.text == '"comfy"  nonsense:'


@pytest.mark.slow
def test_the_week_begins_where_it_is_said_to(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, before = open_on(qtbot, window, path, "users")
    assert before.content.charts["when"].rows[0] == "Mon"
    turn_to(qtbot, window, board, "New and returning")
    after = follow(qtbot, window, choose_sunday)
    assert board.sections.current == 2, "the section stays"
    days = [datetime.fromtimestamp(edge, BERLIN).strftime("%a") for edge in after.content.charts["per_week"].edges]
    assert set(days) == {"Sun"}
    calendar = shown_after(qtbot, window, lambda: press(window, "Alt+8"), page="calendar", complete=True)
    assert calendar.content.charts["commands"].rows[0] == "Sun"


def test_the_calendars_days_are_those_of_the_zone(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    late = datetime(2026, 9, 2, 20, tzinfo=BERLIN).timestamp()  # the day after in Tokyo
    path = deployed.create(tmp_path / "late.db")
    deployed.fill(path, commands=3, images=0, start=late)
    open_on(qtbot, window, path, "calendar")
    snapshot = act(qtbot, window, lambda: press(window, "Ctrl+7"))

    def busy(snapshot: Snapshot) -> list[str]:
        cells = (cell for row in snapshot.content.charts["commands"].cells for cell in row)
        return [words(cell.words).partition(":")[0] for cell in cells if cell.value]

    assert busy(snapshot) == ["Wed 2 Sep 2026"]
    assert busy(follow(qtbot, window, choose_tokyo)) == ["Thu 3 Sep 2026"]


@pytest.mark.slow
def test_an_export_writes_the_times_that_are_shown(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    open_on(qtbot, window, path, "commands")
    act(qtbot, window, lambda: press(window, "Ctrl+7"))
    follow(qtbot, window, choose_tokyo)
    press(window, "Ctrl+Shift+E")
    dialog = window.errands.exports.dialog
    assert isinstance(dialog, ExportTableDialog)
    target = tmp_path / "out.csv"
    QTest.mouseClick(dialog.format.buttons["csv"], Qt.MouseButton.LeftButton)
    dialog.file.line.setText(str(target))
    with qtbot.waitSignal(dialog.exported, timeout=10_000):
        QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader(io.StringIO(target.read_bytes().decode("utf-8-sig"), newline="")))
    assert {row["UTC offset"] for row in rows} == {"UTC+09:00"}


def test_without_a_database_the_choice_holds_for_the_next_one(
    qtbot: QtBot, window: MainWindow, path: Path, memory: Settings
) -> None:
    in_preferences(qtbot, window, choose_tokyo)
    assert memory.zone_name() == "Asia/Tokyo"
    assert watch(qtbot, window, path).buckets.zone.key == "Asia/Tokyo"


def test_defaults_are_back_at_once(qtbot: QtBot, window: MainWindow, path: Path, memory: Settings) -> None:
    open_on(qtbot, window, path, "users")
    follow(qtbot, window, choose_sunday)
    snapshot = follow(qtbot, window, lambda dialog: QTest.mouseClick(dialog.restore, Qt.MouseButton.LeftButton))
    assert snapshot.content.charts["when"].rows[0] == "Mon"
