"""JSON from a sender: what would hold up the event loop for long is refused before it is parsed.

The parser does not let go of the interpreter, so a thread would not help. What it costs are values and digits, not
bytes: 256 KiB of empty lists, or of long fractions, take it many times as long as a workflow of that size.
"""

from __future__ import annotations

import json
from typing import Any, Final

from bot_integration.web.refusals import Refusal

MOST_MARKS: Final = 32_000
"""Opening brackets and commas. A dense workflow of ComfyUI has one in eleven bytes: all of 256 KiB pass."""

MOST_DIGITS: Final = 100_000
"""Digits, in strings too. They are an eighth of a workflow full of samplers."""

_MARKS: Final = b"[{,"
_DIGITS: Final = b"0123456789"


def parsed(text: str, what: str, field: str | None = None) -> Any:
    """The value of a JSON text; ``what`` names it in a refusal.

    Raises:
        Refusal: it has too many values to be parsed on the event loop.
        ValueError: it is not JSON.
    """
    data = text.encode()
    if _number(data, _MARKS) > MOST_MARKS:
        raise Refusal(413, f"{what} has more than {MOST_MARKS:,} brackets and commas", field)
    if _number(data, _DIGITS) > MOST_DIGITS:
        raise Refusal(413, f"{what} has more than {MOST_DIGITS:,} digits", field)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _number(data: bytes, wanted: bytes) -> int:
    """How many of the bytes are wanted ones; several times as fast as to count each kind."""
    return len(data) - len(data.translate(None, wanted))
