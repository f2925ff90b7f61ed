"""The legend of a plot: chips that show and hide series, alone or together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QSizePolicy, QWidget

from core.charts.geometry import Dash, dashes_of
from core.charts.inks import OTHERS
from core.charts.specs import Ink, Mark, Opens, Series
from core.text.names import name_line
from core.text.translation import gettext as _
from gui.plots.shared.context_menu import MenuEntry, popup_menu
from gui.plots.shared.drawing import small_font
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.tooltip import paint_swatch
from gui.plots.shared.tooltip_text import MEANINGS
from gui.widgets.text import cut_name, set_tip
from resources.design import Palette

HEIGHT = 24
_SWATCH = 16
_MARGIN = 6
WIDEST = 150
"""Pixels of a series in the legend of a plot."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the legend says of a series.

    Attributes:
        name: in full; may be untrusted text.
        ink, mark, dash: how it is drawn.
        opens: the rows behind all of it, or None.
    """

    name: str
    ink: Ink
    mark: Mark = Mark.BAR
    dash: Dash = ()
    opens: Opens | None = None


def samples_of(series: Sequence[Series]) -> tuple[Sample, ...]:
    """The legend of a chart over time. Grey, which is all the rest, comes last: it is the first to have no room."""
    ordered = sorted(zip(series, dashes_of(series), strict=True), key=lambda each: each[0].ink is OTHERS)
    return tuple(Sample(s.name, s.ink, s.mark, dash, s.opens) for s, dash in ordered)


class Chip(QAbstractButton):
    """A series in the legend: checked while the series is shown.

    A click or Space shows or hides it, with Ctrl held it alone is shown; the context menu says more.

    Attributes:
        widest: pixels; a longer name is shortened (…). None: no name is.

    Signals:
        only_requested(): this series alone is to be shown; if it already is, all of them.
        filter_requested(Filter): what is shown is to be narrowed down to this series' rows.
    """

    only_requested = Signal()
    filter_requested = Signal(object)

    def __init__(self, sample: Sample, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sample, self._palette = sample, palette
        self._name = name_line(sample.name, 120)
        self._alone = False
        self.patterns = False
        self.widest: int | None = WIDEST
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self._name)
        means = (
            f"{self._name}: {MEANINGS[self._name]}\n" if sample.mark is not Mark.BAR and self._name in MEANINGS else ""
        )
        set_tip(self, _("{means}{name}: show or hide\nCtrl+click: show only this").format(means=means, name=self._name))

    @property
    def series_name(self) -> str:
        """The name of its series, in full."""
        return self._sample.name

    @property
    def sample(self) -> Sample:
        """What it stands for."""
        return self._sample

    def set_sample(self, sample: Sample) -> None:
        """Take the same series with other rows behind it."""
        self._sample = sample

    def set_alone(self, alone: bool) -> None:
        """Know whether it is the only series that is shown."""
        self._alone = alone

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    def set_patterns(self, on: bool) -> None:
        """Show the ink's pattern in the sample, or not."""
        self.patterns = on
        self.update()

    def menu(self) -> QMenu:
        """What can be done with the series."""
        only = MenuEntry(_("Show all") if self._alone else _("Show only this"), self.only_requested.emit, "Ctrl+Space")
        entries = [MenuEntry(_("Hide") if self.isChecked() else _("Show"), self.click, "Space"), only]
        opens = self._sample.opens
        if opens is None or not opens.chosen:
            return popup_menu(self, (entries,))
        choose = MenuEntry(_("Filter the page by this"), lambda: self.filter_requested.emit(opens.chosen))
        return popup_menu(self, (entries, [choose]))

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        text = QFontMetricsF(self._chip_font()).horizontalAdvance(self._name)
        width = int(text) + 2 + _SWATCH + 2 * _MARGIN
        return QSize(width if self.widest is None else min(width, self.widest), HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Lighten up under the mouse."""
        self.update()
        super().enterEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a click with Ctrl held for "only this"."""
        if event.button() is Qt.MouseButton.LeftButton and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.only_requested.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the menu's keys and Ctrl+Space."""
        modifiers = event.modifiers()
        if event.key() == Qt.Key.Key_Space and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.only_requested.emit()
        elif event.key() == Qt.Key.Key_Menu or (
            event.key() == Qt.Key.Key_F10 and modifiers == Qt.KeyboardModifier.ShiftModifier
        ):
            self.menu().popup(self.mapToGlobal(self.rect().bottomLeft()))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu."""
        if QApplication.activePopupWidget() in (None, self.window()):
            self.menu().popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        painter = QPainter(self)
        shown, sample = self.isChecked(), self._sample
        ink = QColor(self._palette.ink(sample.ink) if shown else self._palette.muted)
        at = QPointF(_MARGIN, self.rect().height() / 2)
        hatch = pattern_brush(sample.ink, self._palette.surface, self.devicePixelRatioF()) if self.patterns else None
        paint_swatch(painter, at, ink, sample.mark, filled=shown, dash=sample.dash, hatch=hatch)
        self._paint_name(painter, shown)
        painter.end()

    def _paint_name(self, painter: QPainter, shown: bool) -> None:
        font = self._chip_font()
        font.setStrikeOut(not shown)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text if self.underMouse() else self._palette.muted))
        room = QRectF(self.rect()).adjusted(_MARGIN + _SWATCH, 0, -_MARGIN, 0)
        text = cut_name(QFontMetricsF(font), self._name, room.width() + 1)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | left, text)

    def _chip_font(self) -> QFont:
        return small_font(self.font(), 12)


def order_tabs(plot: QWidget, stops: Sequence[QWidget]) -> None:
    """New chips would come last in the whole window: Tab is to go from the plot to its legend."""
    for before, after in pairwise((plot, *stops)):
        QWidget.setTabOrder(before, after)


def only(name: str, names: Sequence[str], hidden: frozenset[str]) -> frozenset[str]:
    """What is hidden once series ``name`` alone is shown; nothing where it was alone already."""
    others = frozenset(names) - {name}
    return frozenset() if others <= hidden and name not in hidden else others


def look(sample: Sample) -> tuple[str, Ink, Mark, Dash]:
    """What of a sample is seen: samples that look the same keep their chip."""
    return sample.name, sample.ink, sample.mark, sample.dash
