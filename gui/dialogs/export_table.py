"""Exporting a table: as what, which rows and columns, and where to."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLocale, QStandardPaths, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from core.errors import BotpulseError
from core.export.beforehand import extent_of
from core.export.formats import Format
from core.export.rows import Exported, export_rows
from core.export.separators import Separators, host_separators, separators_of
from core.storage.location import Location
from core.storage.values import ID_KINDS
from core.tables.definitions import TABLES, Column, TableQuery
from core.tables.paging.pages import Extent
from core.tasks import Progress, Task
from core.text.formatting import rows_words
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.dialogs.data.parts import SwitchRow, button, chosen, label_of, one_of
from gui.dialogs.data.task_dialog import TaskDialog
from gui.dialogs.file_field import FileField
from gui.plots.export.export import AlreadyThere
from gui.settings import Setting, Settings
from gui.style.severity import Severity
from gui.threads.jobs import reading_task
from gui.widgets.parts import fill, row
from gui.widgets.text import PlainLabel

FORMAT: Final = Setting(
    "export_table_format", Format.XLSX.value, "what a table was last exported as", tuple(kind.value for kind in Format)
)
FOLDER: Final = Setting("export_table_folder", "", "where a table was last exported to")

EXPORT_SETTINGS: Final = (FORMAT, FOLDER)
"""What the dialog remembers."""

_FILTERED: Final = "filtered"
_ALL: Final = "all"
_SHOWN: Final = "shown"
_LABEL_WIDTH: Final = 72
_FORMATS: Final = (
    (Format.XLSX.value, "XLSX"),
    (Format.CSV_FOR_EXCEL.value, _("CSV for Excel")),
    (Format.CSV.value, "CSV"),
    (Format.JSON_LINES.value, "JSON Lines"),
)
_WORDS: Final = {
    Format.XLSX: _("A workbook: times are times, ids stay whole, texts are never formulas."),
    Format.CSV_FOR_EXCEL: _("As Excel wants it in this region; texts that look like formulas are made harmless."),
    Format.CSV: _("Commas, UTF-8, as other programs want it; texts that look like formulas are made harmless."),
    Format.JSON_LINES: _("One JSON object a line, for scripts."),
}
_ENDINGS: Final = {kind: "csv" if "csv" in kind.value else kind.value for kind in _WORDS}


@dataclass(frozen=True, slots=True)
class TableExportRequest:
    """What is to be exported.

    Attributes:
        location: the database; query: what the table shows; visible: its columns as they stand there.
    """

    location: Location
    query: TableQuery
    visible: tuple[Column, ...]


class ExportTableDialog(TaskDialog):
    """Writes the rows of a table into a file. The table is only asked what it shows, when the dialog is made.

    Attributes:
        format, rows, columns: rows of buttons; masks: hides prompts; names: puts names beside ids; file: where to.

    Signals:
        exported(Exported): the file is written; the dialog closes itself.
    """

    exported = Signal(object)

    def __init__(
        self,
        request: TableExportRequest,
        memory: Settings,
        zone: ZoneInfo,
        *,
        masked: bool,
        parent: QWidget | None = None,
    ) -> None:
        table = TABLES[request.query.table]
        super().__init__(_("Export table"), table.title, button(_("&Export"), kind="primary"), parent, width=620)
        self._request, self._memory, self._zone = request, memory, zone
        self._table = table
        self.format = one_of(_("Format"), *_FORMATS)
        filtered = bool(request.query.filters) or request.query.span is not None
        self.rows = one_of(
            _("Rows"), (_FILTERED, _("As filtered") if filtered else _("As shown")), (_ALL, _("All of the table"))
        )
        self.columns = one_of(_("Columns"), (_SHOWN, _("Shown ({visible})").format(visible=len(request.visible))),
                              (_ALL, _("All ({columns})").format(columns=len(table.columns))))  # fmt: skip
        self.masks = SwitchRow(_("&Mask prompts and details"), on=masked)
        self.names = SwitchRow(_("&Names beside the ids"), on=not NAMES.masked)
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._choose_format(memory.text(FORMAT))
        self.file = FileField(_("Export table"), self._name, set(_ENDINGS.values()), (memory, FOLDER), documents)
        self.estimate = PlainLabel(_("Counting…"))
        self.masks.setVisible(any(column.key in ("prompt", "details") for column in table.columns))
        self.names.setVisible(any(column.kind in ID_KINDS for column in table.columns))
        self._arrange_fields()
        self._connect_fields()
        self.show_question()
        self.go.setFocus()

    @property
    def kind(self) -> Format:
        """What is to be made."""
        return Format(chosen(self.format))

    @property
    def query(self) -> TableQuery:
        """Which rows are to be written: those that are shown, or all, the newest first."""
        shown = self._request.query
        return shown if chosen(self.rows) == _FILTERED else TableQuery(shown.table, zone=shown.zone)

    def begin_asking(self) -> None:
        """Count how many rows match."""
        self.estimate.setText(_("Counting…"))
        self.looking.ask(reading_task(extent_of, self._request.location, self.query), self._show_extent)

    def stopped(self) -> None:
        """No half file is left."""
        self.show_question(_("Stopped. No file was written."))

    def failed(self, fault: BotpulseError) -> None:
        """A file of that name may be replaced; what else stands in the way is said at length."""
        if not isinstance(fault, AlreadyThere):
            super().failed(fault)
            return
        self.file.replaced = self.file.target
        self.go.setText(_("&Replace"))
        self.show_question(
            _("{title}: {name}. Replace it, or choose another name.").format(
                title=fault.title, name=self.file.target.name
            ),
            Severity.WARN,
        )
        self.go.setFocus()

    def _arrange_fields(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        for number, (words, part) in enumerate(
            ((_("&Format"), self.format), (_("&Rows"), self.rows), (_("&Columns"), self.columns))
        ):
            grid.addWidget(_label(words, part), 2 * number, 0)
            grid.addLayout(row(part, 1), 2 * number, 1)
        grid.addWidget(_label(_("F&ile"), self.file.line), 6, 0)
        grid.addWidget(self.file, 6, 1)
        grid.addWidget(self.estimate, 3, 1)
        fill(self.ask, grid, self.masks, self.names)

    def _choose_format(self, value: str) -> None:
        known = value if value in self.format.buttons else FORMAT.default
        self.format.set_value(known)
        self.format.setFocusProxy(self.format.buttons[known])

    def _connect_fields(self) -> None:
        self.format.value_chosen.connect(lambda _value: self._follow_format())
        self.rows.value_chosen.connect(lambda _value: self.begin_asking())
        self.file.edited.connect(self._ask_again)
        self.go.clicked.connect(self._begin)

    def show_question(self, note: str = "", severity: Severity = Severity.MUTED) -> None:
        """Ask, with the words of the format where there is nothing else to say."""
        super().show_question(note or _WORDS[self.kind], severity)

    def _follow_format(self) -> None:
        """The name's end goes with the format."""
        self.file.follow_ending()
        self._ask_again()

    def _ask_again(self) -> None:
        self.file.replaced = None
        self.go.setText(_("&Export"))
        self.say(_WORDS[self.kind])

    def _show_extent(self, extent: Extent) -> None:
        rows = rows_words(extent.rows)
        self.estimate.setText(rows if extent.exact else _("About {rows}").format(rows=rows))

    def _begin(self) -> None:
        keys = [column.key for column in self._request.visible] if chosen(self.columns) == _SHOWN else None
        job = _Job(
            self._request.location, self.query, self.file.target, self.kind, self.file.may_replace, _separators()
        )
        masked, named, zone = self.masks.on, self.names.on, self._zone
        self.run(lambda: job.task(zone, keys, masked=masked, named=named), self._told)

    def _told(self, done: Exported) -> None:
        """There is nothing more to say here: the window does."""
        self._memory.remember(FORMAT, self.kind.value)
        self.file.remember(self.file.target)
        self.exported.emit(done)

    def _name(self) -> str:
        """As a chart's file is called: what it holds, and the day."""
        return f"{self._table.key}-{date.today().isoformat()}.{_ENDINGS[self.kind]}"


def _separators() -> Separators:
    """Those of this region, as Qt knows it: a program that was not started from a terminal has no locale of its own."""
    return host_separators() if sys.platform == "win32" else separators_of(QLocale.system().decimalPoint())


def _label(words: str, buddy: QWidget) -> PlainLabel:
    label = label_of(words, buddy)
    label.setMinimumWidth(_LABEL_WIDTH)
    return label


@dataclass(frozen=True, slots=True)
class _Job:
    """One export, as it was asked for."""

    location: Location
    query: TableQuery
    target: Path
    kind: Format
    may_replace: bool
    separators: Separators

    def task(self, zone: ZoneInfo, columns: list[str] | None, *, masked: bool, named: bool) -> Task[Exported]:
        """Write it, unless there is a file of that name that nobody said may go."""
        yield Progress(0.0)
        if not self.may_replace and self.target.exists():
            raise AlreadyThere(str(self.target))
        export = reading_task(
            export_rows,
            self.location,
            self.query,
            self.target,
            self.kind,
            zone=zone,
            columns=columns,
            masked=masked,
            separators=self.separators,
            named=named,
        )
        return (yield from export())
