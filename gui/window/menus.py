"""The menu bar: every action has its place here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QMenuBar

from gui import settings
from gui.settings import Settings
from gui.window import actions
from gui.window.actions import Actions


def fill_menu_bar(bar: QMenuBar, window_actions: Actions, recent: RecentMenu) -> None:
    """Put the window's actions into File, View, Data and Help."""
    fill = window_actions.fill
    file = bar.addMenu("&File")
    fill(file, actions.OPEN)
    file.addMenu(recent.menu)
    fill(file, actions.DEMO, None, actions.EXPORT_CHART, actions.COPY_CHART, actions.EXPORT_TABLE, None)
    fill(file, actions.PREFERENCES, None, actions.CLOSE, actions.QUIT)
    view = bar.addMenu("&View")
    fill(view, *actions.page_actions(), None)
    fill(view.addMenu("&Range"), *actions.RANGES)
    fill(view, actions.PAUSE, actions.RELOAD, actions.CLEAR_FILTER, None, actions.MASK, actions.REVEAL, None)
    fill(view.addMenu("&Theme"), *actions.THEMES)
    fill(view, actions.FULL_SCREEN)
    fill(bar.addMenu("&Data"), *actions.WRITERS)
    fill(bar.addMenu("&Help"), actions.SHORTCUTS, actions.LOG, actions.ABOUT)


class RecentMenu:
    """ "Open recent": filled anew each time it is about to be shown."""

    def __init__(self, memory: Settings, open_database: Callable[[str], None]) -> None:
        self._memory = memory
        self._open = open_database
        self.menu = QMenu("Open &recent")
        self.menu.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.menu.clear()
        addresses = self._memory.texts(settings.RECENT)
        for address in addresses:
            entry = self.menu.addAction(address.replace("&", "&&"))
            entry.triggered.connect(lambda _checked=False, address=address: self._open(address))
        if addresses:
            self.menu.addSeparator()
        clear = self.menu.addAction("Clear this list")
        clear.setEnabled(bool(addresses))
        clear.triggered.connect(lambda _checked=False: self._memory.forget_recent())
