"""Stored values as what they mean: cleaned, or None where they can mean nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from core.models import DISCORD_EPOCH, END_OF_TIME, LONGEST_DURATION, GenerationType

LONGEST_TEXT: Final = 500
"""Characters of a text that a row of a table holds."""

MOST_JSON: Final = 20_000
"""Characters of a list of LoRAs that are read for a row of a table: several times what a bot writes."""

LARGEST: Final = 2.0**53
"""Greater numbers are no counts of anything."""

NO_RESOLUTION: Final = ("", "video")
"""What ``resolution`` holds where none is known, beside NULL: the deployed bot writes the word for every video."""

NOT_A_VIDEO: Final = (0, None, "0")
"""What ``is_video`` holds of an image; any other value is a video's."""


class Kind(StrEnum):
    """What a column's values are.

    TIME is epoch seconds (float), SECONDS a duration (float), COUNT and ID whole numbers, NUMBER a whole number or a
    float, OUTCOME a bool (whether it succeeded), LORAS a tuple of names, STRENGTHS their strengths as text, MEDIA
    "image" or "video", DATE "YYYY-MM-DD"; the others are text.
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
    STRENGTHS = "strengths"
    TYPE = "type"
    MEDIA = "media"
    ACTION = "action"
    DATE = "date"
    NUMBER = "number"


ID_KINDS: Final = frozenset({Kind.USER, Kind.GUILD, Kind.CHANNEL})
"""Discord's ids, in whose place a name may be shown."""

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
    read = _TEXTS.get(kind)
    return text_of(stored, longest) if read is None else read(stored, longest)


def text_of(stored: Any, longest: int | None = LONGEST_TEXT) -> str | None:
    """Any stored value as text."""
    if stored is None:
        return None
    text = stored.decode(errors="replace") if isinstance(stored, bytes) else str(stored)
    return text if longest is None else text[:longest]


def resolution_of(stored: Any, longest: int | None = LONGEST_TEXT) -> str | None:
    """A stored resolution; None where there is none: a video's is stored as the word."""
    text = text_of(stored, longest)
    return None if text in NO_RESOLUTION else text


def type_of(stored: Any, longest: int | None = LONGEST_TEXT) -> str:
    """A stored generation type: where none is stored, or an empty one, it is the standard one."""
    return text_of(stored, longest) or GenerationType.STANDARD.value


class Lora(NamedTuple):
    """A LoRA: its name, with ``/`` between folders on every system, and its strength where one is stored."""

    name: str
    strength: float | None = None


def loras_of(stored: Any) -> tuple[Lora, ...] | None:
    """The LoRAs in a stored list: of names, of pairs with a strength, or of objects, as bots write them in JSON.

    What is no such list is shown as it is, as the only name. A LoRA that is named twice is one. None where nothing is
    stored.
    """
    text = text_of(stored, None)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = [text] if text else []
    if not isinstance(found, list):
        known = _lora(found)
        found = [found] if known is not None else [text]
    loras: dict[str, Lora] = {}
    for each in (_lora(entry) or Lora(str(entry)) for entry in found):
        name = each.name.replace("\\", "/")
        loras.setdefault(name, Lora(name, each.strength))
    return tuple(loras.values())


def names_of(stored: Any, longest: int | None = LONGEST_TEXT) -> tuple[str, ...] | None:
    """The names of the LoRAs in a stored list (:func:`loras_of`), each once; None where nothing is stored."""
    loras = loras_of(stored)
    return None if loras is None else tuple(dict.fromkeys(each.name[:longest] for each in loras))


def strengths_of(stored: Any, longest: int | None = LONGEST_TEXT) -> str | None:
    """The strengths of the LoRAs in a stored list, each behind its LoRA's name; None where none is stored."""
    known = [f"{each.name} {each.strength:g}" for each in loras_of(stored) or () if each.strength is not None]
    return ", ".join(known)[:longest] or None


_TAG: Final = re.compile(r"<lora:([^:<>]+):(-?[0-9.]+)>", re.IGNORECASE)
"""How prompts name a LoRA, with its strength."""

_NAMED: Final = ("name", "lora", "lora_name", "model", "model_name", "file", "filename")
_STRENGTHS: Final = ("strength", "weight", "strength_model", "model_strength", "scale", "value")


def _lora(entry: Any) -> Lora | None:
    """An entry of a list as a LoRA; None where it is none."""
    if isinstance(entry, str):
        tag = _TAG.fullmatch(entry.strip())
        return Lora(tag[1], _strength_text(tag[2])) if tag else Lora(entry)
    if isinstance(entry, list) and entry and isinstance(entry[0], str):
        return Lora(entry[0], next(filter(_is_strength, entry[1:2]), None))
    if isinstance(entry, dict):
        name = next((entry[key] for key in _NAMED if isinstance(entry.get(key), str)), None)
        strength = next((entry[key] for key in _STRENGTHS if _is_strength(entry.get(key))), None)
        return None if name is None else Lora(name, strength)
    return None


def _is_strength(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _strength_text(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _id(stored: Any) -> int | None:
    return stored if isinstance(stored, int) else None


def _number(stored: Any) -> int | float | None:
    known = isinstance(stored, int | float) and math.isfinite(stored) and abs(stored) <= LARGEST
    return (int(stored) if stored == int(stored) else float(stored)) if known else None


def _count(stored: Any) -> int | None:
    number = _number(stored)
    return number if isinstance(number, int) and number >= 0 else None


def _outcome(stored: Any) -> bool:
    return bool(stored != 0)  # as everywhere: only a stored 0 is a failure


def media_of(stored: Any) -> str:
    """The media that a stored ``is_video`` means: "image" or "video"."""
    return "image" if stored in NOT_A_VIDEO else "video"


_VALUES: Final[dict[Kind, Callable[[Any], Any]]] = {
    Kind.TIME: moment_or_none,
    Kind.ID: _id,
    Kind.SECONDS: seconds_or_none,
    Kind.COUNT: _count,
    Kind.NUMBER: _number,
    Kind.OUTCOME: _outcome,
    Kind.MEDIA: media_of,
}

_TEXTS: Final[dict[Kind, Callable[[Any, int | None], Any]]] = {
    Kind.LORAS: names_of,
    Kind.STRENGTHS: strengths_of,
    Kind.RESOLUTION: resolution_of,
    Kind.TYPE: type_of,
}
"""Kinds of text, cut where they are long."""
