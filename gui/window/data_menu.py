"""What the Data menu does: each of its entries opens a dialog over the window, one at a time."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from core.maintenance.operation_journal import Action, Note
from core.storage.location import Location
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


class DataAction(StrEnum):
    """An entry of the Data menu, by the key of its action."""

    BACK_UP = "back_up"
    RESTORE = "restore"
    RESET = "reset"
    UNDO = "undo_reset"
    OPTIMISE = "optimise"
    CHECK = "check"


_DOINGS: Final = {Action.RESET: "A reset", Action.RESTORE: "A restore", Action.UNDO: "An undo"}


class DataMenu(QObject):
    """Looks after one database. All work on it is done beside the window's thread.

    Attributes:
        dialog: the one that is open, or None.

    Signals:
        notice_requested(Severity, str, str, object): a line for the window: how it is meant, its words, and those of a
            button with what that does (a callable); an empty text and None where there is none.
        busy_changed(bool): a dialog works on the database from now on, or no longer.
        done(): the database is another than before: read it afresh.
        available_changed(frozenset): these :class:`Deed` make sense from now on.
    """

    notice_requested = Signal(object, str, str, object)
    busy_changed = Signal(bool)
    done = Signal()
    available_changed = Signal(object)

    def __init__(self, window: QWidget, zone: ZoneInfo) -> None:
        super().__init__(window)
        self._window, self._zone = window, zone
        self._location: Location | None = None
        self._looking = Looking(self)
        self.dialog: TaskDialog | None = None

    @property
    def available(self) -> frozenset[DataAction]:
        """What makes sense: all of it for a file; nothing for a server, which has tools of its own for this."""
        return frozenset(DataAction) if self._location is not None and self._location.path is not None else frozenset()

    def set_location(self, location: Location | None) -> None:
        """Look after another database, or none. Work that was cut off on it is found, and told by a notice."""
        self._location = location
        self._looking.stop()
        self.available_changed.emit(self.available)
        if location is not None and location.path is not None:
            self._looking.ask(partial(unfinished, location), self._tell_unfinished)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone, from the next dialog on."""
        self._zone = zone

    def end(self) -> None:
        """The window closes: stop what runs."""
        self._looking.stop()
        if self.dialog is not None:
            self.dialog.done(0)

    @Slot()
    def reset(self) -> None:
        """Reset statistics…"""
        if location := self._ready():
            self._open(ResetDialog(location, self._zone, self._window, undo=partial(self._undo_at_once, location)))

    @Slot()
    def back_up(self) -> None:
        """Back up now…"""
        if location := self._ready():
            self._open(BackUpDialog(location, self._window))

    @Slot()
    def restore(self) -> None:
        """Restore…"""
        if location := self._ready():
            self._open(RestoreDialog(location, self._zone, self._window, undo=self.undo))

    @Slot()
    def optimise(self) -> None:
        """Optimise…"""
        if location := self._ready():
            self._open(OptimiseDialog(location, self._window))

    @Slot()
    def check(self) -> None:
        """Check integrity…"""
        if location := self._ready():
            self._open(CheckDialog(location, self._window))

    @Slot()
    def undo(self) -> None:
        """Undo last reset…"""
        if location := self._ready():
            self._open(UndoDialog(location, self._zone, self._window))

    def _undo_at_once(self, location: Location, backup: Path) -> None:
        """The button of a notice: there is nothing to be asked, and it may be pressed long after."""
        if self._ready() == location:
            self._open(UndoDialog(location, self._zone, self._window, backup=backup))

    def _ready(self) -> Location | None:
        """The database, unless a dialog is open over it already."""
        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return None
        return self._location

    def _open(self, dialog: TaskDialog) -> None:
        self.dialog = dialog
        dialog.busy_changed.connect(self.busy_changed)
        dialog.altered.connect(self.done)
        dialog.told.connect(self.notice_requested)
        dialog.finished.connect(self._forget)
        if dialog.working:
            self.busy_changed.emit(True)
        dialog.open()

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _tell_unfinished(self, note: Note | None) -> None:
        if note is None:
            return
        when = moment_words(note.since, self._zone)
        words = f"{_DOINGS[note.action]}, begun {when}, did not come to its end. The database is whole."
        self.notice_requested.emit(Severity.WARN, words, "Look…", self.undo)
