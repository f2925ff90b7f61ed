"""Bringing a cache up to date: counting the rows behind its bound, and comparing what was counted with the rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from core.models import DISCORD_EPOCH, END_OF_TIME, EventModel
from core.statistics.rollups.cache_file import (
    NO_ROWS,
    CacheFile,
    CacheUnusable,
    Fingerprint,
    Progress,
    reading_cache,
    writing_cache,
)
from core.statistics.rollups.calendar import CellCalendar, calendar_of
from core.statistics.rollups.folding import (
    UNDATED,
    Folded,
    UnsuitedZone,
    exchange,
    fingerprints,
    fold,
    row_fields,
    store,
)
from core.statistics.rollups.packing import FIELDS
from core.statistics.rollups.trust import is_believable, sample_of, seconds_of, signature_of
from core.storage.chunked_reads import ChunkSize, Row, RowQuery, chunks, id_chunks
from core.storage.database import faults
from core.storage.horizon import Horizon
from core.storage.location import FileState, Location, file_state
from core.storage.reader import Reader, reading
from core.storage.rollup_files import cache_path, remove_unused
from core.storage.seeks import IdSpan, ids_upto, is_indexed, last_id, lowest_id
from core.time_ranges import DAY, TimeRange

log = logging.getLogger(__name__)

_BATCH_ROWS: Final = 50_000
"""So many rows are counted before they are written: what is written is not lost when the process ends."""

HOURS_KEPT: Final = 100 * DAY
"""Seconds before now for which there are cells of hours. Longer ranges are made of days."""

_DROPPED_EVERY: Final = 10 * DAY

_MOST_EXCHANGED: Final = 60
"""Where more days differ, the table is counted anew."""

_MOST_EXCHANGED_WITHOUT_INDEX: Final = 3
"""The same of a table in which a day's rows are found by passing those behind them."""

_SETTLED: Final = 100_000
"""Ids on a server: so far below the last one no transaction fills a gap any more."""


@dataclass(frozen=True, slots=True)
class UpkeepResult:
    """What came of it.

    Attributes:
        counted: how many rows were added to cells.
        corrected: how many hours held something else than was counted.
    """

    counted: int = 0
    corrected: int = 0


def bring_up_to_date(
    location: Location, zone: ZoneInfo, *, compare: bool = False, own: bool = False, now: float | None = None
) -> UpkeepResult:
    """Count what is new into the cells of a database, and compare what was counted before where that is asked for.

    It runs in a process of its own (:mod:`core.statistics.rollups.reminder`), or where nobody waits.

    Args:
        location: the database.
        zone: whose days the cells follow.
        compare: whether everything that was counted is compared with the rows that are there.
        own: this very process writes the database, too.
        now: epoch seconds; None is the clock's time. Hours are kept apart for :data:`HOURS_KEPT` before.

    Raises:
        BotpulseError: the database can't be read.
    """
    calendar = calendar_of(zone)
    if calendar is None:
        return UpkeepResult()
    counted = corrected = 0
    with faults(location):
        state = file_state(location.path)
    with reading(location, own=own) as reader:
        work = _Work(reader, calendar, state, time.time() if now is None else now)
        try:
            for model in FIELDS:
                corrected += work.compare(model) if compare or not work.is_believed(model) else 0
                counted += work.count(model)
                work.drop_old_hours(model)
        except (CacheUnusable, UnsuitedZone) as reason:
            log.debug("%s: no rollups are kept: %s", location, reason)
    remove_unused(time.time())
    return UpkeepResult(counted, corrected)


class _Work:
    """One database that is read, and the cache that is kept of it."""

    def __init__(self, reader: Reader, calendar: CellCalendar, state: FileState, now: float) -> None:
        self._reader, self._calendar, self._state = reader, calendar, state
        self._hours_since = calendar.day(min(max(now - HOURS_KEPT, DISCORD_EPOCH), END_OF_TIME)).start
        self._path = cache_path(reader.location, calendar.zone)
        self._signature = signature_of(reader, calendar.zone)

    def is_believed(self, model: type[EventModel]) -> bool:
        """Whether what was counted looks like the rows that are there."""
        before = self._progress(model)
        return not before.bound or is_believable(self._reader, model, before)

    def count(self, model: type[EventModel]) -> int:
        """Count the rows behind the bound; gives how many they were."""
        before = self._progress(model)
        last = self._complete(model, before.bound)
        begin = before.bound if before.rows else ids_upto(self._reader, model, last).after
        if not before.rows:
            before = replace(before, hours_since=self._hours_since)
        ids, counted = IdSpan(begin, last), 0
        folded, reached = Folded(before.hours_since), begin
        for chunk, rows in self._rows(model, ids):
            fold(model, rows, self._calendar, folded)
            reached = chunk.upto
            if folded.rows >= _BATCH_ROWS or reached >= last:
                before = self._add(model, before, folded, reached)
                counted, folded = counted + folded.rows, Folded(before.hours_since)
        return counted

    def compare(self, model: type[EventModel]) -> int:
        """Compare every row with what was counted, and correct it; gives how many hours were wrong."""
        before, began = self._progress(model), time.perf_counter()
        if not before.bound:
            return 0
        last = last_id(self._reader, model)
        if lowest_id(self._reader, model) > before.bound or not last:
            with self._writing(model, before) as cache:
                cache.forget(model)
            return 1
        bound = min(before.bound, last)
        there: dict[float, Fingerprint] = {}
        for _, rows in self._rows(model, ids_upto(self._reader, model, bound)):
            for start, each in fingerprints(rows, self._calendar).items() if rows else ():
                there[start] = there.get(start, NO_ROWS).plus(each)
        with reading_cache(self._path, self._signature) as cache:
            known = cache.fingerprints(model)
        wrong = [each for each in {*known, *there} if known.get(each, NO_ROWS) != there.get(each, NO_ROWS)]
        days = {self._calendar.day(start) for start in wrong if start != UNDATED}
        most = _MOST_EXCHANGED if is_indexed(self._reader, model) else _MOST_EXCHANGED_WITHOUT_INDEX
        if UNDATED in wrong or len(days) > most:
            with self._writing(model, before) as cache:
                cache.forget(model)
            return len(wrong)
        anew = {day: self._day(model, day, bound, before.hours_since) for day in days}
        others = (each.rows for start, each in there.items() if self._calendar.day(start) not in anew) if anew else ()
        rows_now = sum(others) + sum(each.rows for each in anew.values()) if anew else before.rows
        took = time.perf_counter() - began
        after = self._seen(model, replace(before, bound=bound, rows=rows_now, verified=time.time(), took=took))
        with self._writing(model, before) as cache:
            for day, folded in anew.items():
                exchange(cache, model, day, folded, self._calendar)
            cache.set_progress(model, after)
        return len(wrong)

    def drop_old_hours(self, model: type[EventModel]) -> None:
        """Drop the cells of hours that have become old; their days stay."""
        before = self._progress(model)
        if before.bound and self._hours_since > before.hours_since + _DROPPED_EVERY:
            after = replace(before, hours_since=self._hours_since, edition=before.edition + 1)
            with self._writing(model, before) as cache:
                cache.drop_hours(model, 0.0, self._hours_since)
                cache.set_progress(model, after)

    def _day(self, model: type[EventModel], day: TimeRange, bound: int, hours_since: float) -> Folded:
        """The rows of a day as they are now."""
        folded, ids = Folded(hours_since), ids_upto(self._reader, model, bound)
        for rows in chunks(self._reader, RowQuery(model, row_fields(model), ids, day)):
            fold(model, rows, self._calendar, folded)
        return folded

    def _rows(self, model: type[EventModel], ids: IdSpan) -> Iterator[tuple[IdSpan, list[Row]]]:
        """Every row with one of these ids, those without a usable timestamp too, in short chunks."""
        query = model.select(*row_fields(model))
        return id_chunks(
            self._reader, model, ids, ChunkSize(), lambda chunk: self._reader.rows(query.where(chunk.within(model)))
        )

    def _complete(self, model: type[EventModel], bound: int) -> int:
        """The last id below which no row is to come."""
        last = last_id(self._reader, model)
        if self._reader.journal_mode != "server":
            return last
        seen = max(bound, last - _SETTLED, 1)
        return Horizon().complete_to(self._reader.database, model, seen, last) if last > seen else last

    def _progress(self, model: type[EventModel]) -> Progress:
        try:
            with reading_cache(self._path, self._signature) as cache:
                return cache.progress(model)
        except CacheUnusable:
            return Progress()

    def _add(self, model: type[EventModel], before: Progress, folded: Folded, reached: int) -> Progress:
        after = self._seen(model, replace(before, bound=reached, rows=before.rows + folded.rows))
        if not before.verified:
            after = replace(after, verified=time.time())
        with self._writing(model, before) as cache:
            store(cache, model, folded, self._calendar)
            cache.set_progress(model, after)
        return after

    def _seen(self, model: type[EventModel], after: Progress) -> Progress:
        """The next edition of a progress, with what its rows look like now."""
        sample = sample_of(self._reader, model, after.bound)
        seconds = seconds_of(self._reader, model, after.bound, after.rows)
        return replace(after, sample=sample, seconds=seconds, edition=after.edition + 1)

    @contextmanager
    def _writing(self, model: type[EventModel], before: Progress) -> Iterator[CacheFile]:
        """The cache to be written to, unless it went on since ``before``. Nothing else is read in the block."""
        if self._reader.immutable and file_state(self._reader.location.path) != self._state:
            raise CacheUnusable("the file was written to while it was read as resting")
        with writing_cache(self._path, self._signature) as cache:
            if cache.progress(model).edition != before.edition:
                raise CacheUnusable("another process was quicker")
            yield cache
