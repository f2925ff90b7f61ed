"""The tables' icons by our own names, in the colours of the theme."""

from __future__ import annotations

from typing import Final

import qtawesome
from PySide6.QtGui import QIcon

from resources import Palette

_GLYPHS: Final = {
    "columns": "mdi6.view-column-outline",
    "copy": "mdi6.content-copy",
    "details": "mdi6.dock-right",
    "help": "mdi6.help-circle-outline",
    "search": "mdi6.magnify",
}


def glyph(name: str, palette: Palette, ink: str = "muted") -> QIcon:
    """Return the icon called ``name`` in the palette's colour ``ink``; where it is checked, in the accent."""
    colour = palette.ink(ink)
    return qtawesome.icon(  # type: ignore[no-any-return]
        _GLYPHS[name], color=colour, color_active=colour, color_on=palette.accent, color_disabled=palette.border
    )
