"""A tile: one number, how it has changed, and its course."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.coverage import WHOLE, Coverage
from core.presenters.presenter import READING, Tile
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.parts import column, row
from gui.widgets.pending import UNKNOWN, Pending, reading_words
from gui.widgets.pressable import Pressable
from gui.widgets.sparkline import Sparkline
from gui.widgets.text import ElidedLabel, PlainLabel, plain_tip, set_severity

_VALUE_PIXELS: Final = range(24, 12, -1)
_SPARK_WIDTHS: Final = range(28, 73)
"""The sparkline takes what the words leave, within these; with less it is left out."""
_GAP: Final = 6
_SIDES: Final = ((216, 16), (124, 12), (0, 8))
"""From so many pixels of width on, so much is left free at either side."""

_LAST_LINE: Final = 22


class StatTile(Pressable):
    """Draws a :class:`Tile`.

    The number shrinks before it is put in fewer letters, and before it is cut. Where there is no room for what it is
    compared with, that stands in the tool tip alone.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tile = Tile("", "")
        self._label = ElidedLabel()
        self._value = ElidedLabel()
        self._change = PlainLabel()
        self._comparison = ElidedLabel()
        self._spark = Sparkline()
        self._pending = Pending(self._show_coverage, self)
        self._arrange()
        self._value.installEventFilter(self)

    def _arrange(self) -> None:
        for small in (self._label, self._change, self._comparison):
            small.setFont(tabular(base_font(SMALL_PIXELS)))
        for muted in (self._label, self._comparison):
            set_severity(muted, Severity.MUTED)
        for part in (self._change, self._spark):
            part.setFixedHeight(_LAST_LINE)
        words = row(self._change, (self._comparison, 1), self._spark, gap=_GAP)
        column(self._label, self._value, 1, words, on=self, gap=2, margins=(16, 10, 16, 10))

    def sizeHint(self) -> QSize:
        """Return the size of the drawing's tiles."""
        return QSize(196, 100)

    def minimumSizeHint(self) -> QSize:
        """Return a width for which six stand side by side in 900 pixels."""
        return QSize(120, 88)

    def show_tile(self, tile: Tile, coverage: Coverage = WHOLE) -> None:
        """Show ``tile``; only what differs is touched.

        While not all of it is known, what was shown before stays, or, where nothing was, that it is being read.
        """
        self._pending.note(coverage)
        if not coverage.whole:
            if self.tile.label:
                return
            tile = Tile(tile.label, UNKNOWN, READING, tip=tile.tip, brief_label=tile.brief_label)
        if tile == self.tile:
            return
        before, self.tile = self.tile, tile
        self._change.setText(tile.change)
        self._comparison.set_text(tile.comparison)
        set_severity(self._change, Severity(tile.severity.value))
        if (tile.opens, tile.place) != (before.opens, before.place):
            self.set_opens(tile.opens, tile.place)
        if tile.spark != before.spark:
            self._spark.set_values(tile.spark)
        compared = f"{tile.change} {tile.comparison}" if tile.comparison else ""
        tip = plain_tip("\n".join(part for part in (tile.tip, compared) if part))
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.speak(tile.sentence, tile.tip)
        self._fit()

    def forget(self) -> None:
        """What was shown is of another database."""
        self.tile = Tile("", "")

    @property
    def dimmed(self) -> bool:
        """Whether what is seen is not what is asked for, as that is being read."""
        return bool(self._value.property("severity") == Severity.MUTED.value)

    def _show_coverage(self, coverage: Coverage) -> None:
        tile = self.tile
        set_severity(self._value, None if coverage.whole else Severity.MUTED)
        if coverage.whole:
            self._change.setText(tile.change)
            self._comparison.set_text(tile.comparison)
            set_severity(self._change, Severity(tile.severity.value))
            self.speak(tile.sentence, tile.tip)
        else:
            self._change.setText(reading_words(coverage))
            self._comparison.set_text("")
            set_severity(self._change, Severity.MUTED)
            self.speak(_("{label}: being read").format(label=tile.label), tile.tip)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit number and sparkline to the new width."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the number its size again when another style sheet has taken it: another theme, for instance."""
        if event.type() is QEvent.Type.StyleChange:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        side = next(side for least, side in _SIDES if self.width() >= least)
        self.layout().setContentsMargins(side, 10, side, 10)  # type: ignore[union-attr]
        room = self.width() - 2 * side - 2
        self._fit_words(room)
        spark = any(self.tile.spark) and sum(value is not None for value in self.tile.spark) > 1
        left = room - self._change.sizeHint().width() - _GAP
        comparison = self._comparison.sizeHint().width() + _GAP
        compared = bool(self.tile.comparison) and comparison + (_SPARK_WIDTHS.start if spark else 0) <= left
        self._comparison.setVisible(compared)
        left -= comparison if compared else 0
        self._spark.setVisible(spark and left >= _SPARK_WIDTHS.start)
        self._spark.setFixedWidth(min(max(left, _SPARK_WIDTHS.start), _SPARK_WIDTHS.stop - 1))

    def _fit_words(self, room: int) -> None:
        tile = self.tile
        label = tile.label if _fits(tile.label, self._label.font(), room) else tile.brief_label or tile.label
        self._label.set_text(label)
        ways = [
            (text, size) for text in dict.fromkeys((tile.value, tile.brief or tile.value)) for size in _VALUE_PIXELS
        ]
        text, size = next((way for way in ways if _value_width(*way) <= room), ways[-1])
        self._value.setFont(_value_font(size))
        self._value.set_text(text)


@cache
def _value_font(pixels: int) -> QFont:
    """The number's font, not to be altered: at each refresh a dozen of them are tried."""
    return tabular(base_font(pixels, QFont.Weight.DemiBold))


@lru_cache(maxsize=2_000)
def _value_width(text: str, pixels: int) -> float:
    return _width(text, _value_font(pixels))


def _fits(text: str, font: QFont, room: int) -> bool:
    return _width(text, font) <= room


def _width(text: str, font: QFont) -> float:
    """The room that a text needs; at 200 % letters have fractions of a pixel."""
    return QFontMetricsF(font).horizontalAdvance(text) + 1
