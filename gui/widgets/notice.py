"""A bar for a fault that needs one line."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from gui.style.icons import icon
from gui.style.severity import Severity
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip
from resources import design
from resources.design import Palette, Theme

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

    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = design.palette(Theme.DARK)
        self._severity = Severity.MUTED
        self._icon = PlainLabel()
        self._words = ElidedLabel(lines=_MOST_LINES)
        self._button = QPushButton()
        self._close = QToolButton()
        self._close.setAccessibleName("Dismiss")
        set_tip(self._close, "Dismiss")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.setSpacing(8)
        for widget, stretch in ((self._icon, 0), (self._words, 1), (self._button, 0), (self._close, 0)):
            row.addWidget(widget, stretch)
        self.setMinimumHeight(_HEIGHT)
        self._button.clicked.connect(self.action_requested)
        self._close.clicked.connect(self.clear)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self.accessibleName() if not self.isHidden() else ""

    def show_notice(self, severity: Severity, text: str, action: str = "", *, tip: str = "") -> None:
        """Show ``text`` (plain), and a button called ``action`` where that is not empty; ``tip`` tells more."""
        self._severity = severity
        self._words.set_text(text)
        self._words.keep_tip(tip)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(text)
        set_severity(self, severity)
        self._paint()
        self.show()

    def clear(self) -> None:
        """Say nothing any more."""
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._colours = palette
        self._paint()

    def _paint(self) -> None:
        glyph = icon(_ICONS[self._severity], self._colours, self._severity.value)
        self._icon.setPixmap(glyph.pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self._close.setIcon(icon("close", self._colours))
