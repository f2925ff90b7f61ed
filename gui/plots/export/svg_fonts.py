"""An SVG that looks the same everywhere: the window's font is in it, as far as its letters are used."""

from __future__ import annotations

import base64
import io
import logging
import re
from typing import Final
from xml.etree import ElementTree

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from resources import design

_WEIGHTS: Final = (400, 500, 600)
"""Of :func:`design.font_files`, in their order."""

_OPENING: Final = re.compile(rb"<svg\b[^>]*>")
_USED: Final = re.compile(rb'font-weight="(\d+)"')
_SPACE: Final = "{http://www.w3.org/2000/svg}"


def with_fonts(svg: bytes) -> bytes:
    """The same picture with its font embedded, and figures of equal width as in the window."""
    letters = _letters(svg)
    if not letters:
        return svg
    used = {int(weight) for weight in _USED.findall(svg)}
    faces = [_face(weight, letters) for weight in _WEIGHTS if weight in used]
    style = "\n".join(("<defs><style>", *faces, 'text { font-feature-settings: "tnum"; }', "</style></defs>"))
    opening = _OPENING.search(svg)
    place = opening.end() if opening is not None else 0
    return svg[:place] + b"\n" + style.encode() + svg[place:]


def _letters(svg: bytes) -> str:
    texts = (node.text or "" for node in ElementTree.fromstring(svg).iter(f"{_SPACE}text"))
    return "".join(sorted(set("".join(texts))))


def _face(weight: int, letters: str) -> str:
    path = design.font_files()[_WEIGHTS.index(weight)]
    options = subset.Options(layout_features=["kern", "tnum", "liga", "calt"], notdef_outline=True, name_IDs=[])
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    with TTFont(path) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(font)
        out = io.BytesIO()
        font.save(out)
    data = base64.b64encode(out.getvalue()).decode()
    family = design.FONT_FAMILY
    source = f"url(data:font/otf;base64,{data}) format('opentype')"
    return f"@font-face {{ font-family: '{family}'; font-weight: {weight}; src: {source}; }}"
