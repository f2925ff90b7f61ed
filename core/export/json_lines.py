"""JSON, an object a row.

Nothing is neutralised here: a JSON reader knows text from number by its type and runs neither, so a changed text
would only be a wrong one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, BinaryIO, Final

from core.export.sheet import Heading, Row
from core.export.wording import as_number, clock_of, iso_text

EPOCH: Final = "_epoch"
"""Ends the name under which a time stands in epoch seconds, beside the one in words."""

_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class JsonSheet:
    """Writes an object a line, or (``listed``) one list of them. Names that come twice are numbered."""

    def __init__(self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, *, listed: bool = False) -> None:
        self._file = file
        self._names = list(zip(_distinct([heading.key for heading in headings]), headings, strict=True))
        self._offset = clock_of(zone)
        self._listed = listed
        self._between = b"[\n" if listed else b""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        for row in rows:
            # Half a surrogate pair has no UTF-8; written out with a backslash it is what JSON itself calls it.
            line = _encoded(self._object(row)).encode("utf-8", "backslashreplace")
            self._file.write(self._between + line + (b"" if self._listed else b"\n"))
            self._between = b",\n" if self._listed else b""

    def finish(self) -> None:
        """Close the list, if it is one."""
        if self._listed:
            self._file.write(b"[]\n" if self._between == b"[\n" else b"\n]\n")

    def _object(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for (name, heading), value in zip(self._names, row, strict=True):
            if heading.is_time:
                found[name] = None if value is None else iso_text(value, self._offset(value))
                found[name + EPOCH] = value
            else:
                found[name] = as_number(value)
        return found


def _distinct(names: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        number = 1
        while (numbered := name if number == 1 else f"{name} ({number})") in kept:
            number += 1
        kept.append(numbered)
    return kept
