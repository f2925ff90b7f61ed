"""What the Data menu does: each of its entries opens a dialog over the window, one at a time.

A dialog's module, and the work on the database behind it, is loaded when the dialog is first opened: the window is
there the sooner.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from core.storage.location import Location
from core.tasks import Task
from core.text.ages import AgeLimits
from core.text.translation import gettext as _
from gui.dialogs.data.looking import Looking
from gui.style.severity import Severity
from gui.window.export_menu import DialogMenu

if TYPE_CHECKING:
    from core.maintenance.operation_journal import JournalNote
    from gui.dialogs.data.task_dialog import TaskDialog

_DOINGS: Final = {"reset": _("A reset"), "restore": _("A restore"), "undo": _("An undo")}

_LOOK_SOON_MS: Final = 500
"""The window's own loading goes first."""


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
        self._soon = QTimer(self, singleShot=True, interval=_LOOK_SOON_MS)
        self._soon.timeout.connect(self._look_for_unfinished)

    @property
    def available(self) -> bool:
        """Whether the entries make sense: they do for a file; a server has tools of its own for this."""
        return self._location is not None and self._location.path is not None

    @property
    def open(self) -> bool:
        """Whether there is a database, a file or on a server: users are forgotten in either."""
        return self._location is not None

    def set_location(self, location: Location | None) -> None:
        """Look after another database, or none. Work that was cut off on it is found, and told by a notice."""
        super().set_location(location)
        self._looking.stop()
        self.available_changed.emit(self.available)
        self._soon.stop()
        if self.available:
            self._soon.start()

    def end(self) -> None:
        """The window closes: stop what runs."""
        self._soon.stop()
        self._looking.stop()
        super().end()

    def reset(self) -> None:
        """Reset statistics…"""
        from gui.dialogs.data.reset import ResetDialog

        if location := self._ready():
            self._open_task(ResetDialog(location, self._zone, self._window, undo=partial(self._undo_at_once, location)))

    def back_up(self) -> None:
        """Back up now…"""
        from gui.dialogs.data.backup import BackUpDialog

        if location := self._ready():
            self._open_task(BackUpDialog(location, self._window))

    def restore(self) -> None:
        """Restore…"""
        from gui.dialogs.data.restore import RestoreDialog

        if location := self._ready():
            self._open_task(RestoreDialog(location, self._zone, self._window, undo=self.undo))

    def optimise(self) -> None:
        """Optimise…"""
        from gui.dialogs.data.optimise import OptimiseDialog

        if location := self._ready():
            self._open_task(OptimiseDialog(location, self._window))

    def check(self) -> None:
        """Check integrity…"""
        from gui.dialogs.data.check import CheckDialog

        if location := self._ready():
            self._open_task(CheckDialog(location, self._window))

    def forget(self, user: str = "") -> None:
        """Forget a user…; ``user`` is the id, where it is known whom."""
        from gui.dialogs.data.forget import ForgetDialog

        if location := self._ready():
            self._open_task(ForgetDialog(location, user, self._window))

    def remove_old(self, limits: AgeLimits) -> None:
        """What is older than these limits is to go each day: show how much that is, and ask."""
        from gui.dialogs.data.remove_old import RemoveOldDialog

        if location := self._ready():
            self._open_task(RemoveOldDialog(location, limits, self._window))

    def undo(self) -> None:
        """Undo last reset…"""
        if location := self._ready():
            self._open_undo(location)

    def _undo_at_once(self, location: Location, backup: Path) -> None:
        """The button of a notice: there is nothing to be asked, and it may be pressed long after."""
        if self._ready() == location:
            self._open_undo(location, backup)

    def _open_undo(self, location: Location, backup: Path | None = None) -> None:
        from gui.dialogs.data.undo import UndoDialog

        self._open_task(UndoDialog(location, self._zone, self._window, backup=backup))

    def _open_task(self, dialog: TaskDialog) -> None:
        dialog.busy_changed.connect(self.busy_changed)
        dialog.altered.connect(self.done)
        dialog.told.connect(self.notice_requested)
        if dialog.working:
            self.busy_changed.emit(True)
        self._open(dialog)

    def _look_for_unfinished(self) -> None:
        if self._location is not None:
            self._looking.ask(partial(_unfinished, self._location), self._tell_unfinished)

    def _tell_unfinished(self, note: JournalNote | None) -> None:
        if note is None:
            return
        from gui.dialogs.data.words import moment_words

        when = moment_words(note.since, self._zone)
        words = _("{doings}, begun {when}, was not finished. The database is intact.").format(
            doings=_DOINGS[note.action], when=when
        )
        self.notice_requested.emit(Severity.WARN, words, _("Look…"), self.undo)


def _unfinished(location: Location) -> Task[JournalNote | None]:
    """The task that looks for work that was cut off; what it needs is loaded in its thread."""
    from gui.dialogs.data.tasks import unfinished

    return unfinished(location)
