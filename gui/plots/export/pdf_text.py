"""Texts of a PDF that can be searched and copied.

Qt names each glyph by the first code that its font has for it. The space shares its glyph with the tabulator, and
figures of equal width have private codes: what is copied would be unreadable, and a search would find nothing.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = re.compile(rb"\nbegincmap\n.*?\nendcmap\n", re.DOTALL)
_LISTED: Final = re.compile(rb"\[[^\]]*\]")
"""Names of several codes in a row."""

_SINGLE: Final = re.compile(rb"(\n<[0-9A-F]{4}> <[0-9A-F]{4}> )(<[0-9A-F]{4}>)(?=\n)")
"""A row of one: first code, last code, name."""

_PLAIN: Final = {b"<0009>": b"<0020>"} | {
    b"<%04X>" % (0xE071 + digit): b"<%04X>" % (0x30 + digit) for digit in range(10)
}
"""What Inter's codes stand for."""

_NAME: Final = re.compile(rb"<[0-9A-F]{4}>")


def with_readable_texts(pdf: bytes) -> bytes:
    """The same pages, their glyphs named by what they stand for. No name changes its length: all stays in its place."""
    return _NAMES.sub(_renamed, pdf)


def _renamed(names: re.Match[bytes]) -> bytes:
    listed = _LISTED.sub(lambda several: _NAME.sub(_plain, several[0]), names[0])
    return _SINGLE.sub(lambda one: one[1] + _NAME.sub(_plain, one[2]), listed)


def _plain(name: re.Match[bytes]) -> bytes:
    return _PLAIN.get(name[0], name[0])
