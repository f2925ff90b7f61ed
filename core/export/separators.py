"""How this system's Excel parts the columns of a CSV file and writes decimals: where 1,5 is a number, by semicolons."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_LIST: Final = 0x0C
_DECIMAL: Final = 0x0E
"""Windows' numbers for what the host chose in the region's settings."""


@dataclass(frozen=True, slots=True)
class Separators:
    """What stands between columns, and before the decimals."""

    columns: str = ","
    decimals: str = "."


COMMAS: Final = Separators()
"""RFC 4180, for programs and for readers whose system is not known."""

SEMICOLONS: Final = Separators(";", ",")


def separators_of(decimals: str) -> Separators:
    """What a spreadsheet takes where numbers have such a sign before their decimals."""
    return SEMICOLONS if decimals == "," else COMMAS


def host_separators() -> Separators:
    """Those of this user's region: Windows tells them, elsewhere the locale does; commas where neither does."""
    if sys.platform == "win32":
        columns, decimals = _windows(_LIST), _windows(_DECIMAL)
        return Separators(columns, decimals) if _are_usable(columns, decimals) else separators_of(decimals)
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(["locale", "decimal_point"], capture_output=True, text=True, timeout=5, check=True).stdout
        return separators_of(said.strip())
    return COMMAS


def _are_usable(columns: str, decimals: str) -> bool:
    return columns in (",", ";", "\t", "|") and decimals in (".", ",") and columns != decimals


def _windows(number: int) -> str:
    buffer = ctypes.create_unicode_buffer(8)
    if sys.platform == "win32":
        ctypes.windll.kernel32.GetLocaleInfoEx(None, number, buffer, len(buffer))
    return buffer.value
