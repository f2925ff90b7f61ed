"""Texts of a PDF that can be searched and copied.

Qt names each glyph by the first code that its font has for it. Figures of equal width have only private codes, and the
space shares its glyph with the tabulator: what is copied from a viewer would be unreadable, what is searched not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from fontTools.ttLib import TTFont

import resources

_PRIVATE: Final = range(0xE000, 0xF900)
_NAMES: Final = re.compile(rb"\nbegincmap\n.*?\nendcmap\n", re.DOTALL)
_LISTED: Final = re.compile(rb"\[[^\]]*\]")
"""Names of several codes in a row."""

_SINGLE: Final = re.compile(rb"(\n<[0-9A-F]{4}> <[0-9A-F]{4}> )(<[0-9A-F]{4}>)(?=\n)")
"""A row of one: first code, last code, name."""

_HEX: Final = re.compile(rb"<([0-9A-F]{4})>")


def with_readable_texts(pdf: bytes) -> bytes:
    """The same pages, their glyphs named by what they stand for. No name changes its length, so all stays in place."""
    return _NAMES.sub(_renamed, pdf)


def _renamed(names: re.Match[bytes]) -> bytes:
    listed = _LISTED.sub(lambda several: _HEX.sub(_name, several[0]), names[0])
    return _SINGLE.sub(lambda one: one[1] + _HEX.sub(_name, one[2]), listed)


def _name(code: re.Match[bytes]) -> bytes:
    found = _plain_codes().get(int(code[1], 16))
    return code[0] if found is None else b"<%04X>" % found


@cache
def _plain_codes() -> Mapping[int, int]:
    """What the private codes of the window's font stand for; and the space."""
    with TTFont(resources.font_files()[0], lazy=True) as font:
        codes = font.getBestCmap()
    by_glyph = {glyph: code for code, glyph in sorted(codes.items(), reverse=True)}
    return dict(_pairs(codes, by_glyph)) | {0x09: 0x20}


def _pairs(codes: Mapping[int, str], by_glyph: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for code in _PRIVATE:
        base = codes[code].partition(".")[0] if code in codes else ""
        if base in by_glyph and by_glyph[base] not in _PRIVATE:
            yield code, by_glyph[base]
