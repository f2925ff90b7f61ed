"""How long each kind of row is kept: a number of days for each, in Preferences."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from core.text.age_words import TITLES
from core.text.ages import LONGEST_DAYS, Aged, limits_of, limits_text
from core.text.translation import gettext as _
from core.text.translation import ngettext, pgettext
from gui.settings import Setting, Value
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.text import PlainLabel, set_severity

_HEIGHT: Final = 30
_WIDTH: Final = 130


class AgeFields(QWidget):
    """A number of days for each; at its least nothing is removed.

    Attributes:
        boxes: the numbers, by what they are about.

    Signals:
        value_chosen(str): other limits were chosen: the line that settings keep.
    """

    accessible_role = QAccessible.Role.Grouping

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        name = setting.title.replace("&", "")
        self.boxes = {what: _DaysBox(f"{name}: {TITLES[what]}") for what in Aged}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for row, (what, box) in enumerate(self.boxes.items()):
            label = PlainLabel(TITLES[what] if what is not Aged.PROMPTS else _("Prompts alone"))
            set_severity(label, Severity.MUTED)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(box, row, 1)
            box.valueChanged.connect(lambda _days: self.value_chosen.emit(self._value()))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a label's letter leads only to what takes the keys itself
        self.setFocusProxy(self.boxes[Aged.COMMANDS])

    def set_value(self, value: Value) -> None:
        """Show limits, without a signal."""
        limits = limits_of(str(value)) or {}
        self.blockSignals(True)
        for what, box in self.boxes.items():
            box.setValue(limits.get(what, 0))
        self.blockSignals(False)

    def _value(self) -> str:
        return limits_text({what: box.value() for what, box in self.boxes.items() if box.value()})


class _DaysBox(QSpinBox):
    """Days; they count once Return or Tab has ended the typing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setRange(0, LONGEST_DAYS)
        self.setSpecialValueText(pgettext("what is old is removed", "never"))
        self._name_days(0)
        self.setKeyboardTracking(False)
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.setGroupSeparatorShown(True)
        self.setFont(tabular(base_font()))
        self.setMinimumSize(_WIDTH, _HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.valueChanged.connect(self._name_days)

    def _name_days(self, days: int) -> None:
        self.setSuffix(ngettext(" day", " days", days))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the dialog scroll: nothing is changed by a wheel that passes over it."""
        event.ignore()
