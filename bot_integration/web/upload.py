"""An uploaded file: a small one stays in memory, a larger one goes to a temporary file, off the event loop."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import threading
from typing import BinaryIO, Final, cast

from bot_integration.web.refusals import Refusal

_WRITE: Final = 256 * 1024
"""Bytes that gather before they are written to the temporary file."""


class Upload:
    """Takes an upload chunk by chunk, and gives readers of it until it is closed.

    The temporary file has no name where the system allows that, and goes when it is closed or the process ends,
    however it ends.
    """

    def __init__(self, in_memory: int) -> None:
        self._in_memory = in_memory
        self._held = bytearray()
        self._file: BinaryIO | None = None
        self._on_disk = False
        self._lock = threading.Lock()
        self._closed = False
        self.size = 0
        """Bytes so far."""

    async def write(self, chunk: bytes) -> None:
        """Add a chunk.

        Raises:
            Refusal: the disk does not take it.
        """
        self._held += chunk
        self.size += len(chunk)
        if len(self._held) > (_WRITE if self._on_disk else self._in_memory):
            await self._put_away()

    async def finish(self) -> bytes | Upload:
        """All of it as bytes where it is small, else this, to be opened."""
        if not self._on_disk:
            return bytes(self._held)
        await self._put_away()
        return self

    def open(self) -> io.BufferedIOBase:
        """A reader with a position of its own."""
        if self._file is None:
            return io.BytesIO(bytes(self._held))
        return io.BufferedReader(_Reader(self._file, self._lock))

    async def close(self) -> None:
        """Give up the file; readers end."""
        if self._on_disk:
            await asyncio.to_thread(self._close)

    async def _put_away(self) -> None:
        self._on_disk = True
        try:
            await asyncio.to_thread(self._drain)
        except OSError as error:
            raise Refusal(507, "the file could not be stored; try again later") from error

    def _drain(self) -> None:
        with self._lock:
            if self._closed:  # the upload was given up while this thread waited
                return
            if self._file is None:
                self._file = cast(BinaryIO, tempfile.TemporaryFile(prefix="botpulse-"))  # noqa: SIM115 - see close()
            self._file.write(self._held)
            self._file.flush()
            self._held = bytearray()

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()


class _Reader(io.RawIOBase):
    """Reads a file that it shares with others, each at a position of its own; it never closes the file."""

    def __init__(self, file: BinaryIO, lock: threading.Lock) -> None:
        self._file = file
        self._lock = lock
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The shared file's: whoever sends it may ask for its size."""
        return self._file.fileno()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with self._lock:
            self._file.seek(self._at)
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with self._lock:
            start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
            self._at = self._file.seek(0, os.SEEK_END) + offset if start is None else start + offset
        return self._at
