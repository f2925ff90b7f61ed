"""What every format has in common: headings, and rows that are written as they come.

Rows are plain values, one a heading: text, numbers, True and False, None, lists of text, and moments (epoch
seconds) under the heading of a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

Row: TypeAlias = Sequence[Any]

OFFSET: Final = "UTC offset"
"""The heading beside a local time: without it the hour that an autumn night has twice could not be told apart."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a sheet.

    Attributes:
        title: for people; key: for programs (JSON's names).
        is_time: whether its values are moments, in epoch seconds.
        width: in characters, where a format has widths.
    """

    title: str
    key: str
    is_time: bool = False
    width: int = 12


class RowWriter(Protocol):
    """What rows are written on."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows, a value a heading.

        Raises:
            OSError: the file can't take them.
        """


def listed(value: Any) -> str:
    """A list as a cell's text: its parts, one a line."""
    return "\n".join(map(str, value))
