"""A live view of one database: look, fold in what is new, show. No Qt: the monitor's thread drives it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, perf_counter
from typing import Final
from zoneinfo import ZoneInfo

from core import scan
from core.aggregate import Aggregate, load
from core.database import faults
from core.errors import BotpulseError, DatabaseLocked
from core.events import merged, newest_events
from core.feed import Feed, Happening, IdSpan, Look
from core.filters import EVERYTHING, Filter
from core.folding import FOLDINGS
from core.location import Location, octets
from core.models import EVENT_MODELS, EventModel
from core.overview import overview
from core.periods import CHOICES, RangeChoice, TimeRange, Window, window
from core.reading import Reader
from core.snapshot import Condition, Event, Snapshot, Source

LOADING_SECONDS: Final = 0.015
"""How long one call goes on with loading history before it lets go, so that a window beside it stays quick."""

REFRESH_SECONDS: Final = 0.15
"""A burst of rows is folded into one snapshot at most this often; what comes in between waits for the next."""


class LiveView:
    """Looks at a database and keeps the statistics of one range up to date. It belongs to one thread.

    Attributes:
        choice: the range that is shown.
        zone: whose hours and days the buckets follow.
    """

    def __init__(
        self,
        address: str | Path | Location,
        zone: ZoneInfo,
        choice: RangeChoice = CHOICES["24h"],
        span: TimeRange | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.zone = zone
        self.choice = choice
        self._span = span
        self._chosen = EVERYTHING
        self._clock = clock
        self._feed = Feed(address)
        self._reader: Reader | None = None
        self._aggregate: Aggregate | None = None
        self._loading: Iterator[float] | None = None
        self._progress = 0.0
        self._earliest: float | None = None
        self._events: tuple[Event, ...] = ()
        self._last_seen: float | None = None
        self._resets: tuple[float, ...] = ()
        self._stale = True
        self._interrupted = False  # half of a read is in the aggregate: it may be shown, but not added to
        self._shown_at = -math.inf
        self._fault: BotpulseError | None = None

    @property
    def loading(self) -> bool:
        """Whether history still comes in: call :meth:`advance` again at once."""
        return self._loading is not None

    @property
    def fault(self) -> BotpulseError | None:
        """What keeps the database from being looked at, at the moment."""
        return self._fault

    @property
    def _pace(self) -> float:
        """Seconds between two snapshots: while history comes in every bucket changes, and a snapshot costs more."""
        return 3 * REFRESH_SECONDS if self.loading else REFRESH_SECONDS

    @property
    def has_data(self) -> bool:
        """Whether there is something to show: the database has been open."""
        return self._aggregate is not None

    def reload(self) -> None:
        """Read everything afresh at the next call."""
        self._feed.close()

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        self.choice, self._span = choice, span
        self._start_afresh()

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._chosen = chosen
        self._start_afresh()

    def close(self) -> None:
        """Close the connection."""
        self._feed.close()
        self._loading = None

    def advance(self) -> Snapshot | None:
        """One look, and at most :data:`LOADING_SECONDS` of loading. None where there is nothing new to show.

        A database that can't be opened at all gives None too, and a :attr:`fault`.
        """
        was_loading = self.loading
        look = self._feed.look()
        began = perf_counter()
        try:
            with faults(self._feed.location):
                self._take_in(look)
        except BotpulseError as fault:
            look = Look(fault=fault, seconds=look.seconds)
            self._interrupted, self._loading = True, None
        other_fault = type(look.fault) is not type(self._fault)
        self._fault = look.fault
        due = other_fault or was_loading is not self.loading or monotonic() - self._shown_at >= self._pace
        if not (self._stale or other_fault) or not due or self._aggregate is None:
            return None
        self._stale, self._shown_at = False, monotonic()
        return self._snapshot(self._aggregate, look, began)

    def _take_in(self, look: Look) -> None:
        reader = self._feed.reader
        if look.fault is not None or reader is None:
            return
        if Happening.RESET in look.happenings:
            self._resets = (*self._resets, self._clock())
        if look.afresh or self._interrupted:
            self._interrupted = False
            self._start_afresh()
            self._earliest, self._events, self._last_seen = None, (), None
        self._follow_reader(reader)
        if self._aggregate is None:
            stored = {model: IdSpan(0, ends.last) for model, ends in self._feed.ends.items()}
            self._note_events(newest_events(reader, look.added if self._events else stored))
            self._begin(reader)
        else:
            self._add(reader, self._aggregate, look)
        self._follow_clock()
        self._load_on()

    def _start_afresh(self) -> None:
        self._aggregate, self._loading, self._stale = None, None, True
        self._shown_at = -math.inf  # who has chosen another range is not kept waiting

    def _follow_reader(self, reader: Reader) -> None:
        """History that was being read through a connection that is closed now is read again."""
        if reader is not self._reader:
            self._reader, self._stale = reader, True
            if self.loading:
                self._start_afresh()

    def _begin(self, reader: Reader) -> None:
        """Start with an empty aggregate; history follows in pieces."""
        upto = {model: ends.last for model, ends in self._feed.ends.items()}
        self._aggregate = Aggregate(self._window(reader), self._clock(), self._chosen)
        self._loading = load(reader, self._aggregate, upto)
        self._progress = 0.0

    def _add(self, reader: Reader, aggregate: Aggregate, look: Look) -> None:
        """Fold new rows in: one read a table for the statistics, and one for the list of events."""
        if not look.added:
            return
        for folding in FOLDINGS:
            span = look.added.get(folding.model)
            if span is not None:
                for rows in scan.pieces(reader, aggregate.question(folding, span.after, span.upto)):
                    aggregate.fold(folding, rows)
        self._note_events(newest_events(reader, look.added))
        self._stale = True

    def _note_events(self, events: tuple[Event, ...]) -> None:
        self._events = merged(events, self._events)
        now = self._clock() + 60
        moments = [event.timestamp for event in events if event.timestamp is not None and event.timestamp <= now]
        self._last_seen = max((*moments, self._last_seen or 0.0)) or None

    def _follow_clock(self) -> None:
        if self._aggregate is None or self._feed.reader is None:
            return
        now = self._clock()
        edges = self._aggregate.window.buckets.edges
        if edges[-2] <= now < edges[-1]:
            return  # every window moves on at an edge of its buckets
        before = self._aggregate.window.buckets, self._aggregate.window.buckets.complete(now)
        if not self._aggregate.move_to(self._window(self._feed.reader), now):
            self._begin(self._feed.reader)
        self._stale |= before != (self._aggregate.window.buckets, before[0].complete(now))

    def _load_on(self) -> None:
        if self._loading is None:
            return
        began = perf_counter()
        for progress in self._loading:
            self._progress = progress
            if perf_counter() - began > LOADING_SECONDS:
                break
        else:
            self._loading = None
        self._stale = True

    def _window(self, reader: Reader) -> Window:
        now = self._clock()
        extent = self._span
        if self.choice.key == "all":
            if self._earliest is None:
                moments = [scan.earliest(reader, model) for model in EVENT_MODELS]
                self._earliest = min((m for m in moments if m is not None), default=now - 3600)
            extent = TimeRange(min(self._earliest, now), now)
        return window(self.choice, now, self.zone, extent)

    def _snapshot(self, aggregate: Aggregate, look: Look, began: float) -> Snapshot:
        now = self._clock()
        shown = overview(aggregate, now, self._last_seen)
        return Snapshot(
            taken=now,
            condition=self._condition(look.fault),
            progress=self._progress if self.loading else 1.0,
            source=self._source(look, perf_counter() - began),
            overview=shown,
            events=self._events,
            resets=self._resets,
            fault=look.fault,
        )

    def _condition(self, fault: BotpulseError | None) -> Condition:
        if fault is not None:
            return Condition.LOCKED if isinstance(fault, DatabaseLocked) else Condition.GONE
        return Condition.LOADING if self.loading else Condition.LIVE

    def _source(self, look: Look, refresh_seconds: float) -> Source:
        location, reader = self._feed.location, self._feed.reader
        rows = {_table(model): _rows(ends.first, ends.last) for model, ends in self._feed.ends.items()}
        return Source(
            name=location.name,
            location=str(location),
            rows={table: n for table, n in rows.items() if reader is None or table in reader.tables},
            octets=octets(location.path) if location.path else 0,
            journal_mode=reader.journal_mode if reader else "",
            look_seconds=look.seconds,
            refresh_seconds=refresh_seconds,
        )


def take_snapshot(
    address: str | Path | Location, zone: ZoneInfo, choice: RangeChoice = CHOICES["24h"], *, chosen: Filter = EVERYTHING
) -> Snapshot:
    """Everything one look at a database shows, with its history read to the end.

    Raises:
        BotpulseError: the database can't be read.
    """
    view = LiveView(address, zone, choice)
    view.filter_by(chosen)
    try:
        while True:
            snapshot = view.advance()
            if view.fault is not None:
                raise view.fault
            if snapshot is not None and not view.loading:
                return snapshot
    finally:
        view.close()


def _table(model: type[EventModel]) -> str:
    return str(model._meta.table_name)


def _rows(first: int, last: int) -> int:
    return last - first + 1 if last else 0
