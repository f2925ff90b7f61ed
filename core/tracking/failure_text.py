"""What is kept of an error: its type, one line without secrets and prompts, and a fingerprint of its cause.

What a library says of a failure may hold anything: tokens in addresses, a user's prompt, ids, the name of the host's
home folder. It is struck before it is stored, so that a table of failures can be shown, copied and handed on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LONGEST_MESSAGE: Final = 300
"""Characters that are kept of a message."""

STRUCK: Final = "…"
"""In the place of what was struck."""

_READ: Final = 4_000
_SHORTEST_PRIVATE: Final = 4
"""A word of less characters would strike harmless parts of other words."""

_SHARED: Final = 24
"""Characters in a row of a private text that are struck wherever they stand."""

_SOUGHT: Final = 12
_MOST_STEPS: Final = 100_000
_LONGEST_WORD: Final = 500

_HEX: Final = "0-9a-fA-F"
_SECRETS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@]{1,400}@", rf"\1{STRUCK}@"),  # a password in an address
        (r"(https?://[^\s?#]{1,400})[?#][^\s\"')]{1,2000}", rf"\1?{STRUCK}"),  # what was asked of it
        (r"(?i)(/api/(?:v\d+/)?(?:webhooks|interactions)/)[^\s\"')]+", rf"\1{STRUCK}"),  # tokens that are paths
        (r"(?i)\b(bearer|bot|basic|token|authorization|api[_-]?key|password|passwd|secret)(\s*[:=]\s*|\s+)"
         r"(?=[^\s\"',;]*[0-9])[^\s\"',;]{8,}", rf"\1\2{STRUCK}"),
        (r"(?i)\b(password|passwd|secret|api[_-]?key|token)(\s*[:=]\s*)[^\s\"',;]+", rf"\1\2{STRUCK}"),
        (r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}", STRUCK),  # a bot's token
        (r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*", STRUCK),
        (r"\b(?:sk|hf|ghp|gho|xox[bap])[-_][\w-]{12,}", STRUCK),
        (rf"\b(?=[{_HEX}]*[0-9])(?=[{_HEX}]*[a-fA-F])[{_HEX}]{{24,}}\b", STRUCK),
        (r"\b[0-9]{15,20}\b", STRUCK),  # Discord's ids: who it was stands in columns of their own
        (r"(?i)(/home/|/Users/|[a-z]:[\\/]+users[\\/]+)[^\\/\s:\"']+", rf"\1{STRUCK}"),
    )
)  # fmt: skip

_CHANGING: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b0x[0-9a-fA-F]+", "#"),
        (r"(['\"`]).{0,200}?\1", "'*'"),
        (r"[0-9]+(?:[.,:][0-9]+)*", "#"),
    )
)
"""What differs from one failure to the next of the same cause."""


def error_type_of(error: object) -> str:
    """The name of an error's type; of a text, nothing."""
    return "" if error is None or isinstance(error, str) else type(error).__name__


def said_by(error: object) -> str:
    """What an error says, as it says it, cut at some thousand characters. Never raises."""
    try:
        text = error if isinstance(error, str) else "" if error is None else str(error)
        return str.__str__(text)[: _READ + 1]
    except Exception:
        return ""


def message_of(error: object, private: Iterable[str | None] = ()) -> str:
    """One line of at most :data:`LONGEST_MESSAGE` characters about an error, without secrets and ``private`` texts.

    Never raises: an error that can't say what it is has no message.
    """
    return message_in(said_by(error), private)


def message_in(said: str, private: Iterable[str | None] = ()) -> str:
    """The same of what :func:`said_by` gave."""
    try:
        text = said if len(said) <= _READ else _whole_words(said[:_READ])
        for each in sorted((p for p in private if isinstance(p, str)), key=len, reverse=True):
            text = _without_shared(_without(text, each), each)
        return struck(re.sub(f"{STRUCK}{{2,}}", STRUCK, text))
    except Exception:
        return ""


@lru_cache(maxsize=256)
def struck(text: str) -> str:
    """A text on one line, bounded, in which what looks like a secret is struck. The same failures come in bursts."""
    line = " ".join(text.replace("\0", " ").split())
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + STRUCK


@lru_cache(maxsize=256)
def fingerprint_of(error_type: str, message: str, node: str = "") -> str:
    """The same 16 characters for failures of one cause: numbers and quoted words in the message don't count."""
    cause = "\n".join((error_type, node, cause_words(message).casefold()))
    return hashlib.blake2b(cause.encode("utf-8", "replace"), digest_size=8).hexdigest()


def cause_words(message: str) -> str:
    """A message without what differs from one failure to the next of its cause: numbers and quoted words."""
    for pattern, replacement in _CHANGING:
        message = pattern.sub(replacement, message)
    return message


def _without(text: str, private: str) -> str:
    """A private text may come whole, cut, or as its single lines; also as Python and JSON quote it."""
    for part in dict.fromkeys((private, *private.splitlines(), private[:40])):
        bare = part.strip()
        if len(bare) >= _SHORTEST_PRIVATE:
            text = text.replace(bare, STRUCK)
            if not bare.isascii() or "\\" in bare or '"' in bare or "'" in bare:
                for quoted in (repr(bare)[1:-1], ascii(bare)[1:-1]):
                    text = text.replace(quoted, STRUCK)
    return text


def _whole_words(text: str) -> str:
    """Of a secret that was cut with the text the rest would not be known for one."""
    head, blank, _rest = text[-_LONGEST_WORD:].rpartition(" ")
    return text[:-_LONGEST_WORD] + (head if blank else "")


def _without_shared(text: str, private: str) -> str:
    """Libraries quote a prompt's end, or its middle, too: so many characters in a row are no chance.

    Looked for is every twelfth run of twelve, then how far it goes. What repeats itself without end is struck whole.
    """
    places: dict[str, list[int]] = {}
    for place in range(len(text) - _SOUGHT + 1):
        places.setdefault(text[place : place + _SOUGHT], []).append(place)
    found, steps = bytearray(b"." * len(text)), 0
    for said in _quoted(private) if places else ():
        reached: dict[int, int] = {}
        for start in range(0, len(said) - _SOUGHT + 1, _SOUGHT):
            for place in places.get(said[start : start + _SOUGHT], ()):
                steps += 1
                if reached.get(place - start, 0) > place:
                    continue
                first, end = _shared_run(text, place, said, start)
                reached[place - start], steps = end, steps + end - first
                if end - first >= _SHARED:
                    found[first:end] = b"#" * (end - first)
            if steps > _MOST_STEPS:
                return STRUCK
    parts = re.finditer(rb"#+|\.+", bytes(found))
    return "".join(STRUCK if part[0].startswith(b"#") else text[part.start() : part.end()] for part in parts)


def _shared_run(text: str, place: int, said: str, start: int) -> tuple[int, int]:
    """From where to where in a text it is what was said, around a place at which it is."""
    first, offset = place, start - place
    while first > 0 and first + offset > 0 and text[first - 1] == said[first + offset - 1]:
        first -= 1
    end = place + _SOUGHT
    while end < len(text) and end + offset < len(said) and text[end] == said[end + offset]:
        end += 1
    return first, end


def _quoted(private: str) -> tuple[str, ...]:
    """A text as it is, and as Python and JSON quote it where that is another."""
    if private.isascii() and private.isprintable() and not {*private} & {*"\\\"'"}:
        return (private,)
    return (private, repr(private)[1:-1], ascii(private)[1:-1])
