"""File → Export chart…, Export table…, Copy chart: the dialogs, and what is said afterwards.

What exports is loaded when something is exported for the first time: the window is there the sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from core.presenters.caption import Origin
from core.storage.location import Location
from core.text.formatting import rows_words
from core.text.translation import gettext as _
from gui.plots.shared.base import AnyPlot
from gui.settings import Settings
from gui.status.masking import Masking
from gui.style.severity import Severity

if TYPE_CHECKING:
    from core.export.rows import Exported
    from gui.tables.records.table import TablePanel


class DialogMenu(QObject):
    """A menu whose entries open dialogs over one database, one at a time.

    Attributes:
        dialog: the one that is open, or None.

    Signals:
        notice_requested(Severity, str, str, object): a line for the window: how it is meant, its words, and those of a
            button with what that does (a callable); an empty text and None where there is none.
        busy_changed(bool): a dialog works with the database from now on, or no longer.
    """

    notice_requested = Signal(object, str, str, object)
    busy_changed = Signal(bool)

    def __init__(self, window: QWidget, zone: ZoneInfo) -> None:
        super().__init__(window)
        self._window, self._zone = window, zone
        self._location: Location | None = None
        self.dialog: QDialog | None = None

    def set_location(self, location: Location | None) -> None:
        """Work on another database, or on none."""
        self._location = location

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone, from the next dialog on."""
        self._zone = zone

    def end(self) -> None:
        """The window closes: stop what runs."""
        if self.dialog is not None:
            self.dialog.done(0)

    def _ready(self) -> Location | None:
        """The database, unless a dialog is open over it already; that one is shown."""
        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return None
        return self._location

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._forget)
        dialog.open()

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()


class ExportMenu(DialogMenu):
    """Exports what it is handed: a plot, or a table."""

    def __init__(
        self,
        window: QWidget,
        memory: Settings,
        masking: Masking,
        zone: ZoneInfo,
        origin: Callable[[], Origin | None] = lambda: None,
    ) -> None:
        """Export from ``window``; ``origin`` tells where the numbers of a plot come from."""
        super().__init__(window, zone)
        self._memory, self._masking, self._origin = memory, masking, origin

    def export_table(self, table: TablePanel) -> None:
        """Ask how, and write the rows of a table; as masked as the window is, unless the host says otherwise."""
        from gui.dialogs.export_table import ExportTableDialog, TableExportRequest

        location = self._ready()
        if location is None:
            return
        request = TableExportRequest(location, table.query(), table.columns.visible)
        masked = self._masking.masked
        dialog = ExportTableDialog(request, self._memory, self._zone, masked=masked, parent=self._window)
        dialog.exported.connect(self._tell_table)
        dialog.busy_changed.connect(self.busy_changed)
        self._open(dialog)

    def export_chart(self, plot: AnyPlot) -> None:
        """Ask how, and draw a plot into a file. One that was never given a chart has nothing to export."""
        from gui.dialogs.export_chart import ExportChartDialog

        if plot.chart is not None and (location := self._ready()):
            dialog = ExportChartDialog(plot, self._memory, location, self._window, origin=self._origin())
            dialog.exported.connect(self._tell_chart)
            self._open(dialog)

    def copy_chart(self, plot: AnyPlot) -> None:
        """Put a picture of a plot on the clipboard."""
        from gui.plots.export.export import copy_picture

        if plot.chart is not None:
            copy_picture(plot, origin=self._origin())
            self.notice_requested.emit(Severity.GOOD, _("The chart is on the clipboard."), "", None)

    def _tell_table(self, done: Exported) -> None:
        if done.target is not None:
            self._tell(
                _("Exported {rows} to {target}").format(rows=rows_words(done.rows), target=done.target),
                done.target,
            )

    def _tell_chart(self, target: Path) -> None:
        self._tell(_("Exported the chart to {target}").format(target=target), target)

    def _tell(self, words: str, target: Path) -> None:
        from gui.dialogs.data.parts import show_in_folder

        self.notice_requested.emit(Severity.GOOD, words, _("Show in folder"), partial(show_in_folder, target))
