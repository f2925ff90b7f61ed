"""What is kept for how long, and what went, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.text.ages import Aged
from core.text.formatting import commands_words, counted, images_words
from core.text.translation import gettext as _

TITLES: Final[Mapping[Aged, str]] = {
    Aged.COMMANDS: _("Commands"),
    Aged.IMAGES: _("Images"),
    Aged.ACTIVITY: _("Activity"),
    Aged.FAILURES: _("Failures"),
    Aged.PROMPTS: _("Prompts"),
}

_COUNTED: Final[Mapping[Aged, Callable[[int], str]]] = {
    Aged.COMMANDS: commands_words,
    Aged.IMAGES: images_words,
    Aged.ACTIVITY: lambda number: counted(number, "{count} activity", "{count} activities"),
    Aged.FAILURES: lambda number: counted(number, "{count} failure", "{count} failures"),
    Aged.PROMPTS: lambda number: counted(number, "{count} prompt", "{count} prompts"),
}


def days_words(days: int) -> str:
    """``1 day``, ``365 days``."""
    return counted(days, "{count} day", "{count} days")


def went_words(rows: Mapping[Aged, int]) -> str:
    """``1,204 commands, 17 prompts``; "nothing" where nothing went."""
    return ", ".join(_COUNTED[what](number) for what, number in rows.items() if number) or _("nothing")
