"""Text in pictures: the application's font, and for other scripts the fonts that the system has.

Names come from strangers. A character that no font can draw is replaced before matplotlib sees it, since
matplotlib would warn of it.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import Final

from matplotlib.font_manager import FontProperties, fontManager, get_font

from core.text.formatting import one_line
from resources.design import FONT_FAMILY, font_files

REGULAR: Final = 400
SEMIBOLD: Final = 600

_ALWAYS_THERE: Final = "DejaVu Sans"
"""Ships with matplotlib."""

_OTHER_SCRIPTS: Final = (
    "Noto Sans", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari",
    "Noto Sans Bengali", "Noto Sans Thai", "Noto Sans Tamil", "Noto Sans Georgian", "Noto Sans Armenian",
    "Segoe UI", "Segoe UI Emoji", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Nirmala UI", "Leelawadee UI",
    "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Arial Unicode MS", _ALWAYS_THERE,
)  # fmt: skip
"""Families by preference, of Linux, Windows and macOS; those that are missing are passed over."""

_UNDRAWABLE: Final = "□"
_INVISIBLE: Final = frozenset({"Cf", "Cn", "Co", "Mn", "Me"})
_LOCK: Final = threading.Lock()


@lru_cache(maxsize=1024)
def drawable(text: str, limit: int) -> str:
    """Untrusted text as one line of at most ``limit`` characters, each of which some font can draw."""
    return "".join(_drawable(character) for character in one_line(text, limit))


@lru_cache(maxsize=1024)
def font_for(text: str, pixels: float, weight: int = REGULAR) -> FontProperties:
    """Return the font for a text that :func:`drawable` returned, ``pixels`` high at scale 1."""
    others = {family for character in text if (family := _family_of(character)) not in (None, FONT_FAMILY)}
    families = [FONT_FAMILY, *(family for family in _OTHER_SCRIPTS if family in others)]
    return FontProperties(family=families, weight=weight, size=pixels)


def _drawable(character: str) -> str:
    if _family_of(character):
        return character
    return "" if unicodedata.category(character) in _INVISIBLE else _UNDRAWABLE


@lru_cache(maxsize=4096)
def _family_of(character: str) -> str | None:
    if ord(character) in _own_characters():
        return FONT_FAMILY
    code = ord(character)
    return next((name for name, path in _fallbacks() if get_font([path]).get_char_index(code)), None)


@lru_cache(maxsize=1)
def _own_characters() -> frozenset[int]:
    return frozenset(get_font([_register()]).get_charmap())


@lru_cache(maxsize=1)
def _fallbacks() -> tuple[tuple[str, str], ...]:
    known = {entry.name for entry in fontManager.ttflist}
    names = [name for name in _OTHER_SCRIPTS if name in known]
    return tuple((name, str(fontManager.findfont(FontProperties(family=[name])))) for name in names)


@lru_cache(maxsize=1)
def _register() -> str:
    """Make the application's font known to matplotlib, once; return the regular weight's file."""
    with _LOCK:
        known = {str(entry.fname) for entry in fontManager.ttflist}
        for file in font_files():
            if str(file) not in known:
                fontManager.addfont(str(file))
    return str(fontManager.findfont(FontProperties(family=[FONT_FAMILY], weight=REGULAR)))
