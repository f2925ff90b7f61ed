"""Any value that a bot passes, as one that every database can store: pure functions that never raise.

Discord's text is bounded and made storable; a number that makes no sense becomes None, which is "unknown".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

LONG_TEXT: Final = 100_000
"""Characters that are kept of a prompt or of an activity's details."""

SHORT_TEXT: Final = 500
"""Characters that are kept of any name, id, resolution or file name."""

MOST_FILES: Final = 200
"""File names that are kept of one image's LoRAs, or of its outputs."""

UNKNOWN: Final = "unknown"
"""Stands in a column that may not be empty where the bot passed nothing usable."""

_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_SETS: Final = (set, frozenset)
_ORDERED: Final = (list, tuple, dict)
_NESTED: Final = (*_ORDERED, *_SETS)
_NO_NUMBERS: Final = (bool, str, bytes, bytearray)
_LARGEST_INTEGER: Final = 2**31 - 1
_DEEPEST: Final = 20
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def name_of(value: object) -> str:
    """A name; what there is none of is called :data:`UNKNOWN`."""
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


def flag(value: object) -> int:
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


def file_names(value: object) -> str:
    """A JSON list of file names. A str is such a list already, or one file's name."""
    try:
        names = _listed(value)
        return _encoded([_text(name, SHORT_TEXT) for name in islice(names, MOST_FILES)])
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


def details_of(value: object) -> str | None:
    """A text; of a dict or a list its JSON."""
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
