"""Text that other programs take for text: no formulas, no control characters."""

from __future__ import annotations

import re
from typing import Final

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML can't hold, and no program for tables wants."""


_FORMULA: Final = re.compile("(^|[;\t\r\n])(?=[\\s\"']*[=+\\-@＝＋－＠])|^(?=[\t\r\n])")
"""Before a formula: at the start of a text, after blanks and quotes, or where a program that parts cells otherwise
(by semicolons, as in half of Europe, or by tabs) would have one start."""


def neutralised(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV file: an apostrophe stands before one."""
    return _FORMULA.sub(r"\1'", text)


def plain(text: str) -> str:
    """Text without control characters (line breaks and tabs stay) and without halves of characters."""
    return _UNFIT.sub("", text)
