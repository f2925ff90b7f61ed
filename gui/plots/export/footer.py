"""What stands under a chart in a picture: whose numbers they are, of which time, and when it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.text.formatting import one_line
from gui.plots.shared.drawing import small_font
from resources.design import Palette

_LINE: Final = 16
_ABOVE: Final = 6
_BETWEEN: Final = " · "
_LONGEST: Final = 200


class Footer(QWidget):
    """Parts of text in as many lines as they need: a sentence stands alone, and what is longer than a line goes on."""

    def __init__(self, parts: Sequence[str], palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = [one_line(part, _LONGEST) for part in parts]
        self._colour = QColor(palette.muted)

    def height_at(self, width: int) -> int:
        """How high it is at a width, in pixels."""
        return _ABOVE + _LINE * len(list(self._lines(width))) if self._parts else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        del event
        painter = QPainter(self)
        painter.setFont(small_font(self.font()))
        painter.setPen(self._colour)
        for number, line in enumerate(self._lines(self.width())):
            box = QRectF(0, _ABOVE + number * _LINE, self.width(), _LINE)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
        painter.end()

    def _lines(self, width: int) -> Iterator[str]:
        metrics, line = QFontMetricsF(small_font(self.font())), ""
        for part in self._parts:
            whole = metrics.horizontalAdvance(part) <= width
            between = _BETWEEN
            for words in [part] if whole else part.split(" "):
                longer = f"{line}{between}{words}" if line else words
                ends = between == _BETWEEN and line.endswith(".")
                if line and (ends or metrics.horizontalAdvance(longer) > width):
                    yield line
                    longer = words
                line, between = longer, " "
        if line:
            yield metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
