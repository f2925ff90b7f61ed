"""How a message is meant, and which colour that is."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """What a colour says; each has a token of the same name in the palette."""

    GOOD = "good"
    MUTED = "muted"
    ACCENT = "accent"
    WARN = "warn"
    BAD = "bad"
