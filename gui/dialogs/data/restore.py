"""Restore: the database becomes what a backup holds, after a backup of what is there now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from core.errors import BotpulseError, HoldsUpBot
from core.maintenance import backups, restoring
from core.maintenance.backups import Stored
from core.maintenance.operation_journal import Action, Note
from core.maintenance.restoring import Difference, RestoreDone
from core.storage.location import Location
from gui.dialogs.data.backup_list import BackupList
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.parts import Fact, FactRow, NameField, SwitchRow, button, show_in_folder
from gui.dialogs.data.task_dialog import TaskDialog
from gui.dialogs.data.tasks import done_since, stored, to_its_end
from gui.dialogs.data.words import are, rows_words, tables_words, waited_words
from gui.style.severity import Severity

_KINDS: Final = "Databases (*.db *.sqlite *.sqlite3);;All files (*)"
_LIST_HEIGHT: Final = 150
_SAFETY: Final = "What is there now is backed up first; Undo brings it back."


class RestoreDialog(TaskDialog):
    """Chooses a backup, says what it would change, and restores it.

    Attributes:
        list: the backups; other: chooses a file from elsewhere; name: has to be typed where rows would be lost.
    """

    def __init__(
        self, location: Location, zone: ZoneInfo, parent: QWidget | None = None, *, undo: Callable[[], object]
    ) -> None:
        super().__init__("Restore", str(location), button("&Restore", kind="danger"), parent, width=620)
        self._location, self._undo = location, undo
        self._difference: Difference | None = None
        self._begun = datetime.now(UTC)
        self.list, self.other = BackupList(zone), button("Another &file…")
        self._comparing = Looking(self)
        self._change = FactRow(Fact("database", "Looking for backups…"))
        self.bot_stopped = SwitchRow("The bot is &stopped", "Nobody else is writing: take as long as it needs.")
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

    def failed(self, fault: BotpulseError) -> None:
        """Where it would hold up the bot, the host may stop that one, and say so."""
        if isinstance(fault, HoldsUpBot):
            self.bot_stopped.show()
        super().failed(fault)

    def stopped(self) -> None:
        """Whether it was stopped in time is in the notes."""
        make = partial(done_since, self._location, Action.RESTORE, self._begun)
        self.looking.ask(make, self._take_note)

    def done(self, result: int) -> None:
        """Let go of the backups, too."""
        self.list.stop()
        self._comparing.stop()
        super().done(result)

    def _fill(self) -> None:
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.other)
        self.list.setFixedHeight(_LIST_HEIGHT)
        self.bot_stopped.hide()
        self.ask.addWidget(self.list)
        self.ask.addLayout(line)
        self.ask.addWidget(self._change)
        self.ask.addWidget(FactRow(Fact("safe", _SAFETY, "", "good")))
        self.ask.addWidget(self.bot_stopped)
        self.ask.addWidget(self.name)

    def _take(self, found: tuple[Stored, ...]) -> None:
        self.list.show_backups(found)
        if found:
            self.list.setFocus()
        else:
            self._change.say("There are no backups beside the database. Choose another file.", "info")
            self.other.setFocus()

    def _compare(self, path: Path | None) -> None:
        self._difference = None
        self._check()
        if path is not None:
            self._change.say("Comparing…", "database")
            self._comparing.ask(partial(restoring.compare, self._location, path), self._show_difference)

    def _show_difference(self, difference: Difference) -> None:
        self._difference = difference
        now, going = sum(difference.now.values()), sum(difference.newer.values())
        kept = f"The backup holds {rows_words(difference.backup.rows)}; the database has {rows_words(now)} now."
        if going:
            newer = f"{tables_words(difference.newer)} {are(going)} newer than the backup"
            self._change.say(f"{kept} {newer} and will be gone from the database.", "warning", "warn")
        else:
            self._change.say(f"{kept} No row is newer than the backup.", "database")
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
        path, _ = QFileDialog.getOpenFileName(self, "Restore from", folder, _KINDS)
        if path:
            self._difference = None
            self._check()
            make = partial(backups.look_at, Path(path), self._location.path)
            self._comparing.ask(make, self.list.add)

    def _begin(self) -> None:
        if self._difference is None or not self.go.isEnabled():
            return
        self._begun = datetime.now(UTC)
        self.list.stop()
        self._comparing.stop()
        location, backup, stopped = self._location, self._difference.backup, self.bot_stopped.on
        self.run(lambda: to_its_end(restoring.restore(location, backup, bot_stopped=stopped)), self._told)

    def _told(self, done: RestoreDone) -> Ending:
        self.altered.emit()
        title = f"{rows_words(sum(done.rows.values()))} restored"
        facts = [Fact("database", f"{tables_words(done.rows)}. {waited_words(done.held)}", "In the database now")]
        if done.safety is None:
            self.told.emit(Severity.GOOD, f"{title}.", "", None)
            return Ending(Severity.GOOD, title, tuple(facts))
        self.told.emit(Severity.GOOD, f"{title}; what was there before is in a backup.", "Undo…", self._undo)
        facts.append(Fact("safe", str(done.safety.path), "What was there before is in", "good"))
        return Ending(Severity.GOOD, title, tuple(facts), self._offers(done.safety.path))

    def _take_note(self, note: Note | None) -> None:
        if note is None:
            self.show_question("Stopped. The database is as it was.")
            return
        self.altered.emit()
        self.told.emit(Severity.GOOD, "The backup was restored.", "Undo…", self._undo)
        facts = (Fact("safe", str(note.backup), "What was there before is in", "good"),)
        title = "It was done before it could be stopped"
        self.show_ending(Ending(Severity.WARN, title, facts, self._offers(note.backup)))

    def _offers(self, safety: Path) -> tuple[Offer, ...]:
        return (Offer("&Undo…", self._leave_to_undo), Offer("Show &backup", lambda: show_in_folder(safety)))

    def _leave_to_undo(self) -> None:
        self.accept()
        self._undo()
