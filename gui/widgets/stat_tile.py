"""A tile: one number, how it has changed, and its course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.charts import Opens
from gui.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.mood import Mood
from gui.widgets.pressable import Pressable
from gui.widgets.sparkline import Sparkline
from gui.widgets.text import ElidedLabel, PlainLabel, plain_tip, set_mood
from resources import Palette

_VALUE_PIXELS: Final = range(24, 14, -1)
_SPARK_WIDTHS: Final = range(28, 73)
"""The sparkline takes what the words leave, within these; with less it is left out."""
_GAP: Final = 6
_LAST_LINE: Final = 22


@dataclass(frozen=True, slots=True)
class Tile:
    """What a tile shows, in words.

    Attributes:
        label: what is counted.
        value: the number.
        change: how it differs from before ("+12 %"), or other words in the last line.
        mood: whether that is good or bad news.
        comparison: what it is compared with ("vs 24 h before").
        spark: the course over the range; None is a gap.
        tip: what exactly is measured.
        opens: the rows behind the number.
    """

    label: str
    value: str
    change: str = ""
    mood: Mood = Mood.MUTED
    comparison: str = ""
    spark: tuple[float | None, ...] = ()
    tip: str = ""
    opens: Opens | None = None

    @property
    def sentence(self) -> str:
        """The tile for a screen reader."""
        change = " ".join(part for part in (self.change, self.comparison.replace("vs ", "compared with ")) if part)
        return f"{self.label}: {self.value}" + (f", {change}." if change else ".")


class StatTile(Pressable):
    """Draws a :class:`Tile`.

    The number shrinks before it is cut. Where there is no room for what it is compared with, that stands in the
    tool tip alone.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tile = Tile("", "")
        self._label = ElidedLabel()
        self._value = ElidedLabel()
        self._change = PlainLabel()
        self._comparison = ElidedLabel()
        self._spark = Sparkline()
        self._arrange()

    def _arrange(self) -> None:
        for small in (self._label, self._change, self._comparison):
            small.setFont(tabular(base_font(SMALL_PIXELS)))
        for muted in (self._label, self._comparison):
            set_mood(muted, Mood.MUTED)
        words = QHBoxLayout()
        words.setSpacing(_GAP)
        words.addWidget(self._change)
        words.addWidget(self._comparison, 1)
        words.addWidget(self._spark)
        for part in (self._change, self._spark):
            part.setFixedHeight(_LAST_LINE)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(2)
        column.addWidget(self._label)
        column.addWidget(self._value)
        column.addStretch(1)
        column.addLayout(words)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of the drawing's tiles."""
        return QSize(196, 100)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a width for which six stand side by side in 900 pixels."""
        return QSize(120, 88)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._spark.set_palette(palette)

    def show_tile(self, tile: Tile) -> None:
        """Show ``tile``; only what differs is touched."""
        if tile == self.tile:
            return
        before, self.tile = self.tile, tile
        self._label.set_text(tile.label)
        self._value.set_text(tile.value)
        self._change.setText(tile.change)
        self._comparison.set_text(tile.comparison)
        set_mood(self._change, tile.mood)
        if tile.opens != before.opens:
            self.set_opens(tile.opens)
        if tile.spark != before.spark:
            self._spark.set_values(tile.spark)
        compared = f"{tile.change} {tile.comparison}" if tile.comparison else ""
        self.setToolTip(plain_tip("\n".join(part for part in (tile.tip, compared) if part)))
        self.setAccessibleName(tile.sentence)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit number and sparkline to the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        side = 16 if self.width() >= 216 else 12
        self.layout().setContentsMargins(side, 10, side, 10)  # type: ignore[union-attr]
        room = self.width() - 2 * side - 2
        self._value.setFont(self._value_font(room))
        spark = any(self.tile.spark) and sum(value is not None for value in self.tile.spark) > 1
        left = room - self._change.sizeHint().width() - _GAP
        comparison = self._comparison.sizeHint().width() + _GAP
        compared = bool(self.tile.comparison) and comparison + (_SPARK_WIDTHS.start if spark else 0) <= left
        self._comparison.setVisible(compared)
        left -= comparison if compared else 0
        self._spark.setVisible(spark and left >= _SPARK_WIDTHS.start)
        self._spark.setFixedWidth(min(max(left, _SPARK_WIDTHS.start), _SPARK_WIDTHS.stop - 1))

    def _value_font(self, room: int) -> QFont:
        fonts = (tabular(base_font(pixels, QFont.Weight.DemiBold)) for pixels in _VALUE_PIXELS)
        *_, last = candidates = tuple(fonts)
        fitting = (font for font in candidates if QFontMetrics(font).horizontalAdvance(self.tile.value) <= room)
        return next(fitting, last)
