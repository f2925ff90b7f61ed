"""The controls of the Preferences dialog, one for each type of setting. They speak of values, not of widgets."""

from __future__ import annotations

import time
import zoneinfo
from typing import Final, TypeAlias

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QCompleter,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from core.text.translation import gettext as _
from core.time_ranges import host_zone, local_time
from gui.dialogs.age_fields import AgeFields
from gui.dialogs.source_fields import SourceField
from gui.settings import COMFYUI_ADDRESS, COMFYUI_FOLDER, KEPT_AGES, SYSTEM_ZONE, Setting, Value, known_zone
from gui.style.accessibility import SWITCH
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.joined_buttons import JoinedButtons
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

_HEIGHT: Final = 30


class Choice(QWidget):
    """A row of buttons, one of which is pressed. Arrow keys move; Tab comes and goes.

    Signals:
        value_chosen(str): another option was chosen.
    """

    accessible_role = QAccessible.Role.Grouping

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        joined = JoinedButtons([option.words for option in setting.options])
        self.buttons = {option.value: button for option, button in zip(setting.options, joined.buttons, strict=True)}
        for option in setting.options:
            button = self.buttons[option.value]
            button.setAccessibleName(f"{setting.title.replace('&', '')}: {option.words}")
            button.toggled.connect(lambda on, value=option.value: self._note(value) if on else None)
        row(joined, on=self)
        self.setAccessibleName(setting.title.replace("&", ""))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a label's letter leads only to what takes the keys itself

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self.blockSignals(True)
        self.buttons[str(value)].setChecked(True)
        self.blockSignals(False)

    def _note(self, value: str) -> None:
        self.setFocusProxy(self.buttons[value])
        self.value_chosen.emit(value)


class Number(QSpinBox):
    """A whole number within bounds; it counts once Return or Tab has ended the typing.

    Signals:
        value_chosen(int): another number was chosen.
    """

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setRange(setting.least, setting.most)
        self.setSuffix(f" {setting.unit}")
        self.setKeyboardTracking(False)
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.setGroupSeparatorShown(True)
        self.setFont(tabular(base_font()))
        self.setMinimumSize(120, _HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self.value_chosen.emit)

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self.blockSignals(True)
        self.setValue(int(str(value)))
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the dialog scroll: nothing is changed by a wheel that passes over it."""
        event.ignore()


class Switch(QAbstractButton):
    """On or off, drawn as a switch: the style's own tick box can hardly be seen on a dark ground.

    Signals:
        value_chosen(bool): it was switched.
    """

    accessible_role = SWITCH

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAccessibleName(setting.title.replace("&", ""))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggled.connect(self.value_chosen.emit)

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self.blockSignals(True)
        self.setChecked(bool(value))
        self.blockSignals(False)

    def sizeHint(self) -> QSize:
        """Return room for the track and a ring around it."""
        return QSize(44, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and knob."""
        del event
        inks, on = self.palette(), self.isChecked()
        track = QRectF(4, 4, 36, 18)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(inks.highlight().color() if on else inks.placeholderText().color(), 1.5))
        painter.setBrush(inks.highlight() if on else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(track, 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.highlightedText() if on else inks.placeholderText())
        painter.drawEllipse(QPointF(31 if on else 13, 13), 5.5, 5.5)


class Zone(QWidget):
    """A time zone: the system's or any that this machine knows, found by a part of its name.

    Signals:
        value_chosen(str): another zone was chosen, by name, or :data:`SYSTEM_ZONE`.
    """

    accessible_role = QAccessible.Role.Grouping

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._value = SYSTEM_ZONE
        self._system = _("System ({zone})").format(zone=host_zone().key or _("local time"))
        names = sorted(zoneinfo.available_timezones() - {"localtime"})
        self._by_words = {_folded(name): name for name in names} | {_folded(self._system): SYSTEM_ZONE}
        self.box = _Box()
        self.box.addItem(self._system, SYSTEM_ZONE)
        for name in names:
            self.box.addItem(name.replace("_", " "), name)
        for part in (self, self.box, self.box.line):
            part.setAccessibleName(setting.title.replace("&", ""))
        self.words = PlainLabel()
        self.words.setFont(tabular(base_font(SMALL_PIXELS)))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a label's letter leads only to what takes the keys itself
        self.setFocusProxy(self.box)
        column(self.box, self.words, on=self, gap=4)
        self.box.activated.connect(self._take)
        self.box.editing_finished.connect(self._take)
        self.box.text_edited.connect(self._hint)

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self._value = str(value)
        self.box.setCurrentIndex(max(self.box.findData(value), 0))
        self._tell_time()

    def _take(self, _place: object = None) -> None:
        name = self._by_words.get(_folded(self.box.currentText()))
        if name is None:
            self._say(Severity.BAD, _("This computer knows no time zone of this name. Try a city: Berlin, New York"))
            return
        changed = name != self._value
        self.set_value(name)
        if changed:
            self.value_chosen.emit(name)

    def _hint(self, typed: str) -> None:
        """While somebody types: whether this can still become a name."""
        found = sum(_folded(typed) in words for words in self._by_words)
        if not found:
            self._say(Severity.BAD, _("No time zone matches"))
        elif _folded(typed) not in self._by_words:
            self._say(
                Severity.MUTED,
                _("{found} time zones match").format(found=found) if found > 1 else _("One time zone matches"),
            )
        else:
            self._say(Severity.MUTED, _("Press Return to use it"))

    def _tell_time(self) -> None:
        zone = known_zone(self._value) or host_zone()
        now = local_time(time.time(), zone)
        offset = f"{now:%z}"
        self._say(
            Severity.MUTED,
            _("It is {time} there, UTC{offset}").format(time=f"{now:%H:%M}", offset=f"{offset[:3]}:{offset[3:5]}"),
        )

    def _say(self, severity: Severity, words: str) -> None:
        self.words.setText(words)
        set_severity(self.words, severity)


class _Box(QComboBox):
    """A drop-down that is typed into, and completes by any part of a name."""

    text_edited = Signal(str)
    editing_finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.setLineEdit(self.line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumSize(260, _HEIGHT)
        self.setMaxVisibleItems(12)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        completer.activated.connect(lambda _text: self.editing_finished.emit())
        self.line.textEdited.connect(self.text_edited)
        self.line.editingFinished.connect(self.editing_finished)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the whole name when the keys come, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.line.selectAll()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the dialog scroll: nothing is changed by a wheel that passes over it."""
        event.ignore()


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


Control: TypeAlias = AgeFields | Choice | Number | Switch | Zone | SourceField


def control_for(setting: Setting) -> Control:
    """The control that fits a setting's type."""
    if setting in (COMFYUI_ADDRESS, COMFYUI_FOLDER):
        return SourceField(setting)
    if setting is KEPT_AGES:
        return AgeFields(setting)
    if setting.options:
        return Choice(setting)
    if isinstance(setting.default, bool):
        return Switch(setting)
    return Number(setting) if isinstance(setting.default, int) else Zone(setting)
