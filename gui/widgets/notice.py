"""A bar for a fault that needs one line."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from core.text.translation import gettext as _
from gui.style.accessibility import announce_notice
from gui.style.severity import Severity
from gui.widgets.parts import Glyph, row, tool_button
from gui.widgets.text import ElidedLabel, set_severity

_HEIGHT: Final = 40
_MOST_LINES: Final = 3

_PASSING: Final = frozenset({Severity.GOOD, Severity.MUTED, Severity.ACCENT})
"""News rather than trouble: it goes by itself once it has been there for a while."""

_MS: Final = 12_000
_MS_WITH_BUTTON: Final = 60_000
"""How long news stays: longer where it offers something."""
_ICONS: Final = {
    Severity.GOOD: "safe",
    Severity.MUTED: "info",
    Severity.ACCENT: "info",
    Severity.WARN: "warning",
    Severity.BAD: "error",
}


class Notice(QFrame):
    """An icon, a line of words, and if wanted a button. Hidden until there is something to say.

    Trouble stays until it is dismissed, or until whoever said it takes it back; news goes by itself, though not while
    the mouse or the keys are on it.

    Attributes:
        about: what it is about, by a name of whoever said it.

    Signals:
        action_requested(): the button was pressed.
    """

    accessible_role = QAccessible.Role.Notification

    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = ""
        self._passing = QTimer(self, singleShot=True)
        self._passing.timeout.connect(self._pass)
        self._icon = Glyph()
        self._words = ElidedLabel(lines=_MOST_LINES)
        self._button = QPushButton()
        self._close = tool_button(_("Dismiss"), _("Dismiss"), "close")
        row(self._icon, (self._words, 1), self._button, self._close, on=self, gap=8, margins=(16, 4, 8, 4))
        self.setMinimumHeight(_HEIGHT)
        self._button.clicked.connect(self.action_requested)
        self._close.clicked.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self.accessibleName() if not self.isHidden() else ""

    def show_notice(self, severity: Severity, text: str, action: str = "", *, tip: str = "", about: str = "") -> None:
        """Show ``text`` (plain), and a button called ``action`` where that is not empty; ``tip`` tells more.

        It is spoken, but not once more where only its numbers are others than before: ages grow.
        """
        is_news, appears = _gist(text) != _gist(self.text), self.isHidden()
        self.about = about
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
        if severity in _PASSING:
            self._passing.start(_MS_WITH_BUTTON if action else _MS)
        else:
            self._passing.stop()

    def withdraw(self, about: str) -> None:
        """Hide what was said about this: its reason is gone. What others have said meanwhile stays."""
        if self.about == about:
            self.hide()

    def _pass(self) -> None:
        focused = QApplication.focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._passing.start(_MS)
        else:
            self.hide()


def _gist(text: str) -> str:
    """A text without its numbers and their units."""
    return re.sub(r"(?:\d[\d.,:]*\W?\w*\s*)+", "", text)
