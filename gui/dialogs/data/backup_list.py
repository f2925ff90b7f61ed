"""The backups of a database: when they were made, how many rows they hold, and how large they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from core.errors import BotpulseError
from core.maintenance import backups
from core.maintenance.backups import Backup, Stored
from core.text.formatting import NOTHING, count, one_line, size
from core.text.translation import gettext as _
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.words import exact_moment
from gui.style.theme import base_font, tabular
from gui.widgets.text import plain_tip

_HEADINGS: Final = (_("Made"), _("Rows"), _("Size"), _("File"))
_ROWS: Final = 1
_ROW: Final = 28
_NARROWEST: Final = 64
_PATH: Final = Qt.ItemDataRole.UserRole


class BackupList(QTableWidget):
    """A table to choose from; how many rows each backup holds is counted beside the window, one after the other.

    Signals:
        picked(object): the file (Path) of the row that is chosen now; None where there is none.
    """

    picked = Signal(object)

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADINGS), parent)
        self._zone = zone
        self._uncounted: list[Path] = []
        self._counting = Looking(self)
        self._counting.failed.connect(self._note_unreadable)
        for place, words in enumerate(_HEADINGS):
            heading = QTableWidgetItem(words)
            heading.setTextAlignment(_side(place))
            self.setHorizontalHeaderItem(place, heading)
        self.setAccessibleName(_("Backups"))
        self.setFont(tabular(base_font()))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        for place in range(3):  # what is short and exact is never shortened; the file's name may be
            head.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(_NARROWEST)
        self.itemSelectionChanged.connect(lambda: self.picked.emit(self.current))

    @property
    def current(self) -> Path | None:
        """The file that is chosen."""
        rows = self.selectionModel().selectedRows()
        return Path(rows[0].data(_PATH)) if rows else None

    def show_backups(self, found: tuple[Stored, ...]) -> None:
        """Show these, the first of them chosen."""
        self.stop()
        self.setRowCount(0)
        for each in found:
            self._put(self.rowCount(), each.path, exact_moment(each.made, self._zone), NOTHING, size(each.byte_size))
        self._uncounted = [each.path for each in found]
        if found:
            self.selectRow(0)
        self._count_next()

    def add(self, backup: Backup) -> None:
        """Put a file from elsewhere on top, and choose it."""
        self._put(0, backup.path, exact_moment(backup.made, self._zone), count(backup.rows), size(backup.byte_size))
        self.selectRow(0)

    def stop(self) -> None:
        """Count no further."""
        self._uncounted = []
        self._counting.stop()

    def _put(self, row: int, path: Path, *words: str) -> None:
        self.insertRow(row)
        for place, text in enumerate((*words, one_line(path.name, 120))):
            item = QTableWidgetItem(text)
            item.setTextAlignment(_side(place))
            item.setData(_PATH, str(path))
            item.setToolTip(plain_tip(str(path)))
            self.setItem(row, place, item)

    def _count_next(self) -> None:
        if self._uncounted:
            path = self._uncounted[0]
            self._counting.ask(partial(backups.look_at, path), lambda found: self._note(path, count(found.rows)))

    def _note_unreadable(self, fault: BotpulseError) -> None:
        del fault
        self._note(self._uncounted[0], "unreadable")

    def _note(self, path: Path, words: str) -> None:
        for row in range(self.rowCount()):
            item = self.item(row, _ROWS)
            if item is not None and item.data(_PATH) == str(path):
                item.setText(words)
        self._uncounted = self._uncounted[1:]
        self._count_next()


def _side(place: int) -> Qt.AlignmentFlag:
    """Numbers stand at the right."""
    side = Qt.AlignmentFlag.AlignRight if place in (1, 2) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
