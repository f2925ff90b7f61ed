"""Whether a cache is of the rows that are there: asked before it is believed, in a few seeks.

What a sample, a count and the sum of the times don't show (another value that somebody altered by hand in the midst of
history) is found by the comparison of all rows in the background (:mod:`core.statistics.rollups.upkeep`).
"""

from __future__ import annotations

import time
from typing import Any, Final
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import peewee

from core.models import EventModel, is_required, table_name
from core.statistics.rollups.cache_file import Progress
from core.statistics.rollups.calendar import zone_rules
from core.statistics.rollups.folding import checksums, row_fields
from core.statistics.rollups.packing import FIELDS, signature
from core.storage.location import Location
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, is_indexed, lowest_id, next_id, scalar

_SAMPLED: Final = 16
"""So many rows of a table are compared, spread evenly over its ids."""

_MOST_COUNTED: Final = 1_500_000
"""Where a table has more rows, they are not counted at each question: that takes some milliseconds a million."""

_MOST_COUNTED_WITHOUT_INDEX: Final = 100_000
"""The same of a table whose rows have to be passed for that, instead of an index."""

_MOST_SUMMED: Final = 1_000_000
_MOST_SUMMED_IN_ROLLBACK: Final = 300_000
"""Where a table has more rows, their times are not summed up; in rollback mode a writer waits for it."""

_SUMMED_EVERY: Final = 10.0
"""Seconds for which a process does not sum up the times again that it found as they were."""

_summed: Final[dict[tuple[Location, str], tuple[int, float]]] = {}
"""By database and table, the edition of which that was so, and until when it is believed."""

_looked_at: Final[WeakKeyDictionary[peewee.Database, dict[str, tuple[int, Any]]]] = WeakKeyDictionary()
"""By connection and table, the edition of which rows and times were so, and the version of the data that they had."""

_doubted: Final[set[tuple[Location, str]]] = set()
"""Databases, with a zone, of which something else than new rows was seen since all rows were compared last."""


def doubt(location: Location, zone: ZoneInfo) -> None:
    """Believe no cell of a database until all its rows were compared with them."""
    _doubted.add((location, zone.key))


def is_doubted(location: Location, zone: ZoneInfo) -> bool:
    """Whether that comparison is still to come."""
    return (location, zone.key) in _doubted


def settle(location: Location, zone: ZoneInfo) -> None:
    """All rows were compared."""
    _doubted.discard((location, zone.key))


def signature_of(reader: Reader, zone: ZoneInfo) -> str:
    """What cells of this database are made by: the counters, the zone's rules, and which columns there are."""
    ours = {table_name(model) for model in FIELDS}
    added = sorted(column for column in reader.added_columns if column[0] in ours and is_required(*column))
    return signature((zone.key, zone_rules(zone), sorted(reader.tables & ours), added))


def sample_of(reader: Reader, model: type[EventModel], bound: int) -> str:
    """Checksums of some of the rows up to an id, that one and the first among them."""
    first = lowest_id(reader, model)
    if bound < first or not bound:
        return ""
    spread = {first + (bound - first) * part // (_SAMPLED - 1) for part in range(_SAMPLED)}
    found = {next_id(reader, model, IdSpan(row_id - 1, bound)) for row_id in spread}
    found.add(next_id(reader, model, IdSpan(first - 1, bound), falling=True))
    return _told(reader, model, [row_id for row_id in found if row_id is not None])


def is_believable(reader: Reader, model: type[EventModel], progress: Progress) -> bool:
    """Whether the rows up to the bound look like those that were counted."""
    lowest = scalar(reader, model.select(peewee.fn.MIN(model.id)))
    if not progress.rows:
        return lowest is None or lowest > progress.bound
    ids = [int(each.partition(":")[0]) for each in progress.sample.split()]
    if not ids or min(ids) != lowest or _told(reader, model, ids) != progress.sample:
        return False
    return _is_as_it_was(reader, model, progress)


def seconds_of(reader: Reader, model: type[EventModel], bound: int, rows: int) -> int | None:
    """The sum of the times of the rows up to an id, in whole seconds of 31 bits; ``rows`` is about how many they are.

    Where there is an index on the time it alone is read: 50 ms a million rows. None where that would take too long.
    """
    most = _MOST_SUMMED if reader.journal_mode == "WAL" else _MOST_SUMMED_IN_ROLLBACK
    if reader.journal_mode == "server" or rows > min(most, _most_counted(reader, model)):
        return None
    seconds = peewee.fn.COALESCE(peewee.fn.SUM(model.timestamp.bin_and(peewee.Value(2**31 - 1, converter=False))), 0)
    return int(scalar(reader, model.select(seconds - model.select(seconds).where(model.id > bound))))


def _is_as_it_was(reader: Reader, model: type[EventModel], progress: Progress) -> bool:
    """Whether number and times of the rows are those that were counted; asked again once somebody has committed."""
    if reader.journal_mode == "server":
        return True
    version = progress.edition, reader.database.execute_sql("PRAGMA data_version").fetchone()[0]
    known = _looked_at.setdefault(reader.database, {})
    if known.get(table_name(model)) != version:
        if not (_has_rows(reader, model, progress) and _has_times(reader, model, progress)):
            return False
        known[table_name(model)] = version
    return True


def _has_rows(reader: Reader, model: type[EventModel], progress: Progress) -> bool:
    if progress.rows > _most_counted(reader, model):
        return True
    every, above = peewee.fn.COUNT(peewee.SQL("*")), model.select(peewee.fn.COUNT(model.id))
    return bool(scalar(reader, model.select(every - above.where(model.id > progress.bound))) == progress.rows)


def _has_times(reader: Reader, model: type[EventModel], progress: Progress) -> bool:
    place, now = (reader.location, table_name(model)), time.monotonic()
    edition, until = _summed.get(place, (-1, 0.0))
    if progress.seconds is None or (edition == progress.edition and now < until):
        return True
    if seconds_of(reader, model, progress.bound, progress.rows) not in (progress.seconds, None):
        return False
    _summed[place] = progress.edition, now + _SUMMED_EVERY
    return True


def _most_counted(reader: Reader, model: type[EventModel]) -> int:
    return _MOST_COUNTED if is_indexed(reader, model) else _MOST_COUNTED_WITHOUT_INDEX


def _told(reader: Reader, model: type[EventModel], ids: list[int]) -> str:
    rows: list[tuple[Any, ...]] = reader.rows(
        model.select(*row_fields(model)).where(model.id.in_(ids)).order_by(model.id)
    )
    return " ".join(f"{row[-1]}:{each}" for row, each in zip(rows, checksums(rows), strict=True))
