"""Back up now: a verified copy, while the bot goes on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

from core.maintenance import backups
from core.maintenance.backups import Backup
from core.storage.location import Location
from core.text.formatting import one_line, rows_words, size
from core.text.translation import gettext as _
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.parts import PathLabel, Remark, RemarkRow, button, show_in_folder
from gui.dialogs.data.task_dialog import TaskDialog
from gui.dialogs.data.tasks import Outlook, outlook
from gui.dialogs.data.words import tables_words
from gui.style.severity import Severity
from gui.widgets.parts import fill, row
from gui.widgets.text import PlainLabel

_LONGEST_LIST: Final = 300


def left_out(made: Backup) -> tuple[Remark, ...]:
    """What of the file is not in a backup, where there is such a thing."""
    named = one_line(", ".join(made.left_out), _LONGEST_LIST)
    return (Remark("info", named, _("Not in it, as only the program that made it can copy it")),) if named else ()


class BackUpDialog(TaskDialog):
    """Copies the database; ``browse`` chooses another folder than the usual one."""

    def __init__(self, location: Location, parent: QWidget | None = None) -> None:
        super().__init__(_("Back up now"), str(location), button(_("&Back up"), kind="primary"), parent)
        self._location = location
        self._folder: Path | None = None
        self._shown: Path | str = ""
        self.browse, self._place = button(_("&Change…")), PathLabel("…")
        self._what = RemarkRow(Remark("database", _("Counting…")))
        fill(
            self.ask,
            self._what,
            RemarkRow(Remark("activity", _("The bot goes on writing; it is never kept waiting."))),
            RemarkRow(Remark("safe", _("The copy is checked row by row and by SQLite before it gets its name."))),
            row(PlainLabel(_("To the folder")), (self._place, 1), self.browse, gap=8),
        )
        self.browse.clicked.connect(self._choose)
        self.go.clicked.connect(self._begin)
        self.show_question()

    def begin_asking(self) -> None:
        """Look at what there is."""
        self.go.setFocus()
        self.looking.ask(partial(outlook, self._location), self._take)

    def stopped(self) -> None:
        """A half copy is not kept."""
        self.show_question(_("Stopped. Nothing was left behind."))

    def _take(self, found: Outlook) -> None:
        survey = found.survey
        data = survey.byte_size + survey.log_bytes
        self._what.say(
            _("{rows}, {data}; {free_bytes} are free.").format(
                rows=rows_words(survey.rows), data=size(data), free_bytes=size(survey.free_bytes)
            ),
            "database",
        )
        self._show_place(self._folder or found.folder)

    def _show_place(self, folder: Path) -> None:
        self._shown = folder
        self._place.set_path(str(folder))

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Back up to"), str(self._shown))
        if chosen:
            self._folder = Path(chosen)
            self._show_place(self._folder)

    def _begin(self) -> None:
        location, folder = self._location, self._folder
        self.run(lambda: backups.back_up(location, folder), self._told)

    def _told(self, made: Backup) -> Ending:
        rows = {held.table: held.rows for held in made.holdings}
        facts = (
            Remark("database", f"{tables_words(rows)}, {size(made.byte_size)}", _("Copied and verified")),
            Remark("safe", str(made.path), _("To"), "good"),
            *left_out(made),
        )
        return Ending(Severity.GOOD, _("{rows} backed up").format(rows=rows_words(made.rows)), facts,
                      (Offer(_("&Show in folder"), lambda: show_in_folder(made.path)),))  # fmt: skip
