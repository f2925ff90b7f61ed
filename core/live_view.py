"""A live view of one database: look, fold in what is new, show. No Qt: the monitor's thread drives it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, perf_counter
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import BotpulseError, DatabaseLocked
from core.feed.change_feed import Feed, Happening, Look
from core.feed.history_scan import ScannedHistory
from core.feed.recent_events import NewestEvents, newest_events
from core.feed.snapshot import Condition, Snapshot
from core.feed.source import source_of
from core.feed.window_loader import History
from core.filters import EVERYTHING, Filter
from core.models import EventModel, event_models
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PageInput, PagePresenter
from core.statistics.window import Aggregate
from core.statistics.zoom import closer, spliced
from core.storage import chunked_reads
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader
from core.storage.seeks import IdSpan
from core.time_ranges import CHOICES, RangeChoice, TimeRange, Window, window

LOADING_SECONDS: Final = 0.015
"""How long one call goes on with loading history before it lets go, so that a window beside it stays quick."""

REFRESH_SECONDS: Final = 0.15
"""A burst of rows is folded into one snapshot at most this often; what comes in between waits for the next."""


class LiveView:
    """Looks at a database and keeps the statistics of one range up to date. It belongs to one thread.

    Attributes:
        choice: the range that is shown.
        zone: whose hours and days the buckets follow.
        presenter: what is shown of it.
    """

    def __init__(
        self,
        address: str | Path | Location,
        zone: ZoneInfo,
        choice: RangeChoice = CHOICES["24h"],
        span: TimeRange | None = None,
        clock: Callable[[], float] = time.time,
        presenter: PagePresenter = OVERVIEW,
        first_weekday: int = 0,
    ) -> None:
        self.zone = zone
        self._first_weekday = first_weekday
        self.choice = choice
        self.presenter = presenter
        self._span = span
        self._chosen = EVERYTHING
        self._clock = clock
        self._feed = Feed(address)
        self._reader: Reader | None = None
        self._history: History | None = None
        self._wanted: frozenset[str] | None = None
        self._view: TimeRange | None = None
        self._closeup: History | None = None
        self._scans: dict[str, ScannedHistory] = {}
        self._earliest: float | None = None
        self._newest = NewestEvents()
        self._resets: tuple[float, ...] = ()
        self._stale = True
        self._interrupted = False  # half of a read is in the aggregate: it may be shown, but not added to
        self._shown_at = -math.inf
        self._fault: BotpulseError | None = None

    @property
    def loading(self) -> bool:
        """Whether history still comes in: call :meth:`advance` again at once."""
        parts = (self._history, self._closeup, self._scans.get(self.presenter.key))
        return any(part is not None and part.loading for part in parts)

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
        return self._history is not None

    def reload(self) -> None:
        """Read everything afresh at the next call."""
        self._feed.close()

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        self.choice, self._span, self._view = choice, span, None
        self._start_afresh()

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._chosen = chosen
        self._start_afresh()

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None = None) -> None:
        """Show something else of the range. What both count alike need not be read again.

        ``wanted`` are the keys of the charts that are looked at; None: all of them.
        """
        before, self.presenter = self.presenter, presenter
        self._wanted = wanted
        if presenter is not before:
            self._view = self._closeup = None
        if presenter.counters != before.counters:
            self._start_afresh()
        self._begin_scan()
        self._show_soon()

    def follow_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Cut hours and days in another zone, and weeks at another day (0 is Monday); everything is read anew."""
        self.zone, self._first_weekday, self._view = zone, first_weekday, None
        self._scans.clear()
        self._start_afresh()

    def look_closer(self, view: TimeRange | None) -> None:
        """Read finer buckets for this part of the range, where there are any; None: the whole is seen again."""
        self._view = view
        self._begin_closeup()
        self._show_soon()

    def close(self) -> None:
        """Close the connection."""
        self._feed.close()
        self._history = self._closeup = None

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
            self._interrupted, self._closeup = True, None
            self._scans.clear()
            if self._history is not None:
                self._history.give_up()
        other_fault = type(look.fault) is not type(self._fault)
        self._fault = look.fault
        due = other_fault or was_loading is not self.loading or monotonic() - self._shown_at >= self._pace
        if not (self._stale or other_fault) or not due or self._history is None:
            return None
        self._stale, self._shown_at = False, monotonic()
        return self._snapshot(self._history, look, began)

    def _take_in(self, look: Look) -> None:
        reader = self._feed.reader
        if look.fault is not None or reader is None:
            return
        if Happening.RESET in look.happenings:
            self._resets = (*self._resets, self._clock())
        if look.afresh or self._interrupted:
            self._interrupted = False
            self._start_afresh()
            self._scans.clear()
            self._newest.clear()
            self._earliest = None
        if Happening.MIGRATED in look.happenings:
            self._scans.clear()
        self._follow_reader(reader)
        if self._history is None:
            stored = {model: IdSpan(0, ends.last) for model, ends in self._feed.ends.items()}
            self._newest.note(newest_events(reader, look.added if self._newest.events else stored), self._clock())
            self._begin(reader)
            self._add_to_scans(reader, look.added)
        else:
            self._add(reader, self._history, look)
        self._begin_scan()
        self._follow_clock()
        self._load_on()

    def _start_afresh(self) -> None:
        self._history = self._closeup = None
        self._show_soon()

    def _show_soon(self) -> None:
        """Who has chosen something else is not kept waiting."""
        self._stale, self._shown_at = True, -math.inf

    def _follow_reader(self, reader: Reader) -> None:
        """History that was being read through a connection that is closed now is read again."""
        if reader is not self._reader:
            was_loading, self._reader, self._stale = self.loading, reader, True
            if was_loading:
                self._start_afresh()
            self._scans = {key: scan for key, scan in self._scans.items() if not scan.loading}

    def _upto(self) -> dict[type[EventModel], int]:
        return {model: ends.last for model, ends in self._feed.ends.items()}

    def _begin(self, reader: Reader) -> None:
        """Start with an empty aggregate; history follows in chunks."""
        aggregate = Aggregate(self._window(reader), self._clock(), self._chosen, self.presenter.counters)
        self._history = History(reader, aggregate, self._upto())
        self._begin_closeup()

    def _begin_closeup(self) -> None:
        self._closeup = None
        reader = self._feed.reader
        if self._view is None or self._history is None or reader is None:
            return
        window = closer(self._history.aggregate.window.buckets, self._view)
        if window is not None:
            aggregate = Aggregate(window, self._clock(), self._chosen, self.presenter.counters)
            self._closeup = History(reader, aggregate, self._upto())

    def _begin_scan(self) -> None:
        reader, make, key = self._feed.reader, self.presenter.scan, self.presenter.key
        if make is not None and key not in self._scans and reader is not None and self._feed.ends:
            self._scans[key] = ScannedHistory(make(self.zone), reader, self._upto())

    def _add(self, reader: Reader, history: History, look: Look) -> None:
        """Fold new rows in: one read a table for the statistics, and one for the list of events."""
        if not look.added:
            return
        for part in (history, self._closeup):
            if part is not None:
                part.add(reader, look.added)
        self._add_to_scans(reader, look.added)
        self._newest.note(newest_events(reader, look.added), self._clock())
        self._stale = True

    def _add_to_scans(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        for scan in self._scans.values():
            if added:
                scan.add(reader, added)

    def _follow_clock(self) -> None:
        if self._history is None or self._feed.reader is None:
            return
        now, aggregate = self._clock(), self._history.aggregate
        edges = aggregate.window.buckets.edges
        if edges[-2] <= now < edges[-1]:
            return  # every window moves on at an edge of its buckets
        before = aggregate.window.buckets, aggregate.window.buckets.complete(now)
        if aggregate.move_to(self._window(self._feed.reader), now):
            if aggregate.window.buckets != before[0]:
                self._begin_closeup()
        else:
            self._begin(self._feed.reader)
        after = self._history.aggregate.window.buckets
        self._stale |= before != (after, before[0].complete(now))

    def _load_on(self) -> None:
        """History first, then what was zoomed in on, then what reaches beyond the range; one step at least."""
        deadline = perf_counter() + LOADING_SECONDS
        for part in (self._history, self._closeup, self._scans.get(self.presenter.key)):
            if part is not None and part.loading:
                part.load_on(deadline)
                self._stale = True
                if perf_counter() > deadline:
                    return

    def _window(self, reader: Reader) -> Window:
        now = self._clock()
        extent = self._span
        if self.choice.key == "all":
            if self._earliest is None:
                moments = [chunked_reads.earliest(reader, model) for model in event_models()]
                self._earliest = min((m for m in moments if m is not None), default=now - 3600)
            extent = TimeRange(min(self._earliest, now), now)
        return window(self.choice, now, self.zone, extent)

    def _snapshot(self, history: History, look: Look, began: float) -> Snapshot:
        now = self._clock()
        content = self.presenter.present(self._page_input(history, look, now))
        return Snapshot(
            taken=now,
            condition=self._condition(look.fault),
            progress=history.progress,
            source=source_of(self._feed, look, perf_counter() - began),
            page=self.presenter.key,
            content=content,
            choice=self.choice.key,
            buckets=history.aggregate.window.buckets,
            last_seen=self._newest.last_seen,
            last_ids={_table(model): last for model, last in self._upto().items()},
            events=self._newest.events,
            chosen=self._chosen,
            complete=not self.loading,
            resets=self._resets,
            fault=look.fault,
        )

    def _page_input(self, history: History, look: Look, now: float) -> PageInput:
        scan = self._scans.get(self.presenter.key)
        closeup = self._closeup.aggregate if self._closeup is not None and not self._closeup.loading else None
        return PageInput(
            aggregate=history.aggregate,
            detail=spliced(history.aggregate, closeup),
            now=now,
            last_seen=self._newest.last_seen,
            resets=self._resets,
            chosen=self._chosen,
            findings=scan.findings() if scan is not None else None,
            source=source_of(self._feed, look, 0.0),
            ends=self._feed.ends,
            wanted=self._wanted,
            first_weekday=self._first_weekday,
        )

    def _condition(self, fault: BotpulseError | None) -> Condition:
        if fault is not None:
            return Condition.LOCKED if isinstance(fault, DatabaseLocked) else Condition.GONE
        history = self._history
        return Condition.LOADING if history is not None and history.loading else Condition.LIVE


def take_snapshot(
    address: str | Path | Location,
    zone: ZoneInfo,
    choice: RangeChoice = CHOICES["24h"],
    *,
    chosen: Filter = EVERYTHING,
    presenter: PagePresenter = OVERVIEW,
) -> Snapshot:
    """Everything one look at a database shows, with its history read to the end.

    Raises:
        BotpulseError: the database can't be read.
    """
    view = LiveView(address, zone, choice, presenter=presenter)
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
