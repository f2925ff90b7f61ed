"""Where the parts of a table stand: filter box above, rows with position bar and state line, details at the right."""

from __future__ import annotations

from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QWidget

from core.tables.definitions import TableDefinition
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, ink, tabular
from gui.tables.details.pane import DetailsPane
from gui.tables.filter.box import FilterBox
from gui.tables.records.scrollbar import PositionBar
from gui.tables.records.view import RecordView
from gui.tables.shared.row_view import NewRowsPill
from gui.widgets.parts import WidgetStack, column, read_in_order, row, tool_button
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip


class TopLine(QObject):
    """The buttons at the right of the filter box.

    Attributes:
        pill: "12 new ↑"; hidden while nothing is unseen.
        columns: which columns are shown; details: whether the pane is.
    """

    def __init__(self, row: QHBoxLayout, parent: QObject) -> None:
        super().__init__(parent)
        self.pill = NewRowsPill(_("To the newest row (Home)"), _("rows"))
        self.columns = tool_button(_("Columns"), _("Which columns are shown, and in which order"), "columns")
        self.details = tool_button(_("Details"), _("Everything recorded in the current row (Enter)"), "details")
        self.details.setCheckable(True)
        row.addSpacing(4)
        for widget in (self.pill, self.columns, self.details):
            row.addWidget(widget)


class StateLine(QWidget):
    """Words at the left; while something is under way a bar above them and a Stop button at the right.

    Attributes:
        stop: the button.

    Signals:
        stop_requested(): what is under way shall end.
    """

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._words = ElidedLabel()
        self._words.setFont(tabular(base_font(SMALL_PIXELS)))
        set_severity(self._words, Severity.MUTED)
        self.stop = QPushButton(_("Stop"))
        self.stop.setProperty("pill", True)
        self.stop.setFont(base_font(SMALL_PIXELS))
        set_tip(self.stop, _("Stop searching; what was found stays"))
        self.stop.clicked.connect(self.stop_requested)
        self.stop.hide()
        row((self._words, 1), self.stop, on=self, margins=(8, 3, 4, 3))
        self.setFixedHeight(28)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, words: str, share: float | None = None) -> None:
        """Say ``words``; ``share`` (0 to 1) is how far something is that can be stopped, None while nothing is."""
        self._words.set_text(words)
        self.setAccessibleName(words)
        self.stop.setVisible(share is not None)
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line above, and on it how far the work is."""
        del event
        painter = QPainter(self)
        painter.fillRect(QRect(0, 0, self.width(), 1), ink("border"))
        if self._share is not None:
            painter.fillRect(QRect(0, 0, round(self.width() * self._share), 2), ink("accent"))


class EmptyState(QWidget):
    """Says in the table's place why there is nothing to see, and offers a way out.

    Attributes:
        button: the way out; hidden where there is none.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = PlainLabel()
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        set_severity(self._words, Severity.MUTED)
        self.button = QPushButton()
        button = (self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column(1, self._words, button, 1, on=self, gap=8, margins=(24, 0, 24, 0))

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, words: str, way_out: str = "") -> None:
        """Say ``words``, with a button called ``way_out`` where that is not empty."""
        self._words.setText(words)
        self.setAccessibleName(words)
        self.button.setText(way_out)
        self.button.setVisible(bool(way_out))

    def minimumSizeHint(self) -> QSize:
        """Return a small size: the table's place may be small."""
        return QSize(80, 40)


_DETAILS_WIDTH: Final = 340


class TableFrame(QWidget):
    """Arranges the parts, and shows one of rows and emptiness.

    Attributes:
        filter_box, top_line, view, bar, state, empty, details: the parts.
        splitter: divides rows and details.
        note: why the order that was asked for is not to be had; hidden while there is nothing to say.
    """

    def __init__(self, table: TableDefinition, zone: ZoneInfo, view: RecordView, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = view
        self.filter_box = FilterBox(zone, table)
        self.top_line = TopLine(self.filter_box.row, self)
        self.note = ElidedLabel()
        self.bar = PositionBar()
        self.state, self.empty = StateLine(), EmptyState()
        self.details = DetailsPane(table.columns)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._book = WidgetStack()
        set_severity(self.note, Severity.WARN)
        self.note.setContentsMargins(8, 4, 8, 4)
        self.note.hide()
        self._arrange()
        self._order_focus()

    def _arrange(self) -> None:
        rows, left = QWidget(), QWidget()
        row((self.view, 1), self.bar, on=rows, gap=0)
        self._book.addWidget(rows)
        self._book.addWidget(self.empty)
        column(self.note, (self._book, 1), self.state, on=left, gap=0)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.details)
        self.splitter.setChildrenCollapsible(False)
        read_in_order(self.splitter)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([3 * _DETAILS_WIDTH, _DETAILS_WIDTH])
        column(self.filter_box, (self.splitter, 1), on=self, gap=6)
        self.details.hide()

    def _order_focus(self) -> None:
        box, line = self.filter_box, self.top_line
        at_top = (box.edit, box.help_button, line.pill, line.columns, line.details)
        chain = (*at_top, self.view, self.bar, self.empty.button, self.state.stop, self.details)
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    @property
    def is_empty(self) -> bool:
        """Whether words stand in the place of rows."""
        return self._book.currentWidget() is self.empty

    def show_rows(self) -> None:
        """Show the rows."""
        self._book.setCurrentIndex(0)

    def show_empty(self, words: str, way_out: str = "") -> None:
        """Say why there are no rows; the keys stay where they were, if they can."""
        self.empty.say(words, way_out)
        self._book.setCurrentWidget(self.empty)

    def say_note(self, words: str) -> None:
        """Say something below the header; nothing takes it away."""
        self.note.set_text(words)
        self.note.setVisible(bool(words))
        self.view.setAccessibleDescription(words)
