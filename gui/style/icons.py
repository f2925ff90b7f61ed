"""The window's icons by our own names, in the colours of the theme that is shown."""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from gui.style.theme import ink as inked
from gui.style.theme import is_mirrored, palette_shown, tokens
from resources import design

_GLYPHS: Final = {
    "activity": "\U000f0430",  # pulse
    "arrow_up": "\U000f005d",  # arrow-up
    "bell": "\U000f009c",  # bell-outline
    "calendar": "\U000f0e18",  # calendar-month-outline
    "close": "\U000f0156",  # close
    "columns": "\U000f1487",  # view-column-outline
    "commands": "\U000f07b7",  # console-line
    "copy": "\U000f018f",  # content-copy
    "custom": "\U000f0679",  # calendar-range
    "database": "\U000f1632",  # database-outline
    "demo": "\U000f040d",  # play-circle-outline
    "details": "\U000f10ab",  # dock-right
    "error": "\U000f05d6",  # alert-circle-outline
    "export": "\U000f011d",  # tray-arrow-up
    "health": "\U000f05f6",  # heart-pulse
    "help": "\U000f0625",  # help-circle-outline
    "images": "\U000f0976",  # image-outline
    "masked": "\U000f06d1",  # eye-off-outline
    "servers": "\U000f0822",  # forum-outline
    "shown": "\U000f06d0",  # eye-outline
    "heart": "\U000f02d5",  # heart-outline
    "info": "\U000f02fd",  # information-outline
    "message": "\U000f0365",  # message-outline
    "metric": "\U000f154e",  # chart-box-outline
    "open": "\U000f0dcf",  # folder-open-outline
    "overview": "\U000f0a1d",  # view-dashboard-outline
    "pause": "\U000f03e4",  # pause
    "quit": "\U000f0343",  # logout
    "recent": "\U000f02da",  # history
    "resume": "\U000f040a",  # play
    "retry": "\U000f0450",  # refresh
    "safe": "\U000f0cc8",  # shield-check-outline
    "search": "\U000f0349",  # magnify
    "star": "\U000f04d2",  # star-outline
    "step": "\U000f0ce0",  # arrow-right-circle-outline
    "tag": "\U000f04fc",  # tag-outline
    "theme": "\U000f050e",  # theme-light-dark
    "timer": "\U000f051b",  # timer-outline
    "users": "\U000f0b58",  # account-group-outline
    "votes": "\U000f1914",  # thumbs-up-down-outline
    "warning": "\U000f002a",  # alert-outline
}
"""Each with its place in the font, whose own name for it stands beside it."""

_POINTING: Final = frozenset({"details", "quit", "step"})
"""Those that point to a side: in a window that begins at the right they point to the other one."""

_GLYPH_SHARE: Final = 0.875
"""How much of an icon's height its glyph takes."""


def icon(name: str, ink: str = "muted") -> QIcon:
    """Return the icon called ``name`` in the theme's colour ``ink``, whichever is shown; checked, in the accent.

    An unknown name or colour is a KeyError: both are ours.
    """
    return QIcon(_ThemedEngine(_GLYPHS[name], ink, points=name in _POINTING))


class _ThemedEngine(QIconEngine):
    """Draws an icon in the colours of the moment: another theme needs no other icon."""

    def __init__(self, glyph: str, ink: str, *, points: bool = False) -> None:
        super().__init__()
        tokens(palette_shown())[ink]  # a colour that there is not is noticed where it was written
        self._glyph, self._ink, self._points = glyph, ink, points

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it."""
        painter.save()
        painter.setPen(inked(_shown_ink(self._ink, mode, state)))
        painter.setFont(_font(round(_GLYPH_SHARE * rect.height())))
        if self._points and is_mirrored():
            painter.translate(2 * rect.x() + rect.width(), 0)
            painter.scale(-1, 1)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return it as pixels."""
        pixels = QPixmap(size)
        pixels.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixels)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixels


def _shown_ink(ink: str, mode: QIcon.Mode, state: QIcon.State) -> str:
    if mode is QIcon.Mode.Disabled:
        return "disabled"
    return "accent" if state is QIcon.State.On and mode is QIcon.Mode.Normal else ink


def _font(pixels: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(max(1, pixels))
    return font


@cache
def _family() -> str:
    """The family of the icons' font, whose file is loaded with the first icon."""
    loaded = QFontDatabase.addApplicationFont(str(design.path("fonts/Icons.ttf")))
    return QFontDatabase.applicationFontFamilies(loaded)[0]


def glyph(name: str) -> str:
    """Return the character of the icons' font that the icon called ``name`` is."""
    return _GLYPHS[name]


def names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(_GLYPHS)
