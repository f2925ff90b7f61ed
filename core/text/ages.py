"""How long something is kept, by what it is; and the same as a line of text, as settings keep it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

LONGEST_DAYS: Final = 36_500


class Aged(StrEnum):
    """What may have an age at which it goes."""

    COMMANDS = "commands"
    IMAGES = "images"
    ACTIVITY = "activity"
    FAILURES = "failures"
    PROMPTS = "prompts"
    """Only the prompts of images, and of metrics: the rows stay, and count."""


AgeLimits: TypeAlias = Mapping[Aged, int]
"""How many days each is kept; what is left out is kept for good."""

_LIMIT: Final = re.compile(rf"({'|'.join(Aged)})=([1-9][0-9]{{0,4}})", re.ASCII)


def limits_of(text: str) -> dict[Aged, int] | None:
    """The limits in a line such as ``commands=365 prompts=30``; None where it is none."""
    found: dict[Aged, int] = {}
    for part in text.split():
        match = _LIMIT.fullmatch(part)
        if match is None or int(match[2]) > LONGEST_DAYS:
            return None
        found[Aged(match[1])] = int(match[2])
    return found


def limits_text(limits: AgeLimits) -> str:
    """The limits as a line."""
    return " ".join(f"{what}={limits[what]}" for what in Aged if what in limits)
