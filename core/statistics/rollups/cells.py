"""What a question takes of a cache: cells for the hours, days, … in its buckets; rows are left for the rest.

TimescaleDB calls this a real-time continuous aggregate: what was counted up to a bound, and the rows behind it.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from core.models import EventModel
from core.statistics.bucket_counts import BucketCounts
from core.statistics.rollups.cache_file import CacheFile, CacheUnusable, Progress, reading_cache
from core.statistics.rollups.calendar import CellCalendar, Level, calendar_of
from core.statistics.rollups.packing import FIELDS, PackedPart, Part, take_in, take_out
from core.statistics.rollups.trust import is_believable, is_doubted, signature_of
from core.storage.reader import Reader
from core.storage.rollup_files import cache_path
from core.storage.seeks import is_indexed
from core.time_ranges import TimeRange

log = logging.getLogger(__name__)

_EVER: Final = 0.0

_Runs = dict[Level, list[TimeRange]]


@dataclass(frozen=True, slots=True)
class Rolled:
    """What cells tell of one table for some buckets.

    Attributes:
        bound: of the rows up to this id, those outside of ``ragged`` are in the cells.
        cells: what was counted, by the start of the bucket.
        sums: the same of the buckets of each group together, made of the largest cells that fit.
        ragged: spans in which there are rows, and of which no cell was taken; they never overlap.
    """

    bound: int
    cells: Mapping[float, BucketCounts]
    sums: tuple[BucketCounts, ...]
    ragged: tuple[TimeRange, ...]


class Rollups:
    """The cells of a database that may be believed at this moment. See :func:`open_rollups`."""

    def __init__(self, reader: Reader, calendar: CellCalendar, progress: Mapping[type[EventModel], Progress]) -> None:
        self._reader, self._calendar, self._progress = reader, calendar, progress
        self._path, self._signature = cache_path(reader.location, calendar.zone), signature_of(reader, calendar.zone)

    def bound(self, model: type[EventModel]) -> int:
        """The id up to which a table's rows are in cells."""
        return self._progress[model].bound

    def hours_since(self, model: type[EventModel]) -> float:
        """Epoch seconds from which on a table's hours have cells of their own; before there are days."""
        return self._progress[model].hours_since

    def ever(self, model: type[EventModel], upto: float, parts: Sequence[Part]) -> BucketCounts | None:
        """All rows up to the bound but those from ``upto`` on; None where no day begins then, or cells can't be read.

        Rows without a usable timestamp are among them.
        """
        if math.isfinite(upto) and upto not in self._calendar.edges(Level.DAY, TimeRange(upto, upto)):
            return None
        total = BucketCounts()
        try:
            with self._cells(model) as cache:
                for part in parts:
                    for _, cell in cache.cells(model, Level.EVER, part, _EVER, math.inf):
                        take_in(total, cell)
                    for _, cell in cache.cells(model, Level.DAY, part, upto, math.inf):
                        take_out(total, cell)
        except CacheUnusable:
            return None
        return total

    def buckets(
        self,
        model: type[EventModel],
        edges: Sequence[float],
        parts: Sequence[Part],
        groups: Sequence[Collection[float]] = (),
        *,
        beyond: bool = False,
    ) -> Rolled | None:
        """Some parts of the cells in buckets, and the sums of ``groups`` of them, each the starts of some buckets.

        Nothing of them is unpacked before it is asked for. ``beyond`` tells whether rows behind the last edge are
        wanted, too. None where rows are the shorter way: little of the buckets is made of whole hours, or rows of a
        span can't be found without an index; or where cells can't be read.
        """
        spans = [TimeRange(start, end) for start, end in pairwise(edges)]
        hours_since = self._progress[model].hours_since
        runs, ragged = _planned(spans, self._calendar, hours_since)
        if sum(span.end - span.start for span in ragged) > (edges[-1] - edges[0]) / 2:
            return None
        wider = []
        for group in groups:
            whole = _joined(span for span in spans if span.start in group)
            planned, rest = _planned(_without(whole, ragged), self._calendar, hours_since)
            if rest:
                return None
            wider.append(planned)
        wanted = [*ragged, TimeRange(edges[-1], math.inf)] if beyond else ragged
        found: dict[float, BucketCounts] = defaultdict(BucketCounts)
        sums = tuple(BucketCounts() for _ in groups)
        try:
            with self._cells(model) as cache:
                left = [span for span in wanted if self._has_rows(cache, model, span)]
                if left and not is_indexed(self._reader, model):
                    return None
                for start, packed in _packed(cache, model, runs, parts):
                    packed.add_to(found[edges[bisect_right(edges, start) - 1]])
                for total, planned in zip(sums, wider, strict=True):
                    for _, packed in _packed(cache, model, planned, parts):
                        packed.add_to(total)
        except CacheUnusable:
            return None
        return Rolled(self.bound(model), found, sums, tuple(left))

    def _has_rows(self, cache: CacheFile, model: type[EventModel], span: TimeRange) -> bool:
        first = span.start // self._calendar.width * self._calendar.width
        return cache.has_rows(model, first, span.end)

    @contextmanager
    def _cells(self, model: type[EventModel]) -> Iterator[CacheFile]:
        """The cache, as it was when it was believed."""
        with reading_cache(self._path, self._signature) as cache:
            if cache.progress(model).edition != self._progress[model].edition:
                raise CacheUnusable("it has just been written to")
            yield cache


def open_rollups(reader: Reader, zone: ZoneInfo, models: Iterable[type[EventModel]]) -> Rollups | None:
    """The cells of these tables in a zone; None where there are none that may be believed.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    calendar = calendar_of(zone)
    if calendar is None or is_doubted(reader.location, zone):
        return None
    wanted = tuple(models)
    try:
        with reading_cache(cache_path(reader.location, zone), signature_of(reader, zone)) as cache:
            progress = {model: cache.progress(model) for model in wanted if model in FIELDS}
    except CacheUnusable:
        return None
    if len(progress) < len(wanted) or not any(each.bound for each in progress.values()):
        return None
    if not all(is_believable(reader, model, each) for model, each in progress.items()):
        log.debug("%s: rows that were counted are not there as they were: all are read", reader.location)
        return None
    return Rollups(reader, calendar, progress)


def _packed(
    cache: CacheFile, model: type[EventModel], runs: _Runs, parts: Sequence[Part]
) -> Iterator[tuple[float, PackedPart]]:
    """Every part of the cells in these spans, with the start of its cell."""
    for level, run in ((level, run) for level, spans in runs.items() for run in spans):
        for part in parts:
            yield from cache.packed(model, level, part, run.start, run.end)


def _planned(spans: Sequence[TimeRange], calendar: CellCalendar, hours_since: float) -> tuple[_Runs, list[TimeRange]]:
    """Which cells of each level lie within a span and in no greater cell, as spans; and what no cell covers.

    What the cells of some spans cover is covered by those of greater ones, too.
    """
    if not spans:
        return {}, []
    whole, left = TimeRange(spans[0].start, spans[-1].end), list(spans)
    runs: _Runs = {}
    for level in (Level.MONTH, Level.WEEK, Level.DAY):
        known = calendar.edges(level, whole)
        taken, rest = [], []
        for span in left:
            first, last = bisect_left(known, span.start), bisect_right(known, span.end) - 1
            inner = TimeRange(known[first], known[last]) if first < last else None
            taken += [inner] if inner else []
            rest += _outside(span, inner)
        runs[level], left = _joined(taken), rest
    hours, rest = [], []
    for span in left:
        start = math.ceil(max(span.start, hours_since) / calendar.width) * calendar.width
        end = math.floor(span.end / calendar.width) * calendar.width
        inner = TimeRange(start, end) if start < end else None
        hours += [inner] if inner else []
        rest += _outside(span, inner)
    runs[Level.HOUR] = _joined(sorted(hours, key=lambda span: span.start))
    return runs, _joined(sorted(rest, key=lambda span: span.start))


def _without(spans: Iterable[TimeRange], ragged: Iterable[TimeRange]) -> list[TimeRange]:
    """What is left of spans without others that lie within them."""
    left = list(spans)
    for hole in ragged:
        parts = [_outside(span, hole) if span.start <= hole.start and hole.end <= span.end else [span] for span in left]
        left = [part for each in parts for part in each]
    return left


def _outside(span: TimeRange, inner: TimeRange | None) -> list[TimeRange]:
    if inner is None:
        return [span]
    both = TimeRange(span.start, inner.start), TimeRange(inner.end, span.end)
    return [each for each in both if each.start < each.end]


def _joined(spans: Iterable[TimeRange]) -> list[TimeRange]:
    """Spans in their order, those that touch each other as one."""
    joined: list[TimeRange] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = TimeRange(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
