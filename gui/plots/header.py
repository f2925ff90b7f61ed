"""A plot's heading: title, subtitle, and the legend whose chips switch series on and off."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from core.charts import Chart, Series
from core.formatting import one_line
from gui.plots.canvas import small_font
from gui.plots.readout import paint_swatch
from gui.widgets.text import plain_tip
from resources import Palette

_HEIGHT = 24
_SWATCH = 16
_MARGIN = 6
_WIDEST = 150
_WIDEST_HEADING = 300


class Heading(QWidget):
    """One line of plain text that shortens itself (…) where it must, and where it ``gives_way`` to others."""

    def __init__(self, weight: QFont.Weight, parent: QWidget | None = None, *, gives_way: bool = True) -> None:
        super().__init__(parent)
        self._least = 40 if gives_way else _WIDEST_HEADING
        self._text = ""
        self._weight = weight
        self._color = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.updateGeometry()
            self.update()

    def set_color(self, color: str) -> None:
        """Take another colour (hex)."""
        self._color = QColor(color)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        width = int(QFontMetricsF(self._heading_font()).horizontalAdvance(self._text)) + 2
        return QSize(min(width, _WIDEST_HEADING), _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size that is still of use."""
        return QSize(min(self._least, self.sizeHint().width()), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the content."""
        painter = QPainter(self)
        painter.setFont(self._heading_font())
        painter.setPen(self._color)
        text = QFontMetricsF(painter.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def _heading_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(self._weight)
        return font


class Chip(QAbstractButton):
    """A series in the legend: checked while the series is shown; click or Space toggles it."""

    def __init__(self, series: Series, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series, self._palette = series, palette
        self._name = one_line(series.name, 120)
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self._name)
        self.setToolTip(plain_tip(f"{self._name}: show or hide"))

    @property
    def series_name(self) -> str:
        """The name of its series, in full."""
        return self._series.name

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        text = QFontMetricsF(self._chip_font()).horizontalAdvance(self._name)
        return QSize(min(_WIDEST, int(text) + 2 + _SWATCH + 2 * _MARGIN), _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size that is still of use."""
        return QSize(min(_SWATCH + 2 * _MARGIN + 18, self.sizeHint().width()), _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Lighten up under the mouse."""
        self.update()
        super().enterEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the content."""
        painter = QPainter(self)
        shown = self.isChecked()
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._palette.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5), 4, 4)
        ink = QColor(self._palette.ink(self._series.ink) if shown else self._palette.muted)
        middle = self.rect().height() / 2
        paint_swatch(painter, QPointF(_MARGIN, middle), ink, self._series.mark, filled=shown)
        self._paint_name(painter, shown)
        painter.end()

    def _paint_name(self, painter: QPainter, shown: bool) -> None:
        font = self._chip_font()
        font.setStrikeOut(not shown)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text if self.underMouse() else self._palette.muted))
        room = QRectF(self.rect()).adjusted(_MARGIN + _SWATCH, 0, -_MARGIN, 0)
        text = QFontMetricsF(font).elidedText(self._name, Qt.TextElideMode.ElideRight, room.width() + 1)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | left, text)

    def _chip_font(self) -> QFont:
        return small_font(self.font(), 12)


class Header(QWidget):
    """Title, subtitle and legend.

    Signals:
        series_toggled(str, bool): the host switched a series on or off.
    """

    series_toggled = Signal(str, bool)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._title = Heading(QFont.Weight.DemiBold, gives_way=False)
        self._subtitle = Heading(QFont.Weight.Normal)
        self._chips: list[Chip] = []
        self._listed: tuple[tuple[str, str, str], ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self._subtitle)
        self._row.addStretch(1)
        self._legend = QHBoxLayout()
        self._legend.setSpacing(2)
        self._row.addLayout(self._legend)
        self.set_palette(palette)

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The legend."""
        return tuple(self._chips)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._title.set_color(palette.text)
        self._subtitle.set_color(palette.muted)
        for chip in self._chips:
            chip.set_palette(palette)

    def show_chart(self, chart: Chart, hidden: frozenset[str]) -> None:
        """Name the chart and its series; the chips stay while the series are the same."""
        self._title.set_text(one_line(chart.title))
        self._subtitle.set_text(one_line(chart.subtitle))
        series = () if chart.empty is not None else chart.series
        listed = tuple((s.name, s.ink.value, s.mark.value) for s in series)
        if listed != self._listed:
            self._listed = listed
            self._replace_chips(series)
        self.mark_hidden(hidden)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Let the subtitle go first where room is scarce: the axis says the bucket's width too."""
        super().resizeEvent(event)
        self._make_room()

    def mark_hidden(self, hidden: frozenset[str]) -> None:
        """Make the chips say which series are hidden."""
        for chip in self._chips:
            chip.setChecked(chip.series_name not in hidden)

    def _make_room(self) -> None:
        widths = [part.sizeHint().width() for part in (self._title, self._subtitle, *self._chips)]
        spacing = 3 * self._row.spacing() + len(self._chips) * self._legend.spacing()
        self._subtitle.setVisible(sum(widths) + spacing <= self.width())

    def _replace_chips(self, series: Iterable[Series]) -> None:
        focused = next((chip.series_name for chip in self._chips if chip.hasFocus()), None)
        for chip in self._chips:
            self._legend.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [self._add_chip(one) for one in series]
        for chip in self._chips:
            if chip.series_name == focused:
                chip.setFocus()

    def _add_chip(self, series: Series) -> Chip:
        chip = Chip(series, self._palette)
        chip.clicked.connect(lambda shown: self.series_toggled.emit(series.name, shown))
        self._legend.addWidget(chip)
        return chip
