"""How a message is meant, and which colour that is."""

from __future__ import annotations

from enum import StrEnum

from resources.design import Palette


class Mood(StrEnum):
    """What a colour says; each has a token of the same name in the palette."""

    GOOD = "good"
    MUTED = "muted"
    ACCENT = "accent"
    WARN = "warn"
    BAD = "bad"


def colour(mood: Mood, palette: Palette) -> str:
    """Return the mood's colour as ``#rrggbb``."""
    return str(getattr(palette, mood.value))
