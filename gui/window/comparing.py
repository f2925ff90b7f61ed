"""View → Compare with: which other time stands beside the range, in every chart and list."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.feed.snapshot import Snapshot
from core.presenters.presenter import Compared
from core.statistics.comparison import NO_COMPARISON, Against, OtherTime
from core.text.translation import gettext as _
from core.time_ranges import local_time, window
from gui.dialogs.modal import ask
from gui.settings import Setting, Settings
from gui.style.accessibility import announce
from gui.widgets.filter_strip import FilterStrip
from gui.window import actions
from gui.window.actions import Actions
from gui.window.range_controller import RangeChooser

COMPARE: Final = Setting("compare", "", "what the range is compared with; empty: nothing")
COMPARED_LAST: Final = Setting("compared_last", Against.BEFORE.value, "what it was compared with last")


class RangeComparer(QObject):
    """What the range of one window is compared with; its actions and the strip always show it.

    Attributes:
        comparison: that.

    Signals:
        chosen(OtherTime): it is another one now.
    """

    chosen = Signal(object)

    def __init__(
        self,
        window: QWidget,
        memory: Settings,
        ranges: RangeChooser,
        strip: FilterStrip,
        window_actions: Actions,
        zone: Callable[[], ZoneInfo],
    ) -> None:
        super().__init__(window)
        self._window, self._memory, self._ranges, self._strip = window, memory, ranges, strip
        self._actions, self._zone = window_actions, zone
        self.comparison = _remembered(memory, COMPARE)
        strip.comparison_removed.connect(partial(self.choose, NO_COMPARISON))
        window_actions.on(actions.COMPARE, self.toggle)
        for against in Against:
            if against is not Against.DATE:
                window_actions.on(actions.compare_action(against), partial(self.choose, OtherTime(against)))
        window_actions.on(actions.compare_action(Against.DATE), self.ask)
        self._show()

    def choose(self, comparison: OtherTime) -> None:
        """Compare with another time, or with none."""
        changed, self.comparison = comparison != self.comparison, comparison
        self._memory.remember(COMPARE, comparison.text)
        if comparison:
            self._memory.remember(COMPARED_LAST, comparison.text)
        self._show()
        if changed:
            announce(self._window, _said(comparison))
            self.chosen.emit(comparison)

    def toggle(self) -> None:
        """Compare with what was compared with last, or with nothing any more."""
        last = _remembered(self._memory, COMPARED_LAST)
        self.choose(NO_COMPARISON if self.comparison else last or OtherTime(Against.BEFORE))

    def ask(self) -> None:
        """Ask for the day with which the range's first day is compared."""
        from gui.dialogs.comparison_date import ComparisonDateDialog

        ranges, zone, now = self._ranges, self._zone(), time.time()
        shown = (ranges.span or window(ranges.choice, now, zone).buckets.range).start
        first = local_time(shown, zone).date()
        dialog = ComparisonDateDialog(first, self.comparison.first_day, self._window)
        if ask(dialog):
            self.choose(OtherTime(Against.DATE, dialog.day))
        else:
            self._show()

    def follow(self, snapshot: Snapshot) -> None:
        """Say what a snapshot is compared with; one of before the last choice says nothing of it."""
        if bool(snapshot.content.compared.words) is bool(self.comparison):
            self._strip.show_comparison(snapshot.content.compared)

    def _show(self) -> None:
        comparison = self.comparison
        self._actions[actions.compare_action(comparison.against)].setChecked(True)
        self._actions[actions.COMPARE].setChecked(bool(comparison))
        self._strip.show_comparison(Compared(comparison.words))


def _remembered(memory: Settings, setting: Setting) -> OtherTime:
    try:
        return OtherTime.from_text(memory.text(setting))
    except ValueError:
        return NO_COMPARISON


def _said(comparison: OtherTime) -> str:
    if not comparison:
        return _("Not compared any more")
    return _("Compared with {words}").format(words=comparison.words)
