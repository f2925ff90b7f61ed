"""Widgets as one SVG: each drawn for itself and put in its place.

Qt's generator forgets a widget's place where it clips: a whole window drawn at once has its clips beside their targets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_DPI: Final = 96
_BODY: Final = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_ABOUT: Final = re.compile(r"<(title|desc)>.*?</\1>\n?", re.DOTALL)
_NAMED: Final = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_EMPTY: Final = re.compile(r'(<g clip-path="[^"]*">)?<g\b[^>]*>\s*</g>\s*(?(1)</g>)\s*')
"""Qt opens a group at every change of pen or brush, whether anything is drawn with it or not."""


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
