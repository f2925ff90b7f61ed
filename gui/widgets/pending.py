"""What is not known yet looks like it: a veil over the picture before, and how far the reading is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.coverage import WHOLE, Coverage
from core.text.formatting import percent
from core.text.translation import gettext as _
from resources.design import Palette

DELAY_MS: Final = 150
"""A quick load does not flicker: what is shown is dimmed only after so long."""

UNKNOWN: Final = "…"
"""Stands where a number is being read."""

_DIMMED: Final = 0.75
_STRIPE: Final = 3
"""Pixels: how wide a stripe of the veil is."""

_TILE: Final = 12 * _STRIPE
"""Pixels: stripes repeat within it, also where a pixel is a quarter or a half larger."""

_LINE: Final = 2


class Pending(QObject):
    """Tells, a moment after it began, that something is still being read; and at once that it is known."""

    def __init__(self, show: Callable[[Coverage], None], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._coverage = self._shown = WHOLE
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._tell)

    def note(self, coverage: Coverage) -> None:
        """So much is known now."""
        self._coverage = coverage
        if coverage.whole:
            self._timer.stop()
            self._tell()
        elif not self._shown.whole:
            self._tell()
        elif not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        if self._coverage != self._shown:
            self._shown = self._coverage
            self._show(self._shown)


def reading_words(coverage: Coverage) -> str:
    """``reading · 45 %``."""
    return _("reading\N{NO-BREAK SPACE}· {share}").format(share=percent(coverage.share, 0))


class Veil(QWidget):
    """Lies over a surface while what it shows is being read: dimmed while nothing of it is known, else a line alone.

    Attributes:
        coverage: what is known.
        over_words: whether there are only words beneath that say so: they are not dimmed.
    """

    def __init__(self, surface: QWidget) -> None:
        super().__init__(surface)
        self._surface = surface
        self.coverage = WHOLE
        self.over_words = False
        self._palette: Palette | None = None
        self._dims = False
        self._line = _ProgressLine(self)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        surface.installEventFilter(self)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._line.show_share(self.coverage.share, palette)
        self.update()

    def show_coverage(self, coverage: Coverage) -> None:
        """Lie over the surface while something is not known."""
        self.coverage = coverage
        if not coverage.whole:
            self.setGeometry(self._surface.rect())
            self.raise_()
        self.setVisible(not coverage.whole)
        self._line.show_share(coverage.share, self._palette)
        if self._dims is not self._is_dim:  # else it is as it was painted, and nothing beneath is painted again with it
            self.update()

    @property
    def _is_dim(self) -> bool:
        return self.coverage.pending and not self.over_words

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the surface."""
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._surface.rect())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the line along the top."""
        super().resizeEvent(event)
        self._line.setGeometry(0, 0, self.width(), _LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the veil."""
        del event
        if self._palette is None:
            return
        painter = QPainter(self)
        self._dims = self._is_dim
        if self._dims:
            painter.drawTiledPixmap(self.rect(), _stripes(self._palette.surface, self.devicePixelRatioF()))
        painter.end()


@lru_cache(maxsize=8)
def _stripes(surface: str, ratio: float) -> QPixmap:
    """A tile of stripes of the surface: in between, what lies behind keeps its colour, and so can be seen.

    To paint them line by line takes ten times as long, of several plots at once longer than a frame.
    """
    tile = QPixmap(round(_TILE * ratio), round(_TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    dim = QColor(surface)
    dim.setAlphaF(_DIMMED)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(dim, _STRIPE))
    for start in range(0, 2 * _TILE + 1, 3 * _STRIPE):
        painter.drawLine(start + _TILE, -_TILE, start - 2 * _TILE, 2 * _TILE)
    painter.end()
    return tile


class _ProgressLine(QWidget):
    """The line of progress. It hides what is beneath, which so need not be painted again with each step of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._share = 0.0
        self._palette: Palette | None = None

    def show_share(self, share: float, palette: Palette | None) -> None:
        """So much is read, 0 to 1."""
        if (share, palette) != (self._share, self._palette):
            self._share, self._palette = share, palette
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        del event
        if self._palette is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.border))
        painter.fillRect(0, 0, round(self.width() * self._share), self.height(), QColor(self._palette.accent))
        painter.end()
