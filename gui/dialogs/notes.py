"""The host's notes of a database: what happened when, shown on every chart over time."""

from __future__ import annotations

import time
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QListWidget, QWidget

from core.errors import BotpulseError
from core.storage.location import Location
from core.storage.notes import LONGEST_NOTE, Note, new_note
from core.tables.filter_language.moments import moment, moment_in_words
from core.tables.filter_language.tokens import NotUnderstood
from core.text.dates import dated_moment
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.data.parts import button
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.threads.jobs import Job
from gui.threads.notes import keep_note, note_news
from gui.widgets.card import Card
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

_WHAT_FOR: Final = _(
    "A note stands on every chart over time, and in exports of it. It is kept on this computer: the bot and its "
    "database hear nothing of it."
)
_WIDTH: Final = 472
_TALL: Final = 200


class NotesDialog(QDialog):
    """Lists the notes, and writes, alters and removes them, each at once.

    Attributes:
        list: the notes, the newest moment first.
        when, text: of the note that is chosen, or of a new one.
        fresh: begins a new one; keep, remove: what is done with it.
        job: writes it.
    """

    def __init__(
        self, location: Location, zone: ZoneInfo, at: float | None = None, parent: QWidget | None = None
    ) -> None:
        """``at`` is the moment (epoch seconds) of the note that is to be written; None: now."""
        super().__init__(parent)
        self._location, self._zone = location, zone
        self._shown: tuple[Note, ...] = ()
        self._chosen: Note | None = None
        self._removed: Note | None = None
        self.job = Job(self)
        self.setWindowTitle(_("Notes"))
        self.list = QListWidget()
        self.when, self.text = QLineEdit(), QLineEdit(maxLength=LONGEST_NOTE)
        self._state = PlainLabel()
        self.fresh, self.remove = button(_("Ne&w")), button(_("&Remove"))
        self.leave, self.keep = button(_("Close")), button(_("&Keep"), kind="primary")
        self._arrange()
        self._connect()
        self._show_notes()
        self._begin(at if at is not None else time.time())

    def done(self, result: int) -> None:
        """What is under way ends first: it is quick, and a note must not be half kept."""
        self.job.wait()
        super().done(result)

    def _begin(self, at: float) -> None:
        """Write a new one."""
        self._chosen = None
        self.list.clearSelection()
        self.list.setCurrentRow(-1)
        self.when.setText(moment_in_words(float(round(at)), self._zone))
        self.text.clear()
        self.text.setFocus()
        self._check()

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._shown):
            self._chosen = note = self._shown[place]
            self.when.setText(moment_in_words(note.moment, self._zone))
            self.text.setText(note.text)
            self._check()

    def _keep(self) -> None:
        try:
            at = moment(self.when.text().strip(), self._zone, time.time())
        except NotUnderstood as problem:
            self._say(Severity.WARN, str(problem))
            return
        written = new_note(at, self.text.text())
        known, self._removed = self._chosen, None
        self._write(written if known is None else Note(written.moment, written.text, known.id), _("Kept."))

    def _remove(self) -> None:
        if self._chosen is not None:
            self._removed = self._chosen
            self._write(Note(self._chosen.moment, "", self._chosen.id), _("Removed; Keep brings it back."))

    def _write(self, note: Note, said: str) -> None:
        if not self.job.running:
            self._said = said
            self.job.start(partial(keep_note, self._location, note))
            self._check()

    def _take(self, notes: tuple[Note, ...]) -> None:
        note_news().take_of(self._location, notes)
        self._show_notes()
        if self._removed is None:
            self._begin(time.time())
        else:  # one key brings it back
            self._chosen = None
            self.text.setFocus()
            self._check()
        self._say(Severity.GOOD, self._said)

    def _fail(self, fault: BotpulseError) -> None:
        self._say(Severity.BAD, f"{fault.title}. {fault.what_is_safe} {fault.what_to_do}")

    def _show_notes(self) -> None:
        """Those that there are now; what is being written stays."""
        self._shown = tuple(reversed(note_news().notes))
        self.list.clear()
        self.list.addItems([f"{dated_moment(each.moment, self._zone)} · {one_line(each.text)}" for each in self._shown])

    def _check(self) -> None:
        free = not self.job.running
        self.keep.setEnabled(free and bool(self.text.text().strip()))
        self.remove.setEnabled(free and self._chosen is not None)

    def _say(self, severity: Severity, words: str) -> None:
        self._state.setText(words)
        set_severity(self._state, severity)
        announce(self, words, urgent=severity is Severity.BAD)

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._choose)
        self.text.textChanged.connect(self._check)
        self.fresh.clicked.connect(lambda: self._begin(time.time()))
        self.keep.clicked.connect(self._keep)
        self.remove.clicked.connect(self._remove)
        self.leave.clicked.connect(self.reject)
        self.job.finished.connect(self._take)
        self.job.failed.connect(self._fail)
        self.job.ended.connect(self._check)
        note_news().changed.connect(self._show_notes)

    def _arrange(self) -> None:
        what_for = PlainLabel(_WHAT_FOR)
        set_severity(what_for, Severity.MUTED)
        for label in (what_for, self._state):
            label.setWordWrap(True)
        self.list.setAccessibleName(_("Notes"))
        self.list.setMinimumHeight(_TALL)
        self.list.setSpacing(3)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.keep.setDefault(True)
        for other in (self.fresh, self.remove, self.leave):
            other.setAutoDefault(False)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(_("W&hen"), self.when)
        form.addRow(_("&Text"), self.text)
        foot = row(self.fresh, self.remove, 1, self.leave, self.keep, gap=8)
        listed = (Card("", (self.list, 1)), 1)
        whole = column(listed, form, what_for, self._state, foot, on=self, gap=16, margins=(24, 24, 24, 16))
        whole.addStrut(_WIDTH)  # a least width of its own would let words be cut that are longer
