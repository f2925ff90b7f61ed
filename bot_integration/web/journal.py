"""The file that remembers over a restart which requests were counted and delivered: a line each, ids and times only.

Everything here is disk: it runs in threads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

_LONGEST_FILE: Final = 8 * 1024 * 1024
"""Bytes that are read of the file: its end. A well-kept one is never longer."""

_LINE: Final = re.compile(r"(\d{1,12}\.\d{3}) ([TD]) ([\x21-\x7e]{1,200}) \.")
"""The full stop at the end tells a whole line from one that a crash cut off."""


class Mark(StrEnum):
    """How far a request has come: TRACKED is counted in the statistics, DELIVERED is shown as well."""

    TRACKED = "T"
    DELIVERED = "D"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal; ``moment`` is epoch seconds."""

    moment: float
    mark: Mark
    request_id: str

    def __str__(self) -> str:
        return f"{self.moment:.3f} {self.mark.value} {self.request_id} ."


class Journal:
    """Appends to the file and reads it back. One process at a time may use a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Line]:
        """What it holds, oldest first; lines that were cut off or are none of ours are passed over.

        Raises:
            OSError: it can't be read.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_FILE))
                text = file.read().decode("ascii", "replace")
        except FileNotFoundError:
            return []
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return [Line(float(each[1]), Mark(each[2]), each[3]) for each in found if each is not None]

    def append(self, line: Line) -> None:
        """Add a line; it is on the disk when this returns.

        Raises:
            OSError: it can't be written.
        """
        # It begins with a line end too: what a crash cut off must not swallow it.
        with _private(self.path, os.O_APPEND) as file:
            file.write(f"\n{line}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Put these lines in the place of all others, at once or not at all.

        Raises:
            OSError: it can't be written.
        """
        fresh = self.path.with_name(self.path.name + ".new")
        with _private(fresh, os.O_TRUNC) as file:
            file.write("".join(f"{line}\n" for line in lines).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)


def _private(path: Path, flags: int) -> BinaryIO:
    """Open a file for writing that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | flags, 0o600), "wb")
