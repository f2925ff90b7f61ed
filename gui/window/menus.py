"""The menu bar: every action has its place here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QWidget

from core.text.translation import gettext as _
from core.time_ranges import CALENDAR
from gui import settings
from gui.dialogs.modal import ask
from gui.settings import Settings
from gui.window import actions
from gui.window.actions import Actions


def fill_menu_bar(bar: QMenuBar, window_actions: Actions, recent: RecentMenu) -> None:
    """Put the window's actions into File, View, Data and Help."""
    fill = window_actions.fill
    file = bar.addMenu(_("&File"))
    fill(file, actions.OPEN)
    file.addMenu(recent)
    fill(file, actions.DEMO, None, actions.EXPORT_CHART, actions.COPY_CHART, actions.EXPORT_TABLE)
    fill(file, actions.REPORT, actions.COPY_SUMMARY, None)
    fill(file, actions.PREFERENCES, None, actions.CLOSE, actions.QUIT)
    view = bar.addMenu(_("&View"))
    fill(view, *actions.page_actions(), None, actions.BACK, actions.FORTH)
    fill(view, actions.SAVE_VIEW, actions.COPY_LINK, None)
    fill(view.addMenu(_("&Range")), *actions.RANGES[: -len(CALENDAR)], None, *actions.RANGES[-len(CALENDAR) :])
    fill(view.addMenu(_("Compar&e with")), actions.COMPARE, None, *actions.COMPARISONS)
    fill(view, actions.ZOOM_AS_RANGE, None)
    fill(
        view,
        actions.PAUSE,
        actions.RELOAD,
        actions.ALARMS,
        actions.ALARM_MARKS,
        actions.NOTES,
        actions.ANYTHING,
        actions.FIND,
        actions.CLEAR_FILTER,
        None,
        actions.MASK,
        actions.REVEAL,
        actions.MASK_NAMES,
        None,
    )
    fill(view.addMenu(_("&Theme")), *actions.THEMES)
    fill(view, actions.FULL_SCREEN)
    fill(bar.addMenu(_("&Data")), *actions.WRITERS)
    fill(bar.addMenu(_("&Help")), actions.SHORTCUTS, actions.LOG, actions.ABOUT)


def connect_help(window: QMainWindow, window_actions: Actions, log_folder: Path | None) -> None:
    """Let the entries of Help do their work."""

    def open_log_folder() -> None:
        if log_folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder)))

    def show_about() -> None:
        from gui.dialogs.about import AboutDialog

        ask(AboutDialog(window))

    def show_shortcuts() -> None:
        from gui.dialogs.shortcuts import ShortcutsDialog

        ask(ShortcutsDialog(window.menuBar(), window))

    window_actions.on(actions.LOG, open_log_folder)
    window_actions.on(actions.ABOUT, show_about)
    window_actions.on(actions.SHORTCUTS, show_shortcuts)


class RecentMenu(QMenu):
    """ "Open recent": filled anew each time it is about to be shown."""

    def __init__(self, memory: Settings, open_database: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(_("Open &recent"), parent)
        self._memory = memory
        self._open = open_database
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        addresses = self._memory.texts(settings.RECENT)
        for address in addresses:
            entry = self.addAction(address.replace("&", "&&"))
            entry.triggered.connect(lambda _checked=False, address=address: self._open(address))
        if addresses:
            self.addSeparator()
        clear = self.addAction(_("Clear this list"))
        clear.setEnabled(bool(addresses))
        clear.triggered.connect(lambda _checked=False: self._memory.forget_recent())
