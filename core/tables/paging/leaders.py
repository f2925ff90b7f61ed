"""The first rows in the order of a column's values, found without sorting the others.

Once so many are known, the database itself leaves out what can't be before the last of them: what is read is little,
and the time is that of looking at the rows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import peewee

from core.storage.chunked_reads import CHUNK_SECONDS, ChunkSize
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, next_id
from core.storage.values import Kind
from core.tables.definitions import Column
from core.tables.paging.buckets import order_of
from core.tables.paging.searching import Search
from core.tables.paging.sorting import KEY_BYTES, RankedIds, distances, keys_of, sort_field
from core.tasks import Progress, Task
from core.text.formatting import count

_NUMBERS: Final = frozenset({Kind.SECONDS, Kind.COUNT, Kind.NUMBER})
"""Kinds whose values are in the order in which they are stored."""

_TEXTS: Final = frozenset(
    {Kind.COMMAND, Kind.USER, Kind.GUILD, Kind.CHANNEL, Kind.ACTION, Kind.RESOLUTION, Kind.TEXT, Kind.PROMPT}
)
"""Kinds of text that stand in the file as they are; how a server compares texts depends on its locale."""

_CHUNK: Final = (2_000, 200, 100_000)
"""Ids that the first chunk looks at, and that one looks at at least and at most."""

_UNLOCKED_SECONDS: Final = 0.04
"""How long a read takes where it stops no writer: so soon a task says again how far it is."""


def are_led(reader: Reader, column: Column) -> bool:
    """Whether a column's first rows can be found so."""
    on_file = isinstance(reader.database, peewee.SqliteDatabase)
    return column.kind in _NUMBERS or (on_file and column.kind in _TEXTS)


def leading(search: Search, ids: IdSpan, column: Column, *, descending: bool, most: int) -> Task[RankedIds]:
    """The first ``most`` of some ids in the order of a column's known values, where :func:`are_led` says so.

    Rows are looked at the newest first, in short chunks: of those that are alike the newest come first.
    """
    in_rollback = search.reader.journal_mode == "rollback"
    size, left = ChunkSize(*_CHUNK, seconds=CHUNK_SECONDS if in_rollback else _UNLOCKED_SECONDS), ids
    make, fields = keys_of(column), [search.model.id, sort_field(column)]
    keys, found = make([])[0], np.zeros(0, np.int64)
    while left:
        chunk = IdSpan(max(left.after, left.upto - size.rows), left.upto)
        last = keys[-1].item() if len(keys) == most else None
        with size.measured():
            rows = search.those_of(fields, chunk, _is_before(column, last, descending))
        left = IdSpan(left.after, chunk.after)
        if rows:
            more, known = make([row[1] for row in rows])
            keys = np.concatenate((keys, more[known]))
            found = np.concatenate((found, np.array([row[0] for row in rows], np.int64)[known]))
            if len(keys):
                order = order_of(keys, descending)[:most]
                keys, found = keys[order], found[order]
        elif left:  # a gap costs one seek, however wide it is
            left = IdSpan(left.after, next_id(search.reader, search.model, left, falling=True) or left.after)
        yield Progress(1 - left.size / ids.size, f"{count(len(found))} rows")
    highest = int(found.max(initial=0))
    return RankedIds(distances(found, highest), highest)


def _is_before(column: Column, last: Any, descending: bool) -> Any:
    """What holds at least of every row that comes before one with the key ``last``; None: too few are known yet."""
    if last is None:
        return column.field.is_null(False)
    if column.kind in _TEXTS:
        return _text_before(column.field, last, descending)
    number = peewee.Value(float(last), converter=False)
    is_before = column.field > number if descending else column.field < number
    if column.kind is not Kind.SECONDS:
        return is_before
    return is_before & (column.field > 0 if column.zero_is_unknown else column.field >= 0)


def _text_before(field: Any, last: bytes, descending: bool) -> Any:
    """The same for texts, whose keys are casefolded: of letters beyond ASCII SQLite knows no other case.

    Where the first of them stands, a text is greater than all ASCII, in its key as well, unless it is one of the few
    that fold into ASCII: so upwards every text with any of them is read.
    """
    plain = last.decode("ascii", "ignore") if last.isascii() else last[: _plain_length(last)].decode()
    if not plain:
        return field >= chr(0x80) if descending and last else field.is_null(False)
    start = peewee.fn.SUBSTR(field, 1, KEY_BYTES if last.isascii() else len(plain))
    folded, limit = peewee.fn.LOWER(start), peewee.Value(plain, converter=False)
    if descending:
        return folded > limit if last.isascii() else folded >= limit
    is_before = folded < limit if last.isascii() else folded <= limit
    return is_before | (peewee.fn.LENGTH(start.cast("BLOB")) != peewee.fn.LENGTH(start))


def _plain_length(key: bytes) -> int:
    """How many of the first bytes are ASCII."""
    return next((place for place, byte in enumerate(key) if byte >= 0x80), len(key))
