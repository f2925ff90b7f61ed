"""What a chart's file will show, drawn small beside the choices that make it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.text.formatting import one_line, rows_words
from gui.style.theme import SMALL_PIXELS, base_font, tabular


class ChartPreview(QWidget):
    """What the file will show: the picture, or the first lines of the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.lines: list[str] = []
        self._rows = 0
        self.setMinimumSize(320, 56)

    def show_image(self, image: QImage) -> None:
        """Show a picture, as large as fits, never larger than it is."""
        self.image, self.lines = image, []
        self.update()

    def show_lines(self, lines: list[str], rows: int) -> None:
        """Show lines with tabs between their cells, out of so many rows."""
        self.image, self.lines, self._rows = None, lines, rows
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content on the window's ground."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.image is not None:
            size = QSize(self.image.size()).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            size = size.boundedTo(self.image.size())
            frame = QRectF(QPointF((self.width() - size.width()) // 2, (self.height() - size.height()) // 2), size)
            painter.drawImage(frame, self.image)
        else:
            painter.fillRect(frame, self.palette().base())
            self._paint_lines(painter, frame.adjusted(12, 8, -12, -8))
        painter.setPen(QPen(self._line(), 1))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5) if self.image is not None else frame)
        painter.end()

    def _line(self) -> QColor:
        color = self.palette().windowText().color()
        color.setAlphaF(0.2)
        return color

    def _paint_lines(self, painter: QPainter, room: QRectF) -> None:
        """Columns of equal width; what does not fit is cut."""
        painter.setFont(tabular(base_font(SMALL_PIXELS)))
        metrics, height = painter.fontMetrics(), 20.0
        cells = [line.split("\t") for line in self.lines]
        columns = min(max(map(len, cells), default=1), max(1, int(room.width() // 110)))
        width = room.width() / columns
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        most = int(room.height() // height) - 1
        for number, line in enumerate(cells[:most]):
            painter.setPen(self.palette().placeholderText().color() if number == 0 else self.palette().text().color())
            for column, cell in enumerate(line[:columns]):
                box = QRectF(room.left() + column * width, room.top() + number * height, width - 12, height)
                painter.drawText(
                    box, left, metrics.elidedText(one_line(cell, 80), Qt.TextElideMode.ElideRight, int(box.width()))
                )
        painter.setPen(self.palette().placeholderText().color())
        words = rows_words(self._rows)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, words)
