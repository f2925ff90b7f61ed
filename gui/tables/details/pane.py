"""All of one record beside the table: whole texts, whole ids, times with their zone, each to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column, TableRecord
from core.text.formatting import NOTHING, count
from core.text.masking import PRIVATE_COLUMNS
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.tables.details.long_text import LongText
from gui.tables.shared.cell_text import Wording
from gui.widgets.parts import TOP, column, row, scrolled, tool_button
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity

LEAST_WIDTH: Final = 240

_LONG: Final = frozenset({Kind.PROMPT, Kind.TEXT, Kind.LORAS})
"""Kinds whose texts may take many lines."""

_SEVERITIES: Final = {True: Severity.GOOD, False: Severity.BAD, None: Severity.MUTED}
_WIDEST_NAME: Final = 120
_MOST_LINES: Final = 6
_LEAST_LINES_OF_PROMPT: Final = 4
_COUNTED_FROM: Final = 500
"""From so many characters on, their number is said."""


class _Field(QWidget):
    """One value under its name, with a button that copies it."""

    def __init__(self, column: Column, name_width: int) -> None:
        super().__init__()
        self.column = column
        self.text = ""
        self._name = ElidedLabel(column.title)
        self._name.setFont(base_font(SMALL_PIXELS))
        set_severity(self._name, Severity.MUTED)
        self.button = tool_button(
            _("Copy: {title}").format(title=column.title), _("Copy: {title}").format(title=column.title), "copy"
        )
        self.button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        name_it = _("Name this…")
        self.naming = tool_button(name_it, name_it, "tag") if column.kind in ID_KINDS else None
        self.is_long = column.kind in _LONG
        self.value: LongText | PlainLabel = (
            PlainLabel() if column.kind is Kind.OUTCOME else LongText(framed=self.is_long)
        )
        self.value.setAccessibleName(column.title)
        self._arrange(name_width)
        if isinstance(self.value, LongText):
            self.value.width_changed.connect(self.fit)

    def _arrange(self, name_width: int) -> None:
        """A short value stands beside its name, a long one below it."""
        button = (self.button, 0, TOP)
        if self.is_long:
            column(row((self._name, 1), button, gap=8), (self.value, 1), on=self, gap=0)
            return
        self._name.setFixedSize(name_width, self.button.sizeHint().height())
        self.value.setFont(tabular(base_font()))
        naming = ((self.naming, 0, TOP),) if self.naming is not None else ()
        column(row((self._name, 0, TOP), (self.value, 1), *naming, button, gap=8), on=self, gap=0)

    def show_text(self, text: str, severity: Severity | None = None) -> None:
        self.text = text
        self.button.setEnabled(bool(text))
        if isinstance(self.value, LongText):
            self.value.show_text(text or ("" if self.is_long else NOTHING))
            self.fit()
        else:
            self.value.setText(text or NOTHING)
        if severity is not None:
            set_severity(self.value, severity)
        if self.is_long:
            size = _(" · {text} characters").format(text=count(len(text))) if len(text) >= _COUNTED_FROM else ""
            self._name.set_text(f"{self.column.title}{size}")

    def fit(self) -> None:
        """Be as tall as the text needs, within bounds."""
        if not isinstance(self.value, LongText):
            return
        if self.is_long:
            least = _LEAST_LINES_OF_PROMPT if self.column.kind is Kind.PROMPT else 1
            lines = max(self.value.lines_wanted(_MOST_LINES), least)
            self.value.setMinimumHeight(lines * self.value.fontMetrics().lineSpacing() + 28)
            if self.column.kind is not Kind.PROMPT:
                self.value.setFixedHeight(self.value.minimumHeight())
        else:
            self.value.fit_lines(_MOST_LINES, self.button.sizeHint().height())


def _rank(field: _Field) -> int:
    """What users wrote comes first: it is what one opens the details for."""
    return 0 if field.column.key in PRIVATE_COLUMNS else 2 if field.is_long else 1


def _name_width(columns: Sequence[Column]) -> int:
    """As wide as the widest name of a short value."""
    metrics = QFontMetrics(base_font(SMALL_PIXELS))
    widths = (metrics.horizontalAdvance(column.title) for column in columns if column.kind not in _LONG)
    return min(max(widths, default=0) + 4, _WIDEST_NAME)


class DetailsPane(QFrame):
    """Shows one record.

    Attributes:
        shown: the record, or None.

    Signals:
        close_requested(): the host wants the pane away.
        naming_requested(NameKey): the host wants to name a user, a server or a channel.
    """

    close_requested = Signal()
    naming_requested = Signal(object)

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: TableRecord | None = None
        self._wording = Wording()
        self._title = PlainLabel(_("Details"))
        self._title.setFont(base_font(weight=QFont.Weight.DemiBold))
        self._close = tool_button(_("Close the details"), _("Close the details (Esc)"), "close")
        self._state = PlainLabel()
        width = _name_width(columns)
        self.fields = {column.key: _Field(column, width) for column in columns}
        for field in self.fields.values():
            if field.naming is not None:
                field.naming.clicked.connect(partial(self._ask_name, field.column))
        self._arrange()
        self._say("")

    def _arrange(self) -> None:
        self.setAccessibleName(_("Details"))
        self.setMinimumWidth(LEAST_WIDTH)
        self._close.clicked.connect(self.close_requested)
        self._state.setWordWrap(True)
        set_severity(self._state, Severity.MUTED)
        sheet = QWidget()
        self._above = column()
        fields = ((field, int(field.column.kind is Kind.PROMPT)) for field in sorted(self.fields.values(), key=_rank))
        column(self._above, *fields, 0, on=sheet, gap=4, margins=(0, 0, 8, 0))
        self._area = scrolled(sheet)
        for ground in (self._area.viewport(), sheet):
            ground.setAutoFillBackground(False)
        head = row((self._title, 1), self._close)
        column(head, self._state, (self._area, 1), on=self, gap=8, margins=(12, 4, 4, 8))

    @property
    def words(self) -> str:
        """What is said in place of, or above, the record."""
        return self._state.text()

    def put_above(self, widget: QWidget) -> None:
        """Show a widget above the values; the keys come to it before them."""
        self._above.addWidget(widget)
        QWidget.setTabOrder(self._close, widget)

    def set_wording(self, wording: Wording) -> None:
        """Say values in another way."""
        self._wording = wording
        if self.shown is not None:
            self._fill(self.shown)

    def show_record(self, record: TableRecord) -> None:
        """Show a record; a longer version of the same one may follow."""
        self.shown = record
        self._say("")
        self._area.show()
        self._fill(record)

    def show_nothing(self, words: str = _("Select a row to see its details.")) -> None:
        """Show no record, and say why."""
        self.shown = None
        self._area.hide()
        self._say(words)

    def show_gone(self) -> None:
        """Say that the record is no longer in the database; what was seen of it stays."""
        self._say(_("This row is no longer in the database."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the pane."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_requested.emit()
        else:
            super().keyPressEvent(event)

    def _say(self, words: str) -> None:
        self._state.setText(words)
        self._state.setVisible(bool(words))

    def _ask_name(self, column: Column, _checked: bool = False) -> None:
        value = None if self.shown is None else self._value(self.shown, column)
        if value is not None:
            self.naming_requested.emit((str(column.kind), str(value)))

    def _value(self, record: TableRecord, column: Column) -> Any:
        return record.values[[field.column for field in self.fields.values()].index(column)]

    def _fill(self, record: TableRecord) -> None:
        for field, value in zip(self.fields.values(), record.values, strict=True):
            severity = _SEVERITIES.get(value, Severity.MUTED) if field.column.kind is Kind.OUTCOME else None
            field.show_text(self._wording.whole(field.column, value), severity)
            field.setVisible(value is not None or not field.column.came_later)
            if field.naming is not None:
                field.naming.setEnabled(value is not None and not NAMES.masked)
