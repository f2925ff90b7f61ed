"""The window: menus and pages, wired together. It knows nothing of SQL or of any chart's inside."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QStackedWidget

from core.errors import BotpulseError, InvalidLocation
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.storage.location import Location, locate
from core.time_ranges import TimeRange
from gui import settings
from gui.dialogs.about import AboutDialog
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.pages.page import Tools
from gui.pages.problem import ProblemPage
from gui.pages.registry import pages
from gui.pages.welcome import WelcomePage
from gui.settings import Density, Setting, Settings, WeekStart
from gui.status.masking import Masking
from gui.status.presence import Presence
from gui.style.accessibility import speak_roles
from gui.style.severity import Severity
from gui.style.theme import ThemeChoice, Themed, ThemeFollower, apply_theme
from gui.threads.monitor import Monitor
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.menu_wiring import Errands
from gui.window.menus import RecentMenu, fill_menu_bar
from gui.window.range_controller import RangeChooser
from gui.window.single_instance import SingleInstance, already_open
from resources.design import Theme

_TICK_MS: Final = 1_000
_FILE_KINDS: Final = "Databases (*.db *.sqlite *.sqlite3);;All files (*)"


class MainWindow(QMainWindow):
    """One database at a time: welcome page, problem page, or the pages that show it.

    Attributes:
        actions_: every action, by key.
        ranges: which range is shown.
        live: what is seen while a database is open; its top bar, notice and pages are also ours by name.
        welcome, problem: the pages for when there is none.

    Signals:
        snapshot_shown(Snapshot): the pages show this one now.
        fault_shown(BotpulseError): the problem page shows this one now.
        demo_requested(): the host wants to see the demo.
        closed(): the window has been closed.
    """

    snapshot_shown = Signal(object)
    fault_shown = Signal(object)
    demo_requested = Signal()
    closed = Signal()

    def __init__(
        self,
        memory: Settings,
        monitor: Monitor,
        zone: ZoneInfo,
        log_folder: Path | None = None,
        instance: SingleInstance | None = None,
    ) -> None:
        super().__init__()
        speak_roles()
        self._instance = instance
        self._memory = memory
        self._monitor = monitor
        self._zone = zone
        self._log_folder = log_folder
        self._location: Location | None = None
        self._remembers = True
        self._quits = False
        self.actions_ = Actions(self)
        self._chosen = EVERYTHING
        self.masking = Masking(self, chosen=memory.switch(settings.MASK))
        self.presence = Presence(memory, zone, self)
        tools = Tools(zone, self.masking, memory)
        self.live = LivePanel(tools)
        self.top, self.notice, self.pages = self.live.top, self.live.notice, self.live.pages
        self.ranges = RangeChooser(self, memory, zone, self.top, self.actions_)
        self.errands = Errands(self, self.live, tools)
        self.welcome = WelcomePage()
        self.problem = ProblemPage()
        self._recent = RecentMenu(memory, self._watch_recent)
        self._themes = ThemeFollower(ThemeChoice(memory.text(settings.THEME)), self)
        self._clock = QTimer(self)
        self._arrange()
        self._connect()
        self._connect_actions()
        self._dress(self._themes.theme)
        self._show_welcome()
        self.restoreGeometry(memory.byte_array(settings.GEOMETRY))

    def watch(self, address: str | Path, *, title: str = "", remember: bool = True) -> None:
        """Open a database and follow it. ``title`` stands for its name (the demo's, say).

        Raises:
            InvalidLocation: the address is none.
        """
        location = locate(address)
        if location.path is not None:
            location = Location(path=location.path.absolute())
        if self._instance is not None and not self._instance.claim(location):
            self.notice.show_notice(Severity.ACCENT, already_open(location))
            return
        self._location, self._remembers = location, remember
        self.top.pause.setChecked(False)
        self._enable()
        self.filter_by(EVERYTHING)
        self.live.begin(title or location.name, location)
        self.presence.begin(location, title or location.name)
        self.errands.set_location(location)
        self.setWindowTitle(f"{title or location.name} – Botpulse")
        self._monitor.watch(location, self.ranges.choice, self.ranges.span)

    def show_problem(self, fault: BotpulseError, *, watching: bool = False) -> None:
        """Say why nothing can be shown; ``watching``: the database is looked at until it can."""
        self.problem.show_problem(fault, watching=watching)
        self._stack.setCurrentWidget(self.problem)
        self.fault_shown.emit(fault)

    def choose_range(self, key: str, span: TimeRange | None = None, *, remember: bool = True) -> None:
        """Show another range; ``span`` is that of a custom one, which is never remembered."""
        self.ranges.choose(key, span, remember=remember)

    def choose_theme(self, choice: ThemeChoice, *, remember: bool = True) -> None:
        """Be light, dark, or as the system is."""
        if remember:
            self._memory.remember(settings.THEME, choice.value)
        self._themes.choose(choice)
        self.actions_[actions.theme_action(choice)].setChecked(True)

    def show_page(self, key: str) -> None:
        """Turn to a page. An unknown key is a KeyError."""
        self.live.show_page(key)

    def filter_by(self, chosen: Filter) -> None:
        """Show only these rows, on every page."""
        self._chosen = chosen
        self.live.strip.show_filter(chosen)
        self._monitor.filter_by(chosen)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tick Full screen while it lasts, whoever began or ended it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions_[actions.FULL_SCREEN].setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Remember how the window was, and let the thread end; or go on in the tray, if the host wants that."""
        if self.presence.stays and not self._quits:
            self.masking.hide_now()
            self.hide()
            self.presence.tray.explain_hiding()
            event.ignore()
            return
        self._memory.remember(settings.GEOMETRY, self.saveGeometry())
        self._clock.stop()
        for part in (self.errands, self.presence, self.live):
            part.end()
        self._monitor.stop()
        self.closed.emit()
        super().closeEvent(event)

    def _arrange(self) -> None:
        self._stack = QStackedWidget()
        for page in (self.welcome, self.problem, self.live):
            self._stack.addWidget(page)
        self.setCentralWidget(self._stack)
        self.setMinimumSize(900, 600)
        self.resize(1280, 800)
        fill_menu_bar(self.menuBar(), self.actions_, self._recent)
        self.actions_[actions.theme_action(ThemeChoice(self._memory.text(settings.THEME)))].setChecked(True)
        self.top.set_shortcut_hints(
            {spec.key.removeprefix("range_"): actions.shortcut_text(spec) for spec in actions.RANGES},
            actions.shortcut_text(actions.PAUSE),
        )
        self._clock.setInterval(_TICK_MS)
        self._clock.start()

    def _connect(self) -> None:
        self._monitor.snapshot_taken.connect(self._show_snapshot)
        self._monitor.fault_found.connect(self._show_fault)
        self._themes.theme_changed.connect(self._dress)
        self._clock.timeout.connect(self._tick)
        self.ranges.chosen.connect(self._follow_range)
        self.snapshot_shown.connect(self.ranges.note)
        self._stack.currentChanged.connect(self._enable)
        self.top.pause_toggled.connect(self._pause)
        self.errands.database_altered.connect(self._monitor.reload)
        self._connect_pages()
        self._connect_presence()
        self.problem.open_requested.connect(self._ask_database)
        self.problem.retry_requested.connect(self._monitor.reload)
        self.welcome.open_requested.connect(self._ask_database)
        self.welcome.demo_requested.connect(self.demo_requested)
        self.welcome.recent_chosen.connect(self._watch_recent)

    def _connect_presence(self) -> None:
        tray = self.presence.tray
        tray.show_requested.connect(self.come_to_front)
        tray.pause_toggled.connect(self.top.pause.setChecked)
        tray.quit_requested.connect(self.quit)
        self.presence.verdict_changed.connect(self.live.show_verdict)
        if self._instance is not None:
            self._instance.asked_to_front.connect(self.come_to_front)

    def come_to_front(self) -> None:
        """Be seen, wherever the window was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def quit(self) -> None:
        """Close for good, the tray notwithstanding."""
        self._quits = True
        self.close()

    def _tick(self) -> None:
        now = time.time()
        self.presence.tick(now, paused=self.top.pause.isChecked())
        self.live.note_verdict(self.presence.verdict)
        self.live.tick(now)

    def _connect_pages(self) -> None:
        live = self.live
        live.range_selected.connect(lambda start, end: self.choose_range("custom", TimeRange(start, end)))
        live.page_shown.connect(self._follow_page)
        live.filter_requested.connect(lambda more: self.filter_by(self._chosen.plus(*more.terms)))
        live.view_changed.connect(self._monitor.look_closer)
        live.zoomed_out.connect(self.ranges.widen)
        live.strip.term_removed.connect(lambda term: self.filter_by(self._chosen.minus(term)))
        live.strip.cleared.connect(lambda: self.filter_by(EVERYTHING))

    def _follow_page(self, key: str) -> None:
        """Let the monitor count what the page shows; what it had zoomed in on is forgotten."""
        self.actions_[actions.page_action(key)].setChecked(True)
        self.live.reset_view()
        presenter = next(page.presenter for page in pages() if page.entry.key == key)
        self._monitor.show(presenter, self.live.pages[key].wanted)

    def _follow_range(self) -> None:
        self.live.reset_view()
        self._monitor.choose(self.ranges.choice, self.ranges.span)

    def _connect_actions(self) -> None:
        self.errands.connect_actions(self.actions_)
        on = self.actions_.on
        on(actions.OPEN, self._ask_database)
        on(actions.DEMO, self.demo_requested.emit)
        on(actions.CLOSE, self._close_database)
        on(actions.QUIT, self.quit)
        on(actions.PAUSE, lambda: self.top.pause.setChecked(self.actions_[actions.PAUSE].isChecked()))
        on(actions.RELOAD, self._monitor.reload)
        on(actions.FULL_SCREEN, lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen))
        on(actions.LOG, self._open_log_folder)
        on(actions.ABOUT, lambda: AboutDialog(self).exec())
        on(actions.SHORTCUTS, lambda: ShortcutsDialog(self.menuBar(), self).exec())
        on(actions.PREFERENCES, self._ask_preferences)
        on(actions.CLEAR_FILTER, lambda: self.filter_by(EVERYTHING))
        on(actions.MASK, lambda: self._mask(self.actions_[actions.MASK].isChecked()))
        on(actions.REVEAL, self.masking.reveal_for)
        self.actions_[actions.MASK].setChecked(self.masking.chosen)
        for choice in ThemeChoice:
            on(actions.theme_action(choice), partial(self.choose_theme, choice))
        for page in pages():
            on(actions.page_action(page.entry.key), partial(self.show_page, page.entry.key))
        self.actions_[actions.page_action(self.live.page)].setChecked(True)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        if self._location is None or snapshot.source.location != str(self._location):
            return  # it was under way while another database was opened
        if snapshot.buckets.zone.key != self._zone.key:
            return  # or another time zone was chosen
        first = self.live.shown is None or self._stack.currentWidget() is not self.live
        self.presence.note(snapshot)
        self.live.show_snapshot(snapshot, time.time())
        if first:
            self._turn_to_live()
        self.snapshot_shown.emit(snapshot)

    def _turn_to_live(self) -> None:
        self._stack.setCurrentWidget(self.live)
        self.live.focus_page()
        if self._location is not None and self._remembers:
            self._memory.remember_database(str(self._location))

    def _show_fault(self, fault: BotpulseError) -> None:
        if self._location is not None:
            self.show_problem(fault, watching=True)

    def _show_welcome(self) -> None:
        self.setWindowTitle("Botpulse")
        self.welcome.set_recent(self._memory.texts(settings.RECENT))
        self._stack.setCurrentWidget(self.welcome)
        self._enable()

    def _enable(self) -> None:
        """What needs a database, or its pages, can be chosen while there is one."""
        self.actions_.enable((*actions.ON_DATABASE, *actions.page_actions()), self._location is not None)
        self.actions_.enable(actions.ON_PAGES, self._stack.currentWidget() is self.live)

    def _pause(self, paused: bool) -> None:
        self.actions_[actions.PAUSE].setChecked(paused)
        self._monitor.pause(paused)
        self.live.set_paused(paused)
        self.live.tick(time.time())

    def _dress(self, theme: Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        palette = apply_theme(app, theme)
        parts: tuple[Themed, ...] = (self.live, self.welcome, self.problem, self.presence)
        for part in parts:
            part.set_palette(palette)

    def _mask(self, masked: bool) -> None:
        self.actions_[actions.MASK].setChecked(masked)
        self._memory.remember(settings.MASK, masked)
        self.masking.choose(masked)

    def _ask_preferences(self) -> None:
        dialog = PreferencesDialog(self._memory, self)
        dialog.changed.connect(self._apply)
        dialog.exec()
        dialog.deleteLater()

    def _apply(self, setting: Setting, value: object) -> None:
        """Do as a preference says that was just changed; it is remembered already."""
        if setting is settings.THEME:
            self.choose_theme(ThemeChoice(str(value)), remember=False)
        elif setting is settings.INTERVAL:
            self._monitor.set_interval(self._memory.number(settings.INTERVAL))
        elif setting is settings.DENSITY:
            self.live.set_row_height(Density(str(value)).row_height)
        elif setting in (settings.TRAY, settings.NOTIFY):
            self.presence.apply()
        elif setting is settings.MASK:
            self._mask(bool(value))
        elif setting in (settings.ZONE, settings.WEEK_START):
            self._follow_calendar()

    def _follow_calendar(self) -> None:
        """Hours, days and weeks begin elsewhere from now on: what is counted is counted anew, page and range stay."""
        zone = self._memory.zone()
        if zone.key != self._zone.key:
            self._zone = zone
            for part in (self.live, self.ranges, self.errands, self.presence):
                part.set_zone(zone)
        self._monitor.set_calendar(zone, WeekStart(self._memory.text(settings.WEEK_START)).number)

    def _ask_database(self) -> None:
        folder = str(self._location.path.parent) if self._location and self._location.path else ""
        path, _ = QFileDialog.getOpenFileName(self, "Open a bot's database", folder, _FILE_KINDS)
        if path:
            self.watch(path)

    def _watch_recent(self, address: str) -> None:
        """An address that was remembered may have been edited by hand."""
        try:
            self.watch(address)
        except InvalidLocation as fault:
            self.show_problem(fault)

    def _close_database(self) -> None:
        self._location = None
        self.top.pause.setChecked(False)
        if self._instance is not None:
            self._instance.release()
        self.live.leave()
        self.presence.begin(None)
        self.errands.set_location(None)
        self._memory.remember(settings.DATABASE, "")
        self._monitor.leave()
        self._show_welcome()

    def _open_log_folder(self) -> None:
        if self._log_folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))
