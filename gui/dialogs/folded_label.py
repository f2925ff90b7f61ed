"""Words that are never cut at the edge: what has no room on a line goes on in the next, within a word if need be."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle

from core.text.translation import gettext as _
from gui.widgets.text import PlainLabel, plain_tip

LONGEST_SHOWN: Final = 500
"""Characters: of longer words the middle is left out, for a path's last part tells most; the tool tip has them all."""

LONGEST_PATH: Final = 4_096
"""Characters: no system's paths are longer."""

_WIDEST: Final = 400


class FoldedLabel(PlainLabel):
    """Plain text on as many lines as it needs.

    ``QLabel`` breaks between words only: of a path whose folders' names are longer than a line it shows a part.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)

    @property
    def shown(self) -> str:
        """What is drawn of the text."""
        text = self.text()
        if len(text) <= LONGEST_SHOWN:
            return text
        half = LONGEST_SHOWN // 2
        return f"{text[:half]}…{text[1 - half :]}"

    def setText(self, text: str) -> None:
        """Show another text; where its middle is left out, the whole is the tool tip."""
        super().setText(text)
        self.setToolTip(plain_tip(text, LONGEST_PATH) if self.shown != text else "")

    def let_copy(self) -> None:
        """Offer a menu that copies the whole text."""
        copy = QAction(_("&Copy"), self)
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at a width."""
        margins = self.contentsMargins()
        _n, size = self._laid_out(width - margins.left() - margins.right())
        return size.height() + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        """Return the room of one line, or of several where that would be wide."""
        return self._laid_out(_WIDEST)[1].grownBy(self.contentsMargins())

    def minimumSizeHint(self) -> QSize:
        """Return a small width: more lines make it do."""
        return QSize(40, min(self.fontMetrics().lineSpacing(), self.sizeHint().height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        del event
        painter, box = QPainter(self), self.contentsRect()
        painter.setPen(self.palette().color(self.foregroundRole()))
        layout, size = self._laid_out(box.width())
        middle = bool(self.alignment() & Qt.AlignmentFlag.AlignVCenter)
        layout.draw(painter, QPointF(box.left(), box.top() + max(0, middle * (box.height() - size.height()) // 2)))
        painter.end()

    def _laid_out(self, width: int) -> tuple[QTextLayout, QSize]:
        """The lines at a width, and the room they take."""
        side = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        option = QTextOption(side & Qt.AlignmentFlag.AlignHorizontal_Mask)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout = QTextLayout(self.shown.replace("\n", "\N{LINE SEPARATOR}"), self.font())
        layout.setTextOption(option)
        layout.beginLayout()
        widest, height = 0.0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLeadingIncluded(True)
            line.setLineWidth(max(width, 1))
            line.setPosition(QPointF(0.0, height))
            widest, height = max(widest, line.naturalTextWidth()), height + line.height()
        layout.endLayout()
        return layout, QSize(int(widest) + 1, int(height + 0.99))
