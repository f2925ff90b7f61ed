"""Labels and tool tips for untrusted text: always plain, never wider than their place."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QStyle, QToolButton, QWidget

from core.text.names import bare_name, name_line
from core.text.translation import gettext as _
from gui.style.severity import Severity

_ENDING: Final = re.compile(r"\s(…\w{4})$")
"""The end of an id behind a name that others bear, too; see ``core.text.names``."""

_SHORTENED: Final = _("shortened on screen")


def plain_tip(text: str, limit: int = 400) -> str:
    """Return a tool tip that shows ``text`` as it is, wrapped.

    Qt guesses whether a tool tip is rich text, and there is no switch: so it is made rich text, escaped.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"<p>{html.escape(shown).replace(chr(10), '<br>')}</p>" if shown else ""


def set_tip(widget: QWidget, text: str, limit: int = 400) -> None:
    """Give a widget a tool tip, and a screen reader the same words: without that it would read the tip's markup."""
    widget.setToolTip(plain_tip(text, limit))
    widget.setAccessibleDescription(text[:limit])


def cut_name(metrics: QFontMetrics | QFontMetricsF, text: str, width: float) -> str:
    """Shorten what stands in a cell or a legend to a width in pixels, and keep what tells it from others.

    Ids begin alike, so they lose their beginning; a name with the end of an id behind it ("Fox fans …4821") keeps that
    end. Anything else loses its end.
    """
    if metrics.horizontalAdvance(text) <= width:
        return text
    room = int(width)
    if text.isdecimal():
        return metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
    found = _ENDING.search(text)
    if found is not None:
        name, end = text[: found.start()], found[1]
        whole, without = bare_name(name), int(room - metrics.horizontalAdvance(end))
        inner = min(without + int(metrics.horizontalAdvance("…")), int(metrics.horizontalAdvance(whole)) - 1)
        fits = metrics.horizontalAdvance(whole) <= without
        cut = (
            whole if fits else metrics.elidedText(whole, Qt.TextElideMode.ElideRight, inner).removesuffix("…").rstrip()
        )
        if cut:
            return (f"\u2068{cut}\u2069" if bare_name(name) != name else cut) + end
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)


def set_severity(widget: QWidget, severity: Severity | None) -> None:
    """Let the style sheet colour ``widget`` by ``severity`` (its rules on the property of that name); None: as text."""
    value = severity.value if severity is not None else None
    if widget.property("severity") != value:
        widget.setProperty("severity", value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def let_clear(field: QLineEdit) -> None:
    """Give a field the button that empties it. It and the symbol beside it get names, which Qt does not give them."""
    before = set(field.findChildren(QToolButton))
    field.setClearButtonEnabled(True)
    for button in field.findChildren(QToolButton):
        button.setAccessibleName(_("Search") if button in before else _("Clear"))


class PlainLabel(QLabel):
    """A label that never takes its text for rich text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class ElidedLabel(PlainLabel):
    """One line of plain text that gives way: it shows an ellipsis where it has too little room.

    Where it may have more ``lines``, it breaks into as many as it needs before it is cut. The whole text (up to 400
    characters) is the tool tip while it is cut, unless ``keep_tip`` was given one.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, least: int = 24, lines: int = 1) -> None:
        super().__init__("", parent)
        self._least, self._most_lines = least, lines
        self._tip = ""
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show ``text``, made fit for one line."""
        line = name_line(text, 400)
        if line != self.text():
            self.setText(line)
            self._update_tip()

    def keep_tip(self, tip: str) -> None:
        """Show ``tip`` as the tool tip, cut or not."""
        self._tip = tip
        self._update_tip()

    def is_cut(self) -> bool:
        """Whether the text is wider than its place."""
        lines = self.lines()
        return self.fontMetrics().horizontalAdvance(lines[-1]) > self.contentsRect().width()

    def hasHeightForWidth(self) -> bool:
        """Tell layouts that more lines need more height."""
        return self._most_lines > 1

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines that it is broken into at a width."""
        if self._most_lines == 1:
            return super().heightForWidth(width)
        margins, metrics = self.contentsMargins(), self.fontMetrics()
        room = width - margins.left() - margins.right()
        lines = broken(self.text(), room, self._most_lines, metrics)
        return len(lines) * metrics.lineSpacing() + margins.top() + margins.bottom()

    def lines(self) -> tuple[str, ...]:
        """The lines that it is broken into; the last one may be too long for its place."""
        return broken(self.text(), self.contentsRect().width(), self._most_lines, self.fontMetrics())

    def minimumSizeHint(self) -> QSize:
        """Return a small width: eliding makes it do."""
        hint = super().minimumSizeHint()
        return QSize(min(self._least, hint.width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the whole text as the tool tip once it is cut."""
        super().resizeEvent(event)
        self._update_tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        del event
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        box = self.contentsRect()
        *whole, last = self.lines()
        shown = self.fontMetrics().elidedText(last, Qt.TextElideMode.ElideRight, box.width())
        single = Qt.TextFlag.TextSingleLine if not whole else Qt.TextFlag.TextDontClip
        side = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.drawText(box, int(side | single), "\n".join((*whole, shown)))

    def _update_tip(self) -> None:
        cut = self.text() if self.is_cut() else ""
        self.setToolTip(plain_tip(self._tip or cut))
        # without any, Qt would speak the tool tip, with its markup
        self.setAccessibleDescription(self._tip or (_SHORTENED if cut else ""))


def broken(text: str, width: int, most: int, metrics: QFontMetrics) -> tuple[str, ...]:
    """Break a text between words into lines that fit ``width``; into ``most`` at most, the last with all the rest."""
    lines: list[str] = []
    rest = text
    while len(lines) < most - 1 and metrics.horizontalAdvance(rest) > width:
        ends = [place for place, sign in enumerate(rest) if sign == " "]
        fitting = bisect_right(ends, width, key=lambda end, rest=rest: metrics.horizontalAdvance(rest[:end]))  # type: ignore[misc]
        if not fitting:
            break
        end = ends[fitting - 1]
        lines.append(rest[:end])
        rest = rest[end + 1 :]
    return (*lines, rest)
