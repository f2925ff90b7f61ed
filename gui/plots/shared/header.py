"""A plot's heading: title, subtitle, and the legend whose chips switch series on and off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.plots.shared.header_layout import GAP, LEAST_HEADING, Arrangement, Sizes, arrange
from gui.plots.shared.legend import HEIGHT, Chip, Sample, look
from gui.plots.shared.legend_panel import LegendButton, LegendPanel
from resources.design import Palette

_WIDEST_HEADING = 300
_LINE_PER = 200
"""Pixels of a plot's height for which its legend may have a line of its own: a lower one has none to spare."""


class HeadingLine(QWidget):
    """One line of plain text that shortens itself (…) where it must.

    Attributes:
        widest: pixels; None: as wide as the text.
        text: what it says.
    """

    def __init__(self, weight: QFont.Weight, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.widest: int | None = _WIDEST_HEADING
        self.text = ""
        self._weight = weight
        self._color = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self.text:
            self.text = text
            self.update()

    def set_color(self, color: str) -> None:
        """Take another colour (hex)."""
        self._color = QColor(color)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        width = int(QFontMetricsF(self._heading_font()).horizontalAdvance(self.text)) + 2
        return QSize(width if self.widest is None else min(width, self.widest), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        painter = QPainter(self)
        painter.setFont(self._heading_font())
        painter.setPen(self._color)
        text = QFontMetricsF(painter.font()).elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def _heading_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(self._weight)
        return font


class Header(QWidget):
    """Title, subtitle and legend; what of the legend has no room for its name is behind a button.

    Signals:
        series_toggled(str, bool): the host switched a series on or off.
        only_requested(str): the host wants to see this series alone; if it is alone, all of them.
        filter_requested(Filter): what is shown is to be narrowed down to a series' rows.
    """

    accessible_role = QAccessible.Role.Grouping

    series_toggled = Signal(str, bool)
    only_requested = Signal(str)
    filter_requested = Signal(object)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._whole = False
        self._title = HeadingLine(QFont.Weight.DemiBold, self)
        self._subtitle = HeadingLine(QFont.Weight.Normal, self)
        self._chips: list[Chip] = []
        self._patterns = False
        self._placed: object = None
        self._hidden: frozenset[str] = frozenset()
        self._more = LegendButton(palette, self)
        self._panel: LegendPanel | None = None
        self._more.clicked.connect(self._open_panel)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.set_palette(palette)

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The legend."""
        return tuple(self._chips)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where Tab goes: the legend, and the button behind which the rest of it is."""
        return (*self._chips, self._more)

    def heading_width(self, room: int) -> int:
        """How many of ``room`` pixels the title takes, with the subtitle where that fits in, too."""
        sizes = self._sizes()
        both = sizes.title + GAP + sizes.subtitle if sizes.subtitle else sizes.title
        return both if self._whole or both <= room else sizes.title

    def show_whole(self) -> None:
        """Take as many lines as it needs to shorten nothing: in a picture there is no button to press."""
        self._whole = True
        for heading in (self._title, self._subtitle):
            heading.widest = None
        for chip in self._chips:
            chip.widest = None
        self._place()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._title.set_color(palette.text)
        self._subtitle.set_color(palette.muted)
        self._more.set_palette(palette)
        for chip in self._chips:
            chip.set_palette(palette)
        self._close_panel()

    def set_patterns(self, on: bool) -> None:
        """Show the inks' patterns in the legend, or not."""
        self._patterns = on
        for chip in self._every_chip():
            chip.set_patterns(on)

    def show_heading(
        self, title: str, subtitle: str, samples: Sequence[Sample] = (), hidden: frozenset[str] = frozenset()
    ) -> None:
        """Name a chart and its series; the chips stay while the series are the same."""
        if self._title.text != one_line(title):
            self._title.set_text(one_line(title))
            self.updateGeometry()
        self._subtitle.set_text(one_line(subtitle))
        self.setAccessibleName(_("Legend: {title}").format(title=one_line(title)))
        if [look(chip.sample) for chip in self._chips] != [look(sample) for sample in samples]:
            self._replace_chips(samples)
        for chips in (self._chips, self._panel.chips if self._panel is not None else ()):
            for chip, sample in zip(chips, samples, strict=False):
                chip.set_sample(sample)
        self.mark_hidden(hidden)
        self._place()

    def mark_hidden(self, hidden: frozenset[str]) -> None:
        """Make the chips say which series are hidden."""
        self._hidden = hidden
        shown = [chip.series_name for chip in self._chips if chip.series_name not in hidden]
        for chip in self._every_chip():
            chip.setChecked(chip.series_name not in hidden)
            chip.set_alone(len(self._chips) > 1 and shown == [chip.series_name])

    def make_room(self, width: int) -> None:
        """Take the lines that are needed at a width (pixels) that the layout is about to give."""
        self._set_lines(self._arranged(width).lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out anew."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Another font makes other widths."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place()

    def sizeHint(self) -> QSize:
        """Return the size that suits the title: subtitle and legend take what there is beside it."""
        return QSize(self._sizes().title, self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use."""
        return QSize(LEAST_HEADING if self._chips else self._sizes().title, self.maximumHeight())

    def _sizes(self) -> Sizes:
        title, subtitle, *chips = (part.sizeHint().width() for part in (self._title, self._subtitle, *self._chips))
        return Sizes(title, subtitle if self._subtitle.text else 0, tuple(chips))

    def _arranged(self, width: int) -> Arrangement:
        plot = self.parentWidget()
        lines = None if self._whole else 1 if plot is None else 1 + plot.height() // _LINE_PER
        return arrange(self._sizes(), width, lines, lambda left_out: self._more.width_for(left_out, len(self._chips)))

    def _set_lines(self, lines: int) -> None:
        if self.maximumHeight() != lines * HEIGHT:
            self.setFixedHeight(lines * HEIGHT)

    def _place(self) -> None:
        """Put title, subtitle and as much of the legend as has room where they belong, unless they stand there."""
        plot = self.parentWidget()
        names = tuple(chip.series_name for chip in self._chips)
        shape = (self._sizes(), self.width(), self.height(), self._whole, plot and plot.height(), names)
        if shape == self._placed:
            return
        self._placed = shape
        places = self._arranged(self.width())
        self._set_lines(places.lines)
        left_out = self._chips[len(places.chips) :]
        if left_out:
            self._more.show_left_out([chip.series_name for chip in left_out], len(self._chips))
        parts: list[QWidget] = [self._title, self._subtitle, self._more, *self._chips]
        missing = (None,) * len(left_out)
        for part, place in zip(
            parts, (places.title, places.subtitle, places.more, *places.chips, *missing), strict=True
        ):
            if place is not None:
                part.setGeometry(place.left, place.line * HEIGHT, place.width, HEIGHT)
            part.setVisible(place is not None)

    def _every_chip(self) -> Iterator[Chip]:
        yield from self._chips
        if self._panel is not None:
            yield from self._panel.chips

    def _open_panel(self) -> None:
        self._close_panel()
        panel = self._panel = LegendPanel([self._new_chip(chip.sample) for chip in self._chips], self._palette, self)
        panel.closed.connect(self._forget_panel)
        self.mark_hidden(self._hidden)
        panel.open_below(self._more)

    def _close_panel(self) -> None:
        if self._panel is not None:
            self._panel.close()

    def _forget_panel(self) -> None:
        self._panel = None

    def _replace_chips(self, samples: Iterable[Sample]) -> None:
        self._close_panel()
        focused = next((chip.series_name for chip in self._chips if chip.hasFocus()), None)
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = [self._new_chip(one) for one in samples]
        for chip in self._chips:
            chip.setParent(self)
            if self._whole:
                chip.widest = None
        self._placed = None
        self._more.setParent(None)  # Tab passes over what was there before the plot had a focus proxy
        self._more.setParent(self)
        self._place()
        for chip in self._chips:
            if chip.series_name == focused:
                chip.setFocus()

    def _new_chip(self, sample: Sample) -> Chip:
        chip = Chip(sample, self._palette)
        chip.set_patterns(self._patterns)
        chip.clicked.connect(lambda shown: self.series_toggled.emit(sample.name, shown))
        chip.only_requested.connect(lambda: self.only_requested.emit(sample.name))
        chip.filter_requested.connect(self.filter_requested)
        return chip
