"""Text from strangers, fit for a message on Discord: no markup, no mention, no link, nothing invisible, never too long.

Discord's limits are counted in UTF-16 units here, of which a text never has fewer than characters: so it is below
them however they are counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from core.text.formatting import one_line
from core.text.translation import gettext as _

NAMELESS: Final = _("(no name)")
"""Stands for a name of which nothing can be seen."""

_MARKUP: Final = re.compile(r"[\\`*_~|<>\[\]():#]")
"""What Discord makes something of: emphasis, code, spoilers, links, mentions, timestamps, headings, quotes."""

_LIST: Final = re.compile(r"^(\d*)(?=[-+.])(.)")
"""At the beginning of a line Discord makes a list of it."""

_AT: Final = "@"
_BROKEN_AT: Final = "@\N{ZERO WIDTH SPACE}"
"""Discord looks for the names of everybody and of roles behind an at sign; a backslash does not stop it everywhere."""

_INVISIBLE: Final = frozenset({"Cf", "Cn", "Co"})
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that show nothing."""

_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 2
"""On one letter: every script gets along with them, and a tower of them covers the lines above."""


def units(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text) + sum(character > "\uffff" for character in text)


def visible(text: str, limit: int) -> str:
    """Untrusted text as one line of at most ``limit`` characters that can be seen, without escapes.

    For where Discord shows text as it is: footers and the names of files.
    """
    kept: list[str] = []
    marks = 0
    for character in text[: 4 * limit]:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in _MARKS else 0
        if kind not in _INVISIBLE and character not in _FILLERS and marks <= _MOST_MARKS:
            kept.append(character)
    return one_line("".join(kept), limit)


def escaped(text: str, limit: int) -> str:
    """Untrusted text as one line that Discord shows letter by letter, at most ``limit`` characters of it.

    Escapes come on top: at most twice ``limit`` units in all. Nothing visible becomes :data:`NAMELESS`.
    """
    line = _MARKUP.sub(r"\\\g<0>", visible(text, limit) or NAMELESS)
    return _LIST.sub(r"\1\\\2", line).replace(_AT, _BROKEN_AT)


def fitted(lines: Sequence[str], limit: int, more: Callable[[int], str], unlisted: int = 0) -> str:
    """Whole lines, as many as ``limit`` units hold.

    A last line, ``more`` of a number, says how many are not there: those that did not fit, and ``unlisted`` ones that
    were not given in the first place.
    """
    for kept in range(len(lines), 0, -1):
        missing = len(lines) - kept + unlisted
        text = "\n".join((*lines[:kept], *([more(missing)] if missing else [])))
        if units(text) <= limit:
            return text
    return more(len(lines) + unlisted) if lines or unlisted else ""
