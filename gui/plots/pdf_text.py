"""Texts of a PDF that can be searched and copied.

Qt names each glyph by the first code that its font has for it. Figures of equal width have only private codes, and the
space shares its glyph with the tabulator: what is copied from a viewer would be unreadable, what is searched not found.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Final

from fontTools.ttLib import TTFont

import resources

_PRIVATE: Final = range(0xE000, 0xF900)
_STREAM: Final = re.compile(rb"(.*?)/Length \d+ 0 R(.*?>>\nstream\n)(.*)\nendstream\nendobj\n", re.DOTALL)
_ENTRY: Final = re.compile(rb"(\d{10}) \d{5} ([nf]) ?\r?\n")
_HEX: Final = re.compile(rb"<([0-9A-F]{4})>")
_LISTED: Final = re.compile(rb"\[[^\]]*\]")
"""Names of several codes in a row."""

_SINGLE: Final = re.compile(rb"(\n<[0-9A-F]{4}> <[0-9A-F]{4}> )(<[0-9A-F]{4}>)(?=\n)")
"""A row of one: first code, last code, name."""



def with_readable_texts(pdf: bytes) -> bytes:
    """The same pages, their glyphs named by what they stand for.

    A file that is not laid out as Qt does it comes back as it is.
    """
    head, objects, tail = _taken_apart(pdf)
    if not objects:
        return pdf
    out = bytearray(head)
    places = []
    for one in objects:
        places.append(len(out))
        out += _renamed(one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    numbers = [int(one.split(b" ", 1)[0]) for one in objects]
    for _, place in sorted(zip(numbers, places, strict=True)):
        out += b"%010d 00000 n \n" % place
    return bytes(out + re.sub(rb"startxref\n\d+", b"startxref\n%d" % start, tail))


def _taken_apart(pdf: bytes) -> tuple[bytes, list[bytes], bytes]:
    """What is before the objects, the objects in their order, and the trailer."""
    table, trailer = pdf.rfind(b"\nxref\n") + 1, pdf.rfind(b"trailer")
    entries = [int(entry[1]) for entry in _ENTRY.finditer(pdf, table, trailer) if entry[2] == b"n"]
    places = sorted(entries)
    whole = all(re.match(rb"\d+ 0 obj\n", pdf[place : place + 16]) for place in places)
    if not places or not 0 < table < trailer or not whole:
        return pdf, [], b""
    return pdf[: places[0]], [pdf[a:b] for a, b in pairwise((*places, table))], pdf[trailer:]


def _renamed(part: bytes) -> bytes:
    """An object; one that names glyphs with the names put right."""
    stream = _STREAM.fullmatch(part)
    if stream is None or b"/FlateDecode" not in part[:200]:
        return part
    try:
        content = zlib.decompress(stream[3])
    except zlib.error:
        return part
    if b"begincmap" not in content:
        return part
    content = _LISTED.sub(lambda codes: _HEX.sub(_name, codes[0]), content)
    content = _SINGLE.sub(lambda one: one[1] + _HEX.sub(_name, one[2]), content)
    named = zlib.compress(content)
    return b"%s/Length %d%s%s\nendstream\nendobj\n" % (stream[1], len(named), stream[2], named)


def _name(code: re.Match[bytes]) -> bytes:
    found = _plain_codes().get(int(code[1], 16))
    return code[0] if found is None else b"<%04X>" % found


@cache
def _plain_codes() -> Mapping[int, int]:
    """What the private codes of the window's font stand for; and the space."""
    with TTFont(resources.font_files()[0], lazy=True) as font:
        codes = font.getBestCmap()
    by_glyph: dict[str, int] = {}
    for code, glyph in sorted(codes.items(), reverse=True):
        by_glyph[glyph] = code
    return dict(_pairs(codes, by_glyph)) | {0x09: 0x20}


def _pairs(codes: Mapping[int, str], by_glyph: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for code in _PRIVATE:
        base = codes[code].partition(".")[0] if code in codes else ""
        if base in by_glyph and by_glyph[base] not in _PRIVATE:
            yield code, by_glyph[base]
