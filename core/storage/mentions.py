"""Mentions of a user in text: where their id stands, and a 0 in its place. An id that only contains it is another's.

An id of 15 digits may be the beginning of one of 18. So a run of digits is looked at as a whole: it is the id, or it is
another id and stays, or it is longer than any id (one that was put together with something else) and goes as a whole.
"""

from __future__ import annotations

import re
import sqlite3
from functools import cache
from typing import Final

_LONGEST_ID: Final = 20

STRUCK: Final = "botpulse_struck"
"""A function of SQL, where :func:`teach` was called: a text and an id; the text without mentions, NULL without any."""


def mention_pattern(user: str) -> str:
    """A regular expression that finds mentions of an id, in Python's dialect and PostgreSQL's alike."""
    return f"(?<![0-9])(?:{user}(?![0-9])|(?=[0-9]{{{_LONGEST_ID + 1}}})[0-9]*{user}[0-9]*)"


def names_user(text: str, user: str) -> bool:
    """Whether a text mentions a user by their id."""
    return user in text and _compiled(user).search(text) is not None


def struck_text(text: str, user: str) -> str:
    """The text with a 0 in the place of each mention. JSON stays JSON."""
    return _compiled(user).sub("0", text)


def struck_bytes(data: bytes, user: str) -> bytes:
    """The same of bytes of a log, with as many zeros as there were digits: nothing moves."""
    return re.sub(mention_pattern(user).encode(), lambda found: b"0" * len(found[0]), data)


def teach(connection: sqlite3.Connection) -> None:
    """Make :data:`STRUCK` known to a connection. What is no text in the file's encoding keeps its other bytes."""
    ((encoding,),) = connection.execute("PRAGMA encoding").fetchall()
    is_utf8 = encoding == "UTF-8"
    codec, errors = ("utf-8", "surrogateescape") if is_utf8 else (str(encoding).lower(), "surrogatepass")

    def struck(data: bytes | None, user: str) -> bytes | None:
        text = (data or b"").decode(codec, errors)
        return struck_text(text, user).encode(codec, errors) if names_user(text, user) else None

    connection.create_function(STRUCK, 2, struck, deterministic=True)


def struck_in_sql(value: str, user: str) -> str:
    """An expression of SQL: the text of a value without mentions of an id; NULL where there are none."""
    text = f"CAST({value} AS TEXT)"
    return f"CASE WHEN instr({text}, {user}) > 0 THEN CAST({STRUCK}(CAST({text} AS BLOB), {user}) AS TEXT) END"


@cache
def _compiled(user: str) -> re.Pattern[str]:
    return re.compile(mention_pattern(user))
