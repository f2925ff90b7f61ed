"""Widgets as one SVG: each drawn for itself and put in its place.

Qt's generator forgets a widget's place where it clips: a whole window drawn at once has its clips beside their targets.
That it looks the same everywhere, the window's font is in it, as far as its letters are used.
"""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Iterator
from html import escape
from typing import Final
from xml.etree import ElementTree

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from resources import design

_DPI: Final = 96
_BODY: Final = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_ABOUT: Final = re.compile(r"<(title|desc)>.*?</\1>\n?", re.DOTALL)
_NAMED: Final = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_EMPTY: Final = re.compile(r'(<g clip-path="[^"]*">)?<g\b[^>]*>\s*</g>\s*(?(1)</g>)\s*')
"""Qt opens a group at every change of pen or brush, whether anything is drawn with it or not."""

_WEIGHTS: Final = (400, 500, 600)
"""Of :func:`design.font_files`, in their order."""

_OPENING: Final = re.compile(rb"<svg\b[^>]*>")
_USED: Final = re.compile(rb'font-weight="(\d+)"')
_SPACE: Final = "{http://www.w3.org/2000/svg}"


def as_svg(window: QWidget, background: str, title: str, description: str) -> bytes:
    """What a window and everything on it that is visible draw, on a ground of one colour."""
    parts = [_part(number, widget, window) for number, widget in enumerate(_visible(window))]
    width, height = window.width(), window.height()
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        f'<rect width="{width}" height="{height}" fill="{background}"/>',
        *parts,
        "</svg>\n",
    )
    return "\n".join(lines).encode()


def _visible(widget: QWidget) -> Iterator[QWidget]:
    """A widget's descendants as they lie on each other, the lowest first."""
    for child in widget.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.size().isEmpty():
            yield child
            yield from _visible(child)


def _part(number: int, widget: QWidget, window: QWidget) -> str:
    place = widget.mapTo(window, QPoint())
    body = _BODY.search(_drawn(widget))
    inside = _EMPTY.sub("", _ABOUT.sub("", body[1])) if body is not None else ""
    own = _NAMED.sub(lambda name: f"{name[1]}w{number}-", inside)
    return f'<g transform="translate({place.x()} {place.y()})">{own}</g>'


def _drawn(widget: QWidget) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(_DPI)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    painter = QPainter(generator)
    QWidget.render(widget, painter, QPoint(), QRegion(), QWidget.RenderFlag(0))
    painter.end()
    return bytes(buffer.data().data()).decode()


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
