"""What the Data menu does: each of its entries opens a dialog over the window, one at a time."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.maintenance.operation_journal import Action, Note
from core.storage.location import Location
from core.text.translation import gettext as _
from gui.dialogs.data.backup import BackUpDialog
from gui.dialogs.data.check import CheckDialog
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.optimise import OptimiseDialog
from gui.dialogs.data.reset import ResetDialog
from gui.dialogs.data.restore import RestoreDialog
from gui.dialogs.data.task_dialog import TaskDialog
from gui.dialogs.data.tasks import unfinished
from gui.dialogs.data.undo import UndoDialog
from gui.dialogs.data.words import moment_words
from gui.style.severity import Severity
from gui.window.export_menu import DialogMenu

_DOINGS: Final = {Action.RESET: _("A reset"), Action.RESTORE: _("A restore"), Action.UNDO: _("An undo")}


class DataMenu(DialogMenu):
    """Looks after one database. All work on it is done beside the window's thread.

    Signals:
        done(): the database is another than before: read it afresh.
        available_changed(bool): the menu's entries make sense from now on, or no longer.
    """

    done = Signal()
    available_changed = Signal(bool)

    def __init__(self, window: QWidget, zone: ZoneInfo) -> None:
        super().__init__(window, zone)
        self._looking = Looking(self)

    @property
    def available(self) -> bool:
        """Whether the entries make sense: they do for a file; a server has tools of its own for this."""
        return self._location is not None and self._location.path is not None

    def set_location(self, location: Location | None) -> None:
        """Look after another database, or none. Work that was cut off on it is found, and told by a notice."""
        super().set_location(location)
        self._looking.stop()
        self.available_changed.emit(self.available)
        if location is not None and location.path is not None:
            self._looking.ask(partial(unfinished, location), self._tell_unfinished)

    def end(self) -> None:
        """The window closes: stop what runs."""
        self._looking.stop()
        super().end()

    def reset(self) -> None:
        """Reset statistics…"""
        if location := self._ready():
            self._open_task(ResetDialog(location, self._zone, self._window, undo=partial(self._undo_at_once, location)))

    def back_up(self) -> None:
        """Back up now…"""
        if location := self._ready():
            self._open_task(BackUpDialog(location, self._window))

    def restore(self) -> None:
        """Restore…"""
        if location := self._ready():
            self._open_task(RestoreDialog(location, self._zone, self._window, undo=self.undo))

    def optimise(self) -> None:
        """Optimise…"""
        if location := self._ready():
            self._open_task(OptimiseDialog(location, self._window))

    def check(self) -> None:
        """Check integrity…"""
        if location := self._ready():
            self._open_task(CheckDialog(location, self._window))

    def undo(self) -> None:
        """Undo last reset…"""
        if location := self._ready():
            self._open_task(UndoDialog(location, self._zone, self._window))

    def _undo_at_once(self, location: Location, backup: Path) -> None:
        """The button of a notice: there is nothing to be asked, and it may be pressed long after."""
        if self._ready() == location:
            self._open_task(UndoDialog(location, self._zone, self._window, backup=backup))

    def _open_task(self, dialog: TaskDialog) -> None:
        dialog.busy_changed.connect(self.busy_changed)
        dialog.altered.connect(self.done)
        dialog.told.connect(self.notice_requested)
        if dialog.working:
            self.busy_changed.emit(True)
        self._open(dialog)

    def _tell_unfinished(self, note: Note | None) -> None:
        if note is None:
            return
        when = moment_words(note.since, self._zone)
        words = _("{doings}, begun {when}, was not finished. The database is intact.").format(
            doings=_DOINGS[note.action], when=when
        )
        self.notice_requested.emit(Severity.WARN, words, _("Look…"), self.undo)
