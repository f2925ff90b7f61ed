"""The rail of pages at the left."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QWidget

from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.widgets.joined_buttons import reach_chosen
from gui.widgets.parts import column
from gui.widgets.text import set_tip

_WIDTH: Final = 152
_WIDEST: Final = 224
"""Pixels: as wide as its longest title needs, which other languages may have longer."""

_MARGIN: Final = 8
_ALL_ROOM: Final = 1_000


class PageEntry(NamedTuple):
    """A page in the rail.

    Attributes:
        key: the page's; title: its name; icon: by our own name.
        unread: what is said of a page whose number is known only once it has been shown; empty for the others.
    """

    key: str
    title: str
    icon: str
    unread: str = ""


class PageTab(QToolButton):
    """What turns to a page."""

    accessible_role = QAccessible.Role.PageTab


class PageRail(QFrame):
    """One button a page; not shown while there is only one.

    Signals:
        page_chosen(str): the host chose a page, by its key.
    """

    accessible_role = QAccessible.Role.PageTabList

    page_chosen = Signal(str)

    def __init__(self, entries: tuple[PageEntry, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        self._entries: dict[str, PageEntry] = {}
        self._group = QButtonGroup(self)
        reach_chosen(self._group)
        self._column = column(1, on=self, gap=4, margins=(_MARGIN, 12, _MARGIN, 12))
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(_("Pages"))
        self.set_entries(entries)

    def set_entries(self, entries: tuple[PageEntry, ...]) -> None:
        """Offer ``entries``, the first of them chosen."""
        for button in self._buttons.values():
            self._group.removeButton(button)
            button.deleteLater()
        self._buttons = {entry.key: self._add(entry) for entry in entries}
        self._entries = {entry.key: entry for entry in entries}
        self._widen()
        if len(entries) < 2 or self.parentWidget() is not None:  # without a parent it would be a window of its own
            self.setVisible(len(entries) > 1)
        if entries:
            self.set_current(entries[0].key)

    def event(self, event: QEvent) -> bool:
        """Take another width where another style needs it."""
        if event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._widen()
        return super().event(event)

    def _widen(self) -> None:
        for button in self._buttons.values():
            button.ensurePolished()
        widest = max((button.sizeHint().width() for button in self._buttons.values()), default=0)
        self.setFixedWidth(min(max(_WIDTH, widest + 2 * _MARGIN), _WIDEST))

    def set_current(self, key: str) -> None:
        """Show ``key`` as chosen, without a signal. An unknown key is a KeyError."""
        self._buttons[key].setChecked(True)

    def begin(self) -> None:
        """Another database is opened: no number is known, which is not the same as none."""
        for key, entry in self._entries.items():
            if entry.unread:
                self._say(key, "?", entry.unread)

    def leave(self) -> None:
        """No database is open: there is nothing to be numbered."""
        for key in self._entries:
            self.set_badge(key, 0)

    def set_badge(self, key: str, count: int, what: str = "") -> None:
        """Put a number beside a page's title, ``what`` it counts for a tool tip and for screen readers; 0: none."""
        self._say(key, str(count) if count else "", what)

    def _say(self, key: str, badge: str, what: str) -> None:
        button, title = self._buttons[key], self._entries[key].title
        button.setText(f"{title} · {badge}" if badge else title)
        button.setAccessibleName(f"{title}, {what}" if badge else title)
        set_tip(button, f"{title}: {what}" if badge else "")

    def add_below(self, widget: QWidget) -> None:
        """Put something below the pages, into all the room that they leave."""
        self._column.addWidget(widget, _ALL_ROOM)

    def button(self, key: str) -> QToolButton:
        """Return a page's button, for a shortcut hint in its tool tip."""
        return self._buttons[key]

    def _add(self, entry: PageEntry) -> QToolButton:
        button = PageTab()
        button.setText(entry.title)
        button.setAccessibleName(entry.title)
        button.setIcon(icon(entry.icon))
        button.setIconSize(QSize(18, 18))
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.page_chosen.emit(entry.key))
        self._column.insertWidget(len(self._group.buttons()), button)
        self._group.addButton(button)
        return button
