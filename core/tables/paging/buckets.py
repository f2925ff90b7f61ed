"""Any number of keys sorted in bounded memory: parted by value as they come, each part sorted by itself at the end.

A part of one value needs no keys at all. What would take too much room waits in a temporary file that has no name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[Any]
"""Numbers (float64) or texts (bytes of one length, a multiple of eight), a key a row."""

_AT_ONCE: Final = 65_536
"""Rows that are parted together."""

_BOUNDS: Final = 64
"""Values at most that the first of them are parted at."""

MOST_BYTES: Final = 40_000_000
"""Of keys that are held in memory."""


class SortBuckets:
    """Takes keys with the ids of their rows, and gives the ids back in the order of the keys.

    Ids of equal keys keep the order in which they came.
    """

    def __init__(self) -> None:
        self._bounds: Keys | None = None
        self._keys: dict[int, list[Keys]] = {}
        self._ids: dict[int, list[NDArray[Any]]] = {}
        self._new: list[tuple[Keys, NDArray[Any]]] = []
        self._waiting, self._held = 0, 0
        self._file: IO[bytes] | None = None
        self._filed: dict[int, list[tuple[int, int]]] = {}

    def add(self, keys: Keys, ids: NDArray[Any]) -> None:
        """Take rows in."""
        if len(keys):
            self._new.append((keys, ids))
            self._waiting += len(keys)
        if self._waiting >= _AT_ONCE:
            self._part()

    def in_order(self, *, descending: bool) -> Iterator[NDArray[Any]]:
        """The ids, bucket by bucket; each is forgotten when it is given. Nothing can be added any more."""
        self._part()
        for bucket in sorted(self._ids, reverse=descending):
            ids = _joined(self._ids.pop(bucket))
            keys = self._taken(bucket)
            yield ids if keys is None else ids[order_of(keys, descending)]

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _part(self) -> None:
        """Bucket 2i is between two bounds, 2i + 1 is the bound i itself."""
        if not self._waiting:
            return
        keys, ids = (_joined(column) for column in zip(*self._new, strict=True))
        self._new, self._waiting = [], 0
        if self._bounds is None:
            self._bounds = _bounds(keys)
        between = np.searchsorted(self._bounds, keys)
        equal = self._bounds[np.minimum(between, len(self._bounds) - 1)] == keys
        buckets = (2 * between + equal).astype(np.uint8)
        order = np.argsort(buckets, kind="stable")
        edges = np.searchsorted(buckets[order], np.arange(2 * len(self._bounds) + 2))
        for bucket in np.flatnonzero(np.diff(edges)).tolist():
            chosen = order[edges[bucket] : edges[bucket + 1]]
            self._ids.setdefault(bucket, []).append(ids[chosen])
            if bucket % 2 == 0:
                self._keys.setdefault(bucket, []).append(keys[chosen])
                self._held += keys.itemsize * len(chosen)
        if self._held > MOST_BYTES:
            self._file_away()

    def _file_away(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="botpulse-sort-")  # noqa: SIM115 - as long as we are
        for bucket, keys in self._keys.items():
            place = self._file.tell()
            size = self._file.write(_joined(keys).tobytes())
            self._filed.setdefault(bucket, []).append((place, size))
        self._keys, self._held = {}, 0

    def _taken(self, bucket: int) -> Keys | None:
        """The keys of a bucket, those in the file first; None where all are alike."""
        parts = list[Keys]()
        for place, size in self._filed.pop(bucket, ()):
            assert self._file is not None and self._bounds is not None
            self._file.seek(place)
            parts.append(np.frombuffer(self._file.read(size), self._bounds.dtype))
        parts += self._keys.pop(bucket, ())
        return _joined(parts) if parts else None


def _bounds(keys: Keys) -> Keys:
    """Values that part keys like these evenly; where there are few, each of them."""
    found = np.unique(keys)
    if len(found) <= _BOUNDS:
        return found
    step = max(1, len(keys) // _BOUNDS)
    bounds: Keys = np.unique(np.sort(keys)[step // 2 :: step])[:_BOUNDS]
    return bounds


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def order_of(keys: Keys, descending: bool) -> NDArray[np.intp]:
    """The places in the order of the keys: by one column of them after the other, the last one first; a stable sort
    leaves ties as they are. In one go texts would take several times as long.
    """
    order = np.arange(len(keys))
    for column in reversed(_columns(keys)):
        part = column[order].astype(column.dtype.newbyteorder("="))
        if part.min() != part.max():
            order = order[np.argsort(_falling(part) if descending else part, kind="stable")]
    return order


def _columns(keys: Keys) -> list[NDArray[Any]]:
    """Numbers as they are; texts as whole numbers of eight bytes each, the most significant first."""
    return [keys] if keys.dtype.kind == "f" else list(keys.view(">u8").reshape(len(keys), -1).T)


def _falling(numbers: NDArray[Any]) -> NDArray[Any]:
    return -numbers if numbers.dtype.kind == "f" else ~numbers
