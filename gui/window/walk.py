"""Full screen: no menus, and the pages turn by themselves, for a display that hangs where people pass by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from core.text.translation import gettext as _
from gui.pages.registry import pages
from gui.settings import Setting, Settings
from gui.style.accessibility import announce
from gui.widgets.card import Card
from gui.widgets.text import PlainLabel
from gui.window.dashboard import LivePanel

WALK_SECONDS: Final = Setting(
    "walk_seconds", 20, "how long each page is shown in full screen, in seconds", least=5, most=600
)

_SECOND_MS: Final = 1_000
_STEP: Final = 5
_HELD: Final = 60
"""Seconds that a page stays after the mouse or a key was used."""

_HINT_SECONDS: Final = 4
_FAR: Final = 8
"""Pixels: less is a table that was bumped into."""


class PageWalk(QObject):
    """Follows the window into full screen and out of it, whoever began or ended that.

    Attributes:
        hint: says what the keys do, for some seconds.
        walking: whether the pages turn by themselves.
    """

    def __init__(self, window: QMainWindow, live: LivePanel, memory: Settings, is_live: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window, self._live, self._memory, self._is_live = window, live, memory, is_live
        self.walking = False
        self._on = self._held = False
        self._before = self._turned_to = ""
        self._mouse: QPoint | None = None
        self._words = PlainLabel()
        self.hint = Card("", self._words)
        self.hint.setParent(window)
        self.hint.hide()
        self._next, self._hiding = QTimer(self, singleShot=True), QTimer(self, singleShot=True)
        self._next.timeout.connect(self._turn_on)
        self._hiding.timeout.connect(self.hint.hide)
        self._keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Right: lambda: self._turn(1),
            Qt.Key.Key_Left: lambda: self._turn(-1),
            Qt.Key.Key_Space: self._pause_or_go_on,
            Qt.Key.Key_Plus: lambda: self._take(_STEP),
            Qt.Key.Key_Minus: lambda: self._take(-_STEP),
            Qt.Key.Key_Escape: self._leave,
        }
        window.installEventFilter(self)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Notice full screen, and in it the keys and the mouse."""
        kind = event.type()
        if target is self._window and kind == QEvent.Type.WindowStateChange:
            self._follow(self._window.isFullScreen())
        elif self._on and isinstance(target, QWidget) and target.window() is self._window and not _others_turn():
            if isinstance(event, QKeyEvent) and kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
                return self._take_key(event)
            if isinstance(event, QMouseEvent):
                self._take_mouse(event)
        return False

    def _follow(self, full: bool) -> None:
        if full == self._on:
            return
        self._on = full
        self._window.menuBar().setVisible(not full)
        self._live.rail.setVisible(not full)
        app = QApplication.instance()
        assert app is not None
        if full:
            self._before = self._turned_to = self._live.page
            self._mouse = None
            app.installEventFilter(self)
            self._go_on()
        else:
            app.removeEventFilter(self)
            self.walking = False
            self._next.stop()
            self.hint.hide()
            if self._live.page == self._turned_to:  # else the host has turned to a page meanwhile
                self._live.show_page(self._before)

    def _leave(self) -> None:
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowFullScreen)

    def _go_on(self) -> None:
        self.walking, self._held = True, False
        seconds = self._memory.number(WALK_SECONDS)
        self._next.start(seconds * _SECOND_MS)
        self._say(_("The next page comes every {seconds} s").format(seconds=seconds))

    def _pause_or_go_on(self) -> None:
        if self.walking:
            self.walking = False
            self._next.stop()
            self._say(_("This page stays"))
        else:
            self._go_on()

    def _take(self, seconds: int) -> None:
        now = self._memory.number(WALK_SECONDS) + seconds
        self._memory.remember(WALK_SECONDS, min(max(now, WALK_SECONDS.least), WALK_SECONDS.most))
        self._go_on()

    def _turn_on(self) -> None:
        if self._is_live():
            self._turn(1)
        self._next.start(self._memory.number(WALK_SECONDS) * _SECOND_MS)

    def _turn(self, steps: int) -> None:
        self._held = False
        keys = [page.entry.key for page in pages()]
        if self._is_live():
            self._turned_to = keys[(keys.index(self._live.page) + steps) % len(keys)]
            self._live.show_page(self._turned_to)
        if self.walking:
            self._next.start(self._memory.number(WALK_SECONDS) * _SECOND_MS)

    def _take_key(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        do = self._keys.get(event.key()) if plain or event.text() == "+" else None
        if do is None or (self._held and event.key() != Qt.Key.Key_Escape):
            self._hold()
            return False
        if event.type() == QEvent.Type.KeyPress:
            do()
        event.accept()  # an override: no shortcut takes it then
        return True

    def _take_mouse(self, event: QMouseEvent) -> None:
        at = event.globalPosition().toPoint()
        before, self._mouse = self._mouse or at, at if event.type() == QEvent.Type.MouseMove else self._mouse
        moved = (at - before).manhattanLength() >= _FAR
        if moved or event.type() == QEvent.Type.MouseButtonPress:
            self._hold()

    def _hold(self) -> None:
        """The host is at work on the page: it stays for a while longer, and all keys but Escape are the page's."""
        if self.walking:
            self._held = True
            self._next.start(max(_HELD, self._memory.number(WALK_SECONDS)) * _SECOND_MS + _SECOND_MS)
            self._say(_("This page stays for a minute"))

    def _say(self, words: str) -> None:
        keys = _(
            "Space: stay, or go on · \N{LEFTWARDS ARROW} \N{RIGHTWARDS ARROW}: turn · + −: slower, faster · Esc: end"
        )
        if self._words.text() != f"{words}\n{keys}" or self.hint.isHidden():
            self._words.setText(f"{words}\n{keys}")
            announce(self._live, words)
        self.hint.adjustSize()
        room, size = self._window.rect(), self.hint.size()
        self.hint.move(room.center().x() - size.width() // 2, room.bottom() - size.height() - 48)
        self.hint.show()
        self.hint.raise_()
        self._hiding.start(_HINT_SECONDS * _SECOND_MS)


def _others_turn() -> bool:
    """Whether a dialog or a menu has the keys."""
    return QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None
