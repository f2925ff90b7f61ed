"""The window: menus and pages, wired together. It knows nothing of SQL or of any chart's inside."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from core.errors import BotpulseError, InvalidLocation
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.storage.location import Location, locate
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui import settings
from gui.pages.page import Tools
from gui.pages.problem import ProblemPage
from gui.pages.registry import pages
from gui.pages.welcome import WelcomePage
from gui.settings import Settings
from gui.status.presence import Presence
from gui.style.accessibility import speak_roles
from gui.style.focus_ring import show_focus
from gui.style.severity import Severity
from gui.threads.monitor import Monitor
from gui.widgets.parts import WidgetStack
from gui.widgets.room import in_reach, resize_within
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.file_drops import FileDrops
from gui.window.finding import AnythingFinder
from gui.window.history import History
from gui.window.menu_wiring import Errands
from gui.window.menus import RecentMenu, connect_help, fill_menu_bar
from gui.window.parts import add_parts
from gui.window.preferences import Preferences
from gui.window.range_controller import RangeChooser
from gui.window.single_instance import SingleInstance, already_open

_FIRST: Final = (1280, 800)
_CONTENT: Final = QSize(900, 540)
"""Pages need so much; a smaller window scrolls over them."""

_TICK_MS: Final = 1_000
_FILE_KINDS: Final = _("Databases (*.db *.sqlite *.sqlite3);;All files (*)")


class Screens(WidgetStack):
    """What the window shows: the welcome page, the problem page, or the pages of the database that is open.

    Attributes:
        welcome, problem, live: the three.
    """

    def __init__(self, live: LivePanel) -> None:
        super().__init__()
        self.welcome, self.problem, self.live = WelcomePage(), ProblemPage(), live
        for screen in (self.welcome, self.problem, live):
            self.addWidget(screen)

    @property
    def is_live(self) -> bool:
        """Whether the pages of a database are seen."""
        return self.currentWidget() is self.live

    def show_welcome(self, recent: Sequence[str]) -> None:
        """Offer to open a database, one of these for instance."""
        self.welcome.set_recent(recent)
        self.setCurrentWidget(self.welcome)

    def show_problem(self, fault: BotpulseError, *, watching: bool) -> None:
        """Say why nothing can be shown; ``watching``: the database is looked at until it can."""
        self.problem.show_problem(fault, watching=watching)
        self.setCurrentWidget(self.problem)

    def show_live(self) -> None:
        """Show the database's pages, and give them the keys."""
        self.setCurrentWidget(self.live)
        self.live.focus_page()


class MainWindow(QMainWindow):
    """Watches one database at a time, and shows what the monitor finds in it.

    Attributes:
        actions_: every action, by key.
        preferences: how the host wants it to look and behave.
        live: what is seen while a database is open.
        screens: that, and the pages for when there is none.
        presence: what tells of the bot while nobody looks.
        ranges: which range is shown; history: what was seen before.
        errands: the Data menu and the exports; finder: what Ctrl+K opens.

    Signals:
        snapshot_shown(Snapshot): the pages show this one now.
        fault_shown(BotpulseError): the problem page shows this one now.
        demo_requested(): the host wants to see the demo; link_asked(str): what a link says.
        closed(): the window has been closed.
    """

    snapshot_shown = Signal(object)
    fault_shown = Signal(object)
    demo_requested = Signal()
    link_asked = Signal(str)
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
        show_focus()
        self._memory, self._monitor, self._instance = memory, monitor, instance
        self._location: Location | None = None
        self._remembers, self._quits = True, False
        self.actions_ = Actions(self)
        self.preferences = Preferences(self, memory, monitor, zone, self.actions_)
        self.presence = Presence(memory, zone, self)
        tools = Tools(zone, self.preferences.masking, memory, monitor.process, self.preferences.pictures)
        self.live = LivePanel(tools)
        self.ranges = RangeChooser(self, memory, zone, self.live.top, self.actions_)
        self.history = History(self.live, self.ranges, self.actions_)
        self.errands = Errands(self, self.live, tools, monitor.reload)
        self.finder = AnythingFinder(self.live, self.ranges, self.preferences, tools, self.actions_, self.filter_by)
        self.screens = Screens(self.live)
        fill_menu_bar(self.menuBar(), self.actions_, RecentMenu(memory, self._watch_recent, self))
        connect_help(self, self.actions_, log_folder)
        self.setCentralWidget(in_reach(self.screens, _CONTENT))
        self.setMinimumSize(480, 320)
        resize_within(self, *_FIRST)
        self._connect()
        self._connect_live()
        self._connect_presence()
        add_parts(self, memory, tools, monitor)
        self._connect_actions()
        self.preferences.begin()
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
            self.live.notice.show_notice(Severity.ACCENT, already_open(location))
            return
        self._location, self._remembers = location, remember
        self.live.top.pause.setChecked(False)
        self._enable()
        self.filter_by(EVERYTHING)
        self.live.begin(title or location.name, location)
        self.history.begin()
        self.presence.begin(location, title or location.name)
        self.errands.set_location(location, lasting=remember)
        self.setWindowTitle(_("{title} – Botpulse").format(title=title or location.name))
        self._monitor.watch(location, self.ranges.choice, self.ranges.span)

    def show_problem(self, fault: BotpulseError, *, watching: bool = False) -> None:
        """Say why nothing can be shown; ``watching``: the database is looked at until it can."""
        self.screens.show_problem(fault, watching=watching)
        self.fault_shown.emit(fault)

    def filter_by(self, chosen: Filter) -> None:
        """Show only these rows, on every page."""
        self.live.strip.show_filter(chosen)
        self._monitor.filter_by(chosen)

    def changeEvent(self, event: QEvent) -> None:
        """Tick Full screen while it lasts, whoever began or ended it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions_[actions.FULL_SCREEN].setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window was, and let the thread end; or go on in the tray, if the host wants that."""
        if self.presence.stays and not self._quits:
            self.preferences.masking.hide_now()
            self.hide()
            self.presence.tray.explain_hiding()
            event.ignore()
            return
        self._memory.remember(settings.GEOMETRY, self.saveGeometry())
        for part in (self.finder, self.errands, self.presence, self.live, self.preferences.pictures):
            part.end()
        self._monitor.stop()
        self.closed.emit()
        super().closeEvent(event)

    def _connect(self) -> None:
        self._monitor.snapshot_taken.connect(self._show_snapshot)
        self._monitor.fault_found.connect(self._show_fault)
        self._monitor.reader_replaced.connect(self.live.show_replaced)
        self.ranges.chosen.connect(self._follow_range)
        self.live.snapshot_shown.connect(self.snapshot_shown)
        self.snapshot_shown.connect(self.ranges.note)
        self.snapshot_shown.connect(self.history.follow)
        self.history.filter_wanted.connect(self.filter_by)
        screens = self.screens
        screens.currentChanged.connect(self._enable)
        FileDrops(self).dropped.connect(self._watch_recent)
        screens.problem.open_requested.connect(self._ask_database)
        screens.problem.retry_requested.connect(self._monitor.reload)
        screens.welcome.open_requested.connect(self._ask_database)
        screens.welcome.demo_requested.connect(self.demo_requested)
        screens.welcome.recent_chosen.connect(self._watch_recent)
        clock = QTimer(self, interval=_TICK_MS)
        clock.timeout.connect(self._tick)
        self.closed.connect(clock.stop)
        clock.start()

    def _connect_presence(self) -> None:
        tray = self.presence.tray
        tray.show_requested.connect(partial(_bring_to_front, self))
        tray.pause_toggled.connect(self.live.top.pause.setChecked)
        tray.quit_requested.connect(self.quit)
        self.live.snapshot_begun.connect(self.presence.note)
        self.presence.keeper.verdict_changed.connect(self.live.show_verdict)
        if self._instance is not None:
            self._instance.asked_to_front.connect(partial(_bring_to_front, self))
            self._instance.link_given.connect(self.link_asked)

    def quit(self) -> None:
        """Close for good, the tray notwithstanding."""
        self._quits = True
        self.close()

    def _tick(self) -> None:
        now = time.time()
        self.presence.tick(now, paused=self.live.top.pause.isChecked())
        self.live.note_verdict(self.presence.keeper.verdict)
        self.live.tick(now)

    def _connect_live(self) -> None:
        live, strip = self.live, self.live.strip
        live.top.pause.toggled.connect(self._pause)
        live.range_selected.connect(lambda start, end: self.ranges.choose("custom", TimeRange(start, end)))
        live.page_shown.connect(self._follow_page)
        live.filter_requested.connect(lambda more: self.filter_by(strip.chosen.plus(*more.terms)))
        live.view_changed.connect(self._monitor.look_closer)
        live.zoomed_out.connect(self.ranges.widen)
        strip.term_removed.connect(lambda term: self.filter_by(strip.chosen.minus(term)))
        strip.cleared.connect(lambda: self.filter_by(EVERYTHING))

    def _follow_page(self, key: str) -> None:
        """Let the monitor count what the page shows; what it had zoomed in on is forgotten."""
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
        on(actions.PAUSE, lambda: self.live.top.pause.setChecked(self.actions_[actions.PAUSE].isChecked()))
        on(actions.RELOAD, self._monitor.reload)
        on(actions.FULL_SCREEN, lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen))
        on(actions.CLEAR_FILTER, lambda: self.filter_by(EVERYTHING))
        self.live.connect_actions(self.actions_)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        if self._location is None or snapshot.source.location != str(self._location):
            return  # it was under way while another database was opened
        if snapshot.buckets.zone.key != self.preferences.zone.key:
            return  # or another time zone was chosen
        first = self.live.shown is None or not self.screens.is_live
        self.live.show_snapshot(snapshot, time.time(), in_turns=not first)
        if first:
            self.screens.show_live()
            if self._remembers:
                self._memory.remember_database(str(self._location))

    def _show_fault(self, fault: BotpulseError) -> None:
        if self._location is not None:
            self.show_problem(fault, watching=True)

    def _show_welcome(self) -> None:
        self.setWindowTitle("Botpulse")
        self.screens.show_welcome(self._memory.texts(settings.RECENT))
        self._enable()

    def _enable(self) -> None:
        """What needs a database, or its pages, can be chosen while there is one."""
        self.actions_.enable((*actions.ON_DATABASE, *actions.page_actions()), self._location is not None)
        self.actions_.enable(actions.ON_PAGES, self.screens.is_live)

    def _pause(self, paused: bool) -> None:
        self.actions_[actions.PAUSE].setChecked(paused)
        self._monitor.pause(paused)
        self.live.tick(time.time())

    def _ask_database(self) -> None:
        path = _chosen_file(self, self._location)
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
        self.live.top.pause.setChecked(False)
        if self._instance is not None:
            self._instance.release()
        self.live.leave()
        self.history.begin()
        self.presence.begin(None)
        self.errands.set_location(None)
        self._memory.remember(settings.DATABASE, "")
        self._monitor.leave()
        self._show_welcome()


def _chosen_file(parent: QWidget, open_now: Location | None) -> str:
    """Ask for a database, beside the one that is open; empty where the host chooses none."""
    folder = str(open_now.path.parent) if open_now and open_now.path else ""
    return QFileDialog.getOpenFileName(parent, _("Open a bot's database"), folder, _FILE_KINDS)[0]


def _bring_to_front(window: QWidget) -> None:
    """Let a window be seen, wherever it was."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
