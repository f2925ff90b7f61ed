"""One colour in even steps: how strong a value is drawn, and the legend that says so."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.charts.geometry import blended
from core.charts.specs import Unit
from core.text.translation import gettext as _
from gui.plots.shared.drawing import small_font
from gui.plots.shared.tooltip_text import value_text
from resources.design import Palette

STEPS: Final = 64
_FAINTEST: Final = 0.13
"""Share of the accent in the colour of the least value above zero."""

_ZERO: Final = 0.055
"""Share of the text's colour in a field of zero: it is there, and it is empty."""

_SWATCHES: Final = 7
_FEWEST: Final = 2
_SWATCH: Final = QSize(14, 10)
_GAP: Final = 2
_BESIDE: Final = 7


def zero_color(palette: Palette) -> QColor:
    """The colour of nothing at all."""
    return QColor(blended(palette.text, palette.surface, _ZERO))


def color_of(value: float, most: float, palette: Palette) -> QColor:
    """The colour of a value from 0 to ``most``; equal differences of values look equally large."""
    if value <= 0 or most <= 0:
        return zero_color(palette)
    return ramp(palette)[min(STEPS - 1, int(value / most * STEPS))]


@cache
def ramp(palette: Palette) -> tuple[QColor, ...]:
    """From faint to strong in a space in which distances are what the eye sees (Oklab), past the accent at its end."""
    first = _oklab(QColor(blended(palette.accent, palette.surface, _FAINTEST)))
    last = _oklab(QColor(blended(palette.text, palette.accent, 0.22)))
    shares = (step / (STEPS - 1) for step in range(STEPS))
    mixed = (tuple(a + (b - a) * share for a, b in zip(first, last, strict=True)) for share in shares)
    return tuple(_from_oklab(*parts) for parts in mixed)


class RampLegend(QWidget):
    """The ramp with its ends in words: ``0 ▪▪▪▪▪ 412``."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._most, self._unit = 0.0, Unit.COUNT
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    def show_ramp(self, most: float, unit: Unit) -> None:
        """Name the greatest value; hidden where there is none above zero."""
        self._most, self._unit = most, unit
        words = _("Colours from {least} to {most}").format(least=value_text(0.0, unit), most=value_text(most, unit))
        self.setAccessibleName(words)
        self.setVisible(most > 0)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        return QSize(math.ceil(sum(self._ends()) + self._ramp_width(_SWATCHES) + 2 * _BESIDE), 24)

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use: the title goes before so many steps."""
        return QSize(math.ceil(sum(self._ends()) + self._ramp_width(_FEWEST) + 2 * _BESIDE), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font(self.font(), 12))
        painter.setPen(QColor(self._palette.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, self._word(0.0))
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignRight, self._word(self._most))
        painter.setPen(Qt.PenStyle.NoPen)
        x, y = self._ends()[0] + _BESIDE, (self.height() - _SWATCH.height()) / 2
        room = self.width() - sum(self._ends()) - 2 * _BESIDE
        swatches = min(_SWATCHES, max(2, int(room + _GAP) // (_SWATCH.width() + _GAP)))
        for step in range(swatches):
            painter.setBrush(color_of(step / (swatches - 1), 1.0, self._palette))
            painter.drawRoundedRect(QRectF(x, y, _SWATCH.width(), _SWATCH.height()), 2, 2)
            x += _SWATCH.width() + _GAP
        painter.end()

    def _word(self, value: float) -> str:
        return "0" if not value else value_text(value, self._unit)

    def _ends(self) -> tuple[float, float]:
        metrics = QFontMetricsF(small_font(self.font(), 12))
        return metrics.horizontalAdvance(self._word(0.0)), metrics.horizontalAdvance(self._word(self._most))

    @staticmethod
    def _ramp_width(swatches: int) -> int:
        return swatches * (_SWATCH.width() + _GAP) - _GAP


def _oklab(color: QColor) -> tuple[float, float, float]:
    r, g, b = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> QColor:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short
    return QColor.fromRgbF(_display(red), _display(green), _display(blue))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _display(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
