"""Check integrity: SQLite's own check, on a copy, while the bot goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.maintenance import checking
from core.maintenance.checking import CheckResult
from core.storage.location import Location
from core.text.formatting import seconds, size
from core.text.translation import gettext as _
from gui.dialogs.data.endings import Ending
from gui.dialogs.data.parts import Remark, RemarkRow, button
from gui.dialogs.data.task_dialog import TaskDialog
from gui.style.severity import Severity
from gui.threads.jobs import reading_task
from gui.widgets.parts import fill

_FACTS = (
    Remark("database", _("The file is copied for the check, and SQLite examines every page of the copy.")),
    Remark("activity", _("The bot goes on writing; it is never kept waiting.")),
    Remark("safe", _("The database is only read.")),
)


class CheckDialog(TaskDialog):
    """Looks for damage."""

    def __init__(self, location: Location, parent: QWidget | None = None) -> None:
        super().__init__(_("Check integrity"), str(location), button(_("&Check"), kind="primary"), parent)
        fill(self.ask, *map(RemarkRow, _FACTS))
        self.go.clicked.connect(lambda: self.run(reading_task(checking.check, location), self._told))
        self.show_question()

    def begin_asking(self) -> None:
        """There is nothing to choose."""
        self.go.setFocus()

    def stopped(self) -> None:
        """The copy is gone."""
        self.show_question(_("Stopped. The copy was deleted again."))

    def _told(self, done: CheckResult) -> Ending:
        what, _n, more = done.words.partition(". ")
        severity = Severity.BAD if done.problems else Severity.GOOD if done.whole else Severity.WARN
        icon, ink = ("step", "accent") if done.problems else ("info", "muted")
        facts = [Remark(icon, more, "", ink)] if more else []
        facts.append(
            Remark(
                "recent",
                _("{byte_size} looked at in {seconds}.").format(
                    byte_size=size(done.byte_size), seconds=seconds(done.seconds)
                ),
            )
        )
        if done.problems:
            self.told.emit(severity, done.words, "", None)
        return Ending(severity, what.removesuffix("."), tuple(facts), lines=done.problems)
