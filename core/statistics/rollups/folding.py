"""Rows as cells: what they add to the hours, days and months that they touch; and the fingerprints of rows."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from core.models import DISCORD_EPOCH, END_OF_TIME, EventModel
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Grid
from core.statistics.rollups.cache_file import NO_ROWS, CacheFile, Fingerprint
from core.statistics.rollups.calendar import CellCalendar, Level, all_changes
from core.statistics.rollups.packing import COUNTER_OF
from core.storage.chunked_reads import Row
from core.time_ranges import TimeRange

UNDATED: Final = -1.0
"""As the start of an hour: of rows without a usable timestamp."""

_ALL: Final = 0.0
"""The start of the one cell of :attr:`Level.EVER`."""

Cells = dict[float, BucketCounts]


class UnsuitedZone(Exception):
    """A day of the zone does not begin with an hour of ours: there are no cells for it."""


@dataclass
class Folded:
    """What some rows of one table come to.

    Attributes:
        hours: by the start of the hour, from :attr:`hours_since` on.
        days: what was before, by the start of the day; and rows without a usable timestamp, by :data:`UNDATED`.
        prints: the rows' fingerprints, by the start of the hour or :data:`UNDATED`.
        rows: how many rows there were.
    """

    hours_since: float
    hours: Cells = field(default_factory=lambda: defaultdict(BucketCounts))
    days: Cells = field(default_factory=lambda: defaultdict(BucketCounts))
    prints: dict[float, Fingerprint] = field(default_factory=dict)
    rows: int = 0


def row_fields(model: type[EventModel]) -> tuple[Any, ...]:
    """What is read of a row: what its table's counter takes, and the id behind it."""
    return (*COUNTER_OF[model].fields, model.id)


def checksums(rows: Sequence[Row]) -> list[int]:
    """A checksum of each row, as :func:`row_fields` reads it: 32 bits of everything that is counted, and of the id."""
    packer = msgpack.Packer(unicode_errors="surrogatepass")
    return list(map(zlib.crc32, map(packer.pack, rows)))


def fingerprints(rows: Sequence[Row], calendar: CellCalendar) -> dict[float, Fingerprint]:
    """The rows' fingerprints by hour."""
    starts, sums = starts_of(rows, calendar), np.array(checksums(rows), dtype=np.int64)
    hours, places, counts = np.unique(starts, return_inverse=True, return_counts=True)
    digests = np.zeros(len(hours), dtype=np.int64)
    np.add.at(digests, places, sums)
    every = zip(hours.tolist(), counts.tolist(), digests.tolist(), strict=True)
    return {start: Fingerprint(count, digest) for start, count, digest in every}


def starts_of(rows: Sequence[Row], calendar: CellCalendar) -> NDArray[np.float64]:
    """The start of each row's hour; :data:`UNDATED` where its timestamp can be none."""
    times = [row[0] if isinstance(row[0], float | int) else UNDATED for row in rows]
    moments = np.array(times, dtype=float)
    usable = (moments >= DISCORD_EPOCH) & (moments < END_OF_TIME)
    width = calendar.width
    hours: NDArray[np.float64] = np.floor_divide(np.where(usable, moments, 0.0), width) * width
    return np.where(usable, hours, UNDATED)


def fold(model: type[EventModel], rows: Sequence[Row], calendar: CellCalendar, into: Folded) -> None:
    """Count rows, each with the fields of :func:`row_fields`."""
    if not rows:
        return
    into.rows += len(rows)
    for start, each in fingerprints(rows, calendar).items():
        into.prints[start] = into.prints.get(start, Fingerprint(0, 0)).plus(each)
    starts = starts_of(rows, calendar)
    counted = [row[:-1] for row in rows]
    dated = (starts != UNDATED).tolist()
    with_time = [row for row, usable in zip(counted, dated, strict=True) if usable]
    without = [(DISCORD_EPOCH, *row[1:]) for row, usable in zip(counted, dated, strict=True) if not usable]
    counter = COUNTER_OF[model]
    if with_time:
        grid = _grid(_edges(starts[starts != UNDATED], into.hours_since, calendar), calendar)
        for slot, delta in counter.fold(with_time, grid).items():
            start = float(grid.edges[slot])
            (into.hours if start >= into.hours_since else into.days)[start].add(delta)
    if without:
        grid = _grid(np.array([DISCORD_EPOCH, DISCORD_EPOCH + calendar.width]), calendar)
        for delta in counter.fold(without, grid).values():
            into.days[UNDATED].add(delta)


def _edges(starts: NDArray[np.float64], hours_since: float, calendar: CellCalendar) -> NDArray[np.float64]:
    """The edges of the hours that begin so, or of their days where cells are days."""
    hours = np.unique(starts[starts >= hours_since])
    known = np.union1d(hours, hours + calendar.width)
    old = np.unique(starts[starts < hours_since])
    if not len(old):
        return known
    days = np.array(_fitting(Level.DAY, TimeRange(old[0], old[-1] + calendar.width), calendar))
    places = np.unique(np.searchsorted(days, old, "right") - 1)
    return np.union1d(known, np.union1d(days[places], days[places + 1]))


def _grid(edges: NDArray[np.float64], calendar: CellCalendar) -> Grid:
    changes = all_changes(calendar.zone)
    return Grid(edges, np.array([when for when, _ in changes]), np.array([offset for _, offset in changes]))


def _fitting(level: Level, span: TimeRange, calendar: CellCalendar) -> tuple[float, ...]:
    edges = calendar.edges(level, span)
    if not all(map(calendar.fits, edges)):
        raise UnsuitedZone(calendar.zone.key)
    return edges


def wider(level: Level, hours: Iterable[float], calendar: CellCalendar) -> dict[float, float]:
    """The start of the day, week or month of each smaller cell; those without a time have none.

    Raises:
        UnsuitedZone: an hour belongs to two days.
    """
    known = sorted(hour for hour in hours if hour != UNDATED)
    if level is Level.EVER:
        return dict.fromkeys((*known, UNDATED), _ALL)
    if not known:
        return {}
    edges = _fitting(level, TimeRange(known[0], known[-1] + calendar.width), calendar)
    return {hour: edges[bisect_right(edges, hour) - 1] for hour in known}


def store(cache: CacheFile, model: type[EventModel], folded: Folded, calendar: CellCalendar) -> None:
    """Add what was folded to the cells of every level.

    Raises:
        UnsuitedZone: there are no cells for this zone.
    """
    cache.add(model, Level.HOUR, folded.hours)
    days = days_of(folded, calendar)
    cache.add(model, Level.DAY, {start: cell for start, cell in days.items() if start != UNDATED})
    for level in (Level.WEEK, Level.MONTH, Level.EVER):
        cache.add(model, level, _gathered(level, days, calendar))
    known = cache.fingerprints(model)
    merged = {start: known.get(start, Fingerprint(0, 0)).plus(each) for start, each in folded.prints.items()}
    cache.set_fingerprints(model, merged)


def _gathered(level: Level, below: Cells, calendar: CellCalendar) -> Cells:
    """Smaller cells taken together."""
    above: Cells = defaultdict(BucketCounts)
    into = wider(level, below, calendar)
    for start, cell in below.items():
        if start in into:
            above[into[start]].add(cell)
    return above


def days_of(folded: Folded, calendar: CellCalendar) -> Cells:
    """What was folded by day, and what has no day by :data:`UNDATED`."""
    days = _gathered(Level.DAY, folded.hours, calendar)
    for start, cell in folded.days.items():
        days[start].add(cell)
    return days


def exchange(cache: CacheFile, model: type[EventModel], day: TimeRange, new: Folded, calendar: CellCalendar) -> None:
    """Put what a day's rows are now in the place of what was counted in it.

    Raises:
        UnsuitedZone: there are no cells for this zone.
    """
    old, now = cache.whole(model, Level.DAY, day.start), days_of(new, calendar).get(day.start, BucketCounts())
    for level in (Level.DAY, Level.WEEK, Level.MONTH, Level.EVER):
        start = day.start if level is Level.DAY else wider(level, [day.start], calendar)[day.start]
        cache.replace(model, level, start, old, now)
    cache.drop_hours(model, day.start, day.end)
    cache.add(model, Level.HOUR, new.hours)
    gone = {start: NO_ROWS for start in cache.fingerprints(model, day.start) if start < day.end}
    cache.set_fingerprints(model, {**gone, **new.prints})
