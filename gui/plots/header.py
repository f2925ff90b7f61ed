"""A plot's heading: title, subtitle, and the legend whose chips switch series on and off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from core.charts import Chart
from core.formatting import one_line
from gui.plots.legend import HEIGHT, Chip, Sample, look, samples_of
from resources import Palette

_WIDEST_HEADING = 300
_HIGH_ENOUGH = 220
"""Pixels: a plot that is lower has none to spare for a second line."""


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
        return QSize(min(width, _WIDEST_HEADING), HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size that is still of use."""
        return QSize(min(self._least, self.sizeHint().width()), HEIGHT)

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


class Header(QWidget):
    """Title, subtitle and legend.

    Signals:
        series_toggled(str, bool): the host switched a series on or off.
        only_requested(str): the host wants to see this series alone; if it is alone, all of them.
        filter_requested(Filter): what is shown is to be narrowed down to a series' rows.
    """

    series_toggled = Signal(str, bool)
    only_requested = Signal(str)
    filter_requested = Signal(object)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._title = Heading(QFont.Weight.DemiBold, gives_way=False)
        self._subtitle = Heading(QFont.Weight.Normal)
        self._chips: list[Chip] = []
        self._patterns = False
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self._subtitle)
        self._row.addStretch(1)
        self._legend = QHBoxLayout()
        self._legend.setSpacing(2)
        self._legend.addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(8)
        self._parts.addLayout(self._row, 1)
        self._parts.addLayout(self._legend)
        self.set_palette(palette)

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The legend."""
        return tuple(self._chips)

    def heading_width(self, room: int) -> int:
        """How many of ``room`` pixels the title takes, with the subtitle where that fits in, too.

        The layout's size hint does not tell: it leaves out what has not been on the screen yet.
        """
        title, subtitle = (part.sizeHint().width() for part in (self._title, self._subtitle))
        both = title + self._row.spacing() + subtitle
        return both if both <= room else title

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._title.set_color(palette.text)
        self._subtitle.set_color(palette.muted)
        for chip in self._chips:
            chip.set_palette(palette)

    def set_patterns(self, on: bool) -> None:
        """Show the inks' patterns in the legend, or not."""
        self._patterns = on
        for chip in self._chips:
            chip.set_patterns(on)

    def show_chart(self, chart: Chart, hidden: frozenset[str]) -> None:
        """Name a chart over time and its series."""
        series = () if chart.empty is not None else chart.series
        self.show_heading(chart.title, chart.subtitle, samples_of(series), hidden)

    def show_heading(
        self, title: str, subtitle: str, samples: Sequence[Sample] = (), hidden: frozenset[str] = frozenset()
    ) -> None:
        """Name a chart and its series; the chips stay while the series are the same."""
        self._title.set_text(one_line(title))
        self._subtitle.set_text(one_line(subtitle))
        if [look(chip.sample) for chip in self._chips] != [look(sample) for sample in samples]:
            self._replace_chips(samples)
        for chip, sample in zip(self._chips, samples, strict=True):
            chip.set_sample(sample)
        self.mark_hidden(hidden)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Let the subtitle go first where room is scarce: the axis says the bucket's width too."""
        super().resizeEvent(event)
        self._make_room()

    def mark_hidden(self, hidden: frozenset[str]) -> None:
        """Make the chips say which series are hidden."""
        shown = [chip.series_name for chip in self._chips if chip.series_name not in hidden]
        for chip in self._chips:
            chip.setChecked(chip.series_name not in hidden)
            chip.set_alone(len(self._chips) > 1 and shown == [chip.series_name])

    def _make_room(self) -> None:
        """The subtitle goes first; a legend that is too long even then gets a line of its own, in a high plot."""
        title, subtitle, *chips = (part.sizeHint().width() for part in (self._title, self._subtitle, *self._chips))
        beside = title + sum(chips) + 3 * self._row.spacing() + len(chips) * self._legend.spacing()
        plot = self.parentWidget()
        below = beside > self.width() and plot is not None and plot.height() >= _HIGH_ENOUGH
        directions = QBoxLayout.Direction
        self._parts.setDirection(directions.TopToBottom if below else directions.LeftToRight)
        self._parts.setSpacing(0 if below else 8)
        self._subtitle.setVisible(below or beside + subtitle <= self.width())

    def _replace_chips(self, samples: Iterable[Sample]) -> None:
        focused = next((chip.series_name for chip in self._chips if chip.hasFocus()), None)
        for chip in self._chips:
            self._legend.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [self._add_chip(one) for one in samples]
        for chip in self._chips:
            if chip.series_name == focused:
                chip.setFocus()

    def _add_chip(self, sample: Sample) -> Chip:
        chip = Chip(sample, self._palette)
        chip.set_patterns(self._patterns)
        chip.clicked.connect(lambda shown: self.series_toggled.emit(sample.name, shown))
        chip.only_requested.connect(lambda: self.only_requested.emit(sample.name))
        chip.filter_requested.connect(self.filter_requested)
        self._legend.insertWidget(self._legend.count() - 1, chip)
        return chip
