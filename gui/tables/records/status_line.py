"""The line below a table: how many rows, how far a search has come, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip
from resources import design
from resources.design import Palette, Theme


class StateLine(QWidget):
    """Words at the left; while something is under way a bar above them and a Stop button at the right.

    Attributes:
        stop: the button.

    Signals:
        stop_requested(): what is under way shall end.
    """

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = design.palette(Theme.DARK)
        self._share: float | None = None
        self._words = ElidedLabel()
        self._words.setFont(tabular(base_font(SMALL_PIXELS)))
        set_severity(self._words, Severity.MUTED)
        self.stop = QPushButton("Stop")
        self.stop.setProperty("pill", True)
        self.stop.setFont(base_font(SMALL_PIXELS))
        set_tip(self.stop, "Stop searching; what was found stays")
        self.stop.clicked.connect(self.stop_requested)
        self.stop.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 4, 3)
        row.addWidget(self._words, 1)
        row.addWidget(self.stop)
        self.setFixedHeight(28)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._colours = palette
        self.update()

    def say(self, words: str, share: float | None = None) -> None:
        """Say ``words``; ``share`` (0 to 1) is how far something is that can be stopped, None while nothing is."""
        self._words.set_text(words)
        self.setAccessibleName(words)
        self.stop.setVisible(share is not None)
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the line above, and on it how far the work is."""
        del event
        painter = QPainter(self)
        painter.fillRect(QRect(0, 0, self.width(), 1), QColor(self._colours.border))
        if self._share is not None:
            painter.fillRect(QRect(0, 0, round(self.width() * self._share), 2), QColor(self._colours.accent))


class EmptyState(QWidget):
    """Says in the table's place why there is nothing to see, and offers a way out.

    Attributes:
        button: the way out; hidden where there is none.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = PlainLabel()
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        set_severity(self._words, Severity.MUTED)
        self.button = QPushButton()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 0, 24, 0)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self._words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, words: str, way_out: str = "") -> None:
        """Say ``words``, with a button called ``way_out`` where that is not empty."""
        self._words.setText(words)
        self.setAccessibleName(words)
        self.button.setText(way_out)
        self.button.setVisible(bool(way_out))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a small size: the table's place may be small."""
        return QSize(80, 40)
