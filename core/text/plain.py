"""Text that other programs take for text: no formulas, no control characters."""

from __future__ import annotations

import re
from typing import Final

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML can't hold, and no program for tables wants."""


_UNSEEN: Final = (
    "\x0b\x0c\xa0\u00ad\u034f\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff"
)
"""Blank, or of no room at all: whoever looks at a cell, and some programs that read it, pass over it."""

_SIGNS: Final = "[=+\\-@＝＋－＠]"
_BEFORE: Final = f" \"'\x00-\x08\x0e-\x1f\x85{_UNSEEN}"
_FORMULA: Final = re.compile(
    f"^(?=[{_BEFORE}\t\r\n]*{_SIGNS}|[\t\r\n])"  # once, so however long it is
    f"|([;\t\r\n])(?=[{_BEFORE}]*{_SIGNS})"  # up to the next of these at most, so that no text takes its length squared
)
"""Before a formula: at the start of a text, after blanks, quotes and what is not seen, or where a program that parts
cells otherwise (by semicolons, as in half of Europe, or by tabs) would have one start."""


def neutralised(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV file: an apostrophe stands before one."""
    return _FORMULA.sub(lambda found: f"{found[1] or ''}'", text)


def plain(text: str) -> str:
    """Text without control characters (line breaks and tabs stay) and without halves of characters."""
    return _UNFIT.sub("", text)
