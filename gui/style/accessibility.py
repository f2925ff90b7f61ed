"""What a screen reader is told: what kind of thing our own widgets are, and what has just happened."""

from __future__ import annotations

import sys
from functools import cache
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QWidget

from core.text.translation import gettext as _

ROLE: Final = "accessible_role"
"""The class attribute, or property, in which a widget says its role; Qt knows the roles of its own ones only."""

WHOLE: Final = "speaks_as_one"
"""The class attribute that is true of a widget whose name says all that its parts show: they are not read again."""

SWITCH: Final = getattr(QAccessible.Role, "Switch", QAccessible.Role.CheckBox)
"""Qt before 6.11 knows no switches."""

APPEARANCES_ARE_SPOKEN: Final = sys.platform.startswith("linux")
"""Whether a notification is spoken because it appears."""

_PRESS: Final = _("Press")
_COMES_MS: Final = 300
_STAYS_MS: Final = 5_000


@cache
def speak_roles() -> None:
    """Let every widget whose class has an ``accessible_role`` be read out as that; once a process is enough."""
    QAccessible.installFactory(_interface)


def announce(speaker: QWidget, words: str, *, urgent: bool = False) -> None:
    """Let a screen reader say that something has happened, wherever the focus is; what is urgent is said at once.

    It is for what the host has asked for or must know, never for what changes by itself every second.
    """
    if words:
        _send(speaker, words, urgent)


def announce_notice(notice: QWidget, words: str, *, urgent: bool, appears: bool) -> None:
    """Tell a screen reader of a notice, which has the role of a notification; ``appears``: it was not there before."""
    QAccessible.updateAccessibility(QAccessibleEvent(notice, QAccessible.Event.Alert))
    if not (appears and APPEARANCES_ARE_SPOKEN):
        announce(notice, words, urgent=urgent)


def _send(speaker: QWidget, words: str, urgent: bool) -> None:
    if not QAccessible.isActive():
        return
    if APPEARANCES_ARE_SPOKEN:
        _herald(speaker.window()).appear(words)
        return
    manners = QAccessible.AnnouncementPoliteness
    event = QAccessibleAnnouncementEvent(speaker, words)
    event.setPoliteness(manners.Assertive if urgent else manners.Polite)
    QAccessible.updateAccessibility(event)


class Herald(QWidget):
    """Says something by appearing: a notification that is heard and not seen. It goes after a while.

    Orca knows announcements only from version 45 on; that something of this role appears, every version speaks.
    """

    accessible_role = QAccessible.Role.Notification

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(0, 0, 1, 1)
        self._waiting: list[str] = []
        self._coming = QTimer(self, singleShot=True, interval=_COMES_MS)
        self._leaving = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._coming.timeout.connect(self._appear)
        self._leaving.timeout.connect(self.hide)

    def appear(self, words: str) -> None:
        """Say this soon: what it goes with, a page that is turned to, makes a stir in which it would be missed."""
        self._waiting.append(words)
        self._coming.start()

    def _appear(self) -> None:
        self.hide()
        self.setAccessibleName(". ".join(self._waiting))
        self._waiting = []
        self.show()
        self._leaving.start()


def _herald(window: QWidget) -> Herald:
    found = window.findChild(Herald, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, Herald) else Herald(window)


class StandingWords(QObject):
    """The name and description of a widget that changes by itself: they stand still while it has the focus.

    A screen reader would else read all of it again at every change.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._name = self._description = ""
        widget.installEventFilter(self)

    def say(self, name: str, description: str) -> None:
        """Be called and described so, from the moment on in which the focus is elsewhere."""
        self._name, self._description = name, description
        if not (self._widget.hasFocus() and self._widget.accessibleName()):
            self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take on the words of now once the focus leaves."""
        if event.type() is QEvent.Type.FocusOut:
            self._tell()
        return False

    def _tell(self) -> None:
        if self._widget.accessibleName() != self._name:
            self._widget.setAccessibleName(self._name)
        if self._widget.accessibleDescription() != self._description:
            self._widget.setAccessibleDescription(self._description)


class _Spoken(QAccessibleWidget):
    """A widget of ours as a screen reader meets it: with its role, and pressed, chosen or switched on as it is."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.NoRole)

    def role(self) -> QAccessible.Role:
        """Return what kind of thing it is."""
        role = getattr(self.object(), ROLE, QAccessible.Role.NoRole)
        assert isinstance(role, QAccessible.Role)
        return role

    def text(self, kind: QAccessible.Text) -> str:
        """Return its name, description and such; a button is called as it is labelled, if nothing else is said."""
        thing = self.object()
        if kind is QAccessible.Text.Description and isinstance(thing, QWidget):
            return thing.accessibleDescription()  # or else Qt takes the tool tip, with its markup
        said = super().text(kind)
        if not said and kind is QAccessible.Text.Name and isinstance(thing, QAbstractButton):
            return thing.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
        return said

    def state(self) -> QAccessible.State:
        """Return what Qt knows, and whether it is chosen or on."""
        state, thing = super().state(), self.object()
        if isinstance(thing, QAbstractButton) and thing.isCheckable():
            if self.role() is QAccessible.Role.PageTab:
                state.selectable, state.selected = 1, int(thing.isChecked())
            elif self.role() is not QAccessible.Role.Button:
                state.checkable, state.checked = 1, int(thing.isChecked())
        return state

    def childCount(self) -> int:
        """Return how many parts it has that are read by themselves."""
        return 0 if getattr(self.object(), WHOLE, False) else super().childCount()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes none, too
        """Return one of them."""
        return None if getattr(self.object(), WHOLE, False) else super().child(index)

    def actionNames(self) -> list[str]:
        """Return what can be done with it."""
        presses = isinstance(self.object(), QAbstractButton)
        return [_PRESS, *super().actionNames()] if presses else super().actionNames()

    def doAction(self, name: str) -> None:
        """Do it."""
        thing = self.object()
        if name == _PRESS and isinstance(thing, QAbstractButton):
            thing.click()
        else:
            super().doAction(name)


def _interface(_kind: str, thing: QObject) -> QAccessibleInterface | None:
    return _Spoken(thing) if isinstance(thing, QWidget) and hasattr(type(thing), ROLE) else None
