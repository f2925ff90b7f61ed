"""Restore: the database becomes what a backup holds, after a backup of what is there now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import BotpulseError
from core.maintenance import backups, restoring
from core.maintenance.backups import Stored
from core.maintenance.operation_journal import Action
from core.maintenance.restoring import Difference, RestoreResult
from core.storage.location import Location
from core.text.formatting import rows_words
from core.text.translation import gettext as _
from core.text.translation import ngettext
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.backup_list import BackupList
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.parts import NameField, Remark, RemarkRow, button, kept_in, show_in_folder
from gui.dialogs.data.tasks import stored
from gui.dialogs.data.undo import passed
from gui.dialogs.data.words import tables_words, waited_words
from gui.style.severity import Severity
from gui.widgets.parts import fill, row

_KINDS: Final = _("Databases (*.db *.sqlite *.sqlite3);;All files (*)")
_LIST_HEIGHT: Final = 150
_SAFETY: Final = _("What is there now is backed up first; Undo brings it back.")


class RestoreDialog(AlteringDialog):
    """Chooses a backup, says what it would change, and restores it.

    Attributes:
        list: the backups; other: chooses a file from elsewhere; name: has to be typed where rows would be lost.
    """

    action = Action.RESTORE
    untouched_words = _("Stopped. The database is as it was.")
    done_words = _("The backup was restored.")

    def __init__(
        self, location: Location, zone: ZoneInfo, parent: QWidget | None = None, *, undo: Callable[[], object]
    ) -> None:
        super().__init__(_("Restore"), location, button(_("&Restore"), kind="danger"), parent, width=620)
        self._undo = undo
        self._difference: Difference | None = None
        self.list, self.other = BackupList(zone), button(_("Another &file…"))
        self._comparing = Looking(self)
        self._change = RemarkRow(Remark("database", _("Looking for backups…")))
        self.name = NameField(location.name, "restore")
        self._fill()
        self._comparing.failed.connect(self._cannot)
        self.list.picked.connect(self._compare)
        self.other.clicked.connect(self._choose)
        self.name.changed.connect(self._check)
        self.go.clicked.connect(self._begin)
        self.show_question()

    def begin_asking(self) -> None:
        """Look for backups anew; the name has to be typed once more."""
        self._difference = None
        self.name.edit.clear()
        self._check()
        self.looking.ask(partial(stored, self._location), self._take)

    def done(self, result: int) -> None:
        """Let go of the backups, too."""
        self.list.stop()
        self._comparing.stop()
        super().done(result)

    def _fill(self) -> None:
        self.list.setFixedHeight(_LIST_HEIGHT)
        safe = RemarkRow(Remark("safe", _SAFETY, "", "good"))
        fill(self.ask, self.list, row(1, self.other), self._change, safe, self.bot_stopped, self.name)

    def _take(self, found: tuple[Stored, ...]) -> None:
        self.list.show_backups(found)
        if found:
            self.list.setFocus()
        else:
            self._change.say(_("There are no backups beside the database. Choose another file."), "info")
            self.other.setFocus()

    def _compare(self, path: Path | None) -> None:
        self._difference = None
        self._check()
        if path is not None:
            self._change.say(_("Comparing…"), "database")
            self._comparing.ask(partial(restoring.compare, self._location, path), self._show_difference)

    def _show_difference(self, difference: Difference) -> None:
        self._difference = difference
        now, going = sum(difference.now.values()), sum(difference.newer.values())
        kept = _("The backup holds {rows}; the database has {now} now.").format(
            rows=rows_words(difference.backup.rows), now=rows_words(now)
        )
        if going:
            newer = ngettext(
                "{kept} {rows} is newer than the backup and will be gone from the database.",
                "{kept} {rows} are newer than the backup and will be gone from the database.",
                going,
            )
            self._change.say(newer.format(kept=kept, rows=tables_words(difference.newer)), "warning", "warn")
        else:
            self._change.say(_("{kept} No row is newer than the backup.").format(kept=kept), "database")
        self.setAccessibleDescription(self._change.words.text())
        self._check()

    def _cannot(self, fault: BotpulseError) -> None:
        """This backup can't be used, or not compared with the database: another may do."""
        self._change.say(f"{fault.title}. {fault.what_happened} {fault.what_to_do}", "error", "bad")

    def _check(self) -> None:
        needs_name = self._difference is None or any(self._difference.now.values())
        self.name.setVisible(needs_name)
        self.go.setEnabled(self._difference is not None and (self.name.fits or not needs_name))

    def _choose(self) -> None:
        folder = str(self._location.path.parent) if self._location.path else ""
        path, _n = QFileDialog.getOpenFileName(self, _("Restore from"), folder, _KINDS)
        if path:
            self._difference = None
            self._check()
            make = partial(backups.look_at, Path(path), self._location.path)
            self._comparing.ask(make, self.list.add)

    def _begin(self) -> None:
        if self._difference is None or not self.go.isEnabled():
            return
        self.list.stop()
        self._comparing.stop()
        backup, stopped = self._difference.backup, self.bot_stopped.on
        make = partial(restoring.restore, self._location, backup, bot_stopped=stopped)
        self.run_to_its_end(make, self._told)

    def _told(self, done: RestoreResult) -> Ending:
        title = _("{rows} restored").format(rows=rows_words(sum(done.rows.values())))
        held = waited_words(done.held)
        facts = [Remark("database", f"{tables_words(done.rows)}. {held}", _("In the database now"))]
        facts.extend(passed(done.past_triggers))
        if done.safety is None:
            return self.end_with(Ending(Severity.GOOD, title, tuple(facts)))
        self.altered.emit()
        self.tell_window(_("{title}; what was there before is in a backup.").format(title=title), done.safety.path)
        facts.append(kept_in(done.safety.path))
        return Ending(Severity.GOOD, title, tuple(facts), self.offers(done.safety.path))

    def tell_window(self, words: str, backup: Path) -> None:
        """Undo asks first."""
        self.told.emit(Severity.GOOD, words, _("Undo…"), self._undo)

    def offers(self, safety: Path) -> tuple[Offer, ...]:
        """Undo is another dialog."""
        return (Offer(_("&Undo…"), self._leave_to_undo), Offer(_("Show &backup"), lambda: show_in_folder(safety)))

    def _leave_to_undo(self) -> None:
        self.accept()
        self._undo()
