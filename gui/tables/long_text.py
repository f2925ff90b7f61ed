"""Plain text of any length in a box: it can be selected and copied as it is, and never holds the window up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QFontMetrics, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

_PIECE: Final = 2_000
"""Characters that are laid out at once, when they come into view. All at once would take a tenth of a second."""

_NEAR: Final = 200
"""So far back a blank is looked for to cut at."""

_SHOWN: Final = str.maketrans(
    {"\n": "\u2028", "\u2029": "\u2028", "\r": " ", "\0": " ", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd"}
)
"""How a piece is shown within one block of a document: what would begin another block is a line separator."""


class LongText(QPlainTextEdit):
    """Shows untrusted text, read-only. What is copied is the text itself, also where it was cut to be laid out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("code", True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._whole = ""
        self._pieces: list[tuple[str, str]] = [("", "")]
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
        self._pieces = list(_cut(text))
        self.setPlainText("\n".join(piece.translate(_SHOWN) for piece, _ in self._pieces))
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def lines_wanted(self, most: int) -> int:
        """How many lines of the present width the text needs, counted up to ``most``."""
        metrics = QFontMetrics(self.font())
        width = max(self.viewport().width() - 2 * round(self.document().documentMargin()), 1)
        lines = 0
        for paragraph in self._whole[: most * 400].split("\n"):
            lines += max(1, -(-metrics.horizontalAdvance(paragraph[: most * 400]) * 21 // (20 * width)))
            if lines >= most:
                return most
        return lines

    def createMimeDataFromSelection(self) -> QMimeData:  # noqa: N802
        """Return the selected part of the text, without the cuts that are ours."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        block, parts = self.document().findBlock(start), []
        while block.isValid() and block.position() <= end:
            piece, between = self._pieces[block.blockNumber()]
            first = block.position()
            parts.append(_part(piece, max(start - first, 0), end - first))
            parts.append(between if first + block.length() <= end else "")
            block = block.next()
        data = QMimeData()
        data.setText("".join(parts))
        return data


def _part(piece: str, start: int, end: int) -> str:
    """A part of a piece; Qt counts in units of UTF-16."""
    return piece.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def _cut(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces to lay out, each with what stands between it and the next: a line's end, or nothing."""
    place = 0
    while len(text) - place > _PIECE:
        end = place + _PIECE
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
