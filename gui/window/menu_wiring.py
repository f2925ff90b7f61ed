"""What the window does beside showing: looking after the database, and exporting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.presenters.caption import Origin, origin_of
from core.storage.location import Location
from core.text.translation import gettext as _
from gui.pages.page import Tools
from gui.plots.shared.base import AnyPlot, Plot
from gui.status.ageing import RetentionByAge
from gui.status.scheduled_backups import ScheduledBackups
from gui.style.severity import Severity
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import ABOUT_PAGE, LivePanel
from gui.window.data_menu import DataMenu
from gui.window.export_menu import ExportMenu
from gui.window.naming import NamingMenu

if TYPE_CHECKING:
    from gui.tables.records.table import TablePanel


class Errands(QObject):
    """The Data menu and the exports of one window.

    Attributes:
        data, exports, naming: what does the work; backups, ages: what does it without being asked.
    """

    def __init__(self, window: QWidget, live: LivePanel, tools: Tools, reload: Callable[[], object]) -> None:
        """Look after what ``live`` shows; ``reload``: the database is another than before, read it afresh."""
        super().__init__(window)
        self._live, self._reload = live, reload
        self._answer: Callable[[], object] | None = None
        self._words = ""
        self.data = DataMenu(window, tools.zone)
        self.exports = ExportMenu(window, tools.memory, tools.masking, tools.zone, self._origin)
        self.naming = NamingMenu(window, tools.zone)
        self.backups = ScheduledBackups(tools.memory, self.data.back_up, self)
        self.ages = RetentionByAge(tools.memory, self.data.remove_old, self)
        for altering in (self.data.done, self.ages.removed):
            altering.connect(reload)
        for part in (self.data, self.exports, self.backups, self.ages):
            part.notice_requested.connect(self.say)
        live.export_requested.connect(self._export)
        live.copy_requested.connect(self.exports.copy_chart)
        live.naming_requested.connect(self.naming.ask)
        live.forgetting_requested.connect(self.data.forget)
        live.notice.action_requested.connect(self._follow_up)

    def connect_actions(self, window_actions: Actions) -> None:
        """Let the menus' entries do their work; those that make no sense are greyed out."""
        data, on = self.data, window_actions.on
        for spec, do in (
            (actions.RESET, data.reset),
            (actions.UNDO_RESET, data.undo),
            (actions.BACK_UP, data.back_up),
            (actions.RESTORE, data.restore),
            (actions.OPTIMISE, data.optimise),
            (actions.CHECK, data.check),
            (actions.FORGET, data.forget),
            (actions.EXPORT_CHART, lambda: self._with_chart(self.exports.export_chart)),
            (actions.COPY_CHART, lambda: self._with_chart(self.exports.copy_chart)),
            (actions.EXPORT_TABLE, self._export_table),
            (actions.FIND, self._find),
        ):
            on(spec, do)
        writers = [spec for spec in actions.WRITERS if spec not in (None, actions.FORGET)]
        data.available_changed.connect(lambda _file: window_actions.enable([actions.FORGET], data.open))
        window_actions.enable([actions.FORGET], data.open)
        data.available_changed.connect(partial(window_actions.enable, writers))
        window_actions.enable(writers, data.available)

    def set_location(self, location: Location | None, *, lasting: bool = True) -> None:
        """Look after another database, or none; to one that is not lasting (the demo's) nothing is done by itself."""
        self._answer = None
        for by_itself in (self.backups, self.ages):
            by_itself.begin(location if lasting else None)
        self.data.set_location(location)
        self.exports.set_location(location)
        self.naming.set_location(location)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say and write times in another zone."""
        self.data.set_zone(zone)
        self.exports.set_zone(zone)

    def end(self) -> None:
        """The window closes: stop what runs."""
        for part in (self.data, self.exports, self.naming, self.backups, self.ages):
            part.end()

    def _origin(self) -> Origin | None:
        """Where the numbers come from that are shown."""
        return None if self._live.shown is None else origin_of(self._live.shown)

    def _export(self, widget: AnyPlot | TablePanel) -> None:
        if isinstance(widget, Plot):
            self.exports.export_chart(widget)
        else:
            self.exports.export_table(widget)

    def _export_table(self) -> None:
        table = self._live.current.table
        if table is not None:
            self.exports.export_table(table)
        else:
            self._say_of_page(_("This page has no table. Turn to Commands, Images or Activity."))

    def _with_chart(self, do: Callable[[AnyPlot], object]) -> None:
        """The chart that has the focus, or else the page's first one."""
        focused = QApplication.focusWidget()
        charts = self._live.current.charts
        chosen = next((chart for chart in charts if focused is not None and chart.isAncestorOf(focused)), None)
        if chosen is None:
            chosen = next((chart for chart in charts if chart.isVisible()), None)
        if chosen is not None:
            do(chosen)
        else:
            self._say_of_page(_("This page has no chart."))

    def _find(self) -> None:
        """Type what the page's rows are to be filtered by."""
        table = self._live.current.table
        if table is None:
            self._say_of_page(_("This page has no rows to filter. Turn to Commands, Images or Activity."))
        else:
            table.first_focus.setFocus(Qt.FocusReason.ShortcutFocusReason)
            table.frame.filter_box.edit.selectAll()

    def _say_of_page(self, words: str) -> None:
        self._live.notice.show_notice(Severity.ACCENT, words, about=ABOUT_PAGE)

    def say(self, severity: Severity, words: str, button: str, answer: Callable[[], object] | None) -> None:
        """Show a line over the page; ``answer`` is what its ``button`` does."""
        self._answer, self._words = answer, words
        self._live.notice.show_notice(severity, words, button)

    def _follow_up(self) -> None:
        """The notice's button answers what the notice says now: ours, or that of a fault."""
        answer, self._answer = self._answer, None
        if answer is not None and self._live.notice.text == self._words:
            self._live.notice.hide()
            answer()
        elif self._live.shown is None or self._live.shown.fault is not None:
            self._reload()
