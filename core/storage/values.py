"""Stored values as what they mean: cleaned, or None where they can mean nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from core.models import DISCORD_EPOCH, END_OF_TIME, LONGEST_DURATION, GenerationType

LONGEST_TEXT: Final = 500
"""Characters of a text that a row of a table holds."""

MOST_JSON: Final = 20_000
"""Characters of a list of LoRAs that are read for a row of a table: several times what a bot writes."""

_LARGEST: Final = 2.0**53
"""Greater numbers are no counts of anything."""

NOT_A_VIDEO: Final = (0, None, "0")
"""What ``is_video`` holds of an image; any other value is a video's."""


class Kind(StrEnum):
    """What a column's values are.

    TIME is epoch seconds (float), SECONDS a duration (float), COUNT and ID whole numbers, NUMBER a whole number or a
    float, OUTCOME a bool (whether it succeeded), LORAS a tuple of names, MEDIA "image" or "video", DATE "YYYY-MM-DD";
    the others are text.
    """

    TIME = "time"
    TEXT = "text"
    ID = "id"
    COMMAND = "command"
    USER = "user"
    GUILD = "guild"
    CHANNEL = "channel"
    SECONDS = "seconds"
    COUNT = "count"
    OUTCOME = "outcome"
    PROMPT = "prompt"
    RESOLUTION = "resolution"
    LORAS = "loras"
    TYPE = "type"
    MEDIA = "media"
    ACTION = "action"
    DATE = "date"
    NUMBER = "number"


NUMERIC: Final = frozenset({Kind.TIME, Kind.ID, Kind.SECONDS, Kind.COUNT, Kind.NUMBER, Kind.OUTCOME})
"""Kinds that are sorted by value; the others are sorted as text."""


def seconds_or_none(value: Any, *, zero_is_unknown: bool = False) -> float | None:
    """A stored duration in seconds, or None where it is unknown or can't be one."""
    if not isinstance(value, int | float) or not 0 <= value <= LONGEST_DURATION:
        return None
    return None if zero_is_unknown and not value else float(value)


def moment_or_none(value: Any) -> float | None:
    """A stored timestamp in epoch seconds, or None where it can't be one."""
    return float(value) if isinstance(value, int | float) and DISCORD_EPOCH <= value < END_OF_TIME else None


def clean(kind: Kind, stored: Any, longest: int | None = LONGEST_TEXT) -> Any:
    """What a stored value means, or None. Text is cut at ``longest`` characters; None: not at all."""
    make = _VALUES.get(kind)
    if make is not None:
        return make(stored)
    return names_of(stored, longest) if kind is Kind.LORAS else text_of(stored, longest)


def text_of(stored: Any, longest: int | None = LONGEST_TEXT) -> str | None:
    """Any stored value as text."""
    if stored is None:
        return None
    text = stored.decode(errors="replace") if isinstance(stored, bytes) else str(stored)
    return text if longest is None else text[:longest]


def names_of(stored: Any, longest: int | None = LONGEST_TEXT) -> tuple[str, ...] | None:
    """The names in a JSON list; what is no such list is shown as it is, as the only name. None where there is none."""
    text = text_of(stored, None)
    if text is None:
        return None
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return (text[:longest],) if text else ()
    if not isinstance(names, list):
        return (text[:longest],)
    return tuple(name[:longest] if isinstance(name, str) else str(name)[:longest] for name in names)


def _number(stored: Any) -> int | float | None:
    known = isinstance(stored, int | float) and math.isfinite(stored) and abs(stored) <= _LARGEST
    return (int(stored) if stored == int(stored) else float(stored)) if known else None


def _count(stored: Any) -> int | None:
    number = _number(stored)
    return number if isinstance(number, int) and number >= 0 else None


def _outcome(stored: Any) -> bool:
    return bool(stored != 0)  # as everywhere: only a stored 0 is a failure


def media_of(stored: Any) -> str:
    """The media that a stored ``is_video`` means: "image" or "video"."""
    return "image" if stored in NOT_A_VIDEO else "video"


def _type(stored: Any) -> str | None:
    return GenerationType.STANDARD.value if stored is None else text_of(stored)


_VALUES: Final[dict[Kind, Callable[[Any], Any]]] = {
    Kind.TIME: moment_or_none,
    Kind.ID: _number,
    Kind.SECONDS: seconds_or_none,
    Kind.COUNT: _count,
    Kind.NUMBER: _number,
    Kind.OUTCOME: _outcome,
    Kind.MEDIA: media_of,
    Kind.TYPE: _type,
}
