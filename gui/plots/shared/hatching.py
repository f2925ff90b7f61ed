"""Bars told apart without colour: a calm pattern for each ink, for those who ask their system for high contrast."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QPainter, QPen, QPixmap

from core.charts.inks import SHADES
from core.charts.specs import Ink

TILE: Final = 8
"""Pixels: the pattern repeats after so many in both directions."""

_STRENGTH: Final = 0.5
_STROKE: Final = 1.1


def patterns_wanted() -> bool:
    """Whether the system asks for high contrast; Qt before 6.10 cannot tell, and then it does not."""
    hints = getattr(QGuiApplication.styleHints(), "accessibility", None)
    return hints is not None and hints().contrastPreference() is Qt.ContrastPreference.HighContrast


class _Preferred(QObject):
    """What the host prefers for all charts: patterns (True), or (None) as the system wants it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.on: bool | None = None


@cache
def _preferred() -> _Preferred:
    return _Preferred()


def prefer_patterns(on: bool | None) -> None:
    """Show patterns in all charts from now on, or (None) where the system asks for high contrast."""
    _preferred().on = on
    _preferred().changed.emit()


class Patterns(QObject):
    """Whether patterns are shown: as chosen here, or as preferred for all charts, or as the system wants it."""

    def __init__(self, show: Callable[[bool], object], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._chosen: bool | None = None
        self._shown = False
        hints = getattr(QGuiApplication.styleHints(), "accessibility", None)
        if hints is not None:
            hints().contrastPreferenceChanged.connect(self._update)
        _preferred().changed.connect(self._update)
        self._update()

    @property
    def shown(self) -> bool:
        """Whether patterns are shown at the moment."""
        return self._shown

    def choose(self, on: bool | None) -> None:
        """Show them, or not, or (None) as in all charts."""
        self._chosen = on
        self._update()

    def _update(self) -> None:
        told = _preferred().on if self._chosen is None else self._chosen
        on = patterns_wanted() if told is None else told
        if on != self._shown:
            self._shown = on
            self._show(on)


def pattern_brush(ink: Ink, ground: str, ratio: float = 1.0) -> QBrush | None:
    """What is painted over a fill of this ink: strokes of the surface's colour ``ground``; None for a plain one.

    ``ratio`` device pixels make a pixel: the pattern is as large, and as crisp, at every scale.
    """
    return _brush(_PATTERNS[ink], ground, ratio) if ink in _PATTERNS else None


@cache
def _brush(draw: Callable[[QPainter], None], ground: str, ratio: float) -> QBrush:
    tile = QPixmap(round(TILE * ratio), round(TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    color = QColor(ground)
    color.setAlphaF(_STRENGTH)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, _STROKE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw(painter)
    painter.end()
    return QBrush(tile)


def _plain(painter: QPainter) -> None:
    del painter


def _rising(painter: QPainter) -> None:
    for shift in (-TILE, 0, TILE):
        painter.drawLine(QLineF(shift - 1, TILE + 1, shift + TILE + 1, -1))


def _falling(painter: QPainter) -> None:
    for shift in (-TILE, 0, TILE):
        painter.drawLine(QLineF(shift - 1, -1, shift + TILE + 1, TILE + 1))


def _crossed(painter: QPainter) -> None:
    _rising(painter)
    _falling(painter)


def _dotted(painter: QPainter) -> None:
    painter.setBrush(painter.pen().color())
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y in ((TILE / 4, TILE / 4), (TILE * 3 / 4, TILE * 3 / 4)):
        painter.drawEllipse(QPointF(x, y), 1.2, 1.2)


def _level(painter: QPainter) -> None:
    for y in (TILE / 4, TILE * 3 / 4):
        painter.drawLine(QLineF(0, y, TILE, y))


def _upright(painter: QPainter) -> None:
    for x in (TILE / 4, TILE * 3 / 4):
        painter.drawLine(QLineF(x, 0, x, TILE))


def _checked(painter: QPainter) -> None:
    half = TILE / 2
    for x, y in ((0.0, 0.0), (half, half)):
        painter.fillRect(QRectF(x, y, half, half), painter.pen().color())


def _netted(painter: QPainter) -> None:
    painter.drawLine(QLineF(0, TILE / 2, TILE, TILE / 2))
    painter.drawLine(QLineF(TILE / 2, 0, TILE / 2, TILE))


def _both(first: Callable[[QPainter], None], second: Callable[[QPainter], None]) -> Callable[[QPainter], None]:
    def draw(painter: QPainter) -> None:
        painter.save()
        first(painter)
        painter.restore()
        second(painter)

    return draw


_OF_COLOURS: Final[dict[Ink, Callable[[QPainter], None]]] = {
    Ink.SERIES_2: _rising,
    Ink.SERIES_3: _dotted,
    Ink.SERIES_4: _level,
    Ink.SERIES_5: _falling,
    Ink.SERIES_6: _upright,
    Ink.SERIES_7: _netted,
    Ink.SERIES_8: _checked,
    Ink.BAD: _crossed,
    Ink.WARN: _falling,
    Ink.MUTED: _level,
}

_PATTERNS: Final = {
    **_OF_COLOURS,
    **{
        ink: _both(_OF_COLOURS.get(colour, _plain), more)
        for colour, shades in SHADES.items()
        for ink, more in zip(shades, (_netted, _checked), strict=True)
    },
}
"""A shade has its colour's pattern and another one over it."""
