"""A sheet to draw on: matplotlib's artists, placed in logical pixels from the lower left corner; and its PNG.

Each artist is drawn at once, without Axes: they would lay out ticks and labels that are better placed by hand,
at several times the cost. After each one the thread rests for a moment: other threads, the bot's event loop
among them, get their turn between two artists rather than after the whole picture. An encoder that keeps the
interpreter's lock would hold them up for the time of all of it, too: ours works in short calls.
"""

from __future__ import annotations

import struct
import time
import zlib
from typing import Any, Final, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from core.charts.png.fonts import REGULAR, drawable, font_for
from resources.design import Palette

Floats = NDArray[np.float64]

LONGEST_TEXT: Final = 120
"""Characters of one text."""

_HALF_CAPITAL: Final = 0.364
"""Of the font's size: half the height of its digits and capitals."""

_TINT: Final = 0.16
_REST: Final = 20e-6
"""Seconds. Long enough for a waiting thread to take over; a picture has about 70 parts, of a millisecond or two."""

_RECTANGLE: Final = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], Path.code_type)


_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_UP: Final = 2
"""The filter "difference to the pixel above": charts are made of upright bars and level lines."""


class Sheet:
    """A picture while it is drawn, by one thread.

    Attributes:
        width, height: logical pixels; scale: device pixels in one of them.
        palette: the theme's colours; the sheet begins in its ``surface``.
    """

    def __init__(self, size: tuple[float, float], scale: float, palette: Palette) -> None:
        """Begin a sheet of ``size`` logical pixels."""
        self.width, self.height = size
        self.scale = scale
        self.palette = palette
        self._figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72 * scale)
        canvas: Any = FigureCanvasAgg(self._figure)
        self._renderer = canvas.get_renderer()
        self._widths: dict[tuple[str, float, int], float] = {}
        colour = np.array([*(round(255 * part) for part in to_rgb(palette.surface)), 255], np.uint8)
        self.pixels().view(np.uint32)[:] = colour.view(np.uint32)
        time.sleep(_REST)

    def pixels(self) -> NDArray[np.uint8]:
        """Return the picture so far, shape (height, width, 4), RGBA; a view of it, not a copy."""
        return np.asarray(self._renderer.buffer_rgba())

    def width_of(self, text: str, size: float, weight: int = REGULAR) -> float:
        """Return how many logical pixels a text needs."""
        shown = drawable(text, LONGEST_TEXT)
        if not shown:
            return 0.0
        key = shown, size, weight
        if key not in self._widths:
            device = self._renderer.get_text_width_height_descent(shown, font_for(*key), False)[0]
            self._widths[key] = float(device) / self.scale
            time.sleep(_REST)
        return self._widths[key]

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        weight: int = REGULAR,
        align: Literal["left", "center", "right"] = "left",
        level: Literal["baseline", "center", "top"] = "baseline",
    ) -> float:
        """Write one line, as plain text whatever it holds, and return its width in logical pixels."""
        shown = drawable(text, LONGEST_TEXT)
        baseline = y - _HALF_CAPITAL * size if level == "center" else y
        self._draw(
            Text(
                *(x * self.scale, baseline * self.scale),
                shown,
                color=colour,
                fontproperties=font_for(shown, size, weight),
                horizontalalignment=align,
                verticalalignment="top" if level == "top" else "baseline",
                parse_math=False,
                usetex=False,
            )
        )
        return self.width_of(text, size, weight)

    def rectangles(self, left: Floats, right: Floats, bottom: Floats, top: Floats, colour: str) -> None:
        """Fill upright rectangles, given in whole device pixels, in one go."""
        if not len(left):
            return
        corners = np.stack([left, bottom, left, top, right, top, right, bottom, left, bottom], axis=1)
        path = Path(corners.reshape(-1, 2), np.tile(_RECTANGLE, len(left)))
        self._draw(PathPatch(path, facecolor=colour, linewidth=0, antialiased=False, snap=False))

    def level_line(self, left: float, right: float, y: float, colour: str) -> None:
        """Draw a horizontal line one logical pixel thick, on whole device pixels."""
        x, thick = np.round(np.array([left, right]) * self.scale), max(1.0, round(self.scale))
        base = np.round(np.array([y]) * self.scale - thick / 2)
        self.rectangles(x[:1], x[1:], base, base + thick, colour)

    def line(self, x: Floats, y: Floats, colour: str, width: float, dashes: tuple[float, float] | None = None) -> None:
        """Draw a line through points, broken where y is NaN; ``dashes`` in line widths."""
        line = Line2D(x * self.scale, y * self.scale, color=colour, linewidth=width)
        if dashes:
            line.set_linestyle((0.0, dashes))
        line.set_solid_joinstyle("round")
        line.set_dash_joinstyle("round")
        self._draw(line)

    def dots(self, x: Floats, y: Floats, colour: str, radius: float) -> None:
        """Draw a dot at each point."""
        if len(x):
            at = x * self.scale, y * self.scale
            self._draw(Line2D(*at, color=colour, linestyle="", marker="o", markersize=2 * radius, markeredgewidth=0))

    def band(self, x: Floats, low: Floats, high: Floats, colour: str) -> None:
        """Tint the area between two curves without gaps."""
        outline = np.stack([np.append(x, x[::-1]), np.append(low, high[::-1])], axis=1) * self.scale
        self._draw(PathPatch(Path(outline, closed=False), facecolor=colour, alpha=_TINT, linewidth=0))

    def square(self, x: float, y: float, side: float, colour: str) -> None:
        """Fill a square with slightly rounded corners."""
        at, length = (round(x * self.scale), round(y * self.scale)), round(side * self.scale)
        shape = f"round,pad=0,rounding_size={2.5 * self.scale}"
        self._draw(FancyBboxPatch(at, length, length, boxstyle=shape, facecolor=colour, linewidth=0))

    def _draw(self, artist: Artist) -> None:
        artist.set_figure(self._figure)
        artist.set_transform(IdentityTransform())
        artist.draw(self._renderer)
        time.sleep(_REST)


def encode_png(pixels: NDArray[np.uint8], texts: dict[str, str], level: int = 3) -> bytes:
    """Encode an array of shape (height, width, 4) as an opaque PNG; the alpha channel is left out.

    ``texts`` are stored by keyword ("Title", "Description") for programs and screen readers. ``level`` is zlib's.
    """
    height, width = pixels.shape[:2]
    rows = np.empty((height, 1 + 3 * width), np.uint8)
    rows[:, 0] = _UP
    colours = _without_alpha(pixels).reshape(height, 3 * width)
    rows[0, 1:] = colours[0]
    np.subtract(colours[1:], colours[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", header)]
    parts += [_chunk(b"iTXt", _international_text(key, text)) for key, text in texts.items() if text]
    parts += [_chunk(b"IDAT", zlib.compress(rows.data, level)), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _without_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copied a channel at a time: numpy copies three bytes of four at a quarter of the speed."""
    colours = np.empty((*pixels.shape[:2], 3), np.uint8)
    for channel in range(3):
        colours[:, :, channel] = pixels[:, :, channel]
    return colours


def _international_text(keyword: str, text: str) -> bytes:
    return keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
