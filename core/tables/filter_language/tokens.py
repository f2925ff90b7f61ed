"""The text of a filter box cut into items, and values written so that they stay in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


class NotUnderstood(Exception):
    """An item that means nothing here; its text says what would."""


@dataclass(frozen=True, slots=True)
class Token:
    """One item.

    Attributes:
        start, end: where it is in the text, its minus included.
        excluded: whether a minus stands before it.
        raw: all of it as typed, without the minus.
        prefix: what ends in a colon or a comparison, in lower case; or "".
        value: what comes after that, without quotation marks and escapes.
        value_start: where the value begins in the text, its quotation mark included.
        quoted: whether the value stands in quotation marks; closed: False where the second is missing.
    """

    start: int
    end: int
    excluded: bool
    raw: str
    prefix: str
    value: str
    value_start: int
    quoted: bool
    closed: bool


# No possessive quantifiers: Debian 12's Python 3.11.2 misreads them. No part can fail once begun, so none is needed.
_ITEM: Final = re.compile(
    r"(?P<minus>-(?=[^\s-]))?"
    r"(?P<prefix>[a-z]{1,20}:|slow(?:[<>]=?|=))?"
    r'(?:"(?P<quoted>[^"\\]*(?:\\.?[^"\\]*)*)(?P<close>"?)|(?P<bare>\S*))',
    re.IGNORECASE | re.DOTALL,
)
_SPACE: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(r'\\(?:(["\\])|u([0-9a-fA-F]{4}))')
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a line of text cannot hold or does not show."""


def tokens(text: str) -> Iterator[Token]:
    """The items of a text, in time linear to its length."""
    position = _end(_SPACE, text, 0)
    while position < len(text):
        match = _ITEM.match(text, position)
        assert match is not None, "every part of it is optional"
        yield _token(match)
        position = _end(_SPACE, text, match.end())


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _token(match: re.Match[str]) -> Token:
    minus, prefix, quoted, close, bare = match.group("minus", "prefix", "quoted", "close", "bare")
    first = match.start() + len(minus or "")
    return Token(
        start=match.start(),
        end=match.end(),
        excluded=bool(minus),
        raw=match.string[first : match.end()],
        prefix=(prefix or "").lower(),
        value=_unescaped(quoted) if bare is None else bare,
        value_start=first + len(prefix or ""),
        quoted=bare is None,
        closed=bare is not None or bool(close),
    )


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: found[1] or chr(int(found[2], 16)), text)


def quote(value: str) -> str:
    """A value in quotation marks, on one line."""
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", plain) + '"'


def is_shown(text: str) -> bool:
    """Whether a text box shows every character of it."""
    return not _UNSEEN.search(text)
