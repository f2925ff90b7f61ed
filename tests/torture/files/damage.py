"""Damage to a file's bytes, and odd things beside it: by a disk, by a copy made half way, by a hand."""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

Random = random.Random

_FIELDS = {
    16: 2, 18: 1, 19: 1, 20: 1, 21: 1, 22: 1, 23: 1, 24: 4, 28: 4, 32: 4, 36: 4, 40: 4, 44: 4, 48: 4, 52: 4, 56: 4,
    60: 4, 64: 4, 68: 4, 92: 4, 96: 4,
}  # fmt: skip
"""The fields of the header: where they begin, and how many bytes they have."""

_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


def _page(data: bytearray) -> int:
    """The size of a page, as far as the header says so."""
    size = int.from_bytes(data[16:18], "big")
    return 65_536 if size == 1 else size if size >= 512 and size & (size - 1) == 0 else 4_096


def _two_pages(data: bytearray, rng: Random) -> tuple[int, int, int]:
    """The size of a page, and where two of them begin."""
    size = _page(data)
    pages = max(1, len(data) // size)
    return size, rng.randrange(pages) * size, rng.randrange(pages) * size


def _flip(data: bytearray, rng: Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: Random) -> None:
    start, length = rng.randrange(len(data)), rng.choice((1, 4, 100, 4096))
    data[start : start + length] = rng.randbytes(len(data[start : start + length]))


def _truncate(data: bytearray, rng: Random) -> None:
    del data[rng.choice((rng.randrange(len(data)), rng.randrange(len(data)), _page(data), 100, 16, 0)) :]


def _append(data: bytearray, rng: Random) -> None:
    data += rng.randbytes(rng.choice((1, 512, 4096)))


def _swap(data: bytearray, rng: Random) -> None:
    size, one, other = _two_pages(data, rng)
    data[one : one + size], data[other : other + size] = data[other : other + size], data[one : one + size]


def _double(data: bytearray, rng: Random) -> None:
    size, one, other = _two_pages(data, rng)
    data[one : one + size] = data[other : other + size]


def _clear(data: bytearray, rng: Random) -> None:
    size, one, _ = _two_pages(data, rng)
    data[one : one + size] = bytes(len(data[one : one + size]))


def _header(data: bytearray, rng: Random) -> None:
    for _ in range(rng.choice((1, 1, 3))):
        start = rng.choice(list(_FIELDS))
        highest = 256 ** _FIELDS[start] - 1
        value = rng.choice((0, 1, 2, 3, highest, highest // 2, rng.randint(0, highest))) & highest
        data[start : start + _FIELDS[start]] = value.to_bytes(_FIELDS[start], "big")


def _page_header(data: bytearray, rng: Random) -> None:
    _, one, _ = _two_pages(data, rng)
    at = one + (100 if one == 0 else 0) + rng.randrange(12)
    if at < len(data):
        data[at] = rng.choice((0, 1, 2, 5, 10, 13, 255, rng.randrange(256)))


def _cell_pointer(data: bytearray, rng: Random) -> None:
    """A child page or a cell somewhere else: reads may go in circles."""
    size, one, _ = _two_pages(data, rng)
    at = one + 8 + 4 * rng.randrange(4)
    data[at : at + 4] = struct.pack(">I", rng.randint(1, max(1, len(data) // size)))


DAMAGE: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip, _flip, _overwrite, _truncate, _append, _swap, _double, _clear, _header, _header, _page_header, _cell_pointer,
)  # fmt: skip


def damage(path: Path, rng: Random) -> None:
    """Do one or two kinds of damage to a file."""
    data = bytearray(path.read_bytes())
    for kind in rng.sample(DAMAGE, rng.choice((1, 1, 2))):
        if len(data) > 200:
            kind(data, rng)
    path.write_bytes(data)


def beside(path: Path, rng: Random) -> None:
    """Put something beside a file: a log, a journal or an index that is not its own, or not whole."""
    log, journal, index = (path.with_name(path.name + ending) for ending in ("-wal", "-journal", "-shm"))
    choice = rng.randrange(8)
    if choice == 0:
        journal.write_bytes(_JOURNAL + rng.randbytes(rng.choice((0, 20, 600))))
    elif choice == 1:
        journal.write_bytes(bytes(rng.choice((0, 1, 512))))
    elif choice == 2:
        log.write_bytes(struct.pack(">IIII", 0x377F0682, 3_007_000, 4_096, 0) + rng.randbytes(900))
    elif choice == 3:
        log.write_bytes(b"")
        if rng.random() < 0.5:
            index.write_bytes(bytes(32_768))
    elif choice == 4:
        log.write_bytes(rng.randbytes(64))
        index.write_bytes(rng.randbytes(32_768))
    elif choice == 5:
        _left_by_a_writer(path, log, index, rng)
    elif choice == 6:
        journal.write_bytes(rng.randbytes(rng.choice((1, 28, 512, 5_000))))
    else:
        index.write_bytes(rng.randbytes(32_768))


def _left_by_a_writer(path: Path, log: Path, index: Path, rng: Random) -> None:
    """A log with its index, or without, as a killed writer leaves it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal").fetchall()
        writer.execute("CREATE TABLE IF NOT EXISTS late (a)")
        writer.execute("INSERT INTO late VALUES (zeroblob(9000))")
        left = {each: each.read_bytes() for each in (path, log, index) if each.exists()}
    for each, data in left.items():
        if each != index or rng.random() < 0.5:
            kept = bytearray(data)
            if each == log and rng.random() < 0.5:
                _flip(kept, rng)
            each.write_bytes(kept)
