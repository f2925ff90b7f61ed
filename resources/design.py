"""What is looked at and not run: colours, fonts, icons, the style sheet, the desktop entry. One door to all of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

FONT_FAMILY: Final = "Inter"
"""The family that the files of :func:`font_files` hold; it comes with Botpulse and needs no installing."""

_SERIES: Final = "series_"
_SHADES: Final = "bc"
_INKS: Final = frozenset({"background", "surface", "text", "muted", "accent", "good", "warn", "bad"})
_HERE: Final = Path(__file__).parent


class Theme(StrEnum):
    """Which of the two sets of colours."""

    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, each as ``#rrggbb``.

    Attributes:
        background: the window behind everything.
        surface: cards, tables, plots.
        raised: menus, tool tips, buttons: what lies above a surface.
        border: lines around and between surfaces.
        text: what is read.
        muted: what is read second: labels, units, axes.
        accent: what is chosen, focused or clickable.
        good: it works.
        warn: it may need a look.
        bad: it failed.
        grid: the lines behind a plot.
        series: eight colours for the series of charts, in the order of their use.
        shades: two further shades of each of the first six of them.
    """

    background: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    grid: str
    series: tuple[str, ...]
    shades: tuple[tuple[str, str], ...]

    def ink(self, ink: str) -> str:
        """The colour of an ink: "series_1" to "series_8", "series_1_b", "accent", "good", "bad", "muted" and such.

        Raises:
            KeyError: there is no such ink.
        """
        return str(getattr(self, ink)) if ink in _INKS else _series_inks(self)[ink]


@cache
def _series_inks(palette: Palette) -> dict[str, str]:
    """The colours of the series and of their shades, by the names of their inks."""
    series = {f"{_SERIES}{number}": colour for number, colour in enumerate(palette.series, 1)}
    shades = {
        f"{_SERIES}{number}_{letter}": colour
        for number, pair in enumerate(palette.shades, 1)
        for letter, colour in zip(_SHADES, pair, strict=True)
    }
    return series | shades


@cache
def palette(theme: Theme) -> Palette:
    """The colours of ``theme``, read once from ``tokens.toml``."""
    colours = tomllib.loads(text("tokens.toml"))[Theme(theme).value]
    shades = tuple((first, second) for first, second in colours["shades"])
    return Palette(**{**colours, "series": tuple(colours["series"]), "shades": shades})


@cache
def font_files() -> tuple[Path, ...]:
    """The files of the window's and the charts' font: Regular, Medium and SemiBold, in this order."""
    return tuple(path(f"fonts/{FONT_FAMILY}-{weight}.otf") for weight in ("Regular", "Medium", "SemiBold"))


def path(name: str) -> Path:
    """Where a packaged file lies; ``name`` is relative to this folder, with forward slashes.

    Raises:
        FileNotFoundError: no such file was packaged.
    """
    found = _HERE / name
    if not found.is_file():
        raise FileNotFoundError(found)
    return found


def text(name: str) -> str:
    """The text of a packaged file, as :func:`path` finds it."""
    return path(name).read_text(encoding="utf-8")
