"""How the window may look, beside its theme: the size of its text, patterns, and the side on which it begins."""

from __future__ import annotations

from enum import StrEnum


class TextSize(StrEnum):
    """How large text is drawn, and all else with it."""

    SYSTEM = "system"
    PLAIN = "100"
    LARGER = "125"
    LARGE = "150"
    LARGEST = "200"

    @property
    def factor(self) -> float | None:
        """1 is as designed; None: as large as the system's text."""
        return None if self is TextSize.SYSTEM else int(self.value) / 100


class PatternChoice(StrEnum):
    """When charts tell their colours apart by patterns, too."""

    SYSTEM = "system"
    ALWAYS = "always"


class Direction(StrEnum):
    """On which side the window begins."""

    SYSTEM = "system"
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


class Density(StrEnum):
    """How high the rows of tables and lists are."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"

    @property
    def row_height(self) -> int:
        """Pixels of a row."""
        return 28 if self is Density.COMFORTABLE else 22
