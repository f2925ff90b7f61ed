"""Forget a user: who, what is stored of them, what becomes of backups and counts; then the deed and its receipt."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from core.maintenance.forgetting import ForgetResult, HeldInBackups, UserSurvey
from core.maintenance.forgetting_words import ON_SERVER, receipt_lines
from core.models import Name, NameKind, table_name
from core.storage.location import Location
from core.text.formatting import count, rows_words
from core.text.translation import gettext as _
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.parts import NameField, Remark, RemarkRow, SwitchRow, button, chosen, label_of, one_of
from gui.dialogs.data.tasks import forgotten, stored_of
from gui.dialogs.data.user_field import UserField
from gui.dialogs.data.words import title_of
from gui.status.log_buffer import session_log
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.threads.names import name_news
from gui.widgets.card import Card
from gui.widgets.parts import column, fill
from gui.widgets.text import PlainLabel, set_severity

_TYPING_MS: Final = 200
_LAST_DIGITS: Final = 4
_FINAL: Final = _("It can't be undone. What the bot records of the user afterwards is new.")
_NOT_REACHED: Final = _(
    "Not reached: exports, logs of the bot's own, backups in other places, and the same words in prompts of others."
)
_BACKUPS: Final = {
    HeldInBackups.CLEAN: (_("Clean"), _("Their rows go from the backups, which are checked again.")),
    HeldInBackups.DELETE: (
        _("Delete"),
        _("Backups that hold the user go as a whole, and with them the way back to the rows of others."),
    ),
    HeldInBackups.LEAVE: (_("Leave"), _("Backups stay as they are: a restore brings the user back.")),
}


class ForgetDialog(AlteringDialog):
    """Removes everything that is stored of a user.

    Attributes:
        who: the user; stored: what there is of them; backups: what is done about those; keep: whether rows stay.
        name: the last digits of the id have to be typed.
    """

    def __init__(self, location: Location, user: str = "", parent: QWidget | None = None) -> None:
        super().__init__(_("Forget a user"), location, button(_("&Forget the user"), kind="danger"), parent)
        self._found: UserSurvey | None = None
        self.who, self.stored = UserField(location, user), _Stored()
        self.backups = one_of(_("Backups"), *((choice.value, words) for choice, (words, _n) in _BACKUPS.items()))
        self._told_of_backups = RemarkRow(Remark("safe", ""))
        self._held = QWidget()
        self.keep = SwitchRow(_("&Keep the counts"), _("Rows stay, without id, prompt, message, channel and details."))
        self.name = NameField("", "")
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._fill()
        self.who.changed.connect(self._await_user)
        self._typing.timeout.connect(self._look)
        self.backups.value_chosen.connect(lambda _value: self._explain())
        self.name.changed.connect(self._check)
        self.go.clicked.connect(self._begin)
        self.show_question()

    def begin_asking(self) -> None:
        """Count anew; the digits have to be typed once more."""
        self.name.edit.clear()
        self._explain()
        self._look()
        (self.name if self.who.user else self.who).setFocus()

    def stopped(self) -> None:
        """What had gone by then is gone; the rest goes when it is done again."""
        self.altered.emit()
        self.show_question(_("Stopped. What was forgotten so far stays forgotten; do it again for the rest."))

    def done(self, result: int) -> None:
        """Look for no name any more."""
        self._typing.stop()
        self.who.stop()
        super().done(result)

    def _fill(self) -> None:
        column(label_of(_("&Backups"), self.backups), self.backups, self._told_of_backups, on=self._held, gap=6)
        facts = RemarkRow(Remark("warning", _FINAL, "", "warn")), RemarkRow(Remark("info", _NOT_REACHED))
        fill(self.ask, self.who, self.stored, self._held, self.keep, *facts, self.bot_stopped, self.name)

    def _await_user(self) -> None:
        """What was counted is of somebody else."""
        self._found = None
        self.name.edit.clear()
        self._show_found()
        self._typing.start()

    def _look(self) -> None:
        self._found = None
        self._show_found()
        if self.who.user:
            self.looking.ask(partial(stored_of, self._location, self.who.user), self._take)

    def _take(self, found: UserSurvey) -> None:
        self._found = found
        self._show_found()

    def _show_found(self) -> None:
        """Show what is asked of a user who is known; without one there is only the line for them."""
        user, found = self.who.user, self._found
        for part in (self.stored, self.keep, self.name):
            part.setVisible(bool(user))
        self._held.setVisible(found is not None and bool(found.backups))
        self.name.want(user[-_LAST_DIGITS:])
        self.stored.show_survey(found)
        self._check()

    def _explain(self) -> None:
        choice = HeldInBackups(chosen(self.backups))
        icon, ink = ("safe", "good") if choice is HeldInBackups.CLEAN else ("warning", "warn")
        self._told_of_backups.say(_BACKUPS[choice][1], icon, ink)

    def _check(self) -> None:
        self.go.setEnabled(self._found is not None and self.name.fits)

    def _begin(self) -> None:
        if not self.go.isEnabled():
            return
        user, choice = self.who.user, HeldInBackups(chosen(self.backups))
        keep, stopped = self.keep.on, self.bot_stopped.on
        make = partial(forgotten, self._location, user, keep_counts=keep, backups=choice, bot_stopped=stopped)
        self.run(make, partial(self._told, user))

    def _told(self, user: str, done: ForgetResult) -> Ending:
        name_news().learn({(NameKind.USER.value, user): ""})
        session_log().forget(user)
        whole = done.whole
        rows = rows_words(sum(done.database.rows.values()))
        title = (_("Forgotten: {rows}") if whole else _("Forgotten: {rows}; but not in every file")).format(rows=rows)
        offers = () if whole else (Offer(_("&Do it again…"), self._again),)
        lines = tuple(receipt_lines(done))
        severity = Severity.GOOD if whole else Severity.WARN
        return self.end_with(Ending(severity, title, tuple(_facts(done)), offers, lines, _("&Copy receipt")))

    def _again(self) -> None:
        """With the bot stopped, and its connections closed, all of it can be reached."""
        self.bot_stopped.show()
        self.show_question()


def _facts(done: ForgetResult) -> Iterator[Remark]:
    if done.left:
        yield Remark("warning", _LEFT, _("The id is still in some files"), "warn")
    if done.server:
        yield Remark("info", ON_SERVER)
    elif not done.database.overwritten:
        yield Remark("warning", _NOT_REWRITTEN, _("Not overwritten yet"), "warn")
    if done.whole and not done.server:
        yield Remark("safe", _SEARCHED, "", "good")


_SEARCHED: Final = _(
    "Every byte of the database, its backups and waiting events, of labels, caches and logs was searched: the id is "
    "nowhere in them."
)
_LEFT: Final = _(
    "They are named below: events that a running bot holds, a log that another program reads, backups that you left, "
    "copies made by hand. Stop the bot and do it again; a copy you delete yourself."
)
_NOT_REWRITTEN: Final = _(
    "What the rows held may still be readable in the file's unused room, because the bot left no moment to rewrite "
    "it. Stop the bot and do it again."
)


class _Stored(Card):
    """What is stored of the user, a line for each place."""

    def __init__(self) -> None:
        super().__init__(_("What is stored"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.body.addLayout(self._grid)
        self._shown: list[PlainLabel] = []

    def show_survey(self, found: UserSurvey | None) -> None:
        """Show another survey; None while it is being counted."""
        for label in self._shown:
            label.hide()
            label.deleteLater()
        self._shown = []
        lines = [(_("Counting…"), "")] if found is None else list(_counts(found))
        for row, (words, number) in enumerate(lines or [(_("Nothing. The files are searched all the same."), "")]):
            self._put(row, words, number)

    def _put(self, row: int, words: str, number: str) -> None:
        title, value = PlainLabel(words), PlainLabel(number)
        value.setFont(tabular(base_font()))
        value.setAccessibleDescription(words)
        if not number:
            set_severity(title, Severity.MUTED)
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        for label in (title, value):
            label.show()  # at once, not with the next turn of the event loop
        self._shown += (title, value)


def _counts(found: UserSurvey) -> Iterator[tuple[str, str]]:
    for name, number in found.rows.items():
        yield (_("Names") if name == table_name(Name) else title_of(name)), count(number)
    for words, number in (
        (_("Labels of your own"), found.labels),
        (_("Files of events that wait"), len(found.waiting)),
        (_("Caches and logs that name them"), len(found.caches)),
        (_("Small copies of pictures, everybody's"), found.pictures),
    ):
        if number:
            yield words, count(number)
    if found.backups:
        words = _("{rows} in {count}").format(
            rows=rows_words(sum(found.backups.values())), count=count(len(found.backups))
        )
        yield _("Backups"), words
