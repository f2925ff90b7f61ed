"""Which alarms are watched for, and when they are told."""

from __future__ import annotations

import time
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.alarms.anomaly import AlarmKind
from core.alarms.quiet_hours import quiet_hours_of
from core.alarms.trial import Trial, try_on_past
from core.alarms.words import TITLES
from core.storage.location import Location
from core.text.translation import gettext as _
from gui.dialogs.alarm_trial import KindField
from gui.dialogs.progress import ProgressDialog
from gui.dialogs.webhook import WebhookCard
from gui.settings import ALARMS_OFF, QUIET_HOURS, Settings
from gui.status.alarms import choose_threshold, chosen_thresholds
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.threads.jobs import Job, reading_task
from gui.widgets.card import Card
from gui.widgets.parts import TOP, close_box, column, row, scrolled
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, set_severity

_WIDTH: Final = 560
_HOURS_WIDTH: Final = 120


class AlarmsDialog(QDialog):
    """Every choice is remembered and told at once; there is nothing to confirm.

    Attributes:
        fields: by the kind of alarm.
        tries: has them tried on the last weeks of the database that is open; its job is ``job``.
        hours: the hours in which nothing is told.
        webhook: whether they are told in Discord, too, and by which webhook.

    Signals:
        kinds_changed(): other kinds are watched for from now on.
    """

    kinds_changed = Signal()

    def __init__(
        self, memory: Settings, location: Location | None, zone: ZoneInfo, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._memory, self._location, self._zone = memory, location, zone
        self.setWindowTitle(_("Alarms"))
        thresholds = chosen_thresholds(memory)
        self.fields = {kind: KindField(kind, thresholds.get(kind, 1.0)) for kind in TITLES}
        self.job = Job(self)
        self.tries = QPushButton(_("Try on the last 30 days"))
        self.tries.setEnabled(location is not None)
        self.webhook = WebhookCard(memory, location)
        self.hours = QLineEdit(memory.text(QUIET_HOURS))
        self.hours.setPlaceholderText("23-7")
        self.hours.setFixedWidth(_HOURS_WIDTH)
        self._refusal = PlainLabel(_("That is no span of hours, such as 23-7. Nothing was changed."))
        self._arrange()
        off = memory.texts(ALARMS_OFF)
        for kind, field in self.fields.items():
            field.switch.set_value(kind.value not in off)
            field.switch.value_chosen.connect(partial(self._switch, kind))
            field.threshold_chosen.connect(partial(self._choose, kind))
        self.tries.clicked.connect(self._try)
        self.job.finished.connect(self._show_trial)
        self.hours.editingFinished.connect(self._take_hours)

    def _switch(self, kind: AlarmKind, on: bool) -> None:
        others = [each for each in self._memory.texts(ALARMS_OFF) if each != kind.value]
        self._memory.remember(ALARMS_OFF, tuple(others if on else (*others, kind.value)))
        self.kinds_changed.emit()

    def done(self, result: int) -> None:
        """Closing ends the trial."""
        self.job.stop()
        self.webhook.end()
        super().done(result)

    def _choose(self, kind: AlarmKind, threshold: float) -> None:
        choose_threshold(self._memory, kind, threshold)
        self.kinds_changed.emit()

    def _try(self) -> None:
        if self._location is not None and not self.job.running:
            ProgressDialog(self.job, _("Trying alarms on the last weeks"), self)
            self.job.start(reading_task(try_on_past, self._location, time.time(), self._zone))

    def _show_trial(self, trial: Trial) -> None:
        for field in self.fields.values():
            field.show_trial(trial, self._zone)

    def _take_hours(self) -> None:
        typed = self.hours.text().strip()
        fits = not typed or quiet_hours_of(typed) is not None
        self._refusal.setVisible(not fits)
        if fits:
            self._memory.remember(QUIET_HOURS, typed)
        else:
            announce(self.hours, self._refusal.text())

    def _arrange(self) -> None:
        kinds, times = Card(_("Watched for")), Card(_("Quiet hours"))
        kinds.body.setSpacing(12)
        for field in self.fields.values():
            kinds.body.addWidget(field)
        kinds.body.addLayout(row(self.tries, 1))
        self.tries.setAutoDefault(False)
        words = PlainLabel(_("Nothing is told by the tray in these hours; what still goes on afterwards is told then."))
        words.setFont(base_font(SMALL_PIXELS))
        for label, severity in ((words, Severity.MUTED), (self._refusal, Severity.WARN)):
            label.setWordWrap(True)
            set_severity(label, severity)
        self._refusal.hide()
        self.hours.setAccessibleDescription(words.text())
        times.body.addLayout(_labelled(_("From and to o'clock"), self.hours))
        times.body.addWidget(words)
        times.body.addWidget(self._refusal)
        page, buttons = QWidget(), close_box()
        column(kinds, times, self.webhook, 1, on=page, gap=12, margins=(24, 20, 24, 4))
        for each in buttons.buttons():
            if isinstance(each, QPushButton):
                each.setAutoDefault(False)  # Return belongs to the field that is being typed in
        buttons.rejected.connect(self.reject)
        column((scrolled(page), 1), row(1, buttons, margins=(24, 0, 24, 0)), on=self, gap=8, margins=(0, 0, 0, 16))
        resize_within(self, _WIDTH, page.sizeHint().height() + 64)


def _labelled(words: str, field: QWidget) -> QHBoxLayout:
    label = PlainLabel(words)
    label.setBuddy(field)
    field.setAccessibleName(words)
    return row((label, 1), (field, 0, TOP | Qt.AlignmentFlag.AlignRight), gap=24)
