"""The bar at the top: which database, is it live, alarms, which range, whether prompts are masked, pause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtGui import QAccessible, QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from core.text.formatting import count, counted
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.theme import base_font
from gui.widgets.live_light import LiveLight
from gui.widgets.parts import row
from gui.widgets.range_picker import RangePicker
from gui.widgets.text import ElidedLabel, set_tip

_NAME_WIDTHS: Final = (80, 280)
_LIGHT_WIDTH: Final = 184
"""Enough for "bot silent for 12 min"."""


class ToldButton(QPushButton):
    """Says in words how it stands or what a press does: so to a screen reader it is no tick box."""

    accessible_role = QAccessible.Role.Button


class TopBar(QFrame):
    """Database name, live light, bell, range picker, masking and pause; the picker folds up where room is scarce.

    Attributes:
        light: the live light.
        bell: says how many alarms go on, and opens them.
        picker: the range picker.
        masking: the button that says whether prompts are masked, and is pressed for the contrary.
        use_zoom: takes what the charts are zoomed in on as the range; hidden while they are not.
        pause: the checkable pause button.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pause_hint = self._mask_hint = self._bell_hint = ""
        self._alarms = 0
        self._name = ElidedLabel(least=_NAME_WIDTHS[0])
        self._name.setFont(base_font(weight=QFont.Weight.DemiBold))
        self._name.setMaximumWidth(_NAME_WIDTHS[1])
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.light = LiveLight()
        self.picker = RangePicker()
        self.bell, self.masking, self.pause = ToldButton(), ToldButton(), ToldButton(_("Pause"))
        for button in (self.masking, self.pause):
            button.setCheckable(True)
        self.use_zoom = QPushButton(_("Use as range"))
        self.use_zoom.setProperty("link", True)
        set_tip(self.use_zoom, _("Take what the charts are zoomed in on as the time range (Ctrl+R)"))
        self.use_zoom.hide()
        parts = (self._name, (self.light, 1), self.bell, self.use_zoom, self.picker, self.masking, self.pause)
        row(*parts, on=self, gap=12, margins=(16, 0, 16, 0))
        self.setFixedHeight(52)
        self.pause.toggled.connect(self._dress_pause)
        self._dress_pause()
        self.show_alarms(0)
        self.show_masking(False)

    def set_database(self, name: str, location: str = "") -> None:
        """Name the database; its whole place is the tool tip."""
        self._name.set_text(name)
        self._name.keep_tip(location)
        self._name.setAccessibleName(_("Database {text}").format(text=self._name.text()))
        self._fold()

    def offer_zoom(self, offered: bool) -> None:
        """Offer to take the zoom as the range, or no longer."""
        self.use_zoom.setVisible(offered)
        self._fold()

    def set_shortcut_hints(self, ranges: Mapping[str, str], pause: str, mask: str = "", bell: str = "") -> None:
        """Name the shortcuts in the tool tips."""
        self.picker.set_shortcut_hints(ranges)
        self._pause_hint = f" ({pause})" if pause else ""
        self._mask_hint = f" ({mask})" if mask else ""
        self._bell_hint = f" ({bell})" if bell else ""
        self.show_alarms(self._alarms)
        self._dress_pause()
        self.show_masking(self.masking.isChecked())

    def show_alarms(self, number: int) -> None:
        """Say how many alarms go on that nobody has acknowledged."""
        self._alarms = number
        self.bell.setText(count(number) if number else "")
        self.bell.setIcon(icon("bell", "warn" if number else "text"))
        words = counted(number, _("{count} alarm"), _("{count} alarms")) if number else _("No alarms")
        self.bell.setAccessibleName(words)
        set_tip(self.bell, words + self._bell_hint)
        self._fold()

    def show_masking(self, masked: bool) -> None:
        """Say whether prompts and details are hidden at this moment."""
        self.masking.setChecked(masked)
        self.masking.setText(_("Prompts masked") if masked else _("Prompts shown"))
        self.masking.setIcon(icon("masked" if masked else "shown", "text"))
        does = (
            _("Show prompts and details again")
            if masked
            else _("Hide prompts and details: here, in copies and exports")
        )
        set_tip(self.masking, does + self._mask_hint)
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the picker up where the row has no room for it."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        name = min(max(self._name.sizeHint().width(), _NAME_WIDTHS[0]), _NAME_WIDTHS[1])
        buttons = sum(each.sizeHint().width() for each in (self.bell, self.masking, self.pause))
        others = name + _LIGHT_WIDTH + buttons + 2 * 16 + 5 * 12
        others += self.use_zoom.sizeHint().width() + 12 if not self.use_zoom.isHidden() else 0
        self.picker.set_collapsed(self.width() < others + self.picker.wide_width)

    def _dress_pause(self) -> None:
        paused = self.pause.isChecked()
        self.pause.setText(_("Resume") if paused else _("Pause"))
        self.pause.setIcon(icon("resume" if paused else "pause", "text"))
        tip = _("Follow the database again") if paused else _("Stop following the database; the window stays as it is")
        set_tip(self.pause, tip + self._pause_hint)
