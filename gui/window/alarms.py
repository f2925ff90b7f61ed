"""The bell: how many alarms go on, and the list of them that it opens."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from core.alarms.episodes import Alarm
from core.alarms.quiet_hours import tomorrow
from core.filters import Filter
from core.storage.notes import Note
from core.time_ranges import HOUR
from gui.dialogs.modal import ask
from gui.settings import Setting
from gui.status.alarms import AlarmKeeper
from gui.threads.notes import note_news
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel

ALARM_MARKS: Final = Setting("alarm_marks", True, "whether charts over time mark when alarms began")

if TYPE_CHECKING:
    from gui.widgets.alarm_panel import AlarmPanel


class AlarmBell(QObject):
    """Keeps the bell of the top bar as the alarms are, and lets the host answer them.

    Attributes:
        panel: the list; None before it was asked for.
    """

    def __init__(self, live: LivePanel, keeper: AlarmKeeper, window_actions: Actions) -> None:
        super().__init__(live)
        self.panel: AlarmPanel | None = None
        self._live, self._keeper = live, keeper
        keeper.changed.connect(self._show)
        live.top.bell.clicked.connect(self.open)
        window_actions.on(actions.ALARMS, self.open)
        self._marks = window_actions[actions.ALARM_MARKS]
        self._marks.setChecked(keeper.memory.switch(ALARM_MARKS))
        self._marks.toggled.connect(self._switch_marks)

    def open(self) -> None:
        """Show the list under the bell."""
        if self.panel is None:
            from gui.widgets.alarm_panel import AlarmPanel

            self.panel = panel = AlarmPanel(self._live)
            panel.opened.connect(self._open_rows)
            panel.acknowledged.connect(self._keeper.acknowledge)
            panel.settings.clicked.connect(self._choose)
            panel.snoozed_for_hour.connect(partial(self._snooze, for_hour=True))
            panel.snoozed_until_tomorrow.connect(partial(self._snooze, for_hour=False))
        self._fill()
        self.panel.open_below(self._live.top.bell)

    def _show(self) -> None:
        self._live.top.show_alarms(self._keeper.count)
        self._mark()
        if self.panel is not None and self.panel.isVisible():
            self._fill()

    def _switch_marks(self, on: bool) -> None:
        self._keeper.memory.remember(ALARM_MARKS, on)
        self._mark()

    def _mark(self) -> None:
        """Let charts over time say when alarms began."""
        seen = self._keeper.seen
        told = (*seen.past, *seen.open) if seen is not None and self._marks.isChecked() else ()
        note_news().take_alarms(tuple(Note(each.anomaly.since, self._headline(each)) for each in told))

    def _headline(self, alarm: Alarm) -> str:
        from core.alarms.words import alarm_words  # which nobody needs before there is an alarm

        return alarm_words(alarm, time.time(), self._keeper.zone).headline

    def _fill(self) -> None:
        keeper = self._keeper
        if self.panel is not None:
            learned = keeper.seen is not None and keeper.seen.learned
            self.panel.show_alarms(keeper.open, keeper.over, time.time(), keeper.zone, learned=learned)

    def _open_rows(self, table: str, chosen: Filter) -> None:
        if self.panel is not None:
            self.panel.close()
        self._live.open_rows(table, chosen)

    def _choose(self) -> None:
        from gui.dialogs.alarms import AlarmsDialog

        if self.panel is not None:
            self.panel.close()
        dialog = AlarmsDialog(self._keeper.memory, self._keeper.location, self._keeper.zone, self._live.window())
        dialog.kinds_changed.connect(self._keeper.apply)
        ask(dialog)

    def _snooze(self, alarm: Alarm, *, for_hour: bool) -> None:
        now = time.time()
        self._keeper.snooze(alarm, now + HOUR if for_hour else tomorrow(now, self._keeper.zone))
