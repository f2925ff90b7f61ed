"""Plain text of any length in a box: it can be selected and copied as it is, and never holds the window up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextCursor, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

_CHUNK: Final = 2_000
"""Characters that are laid out at once, when they come into view. All at once would take a tenth of a second."""

_LEAST_WIDTH: Final = 48
_WIDEST_LINE: Final = 400
"""Characters. No line of the pane holds more."""

_NEAR: Final = 200
"""So far back a blank is looked for to cut at."""

_SHOWN: Final = str.maketrans(
    {"\n": "\u2028", "\u2029": "\u2028", "\r": " ", "\0": " ", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd"}
)
"""How a segment is shown within one block of a document: what would begin another block is a line separator."""


class LongText(QPlainTextEdit):
    """Shows untrusted text, read-only, and breaks it anywhere where it must: it is never wider than its place.

    What is copied is the text itself, also where it was cut to be laid out. ``framed``: as a box; else it looks like
    a label, and the Tab key passes it by as it does with one.

    Signals:
        width_changed(): it has room for more on a line, or for less.
    """

    width_changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, framed: bool = True) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if framed:
            self.setProperty("code", True)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            self.document().setDocumentMargin(0)
            self.viewport().setAutoFillBackground(False)
        self._framed, self._width = framed, self.width()
        self._whole = ""
        self._segments: list[tuple[str, str]] = [("", "")]
        """What each block of the document holds of the text, and what of it lies between the block and the next."""

    @property
    def whole(self) -> str:
        """The text as it was handed in."""
        return self._whole

    def show_text(self, text: str) -> None:
        """Show ``text`` from its beginning."""
        if text == self._whole:
            return
        self._whole = text
        self._segments = list(_cut(text))
        self.setPlainText("\n".join(segment.translate(_SHOWN) for segment, _ in self._segments))
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def lines_wanted(self, most: int) -> int:
        """How many lines of the present width the text needs, counted up to ``most``."""
        room = self.viewport().width() if self._framed else self.width()  # a scroll bar is there for more lines only
        width = max(room - 2 * self.document().documentMargin(), 1.0)
        layout = QTextLayout(self._whole[: most * _WIDEST_LINE].translate(_SHOWN), self.font())
        layout.setTextOption(QTextOption(self.document().defaultTextOption()))
        layout.beginLayout()
        lines = 0
        while lines < most:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            lines += 1
        layout.endLayout()
        return max(lines, 1)

    def fit_lines(self, most: int, least: int) -> None:
        """Be as tall as the text needs, up to ``most`` lines, beyond which it scrolls; a single one stands in the
        middle of ``least`` pixels.
        """
        policy, line = Qt.ScrollBarPolicy, self.fontMetrics().lineSpacing()
        lines, above = self.lines_wanted(most + 1), max(least - line, 0) // 2
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if lines > most else policy.ScrollBarAlwaysOff)
        self.setViewportMargins(0, above, 0, 0)
        self.setFixedHeight(min(lines, most) * line + 2 * above)

    def minimumSizeHint(self) -> QSize:
        """Return a small size: it breaks and scrolls where there is no more room."""
        return QSize(_LEAST_WIDTH, self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of another width: more lines, or fewer, are needed then."""
        super().resizeEvent(event)
        if self.width() != self._width:
            self._width = self.width()
            self.width_changed.emit()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return the selected part of the text, without the cuts that are ours."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        block, parts = self.document().findBlock(start), []
        while block.isValid() and block.position() <= end:
            segment, between = self._segments[block.blockNumber()]
            first = block.position()
            parts.append(_part(segment, max(start - first, 0), end - first))
            parts.append(between if first + block.length() <= end else "")
            block = block.next()
        data = QMimeData()
        data.setText("".join(parts))
        return data


def _part(segment: str, start: int, end: int) -> str:
    """A part of a segment; Qt counts in units of UTF-16."""
    return segment.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def _cut(text: str) -> Iterator[tuple[str, str]]:
    """The text in segments to lay out, each with what stands between it and the next: a line's end, or nothing."""
    place = 0
    while len(text) - place > _CHUNK:
        end = place + _CHUNK
        line_end = text.rfind("\n", place, end)
        if line_end > place:
            yield text[place:line_end], "\n"
            place = line_end + 1
        else:
            blank = _after_blank(text, end)
            yield text[place:blank], ""
            place = blank
    yield text[place:], ""


def _after_blank(text: str, end: int) -> int:
    """Just after the last blank before ``end``; where there is none near, ``end`` itself."""
    return next((place for place in range(end, end - _NEAR, -1) if text[place - 1].isspace()), end)
