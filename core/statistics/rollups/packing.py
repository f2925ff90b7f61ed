"""Cells as bytes: what is counted of a table in parts that are read on their own, each with a checksum.

Nothing in the bytes can run code: MessagePack knows numbers, texts, lists and maps only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property, partial
from threading import Lock
from typing import Any, Final

import msgpack

from core.models import DISCORD_EPOCH, END_OF_TIME, LONGEST_DURATION, EventModel, table_name
from core.statistics.bucket_counts import BucketCounts, ByColumn, merge
from core.statistics.counting import ACTIVITY, COMMANDS, IMAGES, RowCounter
from core.statistics.image_counting import IMAGES_AND_LORAS
from core.statistics.people_counting import COMMAND_USERS, IMAGE_USERS
from core.statistics.percentiles import GROWTH, SHORTEST
from core.statistics.server_counting import COMMANDS_AND_SERVERS, IMAGES_AND_SERVERS, SERVER_COMMANDS, SERVER_IMAGES

FORMAT: Final = 4
"""Counted up whenever the bytes come to mean something else."""

Counters = dict[str, Any]
"""Some of a cell's counters by name."""

_CHECKSUM_BYTES: Final = 8

_BY_COLUMN: Final = frozenset({"counted", "execution", "guild_users"})


class DamagedCell(ValueError):
    """Bytes that are not what was written."""


class Part(IntEnum):
    """What is asked for together."""

    NAMES = 0
    USERS = 1
    PEOPLE = 2
    REST = 3
    LORAS = 4
    SERVERS = 5
    SERVER_USERS = 6


FIELDS: Final[Mapping[type[EventModel], Mapping[Part, tuple[str, ...]]]] = {
    COMMANDS.model: {
        Part.NAMES: ("commands", "failures"),
        Part.USERS: ("users",),
        Part.PEOPLE: ("user_failures",),
        Part.REST: ("execution", "execution_us", "hours"),
        Part.SERVERS: ("guilds", "guild_failures"),
        Part.SERVER_USERS: ("guild_users",),
    },
    IMAGES.model: {
        Part.NAMES: ("images", "generation", "generation_us", "resolutions"),
        Part.USERS: ("users",),
        Part.PEOPLE: ("user_images",),
        Part.REST: ("hours",),
        Part.LORAS: ("made",),
        Part.SERVERS: ("guild_images",),
        Part.SERVER_USERS: ("guild_users",),
    },
    ACTIVITY.model: {Part.REST: ("counted", "restarts")},
}
"""The counters of a cell, by the table whose rows they count, and by part."""

COUNTER_OF: Final[Mapping[type[EventModel], RowCounter]] = {
    counter.model: counter for counter in (COMMANDS_AND_SERVERS, IMAGES_AND_SERVERS, ACTIVITY)
}
"""How the rows of a table are counted into its cells."""

_PLAIN: Final = (Part.NAMES, Part.USERS, Part.PEOPLE, Part.REST)
_OF_SERVERS: Final = (Part.SERVERS, Part.SERVER_USERS)
_PARTS: Final = (
    (COMMANDS, (*_PLAIN, Part.SERVERS)),
    (IMAGES, _PLAIN),
    (IMAGES_AND_LORAS, (*_PLAIN, Part.LORAS)),
    (COMMAND_USERS, (Part.USERS, Part.PEOPLE)),
    (IMAGE_USERS, (Part.USERS, Part.PEOPLE)),
    (SERVER_COMMANDS, _OF_SERVERS),
    (SERVER_IMAGES, _OF_SERVERS),
    (ACTIVITY, (Part.REST,)),
)


def parts_for(counter: RowCounter) -> tuple[Part, ...]:
    """The parts of cells that tell what a counter counts; none where only rows do."""
    return next((parts for known, parts in _PARTS if known is counter), ())


def pack(place: str, cell: BucketCounts, names: Sequence[str]) -> bytes:
    """Some counters of a cell; ``place`` is which cell it is, so that none is taken for another one's."""
    plain = [_plain(getattr(cell, name)) for name in names]
    data: bytes = msgpack.packb(plain, unicode_errors="surrogatepass")
    return _checksum(place, data) + data


def unpack(place: str, packed: Any, names: Sequence[str]) -> Counters:
    """These counters of a cell, by name.

    Raises:
        DamagedCell: it is not what was packed for this place.
    """
    return PackedPart(place, packed, names).counters


class UnpackedLately:
    """The counters of parts that were unpacked lately, of so many packed bytes together; never to be altered.

    Who goes from a range to another one and back asks for the same cells, and unpacking them is most of the work.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left, self._lock = most_bytes, Lock()
        self._known: dict[tuple[str, bytes], Counters] = {}

    def __contains__(self, packed: tuple[str, bytes]) -> bool:
        return packed in self._known

    def get(self, packed: tuple[str, bytes], unpacked: Callable[[], Counters]) -> Counters:
        """The counters of a place's bytes; ``unpacked`` gives them where they are not known."""
        with self._lock:
            known = self._known.pop(packed, None)
            if known is not None:
                self._known[packed] = known  # the last to be let go of
                return known
        made = unpacked()
        with self._lock:
            self._left -= len(packed[1]) if packed not in self._known else 0
            self._known[packed] = made
            while self._left < 0:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._left += len(oldest[1])
        return made


_LATELY: Final = UnpackedLately(4_000_000)
"""Some ten times as much in memory at most; a year in weeks, as a page shows a million rows, is 2.6 MB."""


class PackedPart:
    """Some counters of a cell, unpacked once they are asked for: a page shows some of them, and few of each bucket.

    Raises:
        DamagedCell: it is not what was packed for this place.
    """

    def __init__(self, place: str, packed: Any, names: Sequence[str]) -> None:
        if not isinstance(packed, bytes):
            raise DamagedCell(place)
        if (place, packed) not in _LATELY and packed[:_CHECKSUM_BYTES] != _checksum(place, packed[_CHECKSUM_BYTES:]):
            raise DamagedCell(place)
        self._place, self._packed, self._names = place, packed, names

    @property
    def counters(self) -> Counters:
        """The counters by name, the caller's own.

        Raises:
            DamagedCell: they can't be read.
        """
        try:
            found = msgpack.unpackb(
                self._packed[_CHECKSUM_BYTES:], use_list=False, strict_map_key=False, unicode_errors="surrogatepass"
            )
            return {name: _counters(name, each) for name, each in zip(self._names, found, strict=True)}
        except (ValueError, TypeError, AttributeError, msgpack.UnpackException) as error:
            raise DamagedCell(self._place) from error

    def add_to(self, cell: BucketCounts) -> None:
        """Add the counters to a cell's, later: they are unpacked when they are asked for there."""
        for name in self._names:
            cell.add_later(name, partial(self._of, name))

    @cached_property
    def _shared(self) -> Counters:
        """The same for all who only read them, as they were unpacked lately."""
        return _LATELY.get((self._place, self._packed), lambda: self.counters)

    def _of(self, name: str) -> Any:
        return self._shared[name]


def take_in(cell: BucketCounts, counters: Counters) -> None:
    """Add counters, which are the cell's from then on."""
    for name, more in counters.items():
        known = getattr(cell, name)
        if known:
            merge(known, more)
        else:
            setattr(cell, name, more)


def take_out(cell: BucketCounts, counters: Counters) -> None:
    """Undo :func:`take_in`."""
    cell.take_away(BucketCounts(**counters), tuple(counters))


def signature(more: object) -> str:
    """What cells were made by: where any of it changes, none that were made before can be believed.

    ``more`` is what else they depend on, as its ``repr`` tells it.
    """
    rules = FORMAT, GROWTH, SHORTEST, DISCORD_EPOCH, END_OF_TIME, LONGEST_DURATION
    fields = [(table_name(model), sorted(parts.items())) for model, parts in FIELDS.items()]
    read = [[field.name for field in counter.fields] for counter in COUNTER_OF.values()]
    return hashlib.sha256(repr((rules, fields, read, more)).encode()).hexdigest()


def _checksum(place: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECKSUM_BYTES, key=place.encode()).digest()


def _plain(counts: Any) -> Any:
    if isinstance(counts, ByColumn):
        return {column: dict(values) for column, values in counts.items()}
    return dict(counts)


def _counters(name: str, plain: Any) -> Any:
    if name not in _BY_COLUMN:
        return Counter(plain)
    made = ByColumn()
    for column, values in plain.items():
        made[column] = Counter(values)
    return made
