"""The calendar that a field of dates opens: its week begins as the host's does, its colours are the theme's."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QDateTimeEdit

from gui.style.theme import ink

_DAYS: Final = tuple(Qt.DayOfWeek)
_first: Final = [Qt.DayOfWeek.Monday]


def begin_weeks_on(day: int) -> None:
    """Let weeks begin on this day, as ``datetime`` counts (0 is Monday), in every calendar from now on."""
    _first[0] = _DAYS[day]


def let_pick(editor: QDateTimeEdit) -> QCalendarWidget:
    """Give a field of dates its calendar, and return that."""
    editor.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a date is read so in any window
    editor.setCalendarPopup(True)
    calendar = editor.calendarWidget()
    calendar.setFirstDayOfWeek(_first[0])
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    head, day = QTextCharFormat(), QTextCharFormat()
    head.setForeground(ink("muted"))
    head.setBackground(ink("raised"))
    calendar.setHeaderTextFormat(head)
    for each in _DAYS:  # Qt's own weekends are red, which here means that something failed
        calendar.setWeekdayTextFormat(each, day)
    return calendar
