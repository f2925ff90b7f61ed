"""The first rows in the order of a column's values, found without sorting the others.

Once so many are known, the database itself leaves out what can't be before the last of them: what is read is little,
and the time is that of looking at the rows, as of ``ORDER BY … LIMIT`` in one statement.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

import numpy as np
import peewee
from numpy.typing import NDArray

from core.models import LONGEST_DURATION
from core.storage.chunked_reads import CHUNK_SECONDS, ChunkSize
from core.storage.seeks import IdSpan, next_id
from core.storage.values import LARGEST, NO_RESOLUTION, Kind
from core.tables.definitions import Column
from core.tables.paging.buckets import Keys, order_of
from core.tables.paging.searching import Search
from core.tables.paging.sorting import KEY_BYTES, RankedIds, distances, keys_of, sort_field
from core.tasks import Progress, Task
from core.text.formatting import count

_NUMBERS: Final = frozenset({Kind.SECONDS, Kind.COUNT, Kind.NUMBER})
"""Kinds whose values are in the order in which they are stored."""

_TEXTS: Final = frozenset(
    {Kind.COMMAND, Kind.USER, Kind.GUILD, Kind.CHANNEL, Kind.ACTION, Kind.RESOLUTION, Kind.TEXT, Kind.PROMPT}
)
"""Kinds of text that stand in the file as they are. Of the others the values that come often are left out."""

_CHUNK: Final = (2_000, 200)
"""Ids that the first chunk looks at, and that one looks at at least."""

_LIMITS: Final = {"rollback": (150_000, CHUNK_SECONDS), "WAL": (500_000, 0.04), "server": (5_000_000, 0.4)}
"""By the journal's mode, ids that a chunk looks at at most, and how long it should take: where it stops no writer, a
task has to say soon how far it is. A server looks at many rows with several processes, and at few with one.
"""

_MOST_THERE: Final = 30_000_000
"""Ids of a table that a server sorts by a number in one statement, in some seconds."""

_MOST_BEATEN: Final = 400
"""Values that are left out by name. Older SQLite knows no more than 999 parameters."""

_MOST_SEEN: Final = 20_000

_ALIKE: Final = re.compile(rb"(?:[\x01-\xc1\xd8-\xe0\xe2-\xff]|\xe1[^\xb8-\xbb])*")
"""The beginning of a key without letters beyond ASCII that have a lower case: of these SQLite knows none."""

_ASCII: Final = re.compile(rb"[\x01-\x7f]*")


def leading(search: Search, ids: IdSpan, column: Column, *, descending: bool, most: int) -> Task[RankedIds]:
    """The first ``most`` of some ids in the order of a column's values, the unknown ones last."""
    is_there = search.reader.journal_mode == "server" and ids.size <= _MOST_THERE
    find = _found_there if is_there and column.kind in _NUMBERS else _found_in_chunks
    found = yield from find(search, ids, column, descending, most)
    if len(found) < most:
        rest = yield from _newest(search, ids, found, most)
        found = np.concatenate((found, np.array(rest, np.int64)))
    highest = int(found.max(initial=0))
    return RankedIds(distances(found, highest), highest)


def _found_there(search: Search, ids: IdSpan, column: Column, descending: bool, most: int) -> Task[NDArray[np.int64]]:
    """A server sorts numbers itself, with several processes."""
    field, row_id = column.field, search.model.id
    order = field.desc() if descending else field, row_id.desc()
    rows = search.first_of([row_id, field], ids, _is_known(column), order, most)
    yield Progress(1.0, f"{count(len(rows))} rows")
    _, known = keys_of(column)([value for _, value in rows])
    return np.array([found for found, _ in rows], np.int64)[known]


def _is_known(column: Column) -> Any:
    """Whether a number that is stored on a server means one."""
    field = column.field
    if column.kind is Kind.SECONDS:
        return (field > 0 if column.zero_is_unknown else field >= 0) & (field <= LONGEST_DURATION)
    is_known = (field <= LARGEST) & (field >= (0 if column.kind is Kind.COUNT else -LARGEST))
    return is_known & (field == peewee.fn.FLOOR(field)) if column.kind is Kind.COUNT else is_known


def _found_in_chunks(
    search: Search, ids: IdSpan, column: Column, descending: bool, most: int
) -> Task[NDArray[np.int64]]:
    """Rows are looked at the newest first, in short chunks: of those that are alike the newest come first."""
    mode = search.reader.journal_mode
    on_file, left = mode != "server", ids
    size = ChunkSize(*_CHUNK, *_LIMITS[mode])
    make, fields = keys_of(column), [search.model.id, sort_field(column, on_file)]
    keys, found, beaten = make([])[0], np.zeros(0, np.int64), Counter[Any]()
    while left:
        chunk = IdSpan(max(left.after, left.upto - size.rows), left.upto)
        last = keys[-1].item() if len(keys) == most else None
        with size.measured():
            rows = search.those_of(fields, chunk, _may_lead(column, last, descending, beaten, on_file))
        left = IdSpan(left.after, chunk.after)
        if rows:
            more, known = make([row[1] for row in rows])
            keys = np.concatenate((keys, more[known]))
            found = np.concatenate((found, np.array([row[0] for row in rows], np.int64)[known]))
            if len(keys):
                order = order_of(keys, descending)[:most]
                keys, found = keys[order], found[order]
            if column.kind not in _NUMBERS | _TEXTS:
                leads = known & _is_before(more, keys[-1], descending) if len(keys) == most else known
                _count(beaten, [rows[place][1] for place in np.flatnonzero(~leads).tolist()])
        elif left:  # a gap costs one seek, however wide it is
            left = IdSpan(left.after, next_id(search.reader, search.model, left, falling=True) or left.after)
        yield Progress(1 - left.size / ids.size, f"{count(len(found))} rows")
    return found


def _newest(search: Search, ids: IdSpan, known: NDArray[np.int64], most: int) -> Task[list[int]]:
    """The newest rows but for those of known values: where these are fewer than ``most``, they come after them."""
    rows, others = list[int](), set(known.tolist())
    for chunk in search.run([search.model.id], ids.upto + 1, ids, falling=True, most=most):
        rows += [row_id for (row_id,) in chunk.rows if row_id not in others]
        yield Progress(1.0, f"{count(len(rows))} rows")
    return rows[: most - len(others)]


def _is_before(keys: Keys, last: Any, descending: bool) -> Any:
    return keys > last if descending else keys < last


def _count(beaten: Counter[Any], values: list[Any]) -> None:
    """Remember values that can't be among the first any more: the last of those only gets better."""
    beaten.update(value for value in values if value is None or isinstance(value, bytes | str | int))
    if len(beaten) > _MOST_SEEN:
        often = beaten.most_common(_MOST_SEEN // 2)
        beaten.clear()
        beaten.update(dict(often))


def _may_lead(column: Column, last: Any, descending: bool, beaten: Counter[Any], on_file: bool) -> Any:
    """What holds at least of every row that comes before one with the key ``last``; None: too few are known yet."""
    if column.kind not in _NUMBERS | _TEXTS:
        return _is_none_of(sort_field(column, on_file), [value for value, _ in beaten.most_common(_MOST_BEATEN)])
    if last is None:
        return column.field.is_null(False)
    if column.kind in _NUMBERS:
        return _number_before(column, _value(float(last)), descending)
    is_before = _text_before(column.field, last, descending, on_file)
    if column.kind is Kind.RESOLUTION:
        is_before &= (column.field.collate("BINARY") if on_file else column.field).not_in(NO_RESOLUTION)
    return is_before


def _is_none_of(field: Any, values: list[Any]) -> Any:
    """Whether a stored value is none of these, among which may be NULL."""
    others = field.not_in([_value(each) for each in values if each is not None])
    return others & field.is_null(False) if None in values else others | field.is_null()


def _number_before(column: Column, last: Any, descending: bool) -> Any:
    is_before = column.field > last if descending else column.field < last
    if column.kind is not Kind.SECONDS or descending:
        return is_before
    return is_before & (column.field > 0 if column.zero_is_unknown else column.field >= 0)


def _text_before(field: Any, last: bytes, descending: bool, on_file: bool) -> Any:
    """The same for texts, whose keys are in lower case: a database compares what is ASCII, and what has no case, so.

    Cased letters beyond ASCII are greater than all that is ASCII, in either case.
    """
    plain = _beginning(_ALIKE if on_file else _ASCII, last)
    rest = last[len(plain.encode()) :]
    text = field.collate("NOCASE") if on_file else peewee.fn.LOWER(field.collate('"C"'))
    beyond_all = f"{plain}\U0010ffff" if on_file else plain[:-1] + chr(ord(plain[-1:] or "\0") + 1)
    if descending and not rest and len(last) == KEY_BYTES:
        is_before = text >= _value(beyond_all)  # those that go on otherwise are no different
    elif descending:
        is_before = text > _value(f"{plain}\x7f" if rest > b"\x7f" else plain)
    elif rest:
        is_before = text < _value(beyond_all) if plain else field.is_null(False)
    else:
        is_before = text < _value(plain)
    if not on_file:
        return is_before
    return is_before | (field < _value("")) | (field >= _value(b""))  # a number, or bytes


def _beginning(alike: re.Pattern[bytes], key: bytes) -> str:
    found = alike.match(key)
    assert found is not None  # it may be empty
    try:
        return found[0].decode()
    except UnicodeDecodeError as error:
        return found[0][: error.start].decode()


def _value(stored: Any) -> Any:
    return peewee.Value(stored, converter=False)
