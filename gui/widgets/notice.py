"""A bar for a fault that needs one line."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from gui.style.accessibility import announce_notice
from gui.style.severity import Severity
from gui.widgets.parts import Glyph, row, tool_button
from gui.widgets.text import ElidedLabel, set_severity

_HEIGHT: Final = 40
_MOST_LINES: Final = 3
_ICONS: Final = {
    Severity.GOOD: "safe",
    Severity.MUTED: "info",
    Severity.ACCENT: "info",
    Severity.WARN: "warning",
    Severity.BAD: "error",
}


class Notice(QFrame):
    """An icon, a line of words, and if wanted a button. Hidden until there is something to say.

    Signals:
        action_requested(): the button was pressed.
    """

    accessible_role = QAccessible.Role.Notification

    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Glyph()
        self._words = ElidedLabel(lines=_MOST_LINES)
        self._button = QPushButton()
        self._close = tool_button("Dismiss", "Dismiss", "close")
        row(self._icon, (self._words, 1), self._button, self._close, on=self, gap=8, margins=(16, 4, 8, 4))
        self.setMinimumHeight(_HEIGHT)
        self._button.clicked.connect(self.action_requested)
        self._close.clicked.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self.accessibleName() if not self.isHidden() else ""

    def show_notice(self, severity: Severity, text: str, action: str = "", *, tip: str = "") -> None:
        """Show ``text`` (plain), and a button called ``action`` where that is not empty; ``tip`` tells more.

        It is spoken, but not once more where only its numbers are others than before: ages grow.
        """
        is_news, appears = _gist(text) != _gist(self.text), self.isHidden()
        self._words.set_text(text)
        self._words.keep_tip(tip)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(text)
        set_severity(self, severity)
        self._icon.show_icon(_ICONS[severity], severity)
        self.show()
        if is_news:
            urgent = severity in (Severity.WARN, Severity.BAD)
            announce_notice(self, text, urgent=urgent, appears=appears)


def _gist(text: str) -> str:
    """A text without its numbers and their units."""
    return re.sub(r"(?:\d[\d.,:]*\W?\w*\s*)+", "", text)
