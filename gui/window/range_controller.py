"""Which range is shown: chosen by the picker, a key, a chart or a dialog, and remembered."""

from __future__ import annotations

import time
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.feed.snapshot import Snapshot
from core.text.translation import gettext as _
from core.text.typed_ranges import choice_of
from core.time_ranges import CALENDAR, CHOICES, RangeChoice, TimeRange, window
from gui import settings
from gui.dialogs.modal import ask
from gui.settings import Settings
from gui.style.accessibility import announce
from gui.widgets.top_bar import TopBar
from gui.window.actions import Actions

_LADDER: Final = tuple(key for key in CHOICES if key not in ("custom", *CALENDAR))
"""From the shortest range to all that there is."""


class RangeChooser(QObject):
    """The range of one window; the picker of its top bar and its actions always show it.

    Attributes:
        choice: the range; span: that of a custom one, else None.

    Signals:
        chosen(): there is another range.
    """

    chosen = Signal()

    def __init__(self, window: QWidget, memory: Settings, zone: ZoneInfo, top: TopBar, window_actions: Actions) -> None:
        super().__init__(window)
        self._window, self._memory, self._zone = window, memory, zone
        self._picker, self._actions = top.picker, window_actions
        self.choice: RangeChoice = memory.choice()
        self.span: TimeRange | None = None
        self._seen: TimeRange | None = None
        top.picker.range_chosen.connect(self.choose)
        top.picker.custom_requested.connect(self.ask)
        for key in CHOICES:
            window_actions.on(f"range_{key}", self.ask if key == "custom" else partial(self.choose, key))
        self._show()

    def choose(self, key: str, span: TimeRange | None = None, *, remember: bool = True) -> None:
        """Take another range; ``span`` is that of a custom one, which is never remembered.

        ``key`` is one of the choices', or says how far back: "6h". Any other is a KeyError.
        """
        choice = choice_of(key)
        if choice is None:
            raise KeyError(key)
        self.choice, self.span, self._seen = choice, span, None
        if remember and key != "custom":
            self._memory.remember(settings.RANGE, key)
        self._show()
        self.chosen.emit()
        announce(
            self._window,
            _("Showing {span}").format(span=_words(span, self._zone) if span else self.choice.words),
        )

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say and ask for a custom range's ends in another zone; the range stays."""
        self._zone = zone
        self._show()

    def note(self, snapshot: Snapshot) -> None:
        """Know which moments the range is from and to at this time: those of all that there is are in the data only."""
        if snapshot.choice == self.choice.key:
            self._seen = snapshot.buckets.range

    def widen(self) -> None:
        """Take the next longer range, if there is one."""
        if self.choice.key in _LADDER[:-1]:
            self.choose(_LADDER[_LADDER.index(self.choice.key) + 1])

    def ask(self) -> None:
        """Ask for a start and an end, beginning with those that are shown."""
        from gui.dialogs.custom_range import CustomRangeDialog

        shown = self.span or self._seen or window(self.choice, time.time(), self._zone).buckets.range
        dialog = CustomRangeDialog(shown, self._zone, self._window)
        if ask(dialog):
            self.choose(dialog.chosen.choice.key, dialog.chosen.span)
        else:
            self._show()

    def _show(self) -> None:
        self._picker.set_custom_label(self._name())
        self._picker.set_current(self.choice.key)
        known = self.choice.key if self.choice.key in CHOICES else "custom"
        self._actions[f"range_{known}"].setChecked(True)

    def _name(self) -> str:
        """What the picker's last segment says: a range that has no segment of its own stands there."""
        if self.span is not None:
            return _words(self.span, self._zone)
        return "" if self.choice.key in (*_LADDER, "custom") else self.choice.title


def _words(span: TimeRange, zone: ZoneInfo) -> str:
    from gui.dialogs.custom_range import span_in_words

    return span_in_words(span, zone)
