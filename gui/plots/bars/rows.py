"""The rows of a bar chart: what they hold, and how they are painted."""

from __future__ import annotations

from typing import Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.charts.named import subject
from core.charts.specs import Bar, BarChart, Ink
from core.text.formatting import one_line
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.plots.bars.columns import Columns
from gui.plots.shared.drawing import small_font
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.tooltip_text import bar_name, bar_value, bar_words
from gui.style.theme import FONT_PIXELS, base_font, mix, tabular
from gui.widgets.row import RowState, paint_row_ground
from gui.widgets.text import cut_name, plain_tip
from resources import design
from resources.design import Theme

_BAR_HEIGHT: Final = 8
_COURSE_HEIGHT: Final = 16
_NOTHING: Final = BarChart("", "", (), "")

_LINE: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute) | int(Qt.TextFlag.TextSingleLine)
_LEFT: Final = _LINE | int(Qt.AlignmentFlag.AlignLeft)
_RIGHT: Final = _LINE | int(Qt.AlignmentFlag.AlignRight)
"""How texts stand, as the plain numbers that Qt takes: flags put together for each text take longer than some texts."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class BarModel(QAbstractListModel):
    """Holds the bars; the same names with other numbers keep selection and focus."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.chart = _NOTHING
        self.greatest = 1.0

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The rows."""
        return self.chart.bars

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many bars there are."""
        return 0 if parent.isValid() else len(self.bars)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a bar's name, tool tip and sentence for screen readers; or itself, for the user's role."""
        if not index.isValid():
            return None
        bar = self.bars[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return bar_name(bar)
        if role == Qt.ItemDataRole.ToolTipRole:
            words = (*_whose(bar), *bar_words(bar, self.chart), *filter(None, (one_line(bar.tip, 600),)))
            return plain_tip("\n".join((*words, *_explained(self.chart), *_hints(bar))))
        if role == Qt.ItemDataRole.UserRole:
            return bar
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(bar_words(bar, self.chart))
        return None

    def show(self, chart: BarChart) -> bool:
        """Take other bars; returns whether they are other names, or the same in another order."""
        same = [bar.id or bar.name for bar in chart.bars] == [bar.id or bar.name for bar in self.bars]
        lengths = (length for bar in chart.bars for length in (bar.value, bar.before or 0.0))
        greatest = max((each for each in lengths if 0 < each < float("inf")), default=1.0)
        if same:
            self.chart, self.greatest = chart, greatest
            if chart.bars:
                self.dataChanged.emit(self.index(0), self.index(len(chart.bars) - 1))
            return False
        self.beginResetModel()
        self.chart, self.greatest = chart, greatest
        self.endResetModel()
        return True


def _whose(bar: Bar) -> tuple[str, ...]:
    """The whole id, where a name stands in its place."""
    key = subject(bar)
    return (NAMES.in_full(*key),) if key is not None and bar.id else ()


def _explained(chart: BarChart) -> tuple[str, ...]:
    return (chart.explains,) if chart.explains else ()


def _hints(bar: Bar) -> list[str]:
    if bar.opens is None:
        return []
    return [_("Click or Enter: filter the page by this"), _("Double click or Shift+Enter: show its rows")]


class BarDelegate(QStyledItemDelegate):
    """Paints name, bar, value and figures.

    Attributes:
        colours: the theme's; patterns: whether the coloured part has one; columns, row_height: as laid out.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.colours = design.palette(Theme.DARK)
        self.patterns = False
        self.row_height = 28
        self.columns = Columns((0, 0), (0, 0), ())
        self._font = tabular(base_font())
        self._metrics = QFontMetrics(self._font)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height that the list has chosen."""
        del option, index
        return QSize(100, self.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one bar."""
        model = index.model()
        assert isinstance(model, BarModel)
        bar, box = model.bars[index.row()], option.rect
        painter.save()
        paint_row_ground(painter, box, self.colours, _row_state(option, index.row() == len(model.bars) - 1))
        # an exported copy's font has no alternates, so that its text can be read out of a PDF
        painter.setFont(small_font(option.widget.font(), FONT_PIXELS))
        self._text(painter, box, self.columns.name, bar_name(bar), self.colours.text)
        if bar.course:
            self._course(painter, box, bar)
        else:
            self._bar(painter, box, bar, model.greatest)
        texts = (bar_value(bar, model.chart), *bar.figures)
        for place, (column, text) in enumerate(zip(self.columns.figures, texts, strict=False)):
            ink = self.colours.muted if place else self.colours.text
            self._text(painter, box, column, one_line(text, 60), ink, right=True)
        painter.restore()

    def _text(
        self, painter: QPainter, box: QRect, column: tuple[int, int], text: str, ink: str, *, right: bool = False
    ) -> None:
        left, width = column
        painter.setPen(QColor(ink))
        shown = cut_name(self._metrics, text, width)
        painter.drawText(QRect(box.left() + left, box.top(), width, box.height()), _RIGHT if right else _LEFT, shown)

    def _course(self, painter: QPainter, box: QRect, bar: Bar) -> None:
        """A thin column a bucket, from zero up to its own greatest: when it came, whatever the other rows have."""
        left, width = self.columns.bar
        highest = max(bar.course)
        if width < 24:
            return
        floor, height = box.center().y() + _COURSE_HEIGHT / 2, _COURSE_HEIGHT
        painter.fillRect(
            QRectF(box.left() + left, floor, width, 1), QColor(mix(self.colours.text, self.colours.surface, 0.15))
        )
        step = width / len(bar.course)
        for place, value in enumerate(bar.course):
            if value > 0:
                part = max(height * value / highest, 2.0)
                column = QRectF(box.left() + left + place * step, floor - part, max(step - 1, 1.0), part)
                painter.fillRect(column, QColor(self.colours.accent))

    def _bar(self, painter: QPainter, box: QRect, bar: Bar, greatest: float) -> None:
        left, width = self.columns.bar
        if width < 24:
            return
        track = QRectF(box.left() + left, box.center().y() - _BAR_HEIGHT / 2 + 0.5, width, _BAR_HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(_pill(track), QColor(mix(self.colours.text, self.colours.surface, 0.07)))
        share = min(bar.value / greatest, 1.0) if bar.value > 0 else 0.0
        length = max(width * share, 3.0) if share else 0.0
        part = min(length, max(length * bar.part / bar.value, 2.0)) if bar.part > 0 and length else 0.0
        drawn = QRectF(track.left(), track.top(), length, _BAR_HEIGHT)
        painter.setClipPath(_pill(drawn))
        painter.fillRect(drawn, QColor(self.colours.accent))
        end = drawn.adjusted(length - part, 0, 0, 0)
        painter.fillRect(end, QColor(self.colours.bad))
        ratio = painter.device().devicePixelRatioF()
        hatch = pattern_brush(Ink.BAD, self.colours.surface, ratio) if self.patterns and part else None
        if hatch is not None:
            painter.fillRect(end, hatch)
        painter.setClipping(False)
        if bar.before is not None and greatest > 0:
            at = track.left() + width * min(bar.before / greatest, 1.0)
            painter.fillRect(QRectF(round(at) - 1, track.top() - 3, 2, _BAR_HEIGHT + 6), QColor(self.colours.text))


def _pill(box: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box, min(box.height(), box.width()) / 2, box.height() / 2)
    return path


def _row_state(option: QStyleOptionViewItem, last: bool) -> RowState:
    flags = option.state
    return RowState(
        hovered=bool(flags & QStyle.StateFlag.State_MouseOver),
        selected=bool(flags & QStyle.StateFlag.State_Selected),
        focused=bool(flags & QStyle.StateFlag.State_HasFocus),
        line=not last,
    )
