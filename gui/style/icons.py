"""The window's icons by our own names, in the colours of the theme that is shown."""

from __future__ import annotations

from functools import cache
from typing import Final

import qtawesome
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from gui.style.theme import palette_shown, tokens
from resources.design import Palette

_GLYPHS: Final = {
    "activity": "mdi6.pulse",
    "arrow_up": "mdi6.arrow-up",
    "calendar": "mdi6.calendar-month-outline",
    "close": "mdi6.close",
    "columns": "mdi6.view-column-outline",
    "commands": "mdi6.console-line",
    "copy": "mdi6.content-copy",
    "custom": "mdi6.calendar-range",
    "database": "mdi6.database-outline",
    "demo": "mdi6.play-circle-outline",
    "details": "mdi6.dock-right",
    "error": "mdi6.alert-circle-outline",
    "export": "mdi6.tray-arrow-up",
    "health": "mdi6.heart-pulse",
    "help": "mdi6.help-circle-outline",
    "images": "mdi6.image-outline",
    "masked": "mdi6.eye-off-outline",
    "shown": "mdi6.eye-outline",
    "heart": "mdi6.heart-outline",
    "info": "mdi6.information-outline",
    "message": "mdi6.message-outline",
    "metric": "mdi6.chart-box-outline",
    "open": "mdi6.folder-open-outline",
    "overview": "mdi6.view-dashboard-outline",
    "pause": "mdi6.pause",
    "quit": "mdi6.logout",
    "recent": "mdi6.history",
    "resume": "mdi6.play",
    "retry": "mdi6.refresh",
    "safe": "mdi6.shield-check-outline",
    "search": "mdi6.magnify",
    "star": "mdi6.star-outline",
    "step": "mdi6.arrow-right-circle-outline",
    "tag": "mdi6.tag-outline",
    "theme": "mdi6.theme-light-dark",
    "timer": "mdi6.timer-outline",
    "users": "mdi6.account-group-outline",
    "votes": "mdi6.thumbs-up-down-outline",
    "warning": "mdi6.alert-outline",
}


def icon(name: str, ink: str = "muted") -> QIcon:
    """Return the icon called ``name`` in the theme's colour ``ink``, whichever is shown; checked, in the accent.

    An unknown name or colour is a KeyError or AttributeError: both are ours.
    """
    _drawn(name, ink, palette_shown())
    return QIcon(_ThemedEngine(name, ink))


class _ThemedEngine(QIconEngine):
    """Draws an icon in the colours of the moment: another theme needs no other icon."""

    def __init__(self, name: str, ink: str) -> None:
        super().__init__()
        self._name, self._ink = name, ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it."""
        _drawn(self._name, self._ink, palette_shown()).paint(painter, rect, Qt.AlignmentFlag.AlignCenter, mode, state)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return it as pixels."""
        return _drawn(self._name, self._ink, palette_shown()).pixmap(size, 1.0, mode, state)


@cache
def _drawn(name: str, ink: str, palette: Palette) -> QIcon:
    colour = getattr(palette, ink)
    return qtawesome.icon(  # type: ignore[no-any-return]
        _GLYPHS[name],
        color=colour,
        color_active=colour,
        color_selected=colour,
        color_on=palette.accent,
        color_disabled=tokens(palette)["disabled"],
    )


def names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(_GLYPHS)
