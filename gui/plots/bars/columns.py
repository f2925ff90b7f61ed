"""The columns of a bar chart: how wide they are, and the headings above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from heapq import nlargest
from itertools import accumulate
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from core.charts.ranking import Ranking, can_rank
from core.charts.specs import Bar, BarChart, Ink, Mark
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.tooltip import paint_swatch
from gui.plots.shared.tooltip_text import MEANINGS, bar_name, bar_value
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.text import set_tip
from resources import design
from resources.design import Theme

GAP: Final = 16
"""Pixels between two columns."""

_LEAST_NAME: Final = 56
_LEAST_VALUE: Final = 36
_LEAST_BAR: Final = 48
_LIST: Final = 5
"""With so many numbers a chart is a list that is read: names have the room before the last numbers and the bars."""

_SWATCH: Final = 14
_HEADING: Final = 24
_LONGEST: Final = 60
_MEASURED: Final = 8


class Columns(NamedTuple):
    """Where the parts of a row stand: their left and their width, in pixels; ``figures`` begin with the value."""

    name: tuple[int, int]
    bar: tuple[int, int]
    figures: tuple[tuple[int, int], ...]


def lay_out(chart: BarChart, width: int) -> Columns:
    """Share out a row of ``width`` pixels: as many of the figures as leave the bars some room, from the left."""
    metrics, _small = _metrics()
    longest = nlargest(_MEASURED, chart.bars, key=lambda bar: min(len(bar.name), _LONGEST))
    named = max((metrics.horizontalAdvance(bar_name(bar)) for bar in longest), default=0)
    widths = list(_figure_widths(chart, metrics))
    kept, name, bar = len(widths), 0, 0
    while True:
        share = width * (4 if kept < 3 or len(widths) >= _LIST else 3) // 10
        name = min(max(named, _LEAST_NAME) + 2, max(share, _LEAST_NAME))
        bar = max(width - name - sum(widths[:kept]) - (kept + 1) * GAP, 0)
        if bar >= _LEAST_BAR or kept == 1:
            break
        kept -= 1
    if len(widths) >= _LIST:
        more = max(min(named + 2 - name, bar - max(_LEAST_BAR, width // 6)), 0)
        name, bar = name + more, bar - more
    starts = accumulate((each + GAP for each in widths[: kept - 1]), initial=name + bar + 2 * GAP)
    return Columns((0, name), (name + GAP, bar), tuple(zip(starts, widths, strict=False)))


@cache
def _metrics() -> tuple[QFontMetrics, QFontMetrics]:
    """Those of the rows, and of the headings."""
    return QFontMetrics(tabular(base_font())), QFontMetrics(base_font(SMALL_PIXELS))


def _figure_widths(chart: BarChart, metrics: QFontMetrics) -> Iterator[int]:
    """The widths of the value and the figures, each with its heading."""
    _rows, small = _metrics()
    for place, heading in enumerate(_headings(chart)):
        texts = [_figure(bar, chart, place) for bar in chart.bars]
        headed = small.horizontalAdvance(heading) + (_SWATCH if place and heading == chart.part else 0)
        yield max(_LEAST_VALUE, headed, _widest(texts, metrics)) + 2


def _headings(chart: BarChart) -> tuple[str, ...]:
    return tuple(one_line(words, _HEADING) for words in (chart.value, *chart.columns))


def _figure(bar: Bar, chart: BarChart, place: int) -> str:
    if place == 0:
        return bar_value(bar, chart)
    return bar.figures[place - 1] if place <= len(bar.figures) else ""


def _widest(texts: Iterable[str], metrics: QFontMetrics) -> int:
    """The width of the widest text, judged by the longest ones: measuring hundreds at each refresh would be felt."""
    longest = nlargest(_MEASURED, set(texts), key=len)
    return max((metrics.horizontalAdvance(one_line(text, _LONGEST)) for text in longest), default=0)


def _box(left: int, width: int, height: int) -> QRect:
    """Where a heading stands, above its numbers."""
    return QRect(left - GAP + 4, 0, width + GAP - 4, height)


class Headings(QWidget):
    """The names of the columns of numbers, and a sample of the coloured part. Beside them the mouse goes through.

    Attributes:
        words: the headings that are shown.
        colours: the theme's; patterns: whether the sample has the pattern.

    Signals:
        sort_asked(int): the heading of this column was clicked.
    """

    sort_asked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._ranking: Ranking | None = None
        self._sortable: set[int] = set()
        self.colours = design.palette(Theme.DARK)
        self.patterns = False
        self.words: tuple[str, ...] = ()
        self._part = ""
        self._columns = Columns((0, 0), (0, 0), ())
        self._free_from = 0

    def show_columns(self, chart: BarChart, columns: Columns, free_from: int, ranking: Ranking | None = None) -> None:
        """Name the columns, and by which one the bars are ordered; left of ``free_from`` (pixels) is the title."""
        self._ranking = ranking
        self._sortable = {place for place in range(len(columns.figures)) if can_rank(chart, place)}
        self.words = _headings(chart)[: len(columns.figures)]
        self._part = one_line(chart.part, _HEADING) if any(bar.part for bar in chart.bars) else ""
        self._columns, self._free_from = columns, free_from
        self.setMask(self._reach())
        self.update()

    def _reach(self) -> QRegion:
        """Where it is: the headings, and the sample left of them. The title below takes the mouse elsewhere."""
        region = QRegion()
        for left, width in self._columns.figures:
            region += QRegion(_box(left, width, self.height()))
        bar, length = self._columns.bar
        start = max(bar, self._free_from)
        return region + QRegion(start, 0, max(bar + length - start, 0), self.height())

    def _heading_at(self, x: float) -> int | None:
        """The column whose heading is there, where its numbers have an order."""
        for place, (left, width) in enumerate(self._columns.figures):
            if left - GAP < x <= left + width:
                return place if place in self._sortable else None
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show whether a click sorts."""
        place = self._heading_at(event.position().x())
        self.setCursor(Qt.CursorShape.ArrowCursor if place is None else Qt.CursorShape.PointingHandCursor)
        set_tip(self, "" if place is None else self._tip(self.words[place]))

    def _tip(self, heading: str) -> str:
        means = f"{heading}: {MEANINGS[heading]}\n" if heading in MEANINGS else ""
        return _("{means}Sort by {heading}").format(means=means, heading=heading)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the order of a heading that was clicked."""
        place = self._heading_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self.sort_asked.emit(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        del event
        painter = QPainter(self)
        painter.setFont(base_font(SMALL_PIXELS))
        painter.setPen(QColor(self.colours.muted))
        for place, (words, (left, width)) in enumerate(zip(self.words, self._columns.figures, strict=False)):
            box = _box(left, width, self.height())
            is_sorted = self._ranking is not None and self._ranking.column == place
            painter.setPen(QColor(self.colours.text if is_sorted else self.colours.muted))
            if self._ranking is not None and is_sorted:
                taken = painter.fontMetrics().horizontalAdvance(words) + (_SWATCH if words == self._part else 0)
                self._paint_arrow(painter, box.right() - taken - 10, descending=self._ranking.descending)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
            if words == self._part:
                self._paint_sample(painter, left + width - painter.fontMetrics().horizontalAdvance(words) - _SWATCH)
        if self._part and self._part not in self.words:
            self._paint_part(painter)
        painter.end()

    def _paint_arrow(self, painter: QPainter, x: int, *, descending: bool) -> None:
        """A triangle left of the heading: its point is where the least is."""
        middle, tip = self.height() / 2, 2 if descending else -2
        corners = ((x, middle - tip), (x + 7, middle - tip), (x + 3.5, middle + 1.5 * tip))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.text))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        painter.restore()

    def _paint_part(self, painter: QPainter) -> None:
        left, width = self._columns.bar
        words = painter.fontMetrics().horizontalAdvance(self._part)
        start = max(left, self._free_from)
        if start + _SWATCH + words > left + width:
            return
        self._paint_sample(painter, start)
        painter.drawText(start + _SWATCH, 0, words + 4, self.height(), Qt.AlignmentFlag.AlignVCenter, self._part)

    def _paint_sample(self, painter: QPainter, x: int) -> None:
        hatch = pattern_brush(Ink.BAD, self.colours.surface, self.devicePixelRatioF()) if self.patterns else None
        painter.save()
        paint_swatch(painter, QPointF(x, self.height() / 2), QColor(self.colours.bad), Mark.BAR, hatch=hatch)
        painter.restore()
