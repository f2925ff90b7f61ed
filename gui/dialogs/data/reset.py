"""Reset statistics: what will go, and where it stays; then the deed, and its undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, Qt, QTimer
from PySide6.QtWidgets import QDateEdit, QGridLayout, QWidget

from core.maintenance import resetting
from core.maintenance.operation_journal import Action
from core.maintenance.resetting import ResetResult, UndoResult
from core.maintenance.survey import Survey
from core.storage.location import Location
from core.text.formatting import count, rows_words, size
from core.text.translation import gettext as _
from core.text.translation import ngettext
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.parts import FIELD, NameField, Remark, RemarkRow, button, chosen, kept_in, one_of, show_in_folder
from gui.dialogs.data.tasks import Outlook, outlook
from gui.dialogs.data.undo import brought_back
from gui.dialogs.data.words import TITLES, since_words, tables_words, title_of, waited_words
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.calendar import let_pick
from gui.widgets.card import Card
from gui.widgets.parts import fill, row
from gui.widgets.text import PlainLabel, set_severity

_TYPING_MS: Final = 200
_DAYS_BACK: Final = 90
_ALL: Final = "all"
_NOTHING: Final = _("There is nothing to delete.")
_OLDER: Final = "older"
_STAYS: Final = _("The bot goes on writing; rows that come in meanwhile stay.")
_UNDONE: Final = _("Undo brings them back at any time, without losing those that came since.")


class ResetDialog(AlteringDialog):
    """Deletes all statistics, or the old ones, after a backup.

    Attributes:
        which: everything, or only what is older than ``date``; name: has to be typed.
    """

    action = Action.RESET
    untouched_words = _("Stopped. Nothing was deleted.")
    done_words = _("The statistics were reset; what was deleted is in the backup.")
    kept_words = _("All that was deleted is in")

    def __init__(
        self, location: Location, zone: ZoneInfo, parent: QWidget | None = None, *, undo: Callable[[Path], object]
    ) -> None:
        super().__init__(_("Reset statistics"), location, button(_("&Reset statistics"), kind="danger"), parent)
        self._zone = zone
        self._undo = undo
        self._found: Survey | None = None
        self.which = one_of(_("Delete"), (_ALL, _("Everything")), (_OLDER, _("Only what is older than")))
        self.date = _date_edit(datetime.now(zone))
        self.table = _Table(zone)
        self._place = RemarkRow(Remark("safe", _("A backup is made and verified first."), "", "good"))
        self._triggers = RemarkRow(Remark("info", ""))
        self._triggers.hide()
        self.name = NameField(location.name, "reset")
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._fill()
        self.which.value_chosen.connect(lambda _value: self._look())
        self.date.dateChanged.connect(lambda _date: self._await_date())
        self._typing.timeout.connect(self._look)
        self.name.changed.connect(self._check)
        self.go.clicked.connect(self._begin)
        self.show_question()

    @property
    def older_than(self) -> datetime | None:
        """The beginning of the chosen day; None for everything."""
        if chosen(self.which) == _ALL:
            return None
        day = self.date.date()
        return datetime(day.year(), day.month(), day.day(), tzinfo=self._zone)

    def begin_asking(self) -> None:
        """Count anew; the name has to be typed once more."""
        self.name.edit.clear()
        self._look()
        self.name.setFocus()

    def _fill(self) -> None:
        when, facts = row(self.which, self.date, 1, gap=8), (Remark("activity", _STAYS), Remark("recent", _UNDONE))
        rows = (self._place, *map(RemarkRow, facts), self._triggers)
        fill(self.ask, when, self.table, *rows, self.bot_stopped, self.name)

    def _look(self) -> None:
        self._found = None
        self.date.setEnabled(chosen(self.which) == _OLDER)
        self.table.wait()
        self._check()
        self.looking.ask(partial(outlook, self._location, self.older_than), self._take)

    def _await_date(self) -> None:
        """What was counted is not what would be deleted any more."""
        self._found = None
        self.table.wait()
        self._check()
        self._typing.start()

    def _take(self, found: Outlook) -> None:
        self._found = found.survey
        self.table.show_survey(found.survey, whole=self.older_than is None)
        self._place.say(
            _("A backup is made and verified first, in {folder}").format(folder=found.folder), "safe", "good"
        )
        self._triggers.say(found.survey.trigger_words, "info")
        self._triggers.setVisible(bool(found.survey.triggers))
        self.setAccessibleDescription(
            _("{rows} would be deleted, after a backup.").format(rows=rows_words(found.survey.older))
        )
        self._check()

    def _check(self) -> None:
        ready = self._found is not None and self._found.older > 0
        self.go.setEnabled(ready and self.name.fits)
        if self._found is not None and not ready:
            self.say(_NOTHING)
        elif self._found is not None and self.note.text() == _NOTHING:
            self.say("")

    def _begin(self) -> None:
        if not self.go.isEnabled():
            return
        make = partial(resetting.reset_with_backup, self._location, self.older_than, bot_stopped=self.bot_stopped.on)
        self.run_to_its_end(make, self._told)

    def _told(self, done: ResetResult) -> Ending:
        self.altered.emit()
        gone = sum(done.rows.values())
        total = rows_words(gone)
        told = ngettext("{rows} deleted; it is in the backup.", "{rows} deleted; they are in the backup.", gone)
        self.tell_window(told.format(rows=total), done.backup.path)
        facts = [
            Remark("database", f"{tables_words(done.rows)}. {waited_words(done.held)}", _("Deleted")),
            kept_in(done.backup.path, self.kept_words),
        ]
        if not done.overwritten:
            facts.append(
                Remark(
                    "warning",
                    _(
                        "What the rows held may still be readable in the file's unused room, because other programs "
                        "left no moment to overwrite it. Data → Optimise… → “Give unused space back” makes up for it."
                    ),
                    _("Not overwritten yet"),
                    "warn",
                )
            )
        return Ending(
            Severity.GOOD, _("{rows} deleted").format(rows=total), tuple(facts), self.offers(done.backup.path)
        )

    def tell_window(self, words: str, backup: Path) -> None:
        """Undo begins at once."""
        self.told.emit(Severity.GOOD, words, _("Undo"), partial(self._undo, backup))

    def offers(self, backup: Path) -> tuple[Offer, ...]:
        """Undo works in this dialog."""
        return (
            Offer(_("&Undo"), lambda: self._undo_here(backup)),
            Offer(_("Show &backup"), lambda: show_in_folder(backup)),
        )

    def _undo_here(self, backup: Path) -> None:
        self.run(partial(resetting.undo, self._location, backup, bot_stopped=self.bot_stopped.on), self._undone)

    def _undone(self, done: UndoResult) -> Ending:
        return self.end_with(brought_back(done))


class _Table(Card):
    """What would be deleted, a row for each table and one for all."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(_("What will be deleted"))
        self._zone = zone
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._total = PlainLabel()
        set_severity(self._total, Severity.MUTED)
        self.header.addWidget(self._total)
        self.body.addLayout(self._grid)
        for place, words in enumerate((_("Table"), _("Rows"), _("Since"))):
            self._put(0, place, words, Severity.MUTED)
        self._cells = {name: self._row(row, title) for row, (name, title) in enumerate(TITLES.items(), 1)}

    def wait(self) -> None:
        """Nothing is known yet."""
        self._total.setText(_("Counting…"))

    def show_survey(self, survey: Survey, *, whole: bool) -> None:
        """Show what is in the tables, and how much of it would go."""
        found = {each.table: each for each in survey.tables}
        for name in [each for each in found if each not in self._cells]:  # of metrics
            self._cells[name] = self._row(len(self._cells) + 1, title_of(name))
        for name, (rows, since) in self._cells.items():
            table = found.get(name)
            all_rows = table.rows if table else 0
            part = (
                _("\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{all_rows}").format(all_rows=count(all_rows))
                if not whole and all_rows
                else ""
            )
            rows.setText(f"{count(table.older if table else 0)}{part}")
            since.setText(since_words(table.earliest if table else None, self._zone))
        self._total.setText(
            _("{rows} · a file of {byte_size}").format(
                rows=rows_words(survey.older), byte_size=size(survey.byte_size + survey.log_bytes)
            )
        )

    def _row(self, row: int, title: str) -> tuple[PlainLabel, PlainLabel]:
        self._put(row, 0, title)
        rows, since = self._put(row, 1, "…"), self._put(row, 2, "…")
        for label, what in ((rows, _("{table}: rows")), (since, _("{table}: since"))):
            label.setFont(tabular(base_font()))
            label.setAccessibleDescription(what.format(table=title))
        return rows, since

    def _put(self, row: int, column: int, words: str, severity: Severity | None = None) -> PlainLabel:
        label = PlainLabel(words)
        if severity is not None:
            set_severity(label, severity)
        side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
        self._grid.addWidget(label, row, column, side)
        return label


def _date_edit(now: datetime) -> QDateEdit:
    day = now.date() - timedelta(days=_DAYS_BACK)
    edit = QDateEdit(QDate(day.year, day.month, day.day))
    edit.setDateRange(QDate(2000, 1, 1), QDate(2099, 12, 31))
    edit.setDisplayFormat("yyyy-MM-dd")
    let_pick(edit)
    edit.setMinimumHeight(FIELD)
    edit.setAccessibleName(_("Only what is older than"))
    return edit
