"""Real PNGs, as many different ones as are needed, and stand-ins for what can't be made without a library."""

from __future__ import annotations

import struct
import zlib

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\0" * 200 + bytes.fromhex("ffd9")
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 2_000


def png(number: int, side: int = 16, byte_size: int = 0) -> bytes:
    """A square of one colour, made unlike all others by its number; padded to ``byte_size`` by a chunk of comment."""
    row = b"\0" + bytes((number % 251, number % 241, number % 239)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), _chunk(b"tEXt", f"number\0{number}".encode())]
    chunks += [_chunk(b"IDAT", zlib.compress(row * side)), _chunk(b"IEND", b"")]
    padding = byte_size - 8 - sum(map(len, chunks)) - 12
    if padding > 8:
        chunks.insert(1, _chunk(b"tEXt", b"padding\0" + b"." * (padding - 8)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
