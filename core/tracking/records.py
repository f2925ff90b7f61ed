"""From what a bot passes to a row that can be stored: pure functions that never raise.

Discord's text is bounded and made storable; a number that makes no sense becomes None, which is "unknown".
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final, NamedTuple

from peewee import Model

from core.models import CommandUsage, GenerationType, ImageStats, UserActivity

LONG_TEXT: Final = 100_000
"""Characters that are kept of a prompt or of an activity's details."""

SHORT_TEXT: Final = 500
"""Characters that are kept of any name, id, resolution or file name."""

MOST_LORAS: Final = 200
"""File names that are kept of one image's LoRAs."""

UNKNOWN: Final = "unknown"
"""Stands in a column that may not be empty where the bot passed nothing usable."""

_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_USUAL_TYPES: Final = (GenerationType.STANDARD.value, GenerationType.VIDEO.value)
_SETS: Final = (set, frozenset)
_ORDERED: Final = (list, tuple, dict)
_NESTED: Final = (*_ORDERED, *_SETS)
_NO_NUMBERS: Final = (bool, str, bytes, bytearray)
_LARGEST_INTEGER: Final = 2**31 - 1
_DEEPEST: Final = 20
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class EventRow(NamedTuple):
    """A validated row: ``values`` stand in the order of ``FIELDS[model]``."""

    model: type[Model]
    values: tuple[str | int | float | None, ...]


FIELDS: Final[dict[type[Model], tuple[str, ...]]] = {
    CommandUsage: (
        "command_name", "user_id", "guild_id", "channel_id", "execution_time", "success", "timestamp",
    ),
    ImageStats: (
        "user_id", "prompt", "resolution", "loras", "upscale_factor", "generation_time", "is_video",
        "generation_type", "timestamp",
    ),
    UserActivity: ("user_id", "action_type", "guild_id", "details", "timestamp"),
}  # fmt: skip
"""The columns of a record's values, by model; the database itself gives the id. Metrics add theirs."""


def command_record(
    command_name: object,
    user_id: object,
    guild_id: object = None,
    channel_id: object = None,
    execution_time: object = None,
    success: object = True,
    *,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """A command that ran just now; ``execution_time`` in seconds, ``clock`` gives epoch seconds."""
    values = (
        _name(command_name),
        short_id(user_id) or UNKNOWN,
        short_id(guild_id),
        short_id(channel_id),
        duration(execution_time),
        _flag(success),
        clock(),
    )
    return EventRow(CommandUsage, values)


def image_record(
    user_id: object,
    prompt: object,
    resolution: object,
    loras: object,
    upscale_factor: object,
    generation_time: object,
    is_video: object = False,
    generation_type: object = None,
    *,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """An image or video that was finished just now; ``generation_time`` in seconds, ``clock`` gives epoch seconds."""
    video = _flag(is_video)
    values = (
        short_id(user_id) or UNKNOWN,
        long_text(prompt),
        short_text(resolution),
        _lora_names(loras),
        whole_number(upscale_factor),
        duration(generation_time),
        video,
        short_text(generation_type) or _USUAL_TYPES[video],
        clock(),
    )
    return EventRow(ImageStats, values)


def activity_record(
    user_id: object,
    action_type: object,
    guild_id: object = None,
    details: object = None,
    *,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """Something else that a user or the bot did just now. A dict or list of ``details`` becomes JSON."""
    values = (short_id(user_id) or UNKNOWN, _name(action_type), short_id(guild_id), _details(details), clock())
    return EventRow(UserActivity, values)


def _name(value: object) -> str:
    return UNKNOWN if value is None else _text(value, SHORT_TEXT) or UNKNOWN


def short_id(value: object) -> str | None:
    """An id as a short text; a user, a server, a channel gives its own, where its text would be a name."""
    return short_text(value if value is None or isinstance(value, str | int) else _meant(value))


def _meant(value: object) -> object:
    try:
        meant = getattr(value, "id", None)
    except Exception:
        return value
    return meant if isinstance(meant, int) else value


def short_text(value: object) -> str | None:
    """A short text; None for nothing at all, as for the server of a direct message."""
    if value is None:
        return None
    return _text(value, SHORT_TEXT) or None


def _text(value: object, limit: int) -> str:
    """At most ``limit`` characters that every database can hold: no NUL, no lone surrogates."""
    text = value if type(value) is str else _as_text(value)
    if len(text) > limit:
        text = text[:limit]
    if text.isascii():
        return text if "\0" not in text else text.replace("\0", _REPLACEMENT)
    return text.replace("\0", _REPLACEMENT).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _as_text(value: object) -> str:
    """The text of any object; a subclass of str or int gives its plain value, whatever its ``__str__`` says."""
    try:
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int.__repr__(value)
        if isinstance(value, bytes | bytearray):
            return bytes(value[:LONG_TEXT]).decode("utf-8", "replace")
        return str.__str__(str(value))
    except Exception:
        return UNKNOWN


def _flag(value: object) -> int:
    """1 for what is true; an object that refuses to say is taken for false."""
    try:
        return 1 if value else 0
    except Exception:
        return 0


def duration(value: object) -> float | None:
    """Seconds, finite and not negative; None is unknown."""
    number = value if type(value) is float else _number(value)
    return number if number is not None and 0.0 <= number < math.inf else None


def whole_number(value: object) -> int | None:
    """A rounded number that fits an INTEGER column of any database; text that is a number counts as one."""
    if type(value) is int and 0 <= value <= _LARGEST_INTEGER:
        return value
    number = _number(value if not isinstance(value, str) else _parsed(value))
    if number is None or not 0.0 <= number <= _LARGEST_INTEGER:
        return None
    return round(number)


def _parsed(text: str) -> float | None:
    try:
        return float(text[:SHORT_TEXT])
    except ValueError:
        return None


def long_text(value: object) -> str | None:
    """A text of at most :data:`LONG_TEXT` characters; None for nothing at all."""
    return None if value is None else _text(value, LONG_TEXT)


def finite(value: object) -> float | None:
    """Any number but infinities and what is none."""
    number = value if type(value) is float else _number(value)
    return number if number is not None and math.isfinite(number) else None


def _number(value: Any) -> float | None:
    """A float from any kind of number (int, Decimal, numpy's); None for a bool, for text, for anything else."""
    if value is None:
        return None
    try:
        if isinstance(value, _NO_NUMBERS):
            return None
        return float.__float__(float(value))
    except Exception:
        return None


def _lora_names(value: object) -> str:
    """A JSON list of file names. A str is such a list already, or one file's name."""
    try:
        names = _listed(value)
        return _encoded([_text(name, SHORT_TEXT) for name in islice(names, MOST_LORAS)])
    except Exception:
        return "[]"


def _listed(value: object) -> Iterable[object]:
    if isinstance(value, _ORDERED):
        return value
    if value is None:
        return ()
    if isinstance(value, str):
        return _listed_in_text(value)
    if isinstance(value, _SETS):
        return sorted(value, key=_as_text)
    return (value,)


def _listed_in_text(text: str) -> Iterable[object]:
    bare = text.strip()
    if bare.startswith("[") and len(bare) <= LONG_TEXT:
        try:
            names = json.loads(bare)
        except (ValueError, RecursionError):
            return (bare,)
        if isinstance(names, list):
            return names
    return (bare,) if bare else ()


def _details(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, _NESTED):
        return _json(value)
    return _text(value, LONG_TEXT)


def _json(value: object) -> str:
    """JSON of at most ``LONG_TEXT`` characters; what would be longer is cut and kept as one JSON string."""
    try:
        text = _encoded(_plain(value, _DEEPEST))
    except Exception:
        text = _encoded(UNKNOWN)
    return text if len(text) <= LONG_TEXT else _encoded(text[: LONG_TEXT // 3])


def _plain(value: object, depth: int) -> object:
    """What JSON can say of any object; below ``depth`` levels everything is text."""
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if depth and isinstance(value, dict):
        return {_text(key, SHORT_TEXT): _plain(inner, depth - 1) for key, inner in value.items()}
    if depth and isinstance(value, _NESTED):
        return [_plain(inner, depth - 1) for inner in value]
    return UNKNOWN if isinstance(value, _NESTED) else _text(value, LONG_TEXT)
