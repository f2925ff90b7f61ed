"""The icon in the system's tray: how the bot is, at a glance, and a word when it falls silent or comes back.

Some desktops have no tray: then all of this does nothing, and nothing else depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QLineF, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from core.alarms.verdict import Cause, Verdict
from core.text.formatting import one_line
from core.text.translation import gettext as _
from resources import design
from resources.design import Palette, Theme

GRACE: Final = 5.0
"""Seconds that a database may be away before it is worth a word: a file that is replaced is gone for a moment."""

_SIZES: Final = (16, 22, 24, 32, 48, 64)
_LIGHT_IN_LOGO: Final = "#3fb950"
_LONGEST_TIP: Final = 120


class TrayState(StrEnum):
    """What the icon shows."""

    CLOSED = "closed"
    LIVE = "live"
    SILENT = "silent"
    PAUSED = "paused"
    LOCKED = "locked"
    GONE = "gone"


_INKS: Final = {
    TrayState.CLOSED: "muted",
    TrayState.LIVE: "good",
    TrayState.SILENT: "warn",
    TrayState.PAUSED: "muted",
    TrayState.LOCKED: "warn",
    TrayState.GONE: "bad",
}

_BY_CAUSE: Final = {
    Cause.HELD_UP: TrayState.SILENT,
    Cause.STOPPED: TrayState.SILENT,
    Cause.SHUT_DOWN: TrayState.SILENT,
    Cause.REPLACED: TrayState.SILENT,
    Cause.LOCKED: TrayState.LOCKED,
    Cause.MOVED: TrayState.GONE,
    Cause.AWAY: TrayState.GONE,
}


def state_of(verdict: Verdict | None, *, paused: bool = False) -> TrayState:
    """The icon's state for what is known; None where no database is open."""
    if verdict is None:
        return TrayState.CLOSED
    return TrayState.PAUSED if paused else _BY_CAUSE.get(verdict.cause, TrayState.LIVE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notification: a title and a sentence, both plain; ``good`` where trouble is over."""

    title: str
    text: str
    good: bool = False


class Announcer:
    """Says each trouble once when it begins, and once when it is over; what passes within a moment is not said."""

    def __init__(self) -> None:
        self._said: set[TrayState] = set()
        self._gone_since: float | None = None

    def note(self, verdict: Verdict, now: float) -> Announcement | None:
        """What is to be announced of this, at ``now`` (epoch seconds); None where nothing is."""
        state = state_of(verdict)
        if state is TrayState.LOCKED:
            return None
        if state is not TrayState.GONE:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        if state in (TrayState.SILENT, TrayState.GONE):
            over = self._over(TrayState.GONE) if state is TrayState.SILENT else None
            return self._begin(state, verdict, now) or over
        both = self._over(TrayState.GONE), self._over(TrayState.SILENT)
        return both[1] or both[0]

    def _begin(self, state: TrayState, verdict: Verdict, now: float) -> Announcement | None:
        too_soon = self._gone_since is not None and now - self._gone_since < GRACE
        if state in self._said or too_soon:
            return None
        self._said.add(state)
        return Announcement(verdict.headline, verdict.advice or verdict.evidence)

    def _over(self, state: TrayState) -> Announcement | None:
        if state not in self._said:
            return None
        self._said.discard(state)
        if state is TrayState.GONE:
            return Announcement(_("The database is back"), _("Botpulse follows it again."), good=True)
        return Announcement(_("The bot writes again"), _("New events are coming in."), good=True)


class Tray(QObject):
    """The icon, its tool tip, its menu and its notifications.

    Signals:
        show_requested(): the window is wanted.
        pause_toggled(bool): Pause was ticked or cleared.
        quit_requested(): Quit was chosen.
    """

    show_requested = Signal()
    pause_toggled = Signal(bool)
    quit_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self.open_action = self._entry(_("&Show Botpulse"))
        self.pause_action = self._entry(_("&Pause"))
        self.menu.addSeparator()
        self.quit_action = self._entry(_("&Quit Botpulse"))
        self.pause_action.setCheckable(True)
        self._colours = design.palette(Theme.DARK)
        self._state = TrayState.CLOSED
        self._announcer = Announcer()
        self._notifies = True
        self._explained = False
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._note_click)
        self.icon.messageClicked.connect(self.show_requested)
        self.open_action.triggered.connect(lambda: self.show_requested.emit())
        self.pause_action.triggered.connect(lambda on: self.pause_toggled.emit(on))
        self.quit_action.triggered.connect(lambda: self.quit_requested.emit())
        self.show_state(None, "")

    @property
    def available(self) -> bool:
        """Whether this desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def shown(self) -> bool:
        """Whether the icon is there to be clicked; only then may a window hide itself."""
        return self.available and self.icon.isVisible()

    def set_shown(self, shown: bool) -> None:
        """Show the icon, where there is a tray, or take it away."""
        self.icon.setVisible(shown and self.available)

    def set_notifies(self, notifies: bool) -> None:
        """Announce trouble, or only show it."""
        self._notifies = notifies

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._colours = palette
        self.icon.setIcon(state_icon(self._state, palette))

    def begin(self) -> None:
        """Another database is opened: its troubles are its own."""
        self._announcer = Announcer()

    def show_state(self, verdict: Verdict | None, name: str, *, paused: bool = False) -> None:
        """Show how the database called ``name`` is; None where none is open. Nothing is drawn where nothing differs."""
        state = state_of(verdict, paused=paused)
        words = _("paused") if paused else verdict.headline if verdict is not None else _("no database is open")
        self.icon.setToolTip(one_line(f"{name or 'Botpulse'}: {words}", _LONGEST_TIP))
        self.pause_action.setEnabled(verdict is not None)
        self.pause_action.setChecked(paused)
        if state is not self._state or self.icon.icon().isNull():
            self._state = state
            self.icon.setIcon(state_icon(state, self._colours))

    def announce(self, verdict: Verdict, name: str, now: float) -> Announcement | None:
        """Say what is new about the trouble of the database called ``name``, and return it; None where nothing is."""
        news = self._announcer.note(verdict, now)
        if news is not None:
            self.tell(f"{name}: {news.title}", news.text, good=news.good)
        return news

    def tell(self, title: str, text: str, *, good: bool = False) -> None:
        """Send a notification, where there is a tray and the host wants any."""
        if self._notifies and self.shown:
            glyph = QSystemTrayIcon.MessageIcon.Information if good else QSystemTrayIcon.MessageIcon.Warning
            self.icon.showMessage(one_line(title, 120), text, glyph)

    def explain_hiding(self) -> None:
        """Say, the first time, that Botpulse goes on without its window."""
        if not self._explained and self.shown:
            self._explained = True
            words = _("Its window is closed. The icon here brings it back, and quits it.")
            self.icon.showMessage(_("Botpulse keeps watching"), words, QSystemTrayIcon.MessageIcon.Information)

    def _entry(self, text: str) -> QAction:
        action = QAction(text, self)
        self.menu.addAction(action)
        return action

    def _note_click(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.show_requested.emit()


@cache
def state_icon(state: TrayState, palette: Palette) -> QIcon:
    """The logo with a badge; each state has a shape of its own beside its colour."""
    logo = design.text("icons/botpulse.svg").replace(_LIGHT_IN_LOGO, palette.ink(_INKS[state]))
    renderer = QSvgRenderer(QByteArray(logo.encode()))
    icon = QIcon()
    for size in _SIZES:
        picture = QPixmap(QSize(size, size))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter)
        painter.scale(size / 16, size / 16)
        _draw_badge(painter, state, palette)
        painter.end()
        icon.addPixmap(picture)
    return icon


def _draw_badge(painter: QPainter, state: TrayState, palette: Palette) -> None:
    """A disc at the lower right of a square of 16, and on it a sign."""
    if state is TrayState.CLOSED:
        return
    middle, radius = QPointF(11.5, 11.5), 3.0 if state is TrayState.LIVE else 3.7
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.background))
    painter.drawEllipse(middle, radius + 0.8, radius + 0.8)
    painter.setBrush(QColor(palette.ink(_INKS[state])))
    painter.drawEllipse(middle, radius, radius)
    width = 0.8 if state is TrayState.LOCKED else 1.3
    painter.setPen(QPen(QColor(palette.background), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLines([QLineF(*line).translated(middle) for line in _SIGNS[state]])
    if state is TrayState.LOCKED:
        painter.setBrush(QColor(palette.background))
        painter.drawArc(QRectF(10.4, 9.2, 2.2, 2.8), 0, 180 * 16)
        painter.drawRect(QRectF(10.1, 11.3, 2.8, 1.9))


_SIGNS: Final[dict[TrayState, tuple[tuple[float, float, float, float], ...]]] = {
    TrayState.LIVE: (),
    TrayState.SILENT: ((0, -1.8, 0, 0.3), (0, 1.8, 0, 1.9)),
    TrayState.PAUSED: ((-1, -1.3, -1, 1.3), (1, -1.3, 1, 1.3)),
    TrayState.LOCKED: (),
    TrayState.GONE: ((-1.3, -1.3, 1.3, 1.3), (-1.3, 1.3, 1.3, -1.3)),
}
