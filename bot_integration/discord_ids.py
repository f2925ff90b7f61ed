"""Discord's ids as bots hand them over: a whole number or its digits mean the same, anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LARGEST: Final = 2**64 - 1
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,19}")


class NotAnId(TypeError, ValueError):
    """Something else stands where an id of Discord's was wanted; ``str()`` says what, where, and what to write."""

    def __init__(self, what: str, value: object) -> None:
        given = f"the text {value[:50]!r}" if isinstance(value, str) else _described(value)
        super().__init__(
            f"{what} takes an id of Discord's, as a whole number or its digits, not {given}.{_hint(value)}"
        )


def id_number(value: object, what: str) -> int:
    """Return an id as a number; ``what`` names the argument in a refusal.

    Raises:
        NotAnId: it is none.
    """
    text = int.__repr__(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text) or int(text) > LARGEST:
        raise NotAnId(what, value)
    return int(text)


def id_text(value: object, what: str) -> str:
    """Return an id as its digits.

    Raises:
        NotAnId: it is none.
    """
    return str(id_number(value, what))


def id_numbers(values: object, what: str) -> frozenset[int]:
    """Return a list of ids as numbers. A single id is no list: as a text it would be taken letter by letter.

    Raises:
        NotAnId: it is no list, or something in it is no id.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise NotAnId(f"{what}=[…] takes a list: each entry of {what}", values)
    return frozenset(id_number(each, what) for each in values)


def _described(value: object) -> str:
    return f"{value!r}" if isinstance(value, int | float | None) else f"something of the type {type(value).__name__}"


def _hint(value: object) -> str:
    """A user, a role, a server in place of its id is the usual slip."""
    return " Write its .id instead." if isinstance(getattr(value, "id", None), int) else ""
