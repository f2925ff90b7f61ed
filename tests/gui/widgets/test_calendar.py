"""The calendar of a field of dates: the host's week, the theme's colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDateTimeEdit
from pytestqt.qtbot import QtBot

from core.time_ranges import TimeRange
from gui import settings
from gui.app.startup import write_in_our_language
from gui.dialogs.custom_range import CustomRangeDialog
from gui.settings import Settings, WeekStart
from gui.style.theme import apply_theme
from gui.widgets.calendar import begin_weeks_on, let_pick
from gui.window.main_window import MainWindow
from resources import design
from resources.design import Theme
from tests.gui.windows import BERLIN


@pytest.fixture(autouse=True)
def _mondays() -> Iterator[None]:
    yield
    begin_weeks_on(0)


def pictured(theme: Theme, qtbot: QtBot, qapp: QApplication) -> QImage:
    apply_theme(qapp, theme)
    editor = QDateTimeEdit()
    qtbot.addWidget(editor)
    calendar = let_pick(editor)
    calendar.resize(280, 200)
    return calendar.grab().toImage()


@pytest.mark.parametrize("theme", Theme)
def test_it_has_the_themes_ground_and_no_red(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    image = pictured(theme, qtbot, qapp)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert design.palette(theme).surface in colours
    assert "#ff0000" not in colours


@pytest.mark.parametrize("start", WeekStart)
def test_its_week_begins_as_the_host_prefers(start: WeekStart, qtbot: QtBot, qapp: QApplication) -> None:
    begin_weeks_on(start.number)
    dialog = CustomRangeDialog(TimeRange(1.7e9, 1.7e9 + 86_400), BERLIN)
    qtbot.addWidget(dialog)
    days = {0: Qt.DayOfWeek.Monday, 5: Qt.DayOfWeek.Saturday, 6: Qt.DayOfWeek.Sunday}
    assert {editor.calendarWidget().firstDayOfWeek() for editor in (dialog.start, dialog.end)} == {days[start.number]}


def test_the_windows_preference_reaches_it(qtbot: QtBot, window: MainWindow, memory: Settings) -> None:
    memory.remember(settings.WEEK_START, "sunday")
    window.preferences.apply(settings.WEEK_START, "sunday")
    dialog = CustomRangeDialog(TimeRange(1.7e9, 1.7e9 + 86_400), BERLIN, window)
    assert dialog.start.calendarWidget().firstDayOfWeek() is Qt.DayOfWeek.Sunday


def test_its_names_and_digits_are_those_of_the_window(qtbot: QtBot, qapp: QApplication) -> None:
    write_in_our_language()
    editor = QDateTimeEdit()
    qtbot.addWidget(editor)
    assert let_pick(editor).locale().dayName(1) == "Monday"
    assert let_pick(editor).locale().toString(2026) == "2,026"
