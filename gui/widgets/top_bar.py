"""The bar at the top: which database, is it live, which range, pause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from gui.style.icons import icon
from gui.style.theme import base_font
from gui.widgets.live_light import LiveLight
from gui.widgets.parts import row
from gui.widgets.range_picker import RangePicker
from gui.widgets.text import ElidedLabel, set_tip

_NAME_WIDTHS: Final = (80, 280)
_LIGHT_WIDTH: Final = 184
"""Enough for "bot silent for 12 min"."""


class TopBar(QFrame):
    """Database name, live light, range picker and pause; the picker folds up where room is scarce.

    Attributes:
        light: the live light.
        picker: the range picker.
        pause: the checkable pause button.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pause_hint = ""
        self._name = ElidedLabel(least=_NAME_WIDTHS[0])
        self._name.setFont(base_font(weight=QFont.Weight.DemiBold))
        self._name.setMaximumWidth(_NAME_WIDTHS[1])
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.light = LiveLight()
        self.picker = RangePicker()
        self.pause = QPushButton("Pause")
        self.pause.setCheckable(True)
        row(self._name, (self.light, 1), self.picker, self.pause, on=self, gap=12, margins=(16, 0, 16, 0))
        self.setFixedHeight(52)
        self.pause.toggled.connect(self._dress_pause)
        self._dress_pause()

    def set_database(self, name: str, location: str = "") -> None:
        """Name the database; its whole place is the tool tip."""
        self._name.set_text(name)
        self._name.keep_tip(location)
        self._name.setAccessibleName(f"Database {self._name.text()}")
        self._fold()

    def set_shortcut_hints(self, ranges: Mapping[str, str], pause: str) -> None:
        """Name the shortcuts in the tool tips."""
        self.picker.set_shortcut_hints(ranges)
        self._pause_hint = f" ({pause})" if pause else ""
        self._dress_pause()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the picker up where the row has no room for it."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        name = min(max(self._name.sizeHint().width(), _NAME_WIDTHS[0]), _NAME_WIDTHS[1])
        others = name + _LIGHT_WIDTH + self.pause.sizeHint().width() + 2 * 16 + 3 * 12
        self.picker.set_collapsed(self.width() < others + self.picker.wide_width)

    def _dress_pause(self) -> None:
        paused = self.pause.isChecked()
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.setIcon(icon("resume" if paused else "pause", "text"))
        tip = "Follow the database again" if paused else "Stop following the database; the window stays as it is"
        set_tip(self.pause, tip + self._pause_hint)
