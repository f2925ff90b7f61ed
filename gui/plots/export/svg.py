"""Widgets as one SVG: each drawn for itself and put in its place.

Qt's generator forgets a widget's place where it clips: a whole window drawn at once has its clips beside their targets.
That it looks the same everywhere, letters are drawn as outlines: not every viewer reads a font that is in the file, and
another font's letters are wider. The texts stand upon them unseen, so that they can be searched, copied and read out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_DPI: Final = 96
_BODY: Final = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_ABOUT: Final = re.compile(r"<(title|desc)>.*?</\1>\n?", re.DOTALL)
_NAMED: Final = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_EMPTY: Final = re.compile(r'(<g clip-path="[^"]*">)?<g\b[^>]*>\s*</g>\s*(?(1)</g>)\s*')
"""Qt opens a group at every change of pen or brush, whether anything is drawn with it or not."""

_TEXT: Final = re.compile(r"<text\b([^>]*)>([^<]*)</text>")
_ATTRIBUTE: Final = re.compile(r'([\w-]+)="([^"]*)"')
_OPACITY: Final = re.compile(r'fill-opacity="[^"]*"')


def as_svg(
    window: QWidget, background: str, title: str, description: str, zoom: float = 1.0, *, outlined: bool = True
) -> bytes:
    """What a window and everything on it that is visible draw, on a ground of one colour, ``zoom`` times as large.

    Where texts are not ``outlined``, they are in the reader's font, fitted to the width of ours: half the bytes.
    """
    write = _outline if outlined else _fitted
    parts = [_part(number, widget, window, write) for number, widget in enumerate(_visible(window))]
    width, height = window.width(), window.height()
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg width="{round(width * zoom)}" height="{round(height * zoom)}" viewBox="0 0 {width} {height}" role="img"'
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


def _part(number: int, widget: QWidget, window: QWidget, write: Callable[[re.Match[str]], str]) -> str:
    place = widget.mapTo(window, QPoint())
    body = _BODY.search(_drawn(widget))
    inside = _EMPTY.sub("", _ABOUT.sub("", body[1])) if body is not None else ""
    own = _TEXT.sub(write, _NAMED.sub(lambda name: f"{name[1]}w{number}-", inside))
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


def _font(given: Mapping[str, str]) -> QFont:
    font = QFont(given["font-family"])
    font.setPixelSize(max(1, round(float(given["font-size"]))))
    font.setWeight(QFont.Weight(int(given["font-weight"])))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _attributes(found: re.Match[str]) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}


def _fit(letters: str, font: QFont) -> str:
    width = QFontMetricsF(font).horizontalAdvance(letters)
    return f' textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs"' if width > 0 else ""


def _fitted(found: re.Match[str]) -> str:
    return f"<text{found[1]}{_fit(unescape(found[2]), _font(_attributes(found)))}>{found[2]}</text>"


def _outline(found: re.Match[str]) -> str:
    """The outlines of a text's letters, and the text itself upon them, unseen."""
    given, letters = _attributes(found), unescape(found[2])
    font = _font(given)
    path = QPainterPath()
    path.addText(float(given["x"]), float(given["y"]), font, letters)
    outline = f'<path d="{_data(path)}" fill="{given["fill"]}" fill-opacity="{given["fill-opacity"]}" stroke="none"/>'
    unseen = _OPACITY.sub('fill-opacity="0"', found[1])
    return f"{outline}<text{unseen}{_fit(letters, font)}>{found[2]}</text>"


def _data(path: QPainterPath) -> str:
    """A path as SVG writes it; each curve has its two further points behind it."""
    kinds = QPainterPath.ElementType
    words: list[str] = []
    for number in range(path.elementCount()):
        element = path.elementAt(number)
        letter = {kinds.MoveToElement: "M", kinds.LineToElement: "L", kinds.CurveToElement: "C"}.get(element.type, "")
        words.append(f"{letter}{element.x:.2f} {element.y:.2f}")
    return " ".join(words)
