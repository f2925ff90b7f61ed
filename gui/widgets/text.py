"""Labels and tool tips for untrusted text: always plain, never wider than their place."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from core.formatting import one_line
from gui.widgets.mood import Mood


def plain_tip(text: str, limit: int = 400) -> str:
    """Return a tool tip that shows ``text`` as it is, wrapped.

    Qt guesses whether a tool tip is rich text, and there is no switch: so it is made rich text, escaped.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"<p>{html.escape(shown).replace(chr(10), '<br>')}</p>" if shown else ""


def set_mood(widget: QWidget, mood: Mood) -> None:
    """Let the style sheet colour ``widget`` by ``mood`` (its rules on the property of that name)."""
    if widget.property("mood") != mood.value:
        widget.setProperty("mood", mood.value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class PlainLabel(QLabel):
    """A label that never takes its text for rich text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class ElidedLabel(PlainLabel):
    """One line of plain text that gives way: it shows an ellipsis where it has too little room.

    The whole text (up to 400 characters) is the tool tip while it is cut, unless ``keep_tip`` was given one.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, least: int = 24) -> None:
        super().__init__("", parent)
        self._least = least
        self._tip = ""
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show ``text``, made fit for one line."""
        line = one_line(text, 400)
        if line != self.text():
            self.setText(line)
            self._update_tip()

    def keep_tip(self, tip: str) -> None:
        """Show ``tip`` as the tool tip, cut or not."""
        self._tip = tip
        self._update_tip()

    def is_cut(self) -> bool:
        """Whether the text is wider than its place."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a small width: eliding makes it do."""
        hint = super().minimumSizeHint()
        return QSize(min(self._least, hint.width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Offer the whole text as the tool tip once it is cut."""
        super().resizeEvent(event)
        self._update_tip()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw as much as fits."""
        del event
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        box = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(self.alignment() | Qt.TextFlag.TextSingleLine), shown)

    def _update_tip(self) -> None:
        cut = self.text() if self.is_cut() else ""
        self.setToolTip(plain_tip(self._tip or cut))
