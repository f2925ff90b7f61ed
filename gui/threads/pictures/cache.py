"""Pictures that were seen before, small, on the disk: files that only their user reads, named by a hash."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.tables.pictures import OutputFile

log = logging.getLogger(__name__)

MOST_BYTES: Final = 200 * 10**6
"""So much is kept; the pictures that were not seen for longest go first."""

_KEPT: Final = 0.9
"""The share that is left where room is made: not every new picture makes some."""

_LONGEST: Final = 16 * 10**6
"""A file of ours is much smaller; one that is larger is none of ours."""


class PictureCache:
    """Keeps small files by a key. It belongs to one thread; other processes may use the same folder.

    What can't be read or written is not cached: that is no fault.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most
        self._held: int | None = None

    def get(self, key: str) -> bytes | None:
        """What is kept under a key, which was used just now; None where nothing is."""
        path = self._folder / key
        try:
            with path.open("rb") as file:
                data = file.read(_LONGEST)
            os.utime(path)
        except OSError:
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep something, and throw away what was not used for longest where it is too much."""
        if not data or len(data) > min(_LONGEST, self._most):
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                self._folder.chmod(0o700)
            self._write(key, data)
        except OSError:
            log.info("A picture could not be kept.", exc_info=True)
            return
        self._held = self._size() if self._held is None else self._held + len(data)
        if self._held > self._most:
            self._make_room()

    def drop(self, key: str) -> None:
        """Forget what is kept under a key."""
        with suppress(OSError):
            (self._folder / key).unlink(missing_ok=True)

    def _write(self, key: str, data: bytes) -> None:
        part = self._folder / f"{secrets.token_hex(8)}.part"
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            part.replace(self._folder / key)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each was used last, and its size."""
        found = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    state = entry.stat(follow_symlinks=False)
                    found.append((state.st_mtime, state.st_size, Path(entry.path)))
        return found

    def _size(self) -> int:
        return sum(size for _used, size, _path in self._files())

    def _make_room(self) -> None:
        files = sorted(self._files())
        held = sum(size for _used, size, _path in files)
        for _used, size, path in files:
            if held <= self._most * _KEPT:
                break
            with suppress(OSError):
                path.unlink()
                held -= size
        self._held = held


def key_of(source: str, output: OutputFile, moment: float | None) -> str:
    """Under which name the picture of an output is kept; ``moment``: ComfyUI gives names of "temp" again."""
    parts = ("1", source, output.kind, output.subfolder, output.name, repr(moment))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
