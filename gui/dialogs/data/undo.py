"""Undo the last reset, or the last restore: also on another day, and after a crash."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from core.maintenance import resetting, restoring
from core.maintenance.operation_journal import Action
from core.maintenance.resetting import UndoResult
from core.maintenance.restoring import RestoreResult
from core.storage.location import Location
from core.text.formatting import count, one_line
from core.text.translation import gettext as _
from core.text.translation import ngettext
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.endings import Ending
from gui.dialogs.data.parts import Remark, RemarkRow, button, kept_in
from gui.dialogs.data.tasks import Undoable, to_its_end, undoable
from gui.dialogs.data.words import moment_words, tables_words
from gui.style.severity import Severity
from gui.widgets.parts import fill

_TITLES = {
    Action.RESET: _("The last reset"),
    Action.UNDO: _("An undo that was not finished"),
    Action.RESTORE: _("The last restore"),
}


class UndoDialog(AlteringDialog):
    """Brings back what the last reset deleted; ``backup``: that of a certain reset, which is undone at once."""

    def __init__(
        self, location: Location, zone: ZoneInfo, parent: QWidget | None = None, *, backup: Path | None = None
    ) -> None:
        super().__init__(_("Undo"), location, button(_("&Bring back"), kind="primary"), parent)
        self._zone = zone
        self._found: Undoable | None = None
        self._rows = [RemarkRow(Remark("recent", _("Looking for the last reset…"))) for _n in range(3)]
        fill(self.ask, *self._rows, self.bot_stopped)
        self.go.clicked.connect(self._begin)
        if backup is None:
            self.show_question()
        else:
            self._bring_back(backup)

    def begin_asking(self) -> None:
        """Look for what can be undone."""
        self.go.setEnabled(False)
        for row in self._rows[1:]:
            row.hide()
        self.looking.ask(partial(undoable, self._location), self._take)

    def stopped(self) -> None:
        """What has come back stays; the rest can follow."""
        self.show_question(_("Stopped. What had come back stays; bring back the rest whenever you like."))

    def _take(self, found: Undoable) -> None:
        self._found = found
        note = found.note
        if note is None:
            step = Remark(
                "step", _("Data → Restore… replaces the database's contents with those of a backup."), "", "accent"
            )
            self.show_ending(Ending(Severity.MUTED, _("There is nothing to undo"), (step,)))
            return
        earlier = _(" Before it: {more} more.").format(more=found.more) if found.more else ""
        cut_off = "" if note.finished else _(" It was interrupted, or another program is working on it right now.")
        self._say(0, f"{_TITLES[note.action]}, {moment_words(note.since, self._zone)}.{cut_off}{earlier}", "recent")
        self._say(1, _("What was there before is in {backup}").format(backup=note.backup), "safe", "good")
        self._say(2, self._outcome(found), "activity")
        self.setAccessibleDescription(" ".join(row.words.text() for row in self._rows))
        self.go.setEnabled(True)
        self.go.setFocus()

    def _outcome(self, found: Undoable) -> str:
        if found.difference is None:
            return _("Deleted rows come back; whatever was recorded since stays. The bot goes on writing.")
        going = sum(found.difference.newer.values())
        lost = (
            ngettext(
                "{count} row that came in since is kept in another backup only.",
                "{count} rows that came in since are kept in another backup only.",
                going,
            ).format(count=count(going))
            if going
            else ""
        )
        return _("The database becomes what it was before the restore. {lost}").format(lost=lost).strip()

    def _say(self, place: int, words: str, icon_name: str, ink: str = "muted") -> None:
        self._rows[place].say(words, icon_name, ink)
        self._rows[place].show()

    def _begin(self) -> None:
        if self._found is None or self._found.note is None:
            return
        note = self._found.note
        if note.action is Action.RESTORE:
            stopped = self.bot_stopped.on
            make = partial(restoring.restore, self._location, note.backup, bot_stopped=stopped)
            self.run(lambda: to_its_end(make()), self._restored)
        else:
            self._bring_back(note.backup)

    def _bring_back(self, backup: Path) -> None:
        make = partial(resetting.undo, self._location, backup, bot_stopped=self.bot_stopped.on)
        self.run(make, self._told)

    def _told(self, done: UndoResult) -> Ending:
        return self.end_with(brought_back(done))

    def _restored(self, done: RestoreResult) -> Ending:
        back = sum(done.rows.values())
        facts = [Remark("database", tables_words(done.rows), _("In the database now")), *passed(done.past_triggers)]
        if done.safety is not None:
            facts.append(kept_in(done.safety.path, _("What was there until now is in")))
        return self.end_with(
            Ending(
                Severity.GOOD,
                _back_words(back),
                tuple(facts),
            )
        )


def brought_back(done: UndoResult) -> Ending:
    """How an undo ended, in words."""
    back, left = sum(done.rows.values()), sum(done.left.values())
    facts = [Remark("database", tables_words(done.rows), _("Brought back"))] if back else []
    facts.extend(passed(done.past_triggers))
    if left:
        facts.append(Remark("warning", _taken_words(left), _("Not brought back"), "warn"))
    if not back and not left:
        facts.append(Remark("info", _("Every row of the backup is in the database.")))
    title = _back_words(back) if back else _("Nothing was missing")
    if not back and left:
        title = _("Nothing came back")
    return Ending(Severity.WARN if left else Severity.GOOD, title, tuple(facts))


def passed(triggers: tuple[str, ...]) -> list[Remark]:
    """What there is to know of the triggers that rows came back without; mostly nothing."""
    if not triggers:
        return []
    names = ", ".join(one_line(name, 80) for name in triggers)
    return [
        Remark(
            "info",
            _("These triggers refused rows, which came back without them: {names}.").format(names=names),
            _("Triggers"),
        )
    ]


def _back_words(back: int) -> str:
    return ngettext("{count} row is back", "{count} rows are back", back).format(count=count(back))


def _taken_words(left: int) -> str:
    return ngettext(
        "{count} row stays in the backup only: another row has its place by now.",
        "{count} rows stay in the backup only: other rows have their place by now.",
        left,
    ).format(count=count(left))
