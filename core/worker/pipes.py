"""What a worker process and its parent have in common: messages in pipes, and the beginning of both."""

from __future__ import annotations

import os
import struct
import sys
from typing import IO, Final

HELLO: Final = b"botpulse worker 1\n"
"""The first that the parent reads: whatever else comes is no worker of ours."""

_LENGTH: Final = struct.Struct(">Q")


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message.

    Raises:
        OSError: nobody reads any more.
    """
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Wait for a message.

    Raises:
        EOFError: nobody writes any more.
    """
    (length,) = _LENGTH.unpack(exactly(pipe, _LENGTH.size))
    return exactly(pipe, length)


def exactly(pipe: IO[bytes], byte_size: int) -> bytes:
    """Wait for so many bytes.

    Raises:
        EOFError: nobody writes any more.
    """
    data = pipe.read(byte_size)
    if len(data) < byte_size:
        raise EOFError
    return data


def argument() -> str:
    """In the worker process: what the command line says to it; modules are found from now on where the parent does."""
    _, _, _, said, *places = sys.argv
    sys.path += [place for place in places if place not in sys.path]
    sys.argv[:] = [""]
    return said


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the parent, under numbers that nobody else uses: what prints or reads has the null device."""
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return calls, answers
