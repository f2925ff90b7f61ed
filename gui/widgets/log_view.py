"""This session's log: the newest line last, by level, as plain text."""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from core.text.translation import gettext as _
from gui.status.log_buffer import MOST_LINES, LogLine, SessionLog
from gui.style.theme import SMALL_PIXELS, base_font, ink, tabular
from gui.widgets.joined_buttons import Segments
from gui.widgets.parts import column, tool_button

_LEVELS: Final = ((_("All"), logging.DEBUG), (_("Warnings"), logging.WARNING), (_("Errors"), logging.ERROR))
_INKS: Final = ((logging.ERROR, "bad"), (logging.WARNING, "warn"), (logging.INFO, "text"), (0, "muted"))
_NOTHING: Final = (_("Nothing was logged yet."), _("No warnings in this session."), _("No errors in this session."))


class LogView(QWidget):
    """Follows a :class:`SessionLog` whenever :meth:`refresh` is called; stays where it was scrolled to.

    Attributes:
        text: the lines that are shown.
        levels, copy_button: which lines, and what copies them; they have no place until they are given one.
    """

    def __init__(self, log: SessionLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._last, self._dropped = -1, log.dropped
        self._at_end = True
        self.levels = Segments(tuple(title for title, _n in _LEVELS))
        self.text = QPlainTextEdit()
        self.copy_button = tool_button(_("Copy the log"), _("Copy the lines that are shown"), "copy", "text")
        self._arrange()
        self.levels.chosen.connect(self._start_anew)
        self.copy_button.clicked.connect(self.copy)
        bar = self.text.verticalScrollBar()
        bar.valueChanged.connect(self._note_place)
        bar.rangeChanged.connect(self._stay_at_end)
        self._start_anew()

    def refresh(self) -> None:
        """Add what was logged meanwhile; begin anew where lines were forgotten."""
        if self._dropped != self._log.dropped:
            self._dropped = self._log.dropped
            self._start_anew()
        lines = self._log.lines(self._last)
        if not lines:
            return
        self._last = lines[-1].number
        seen_first = self.text.cursorForPosition(self.text.viewport().rect().topLeft())
        cursor = QTextCursor(self.text.document())
        for line in lines:
            if line.level >= _LEVELS[self.levels.current][1]:
                self._append(cursor, line)
        if not self._at_end:  # in a full log each new line takes the first one away
            self.text.verticalScrollBar().setValue(seen_first.block().firstLineNumber())

    def copy(self) -> None:
        """Copy the lines that are shown."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: the lines that are there are in the colours of the last one."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._start_anew()

    def _start_anew(self) -> None:
        self._last = -1
        self.text.clear()
        self.text.setPlaceholderText(_NOTHING[self.levels.current])
        self._at_end = True
        self.refresh()

    def _note_place(self, value: int) -> None:
        self._at_end = value >= self.text.verticalScrollBar().maximum()

    def _stay_at_end(self, _lowest: int, highest: int) -> None:
        """More lines, or a lower view: who was at the end stays there."""
        if self._at_end:
            self.text.verticalScrollBar().setValue(highest)

    def _append(self, cursor: QTextCursor, line: LogLine) -> None:
        cursor.movePosition(QTextCursor.MoveOperation.End)
        look = QTextCharFormat()
        look.setForeground(ink(next(name for least, name in _INKS if line.level >= least)))
        cursor.insertText("" if self.text.document().isEmpty() else "\n")
        cursor.insertText(line.text, look)

    def _arrange(self) -> None:
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setProperty("code", True)
        self.text.setFont(tabular(base_font(SMALL_PIXELS)))
        self.text.setMaximumBlockCount(MOST_LINES)
        self.text.setMinimumHeight(64)
        self.text.setAccessibleName(_("Session log"))
        self.levels.setAccessibleName(_("Levels of the log"))
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column(self.text, on=self)
