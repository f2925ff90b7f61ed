"""The most frequent commands as a list of bars, failures in red at their ends."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import (
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

import resources
from core import formatting
from core.statistics import CommandBreakdown
from gui.theme import SMALL_PIXELS, base_font, mix, tabular
from gui.widgets.mood import Mood
from gui.widgets.row import RowState, paint_row_ground
from gui.widgets.text import PlainLabel, plain_tip, set_mood
from resources import Palette, Theme

ROW_HEIGHTS: Final = (28, 44)
"""The least and the greatest height of a row in pixels; between them the rows share the room."""

_HEADER_HEIGHT: Final = 20
_BAR_HEIGHT: Final = 8
_GAP: Final = 16
_SCROLL_BAR_GAP: Final = 8
_NAME_LIMIT: Final = 80

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class _Columns(NamedTuple):
    """Where the parts of a row stand, in pixels from its left."""

    name: tuple[int, int]
    bar: tuple[int, int]
    total: tuple[int, int]
    median: tuple[int, int]


def _shown_name(command: CommandBreakdown) -> str:
    return f"/{formatting.one_line(command.name, _NAME_LIMIT)}"


class _Model(QAbstractListModel):
    """Holds the commands; the same commands with other numbers keep selection and focus."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.commands: tuple[CommandBreakdown, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return how many commands there are."""
        return 0 if parent.isValid() else len(self.commands)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a command's name, tool tip and sentence for screen readers."""
        if not index.isValid():
            return None
        command = self.commands[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown_name(command)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_in_words(command))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _in_words(command).replace("\n", ", ")
        return None

    def show(self, commands: tuple[CommandBreakdown, ...]) -> None:
        """Take ``commands`` in place of what was there."""
        if [command.name for command in commands] == [command.name for command in self.commands]:
            self.commands = commands
            self.dataChanged.emit(self.index(0), self.index(len(commands) - 1))
            return
        self.beginResetModel()
        self.commands = commands
        self.endResetModel()


def _in_words(command: CommandBreakdown) -> str:
    share = formatting.percent(command.failures / command.total if command.total else None)
    lines = [
        _shown_name(command),
        f"{formatting.count(command.total)} runs, {formatting.count(command.failures)} failed ({share})",
    ]
    if command.execution.p50 is not None:
        p50, p95 = command.execution.p50, command.execution.p95
        lines.append(f"execution time p50 {formatting.seconds(p50)}, p95 {formatting.seconds(p95)}")
    return "\n".join(lines)


class _Delegate(QStyledItemDelegate):
    """Paints name, bar, count and median."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.colours = resources.palette(Theme.DARK)
        self._font = tabular(base_font())
        self._metrics = QFontMetrics(self._font)
        self.row_height = ROW_HEIGHTS[0]
        self.columns = _Columns((0, 0), (0, 0), (0, 0), (0, 0))
        self.greatest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        """Return the height that the list has chosen."""
        del option, index
        return QSize(100, self.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one command."""
        model = index.model()
        assert isinstance(model, _Model)
        command = model.commands[index.row()]
        box: QRect = option.rect
        painter.save()
        paint_row_ground(painter, box, self.colours, _row_state(option, index.row() == len(model.commands) - 1))
        self._text(painter, box, self.columns.name, _shown_name(command), self.colours.text)
        self._bar(painter, box, command)
        count = formatting.count(command.total)
        self._text(painter, box, self.columns.total, count, self.colours.text, right=True)
        median = formatting.seconds(command.execution.p50)
        self._text(painter, box, self.columns.median, median, self.colours.muted, right=True)
        painter.restore()

    def _text(
        self, painter: QPainter, box: QRect, column: tuple[int, int], text: str, ink: str, *, right: bool = False
    ) -> None:
        left, width = column
        painter.setFont(self._font)
        painter.setPen(QColor(ink))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        flags = int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute) | Qt.TextFlag.TextSingleLine
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(box.left() + left, box.top(), width, box.height()), int(flags), shown)

    def _bar(self, painter: QPainter, box: QRect, command: CommandBreakdown) -> None:
        left, width = self.columns.bar
        if width < 24:
            return
        track = QRectF(box.left() + left, box.center().y() - _BAR_HEIGHT / 2 + 0.5, width, _BAR_HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(_pill(track), QColor(mix(self.colours.text, self.colours.surface, 0.07)))
        length = max(width * command.total / self.greatest, 3.0 if command.total else 0.0)
        failed = min(length, max(length * command.failures / command.total, 2.0)) if command.failures else 0.0
        bar = QRectF(track.left(), track.top(), length, _BAR_HEIGHT)
        painter.setClipPath(_pill(bar))
        painter.fillRect(bar, QColor(self.colours.accent))
        painter.fillRect(bar.adjusted(length - failed, 0, 0, 0), QColor(self.colours.bad))
        painter.setClipping(False)


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


class _Header(QWidget):
    """The names of the two columns of numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._labels = (PlainLabel("count", self), PlainLabel("p50", self))
        for label in self._labels:
            label.setFont(base_font(SMALL_PIXELS))
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            set_mood(label, Mood.MUTED)
        self._labels[1].setToolTip(plain_tip("Half of the runs took no longer than this (execution time)"))
        self.setFixedHeight(_HEADER_HEIGHT)

    def show_columns(self, shown: bool) -> None:
        """Name the columns, or not where there are none."""
        for label in self._labels:
            label.setVisible(shown)

    def place(self, columns: _Columns, width: int) -> None:
        """Stand above the columns of a list that is ``width`` wide, flush with its right edge."""
        start = columns.total[0] - _GAP
        self.setFixedWidth(max(width - start, 0))
        for label, (left, room) in zip(self._labels, (columns.total, columns.median), strict=True):
            label.setGeometry(left - _GAP - start, 0, room + _GAP, self.height())


class _View(QListView):
    """A list that can be told to lay its rows out at once."""

    def settle(self) -> None:
        """Lay out what came in. Left to the next paint, it would ask for a second one."""
        self.executeDelayedItemsLayout()


class BarList(QWidget):
    """Commands with their bars. Rows can be reached by keyboard; Enter, a click, or Space chooses one.

    Attributes:
        header: the names of the columns of numbers, to be placed at the right above the list.
        view: the list itself.

    Signals:
        activated(str): the host chose a command, by its name.
    """

    activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._delegate = _Delegate(self)
        self.header = _Header()
        self._empty = PlainLabel()
        self.view = _View()
        self._arrange()
        self.view.clicked.connect(self._announce)
        self.view.viewport().installEventFilter(self)
        self.view.installEventFilter(self)

    def _arrange(self) -> None:
        self.view.setModel(self._model)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Top commands")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        set_mood(self._empty, Mood.MUTED)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._delegate.colours = palette
        self.view.viewport().update()

    def show_commands(self, commands: tuple[CommandBreakdown, ...], empty: str = "") -> None:
        """Show ``commands`` in their order, or the words ``empty`` where there are none."""
        self._empty.setText(empty)
        self._stack.setCurrentWidget(self.view if commands else self._empty)
        self.header.show_columns(bool(commands))
        if commands != self._model.commands:
            self._delegate.greatest = max((command.total for command in commands), default=1) or 1
            self._model.show(commands)
            self._lay_out()
            self.view.settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Lay the rows out anew for another size; let Enter and Space choose a row."""
        if watched is self.view.viewport() and event.type() == QEvent.Type.Resize:
            self._lay_out()
        if watched is self.view and event.type() == QEvent.Type.KeyPress:
            key = event.key()  # type: ignore[attr-defined]
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.view.currentIndex().isValid():
                self._announce(self.view.currentIndex())
                return True
        return False

    def _announce(self, index: QModelIndex) -> None:
        self.activated.emit(self._model.commands[index.row()].name)

    def _lay_out(self) -> None:
        """Give the rows a height at which a whole number of them fits, and the columns their widths."""
        room, rows = self.view.viewport().height(), max(self._model.rowCount(), 1)
        least, greatest = ROW_HEIGHTS
        fitting = min(max(room // least, 1), rows)
        height = min(max(room // fitting, least), greatest)
        if height != self._delegate.row_height:
            self._delegate.row_height = height
            self.view.scheduleDelayedItemsLayout()
        self._delegate.columns = self._columns()
        self.header.place(self._delegate.columns, self.view.width())
        self.view.viewport().update()

    def _columns(self) -> _Columns:
        commands, width = self._model.commands, self.view.viewport().width()
        if self.view.viewport().width() < self.view.width():
            width -= _SCROLL_BAR_GAP
        metrics = QFontMetrics(tabular(base_font()))
        names = (metrics.horizontalAdvance(_shown_name(command)) for command in commands)
        counts = (metrics.horizontalAdvance(formatting.count(command.total)) for command in commands)
        medians = (metrics.horizontalAdvance(formatting.seconds(command.execution.p50)) for command in commands)
        name = min(max([*names, 56]) + 2, max(width * 3 // 10, 56))
        count, median = max([*counts, 36]) + 2, max([*medians, 44]) + 2
        bar = max(width - name - count - median - 3 * _GAP, 0)
        start = name + _GAP + bar + _GAP
        return _Columns((0, name), (name + _GAP, bar), (start, count), (start + count + _GAP, median))
