"""What is seen in pictures that were exported: texts in files of vectors, and whether two pictures are alike."""

from __future__ import annotations

import re
import zlib
from typing import Any
from xml.etree import ElementTree

from PySide6.QtGui import QColor, QImage

SVG = "{http://www.w3.org/2000/svg}"


def svg_texts(data: bytes) -> set[str]:
    return {"".join(node.itertext()) for node in ElementTree.fromstring(data).iter(f"{SVG}text")}


def pdf_texts(data: bytes) -> str:
    """The texts of a page of ours: its strings of glyphs, by the names that the file gives to the glyphs."""
    streams = [
        zlib.decompress(found[1])
        for found in re.finditer(rb"/FlateDecode\n>>\nstream\n(.*?)\nendstream", data, re.DOTALL)
    ]
    page = next(each for each in streams if b" Tf" in each)
    named = dict(_glyphs(data))
    font, out = b"", ""
    for token in re.finditer(rb"/(F\d+) \S+ Tf|<([0-9A-Fa-f]+)> Tj|(ET)\b", page):
        font = token[1] or font
        codes = [int(token[2][i : i + 4], 16) for i in range(0, len(token[2]), 4)] if token[2] else []
        out += "".join(named[font.decode()].get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)
        out += "\n" if token[3] else ""
    return out


def _glyphs(data: bytes) -> Any:
    objects = {int(found[1]): found[2] for found in re.finditer(rb"\n(\d+) 0 obj\n(.*?)endobj", data, re.DOTALL)}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", data):
        names = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        assert names is not None
        codes: dict[int, str] = {}
        ranges = re.findall(rb"<(....)> <....> (?:\[([^\]]*)\]|<(....)>)", objects[int(names[1])])
        for first, listed, single in ranges:
            for place, code in enumerate(re.findall(rb"<(....)>", listed) if listed else [single]):
                codes[int(first, 16) + place] = chr(int(code, 16))
        yield name.decode(), codes


def inked_columns(picture: QImage) -> list[int]:
    """Where words of the heading begin: columns with something on them after seven or more with nothing."""
    ground = picture.pixelColor(1, 1).lightness()
    inked = [
        any(abs(picture.pixelColor(x, y).lightness() - ground) > 40 for y in range(18, 40))
        for x in range(picture.width())
    ]
    return [x // 3 for x in range(7, len(inked)) if inked[x] and not any(inked[x - 7 : x])]


def alike(one: QImage, other: QImage) -> float:
    """The share of points that have much the same colour."""
    assert one.size() == other.size()
    places = [(x, y) for x in range(0, one.width(), 5) for y in range(0, one.height(), 5)]
    near = sum(_near(one.pixelColor(*place), other.pixelColor(*place)) for place in places)
    return near / len(places)


def _near(one: QColor, other: QColor) -> bool:
    return max(abs(a - b) for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)) < 48  # type: ignore[index]
