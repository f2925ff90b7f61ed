"""What is older than it is to be kept: how much that is, and whether it may go, now and each day."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from core.maintenance.age_notes import agree_and_retain
from core.maintenance.retention import AgeResult, AgeSurvey, survey_age
from core.storage.location import Location
from core.text.age_words import TITLES, days_words, went_words
from core.text.ages import Aged, AgeLimits
from core.text.formatting import count
from core.text.translation import gettext as _
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.endings import Ending
from gui.dialogs.data.parts import NameField, Remark, RemarkRow, button
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.card import Card
from gui.widgets.parts import fill
from gui.widgets.text import PlainLabel, set_severity

_FINAL: Final = _(
    "No backup is made, and it can't be undone. Backups that are there keep the rows until they are removed."
)
_DAILY: Final = _(
    "From then on it is done once a day, unasked, while Botpulse runs; Health says what went. Preferences → Data "
    "changes that, or ends it."
)


class RemoveOldDialog(AlteringDialog):
    """Shows how much is older than its limit, and removes it once the database's name is typed.

    Attributes:
        numbers: how much of each would go; name: has to be typed.
    """

    def __init__(self, location: Location, limits: AgeLimits, parent: QWidget | None = None) -> None:
        super().__init__(_("Remove what is old"), location, button(_("&Remove, each day"), kind="danger"), parent)
        self._limits = limits
        self._found: AgeSurvey | None = None
        self.numbers: dict[Aged, PlainLabel] = {}
        self.name = NameField(location.name, "remove")
        card = Card(_("What would go now"))
        card.body.addLayout(self._grid())
        facts = RemarkRow(Remark("warning", _FINAL, "", "warn")), RemarkRow(Remark("recent", _DAILY))
        fill(self.ask, card, *facts, self.bot_stopped, self.name)
        self.name.changed.connect(self._check)
        self.go.clicked.connect(self._begin)
        self.show_question()

    def begin_asking(self) -> None:
        """Count anew; the name has to be typed once more."""
        self.name.edit.clear()
        self._found = None
        self._check()
        self.looking.ask(partial(survey_age, self._location, self._limits, datetime.now(UTC)), self._take)
        self.name.setFocus()

    def stopped(self) -> None:
        """What had gone by then is gone; the rest goes when it is done again."""
        self.altered.emit()
        self.show_question(_("Stopped. What has gone by now stays gone; the rest goes with the next run."))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (what, days) in enumerate(self._limits.items()):
            age, number = PlainLabel(_("older than {age}").format(age=days_words(days))), PlainLabel("…")
            set_severity(age, Severity.MUTED)
            number.setFont(tabular(base_font()))
            number.setAccessibleDescription(TITLES[what])
            self.numbers[what] = number
            for column, label in enumerate((PlainLabel(TITLES[what]), age, number)):
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                grid.addWidget(label, row, column, side)
        return grid

    def _take(self, found: AgeSurvey) -> None:
        self._found = found
        for what, label in self.numbers.items():
            label.setText(count(found.rows.get(what, 0)))
        self.setAccessibleDescription(went_words(found.rows))
        self._check()

    def _check(self) -> None:
        self.go.setEnabled(self._found is not None and self.name.fits)

    def _begin(self) -> None:
        if self.go.isEnabled():
            now, stopped = datetime.now(UTC), self.bot_stopped.on
            self.run(partial(agree_and_retain, self._location, self._limits, now, bot_stopped=stopped), self._told)

    def _told(self, done: AgeResult) -> Ending:
        went = went_words(done.rows)
        facts = (Remark("database", f"{went[0].upper()}{went[1:]}.", _("Removed")), Remark("recent", _DAILY))
        return self.end_with(Ending(Severity.GOOD, _("What was old is gone"), facts))
