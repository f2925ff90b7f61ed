"""Keeps the log short where strangers cause its lines: whoever reaches the port may send what is refused, for hours."""

from __future__ import annotations

import logging
from typing import Final

A_MINUTE: Final = 20
"""Lines."""

_SECONDS: Final = 60.0


class FewLines(logging.Filter):
    """Lets the first lines of each minute through and counts the others; the next line says how many those were.

    Warnings and errors always pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begun = 0.0
        self._passed = self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno > logging.INFO:
            return True
        if not 0 <= record.created - self._begun < _SECONDS:
            self._begun, self._passed = record.created, 0
        if self._passed >= A_MINUTE:
            self._left_out += 1
            return False
        self._passed += 1
        if self._left_out:
            record.msg = f"{record.getMessage()} ({self._left_out:,} such lines before it were left out)"
            record.args, self._left_out = None, 0
        return True
