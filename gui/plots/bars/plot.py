"""Things compared with each other: a list of horizontal bars with their numbers in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListView, QSpacerItem, QStackedLayout, QVBoxLayout, QWidget

from core.charts.named import subject
from core.charts.ranking import Ranking, after_click, can_rank, ranked
from core.charts.specs import Bar, BarChart
from core.models import USER_ID, NameKind
from core.text.formatting import count, one_line
from core.text.names import NAMES, NameKey, name_line
from core.text.translation import gettext as _
from gui.plots.bars.clicks import SingleClicks
from gui.plots.bars.columns import GAP, Columns, Headings, lay_out
from gui.plots.bars.rows import BarDelegate, BarModel
from gui.plots.shared.base import Plot
from gui.plots.shared.context_menu import MenuEntry, show_rows_entry
from gui.plots.shared.hatching import Patterns
from gui.plots.shared.surface import OPENS
from gui.plots.shared.tooltip_text import bar_name
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.text import PlainLabel, plain_tip, set_severity
from resources.design import Palette

ROW_HEIGHTS: Final = (28, 44)
"""The least and the greatest height of a row in pixels; between them the rows share the room."""

_SCROLL_BAR_GAP: Final = 8
_SPACE: Final = 4
_HEADINGS: Final = 20
_FOOT: Final = 24
_LEAST_HEIGHT: Final = 24 + _HEADINGS + 2 * ROW_HEIGHTS[0]


class BarChartPlot(Plot[BarChart]):
    """Draws a :class:`core.charts.specs.BarChart`. Rows can be reached by keyboard.

    A click, Enter or Space chooses a bar; a double click or Shift asks for its rows; a heading or the menu sorts.

    Attributes:
        view: the list of rows, which takes the focus; patterns: whether the coloured part has a pattern, too.
        ranking: what the bars are ordered by; None: as the chart has them.

    Signals:
        bar_chosen(Bar): the host chose a bar.
    """

    bar_chosen = Signal(object)

    size_hint = QSize(420, 250)

    def __init__(self, parent: QWidget | None = None) -> None:
        view = QListView()
        super().__init__(view, parent)
        self.view, self._empty, self._foot = view, PlainLabel(), PlainLabel()
        self._headings = Headings(self)
        self._model, self._delegate = BarModel(self), BarDelegate(self)
        self.ranking: Ranking | None = None
        self._given: BarChart | None = None
        self._pressed: Bar | None = None
        self._clicks = SingleClicks(self)
        self._clicks.single.connect(self._choose)
        self._arrange()
        self._headings.sort_asked.connect(self.sort_by)
        view.clicked.connect(self._click)
        view.doubleClicked.connect(self._double_click)
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)
        self.patterns = Patterns(self._show_patterns, self)
        self._finish()

    def _arrange(self) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(self._delegate)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        set_severity(self._empty, Severity.MUTED)
        self._stack = QStackedLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._header)
        self._spacer = QSpacerItem(0, _SPACE)
        self._column.addItem(self._spacer)
        self._column.addLayout(self._stack, 1)
        self._column.addWidget(self._foot)
        self._foot.setFont(base_font(SMALL_PIXELS))
        self._foot.setFixedHeight(_FOOT)
        self._foot.setAlignment(Qt.AlignmentFlag.AlignBottom)
        self._foot.hide()
        set_severity(self._foot, Severity.MUTED)
        for widget in (view, self._empty):  # once the stack has a parent: alone it would show them as windows
            self._stack.addWidget(widget)
        self.setFocusProxy(view)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        super().set_palette(palette)
        self._delegate.colours = self._headings.colours = palette
        self._headings.update()
        self.view.viewport().update()

    def show_chart(self, chart: BarChart) -> None:
        """Draw a chart, its bars in the order that the host chose."""
        self._given = chart
        super().show_chart(ranked(chart, self.ranking))

    def sort_by(self, column: int) -> None:
        """Order the bars by a column; once more turns the order round, and a third time ends it."""
        self.ranking = after_click(self.ranking, column)
        if self._given is not None:
            self.show_chart(self._given)

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing, and so numbers: else words stand in its place."""
        return super().drawn and self._chart is not None and bool(self._chart.bars)

    @property
    def left_out(self) -> str:
        """What a picture has no room for, in words; empty where it shows everything."""
        return self._foot.text()

    @property
    def height_of_all(self) -> int:
        """How high it would have to be for all of its rows, in pixels."""
        missing = self._model.rowCount() * ROW_HEIGHTS[0] - self.view.viewport().height()
        return self.height() + max(missing, 0)

    def resemble(self, other: Plot[BarChart]) -> None:
        """Be a picture of another plot of the same kind, in which nothing can be scrolled or unfolded."""
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        super().resemble(other)

    def settle_picture(self) -> None:
        """Show the first rows, as many as there is room for, and say how many there are."""
        chart, rows, least = self._chart, self._model.rowCount(), ROW_HEIGHTS[0]
        if chart is None or rows * least <= self.view.viewport().height():
            return
        self._foot.show()
        self._column.activate()
        fitting = max(self.view.viewport().height() // least, 1)
        self._foot.setText(_("The first {fitting} of {rows}").format(fitting=count(fitting), rows=count(rows)))
        self._model.show(replace(chart, bars=chart.bars[:fitting]))
        self._fit_rows()
        self.view.executeDelayedItemsLayout()  # left to the next paint, it would ask for a second one

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the columns that have room."""
        return self._headings.words

    def entries(self, at: QPoint | None) -> Iterator[MenuEntry]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        bar = self._bar(self.view.currentIndex() if at is None else self.view.indexAt(at))
        if bar is not None:
            yield from self._entries_of(bar)
        if self._chart is not None:
            yield from _orders(self._chart, self.headings, self.ranking, self.sort_by)

    def _entries_of(self, bar: Bar) -> Iterator[MenuEntry]:
        opens, name = bar.opens, bar_name(bar)
        yield show_rows_entry(lambda: self._open_bar(bar), name, enabled=opens is not None, keys="Shift+Enter")
        can_filter = opens is not None and bool(opens.chosen)
        words = _("Filter the page by {name}").format(name=name_line(name, 40))
        yield MenuEntry(words, lambda: self._choose(bar), "Enter", can_filter)
        yield from _of_subject(bar, self.naming_requested.emit, self.forgetting_requested.emit)

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        index = self.view.currentIndex()
        return self.view.visualRect(index).center() if index.isValid() else None

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use."""
        return QSize(160, _LEAST_HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay the rows out anew for another size; let keys choose and open rows."""
        if watched is self.view.viewport() and event.type() == QEvent.Type.Resize:
            self._fit_rows()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = self._bar(self.view.indexAt(event.position().toPoint()))
        elif watched is self.view and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        bar = self._bar(self.view.currentIndex())
        if bar is None or event.key() not in OPENS:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._open_bar(bar)
        else:
            self._choose(bar)
        return True

    def _click(self, index: QModelIndex) -> None:
        bar = self._bar(index)
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._open_bar(bar)
        elif bar is not None:
            self._clicks.begin(bar)

    def _double_click(self) -> None:
        self._clicks.end()
        self._open_bar(self._pressed)

    def _choose(self, bar: Bar) -> None:
        self.bar_chosen.emit(bar)
        if bar.span is not None:
            self.range_selected.emit(bar.span.start, bar.span.end)
        elif bar.opens is not None and bar.opens.chosen:
            self.filter_requested.emit(bar.opens.chosen)

    def _open_bar(self, bar: Bar | None) -> None:
        self._open(bar.opens if bar is not None else None)

    def _bar(self, index: QModelIndex) -> Bar | None:
        return self._model.bars[index.row()] if index.isValid() else None

    def _show_patterns(self, on: bool) -> None:
        self._delegate.patterns = self._headings.patterns = on
        self._headings.update()
        self.view.viewport().update()

    def _show(self, chart: BarChart, before: BarChart | None) -> None:
        self._empty.setText(one_line(chart.empty or _("Nothing to show"), 300))
        self._stack.setCurrentWidget(self.view if self.drawn else self._empty)
        self._header.setToolTip(plain_tip(chart.explains))
        self._describe(chart.explains)
        if before != chart:
            self._keep_place(chart)
            self._fit_rows()
            self.view.executeDelayedItemsLayout()

    def _keep_place(self, chart: BarChart) -> None:
        """Show other bars: who has the focus keeps it, wherever it stands now."""
        current, scrolled = self._bar(self.view.currentIndex()), self.view.verticalScrollBar().value()
        if self._model.show(chart) and current is not None:
            kept = current.id or current.name
            row = next((row for row, bar in enumerate(chart.bars) if kept in (bar.id, bar.name)), None)
            if row is not None:
                self.view.setCurrentIndex(self._model.index(row))
            self.view.verticalScrollBar().setValue(scrolled)

    def _fit_rows(self) -> None:
        """Give the rows a height at which a whole number of them fits, and the columns their widths."""
        chart = self._chart
        if chart is None:
            return
        width = self.view.viewport().width()
        if width < self.view.width():
            width -= _SCROLL_BAR_GAP
        columns = self._delegate.columns = lay_out(chart, width)
        self._place_headings(chart, columns)
        room, rows = self.view.viewport().height(), max(self._model.rowCount(), 1)
        least, greatest = ROW_HEIGHTS
        fitting = min(max(room // least, 1), rows)
        height = min(max(room // fitting, least), greatest)
        if height != self._delegate.row_height:
            self._delegate.row_height = height
            self.view.scheduleDelayedItemsLayout()
        self.view.viewport().update()

    def _place_headings(self, chart: BarChart, columns: Columns) -> None:
        """Beside the title where both fit, else on a line of their own."""
        shown = self.drawn
        start = columns.figures[0][0] - GAP
        title = self._header.heading_width(start)
        beside = title + GAP <= start
        self._spacer.changeSize(0, _SPACE if beside or not shown else _SPACE + _HEADINGS)
        self._column.invalidate()
        self._header.setMaximumWidth(start if beside and shown else self.maximumWidth())
        line = 0 if beside else self._header.sizeHint().height()
        self._headings.setVisible(shown)
        self._headings.setGeometry(0, line, self.width(), self._header.sizeHint().height() if beside else _HEADINGS)
        self._headings.show_columns(chart, columns, title + GAP if beside else 0, self.ranking)
        self._headings.raise_()


def _of_subject(bar: Bar, name: Callable[[NameKey], object], forget: Callable[[str], object]) -> Iterator[MenuEntry]:
    """The menu's entries for whom a bar stands for: id, name, forgetting; not while names, and ids, are masked."""
    key = subject(bar)
    if key is not None and not NAMES.masked:
        yield MenuEntry(_("Copy id"), partial(QGuiApplication.clipboard().setText, key[1]))
        yield MenuEntry(_("Name this…"), partial(name, key), "N")
        if key[0] == NameKind.USER and USER_ID.fullmatch(key[1]):
            yield MenuEntry(_("Forget this user…"), partial(forget, key[1]))


def _orders(
    chart: BarChart, headings: tuple[str, ...], ranking: Ranking | None, sort: Callable[[int], object]
) -> Iterator[MenuEntry]:
    """The menu's entries that sort, for the columns that have an order."""
    for place, words in enumerate(headings):
        if can_rank(chart, place):
            chosen = ranking is not None and ranking.column == place
            yield MenuEntry(_("Sort by {words}").format(words=words), partial(sort, place), checked=chosen)
