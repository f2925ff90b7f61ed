"""A kind of alarm in Preferences: on or off, and how soon it speaks, over what it would have said in the past."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from core.alarms.anomaly import AlarmKind
from core.alarms.trial import Trial
from core.alarms.words import TITLES
from core.text.dates import dated_moment
from core.text.formatting import counted
from core.text.translation import gettext as _
from gui.dialogs.controls import Switch
from gui.settings import Setting
from gui.status.alarms import LEAST_THRESHOLD, MOST_THRESHOLD
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.parts import TOP, column, row
from gui.widgets.text import PlainLabel, set_severity

TUNED: Final = frozenset({AlarmKind.RESTARTS, AlarmKind.FAILURES, AlarmKind.NEW_ERROR, AlarmKind.SLOW, AlarmKind.QUEUE})
"""The kinds whose threshold can be moved: those that are told by how far something is from the usual."""

_TRIED: Final = TUNED | {AlarmKind.SILENCE}
"""Those that rows of the past say something of."""

_STEPS: Final = 10
"""Steps of the slider for a threshold of 1."""

_NAMED: Final = 6
_UNKNOWN: Final = _("Too few rows tell of it to say what it would have done.")


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the dialog scroll: nothing is changed by a wheel that passes over it."""
        event.ignore()


class KindField(QWidget):
    """One kind of alarm.

    Attributes:
        switch: on or off; slider: the threshold, to the right for fewer alarms; hidden until there is a trial.

    Signals:
        threshold_chosen(float): the score at which it speaks from now on.
    """

    threshold_chosen = Signal(float)

    def __init__(self, kind: AlarmKind, threshold: float) -> None:
        super().__init__()
        self._kind, title = kind, TITLES[kind]
        self._trial: tuple[Trial, ZoneInfo] | None = None
        self.switch = Switch(Setting(f"alarm_{kind.name.lower()}", True, title, title=title))
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(LEAST_THRESHOLD * _STEPS), round(MOST_THRESHOLD * _STEPS))
        self.slider.setValue(round(threshold * _STEPS))
        self.slider.setAccessibleName(_("{kind}: how far from the usual").format(kind=title))
        self._said = PlainLabel()
        self._said.setWordWrap(True)
        self._said.setFont(base_font(SMALL_PIXELS))
        set_severity(self._said, Severity.MUTED)
        label = PlainLabel(title)
        label.setBuddy(self.switch)
        beside = row((label, 1), (self.switch, 0, TOP | Qt.AlignmentFlag.AlignRight), gap=24)
        column(beside, self.slider, self._said, on=self, gap=4)
        self.slider.hide()
        self._said.hide()
        self.slider.valueChanged.connect(self._move)

    def show_trial(self, trial: Trial, zone: ZoneInfo) -> None:
        """Say when it would have spoken."""
        self._trial = trial, zone
        self.slider.setVisible(self._kind in TUNED)
        self._said.setVisible(self._kind in _TRIED)
        self._say()

    def _move(self, value: int) -> None:
        self._say()
        self.threshold_chosen.emit(value / _STEPS)

    def _say(self) -> None:
        if self._trial is not None:
            trial, zone = self._trial
            threshold = self.slider.value() / _STEPS if self._kind in TUNED else 1.0
            alarms = [each for each in trial.alarms({self._kind: threshold}) if each.kind is self._kind]
            known = self._kind in trial.known
            said = _words([dated_moment(each.given, zone) for each in reversed(alarms)]) if known else _UNKNOWN
            self._said.setText(said)
            self.slider.setAccessibleDescription(self._said.text())


def _words(moments: list[str]) -> str:
    if not moments:
        return _("In the last 30 days it would not have spoken.")
    said = counted(
        len(moments),
        _("In the last 30 days it would have spoken {count} time:"),
        _("In the last 30 days it would have spoken {count} times:"),
    )
    more = " …" if len(moments) > _NAMED else "."
    return f"{said} {'; '.join(moments[:_NAMED])}{more}"
