"""A live view of one database: look, fold in what is new, show. ``core.worker.live`` drives it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import Final
from zoneinfo import ZoneInfo

from core.coverage import Coverage
from core.errors import BotpulseError, DatabaseLocked
from core.feed.change_feed import KNOWN_AGAIN, Feed, Happening, LookResult
from core.feed.loading import History
from core.feed.recent_events import NewestEvents, newest_events
from core.feed.snapshot import Condition, Snapshot, source_of
from core.filters import Filter
from core.models import table_name
from core.presenters.compared import Comparer
from core.presenters.named import ids_shown
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import Beginnings, Earlier, PageInput, PagePresenter
from core.presenters.readings import Readings, ViewRequest
from core.statistics.comparison import OtherTime
from core.statistics.window import spliced
from core.storage import rollup_files
from core.storage.database import faults, shown_faults
from core.storage.location import Location
from core.storage.names import NameTeller
from core.storage.reader import Reader
from core.storage.seeks import BELOW_ALL, IdSpan
from core.time_ranges import CHOICES, RangeChoice, TimeRange

LOADING_SECONDS: Final = 0.015
"""How long one call goes on with loading history before it lets go, so that a window beside it stays quick."""

REFRESH_SECONDS: Final = 0.15
"""A burst of rows is folded into one snapshot at most this often; what comes in between waits for the next.

Two that come after a quiet time are shown at once: single rows need not wait for each other.
"""


class SnapshotPace:
    """When the next snapshot is due.

    A burst of rows is folded into one snapshot at most every :data:`REFRESH_SECONDS`; while history comes in every
    bucket changes and a snapshot costs more, so it is a third as often. Who has chosen something else is not kept
    waiting, and what does not change is not shown again. What is there within a third of that time, as it was counted
    before, is shown at once and whole, and not first as something that is being read.
    """

    def __init__(self) -> None:
        self._stale = True
        self._shown_at = -math.inf
        self._asked_at = monotonic()
        self._saved = 0.0

    def note_change(self) -> None:
        """Something is other than it was shown."""
        self._stale = True

    def show_soon(self) -> None:
        """Whatever there is to show is due at once."""
        self._stale, self._shown_at, self._asked_at = True, -math.inf, monotonic()

    def is_due(self, *, loading: bool, turned: bool) -> bool:
        """Whether to show something now; ``turned``: loading has just begun, or ended."""
        if loading and monotonic() - self._asked_at < REFRESH_SECONDS / 3:
            return False
        wait = 3 * REFRESH_SECONDS if loading else REFRESH_SECONDS - self._saved
        return self._stale and (turned or monotonic() - self._shown_at >= wait)

    def note_shown(self) -> None:
        """A snapshot is made at this moment."""
        now = monotonic()
        self._saved = min(max(self._saved + now - self._shown_at - REFRESH_SECONDS, 0.0), REFRESH_SECONDS)
        self._stale, self._shown_at = False, now


class LiveView:
    """Looks at a database and keeps the statistics of one range up to date. It belongs to one thread.

    Attributes:
        fault: what keeps the database from being looked at, at the moment.
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
        names: NameTeller | None = None,
    ) -> None:
        self._clock, self._names = clock, names
        self._feed = Feed(address)
        self._readings = Readings(self._feed, clock, ViewRequest(zone, first_weekday, choice, span, presenter))
        self._pace = SnapshotPace()
        self._newest = NewestEvents()
        self._comparer = Comparer()
        self._resets: tuple[float, ...] = ()
        self._interrupted = False  # half of a read is in the aggregate: it may be shown, but not added to
        self.fault: BotpulseError | None = None

    @property
    def loading(self) -> bool:
        """Whether history still comes in for the page that is shown."""
        return self._readings.loading

    @property
    def goes_on(self) -> bool:
        """Whether anything is still being read: call :meth:`advance` again at once."""
        return self._readings.going_on

    @property
    def has_data(self) -> bool:
        """Whether there is something to show: the database has been open."""
        return self._readings.history is not None

    @property
    def holds_file(self) -> bool:
        """Whether a connection to a file is open, so that Windows lets nobody else rename or delete that."""
        feed = self._feed
        return feed.reader is not None and not feed.at_rest and feed.location.path is not None

    def rest(self) -> None:
        """Let go of the file, unless history comes in: others may rename, replace or delete it, on Windows, too."""
        if not self.goes_on:
            self._feed.rest()

    def reload(self) -> None:
        """Read everything afresh at the next call, what was counted in earlier sessions too."""
        self._readings.doubt()
        self._feed.close()

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        self._ask(choice=choice, span=span, view=None)
        self._start_afresh()

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._ask(chosen=chosen)
        self._newest.clear()
        self._start_afresh()

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None = None) -> None:
        """Show something else of the range. What both count alike need not be read again.

        ``wanted`` are the keys of the charts that are looked at; None: all of them.
        """
        self._feed.wake()
        before = self._readings.request.shown
        self._ask(presenter=presenter, wanted=wanted)
        shown = self._readings.request.shown
        if shown is not before:
            self._ask(view=None)
            self._readings.closeup = None
            self._readings.begin_counterpart()
        if shown.counters != before.counters:
            self._readings.start_afresh()
        self._readings.begin_scan()
        self._pace.show_soon()

    def follow_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Cut hours and days in another zone, and weeks at another day (0 is Monday); everything is read anew."""
        self._ask(zone=zone, first_weekday=first_weekday, view=None)
        self._readings.scans.clear()
        self._start_afresh()

    def look_closer(self, view: TimeRange | None) -> None:
        """Read finer buckets for this part of the range, where there are any; None: the whole is seen again."""
        self._feed.wake()
        self._ask(view=view)
        self._readings.begin_closeup()
        self._pace.show_soon()

    def compare(self, comparison: OtherTime) -> None:
        """Compare the range with another time from now on."""
        self._feed.wake()
        self._ask(comparison=comparison)
        self._pace.show_soon()

    def close(self) -> None:
        """Close the connection."""
        self._feed.close()
        self._readings.start_afresh()

    def advance(self) -> Snapshot | None:
        """One look, and at most :data:`LOADING_SECONDS` of loading. None where there is nothing new to show.

        A database that can't be opened at all gives None too, and a :attr:`fault`; so does what nobody expected.
        """
        try:
            with shown_faults(self._feed.location):
                return self._advance()
        except BotpulseError as fault:
            self.fault, self._interrupted = fault, True
            self._readings.interrupt()
            return None

    def _advance(self) -> Snapshot | None:
        was_loading = self.loading
        look = self._feed.look()
        began = perf_counter()
        try:
            with faults(self._feed.location):
                self._take_in(look)
        except BotpulseError as fault:
            look = LookResult(fault=fault, seconds=look.seconds)
            self._interrupted = True
            self._readings.interrupt()
        if type(look.fault) is not type(self.fault):
            self._pace.show_soon()
        self.fault = look.fault
        history, turned = self._readings.history, was_loading is not self.loading
        if history is None or not self._pace.is_due(loading=self.loading, turned=turned):
            return None
        self._pace.note_shown()
        return self._snapshot(history, look, began)

    def _ask(self, **other: object) -> None:
        self._readings.request = replace(self._readings.request, **other)  # type: ignore[arg-type]

    def _start_afresh(self) -> None:
        self._readings.start_afresh()
        self._pace.show_soon()

    def _take_in(self, look: LookResult) -> None:
        reader, readings = self._feed.reader, self._readings
        if look.fault is not None or reader is None:
            return
        self._take_happenings(look)
        if readings.follow_reader(reader):
            self._pace.show_soon()
        if readings.history is None or look.added:
            self._take_rows(reader, look)
        readings.begin_scan()
        if readings.follow_clock():
            self._pace.note_change()
        if readings.follow_comparison():
            self._pace.note_change()
        if readings.load_on(perf_counter() + LOADING_SECONDS):
            self._pace.note_change()
        if self._names is not None:
            self._names.follow(reader, self._feed.version)

    def _take_happenings(self, look: LookResult) -> None:
        if Happening.RESET in look.happenings:
            self._resets = (*self._resets, self._clock())
            rollup_files.forget(self._feed.location)
        if look.afresh or self._interrupted:
            self._interrupted = False
            self._readings.forget()
            if not KNOWN_AGAIN.issuperset(look.happenings):
                self._readings.doubt()
            self._newest.clear()
            self._pace.show_soon()
        if Happening.MIGRATED in look.happenings:
            self._readings.scans.clear()

    def _take_rows(self, reader: Reader, look: LookResult) -> None:
        """Fold new rows in: one read a table for the statistics, and one for the list of events."""
        spans, readings = look.added, self._readings
        if readings.history is None and not self._newest.events:
            spans = {model: IdSpan(BELOW_ALL, last) for model, last in readings.upto().items()}
        if look.added:
            readings.add(reader, look.added)
        chosen = readings.request.chosen
        matching = newest_events(reader, spans, chosen) if chosen else None
        self._newest.note(newest_events(reader, spans), self._clock(), matching)
        if readings.history is None:
            readings.begin(reader)
        self._pace.note_change()

    def _snapshot(self, history: History, look: LookResult, began: float) -> Snapshot:
        now, request = self._clock(), self._readings.request
        content = self._comparer.content(self._readings, self._page_input(history, look, now))
        known = self._readings.coverage.joined(self._readings.scanned)
        if self._names is not None and self._feed.reader is not None:
            self._names.show(self._feed.reader, ids_shown(content, self._newest.events, request.chosen))
        return Snapshot(
            taken=now,
            condition=_condition(look.fault, known),
            progress=known.share,
            source=source_of(self._feed, look, perf_counter() - began),
            page=request.shown.key,
            content=content,
            choice=request.choice.key,
            buckets=history.aggregate.window.buckets,
            last_seen=self._newest.last_seen,
            last_ids={table_name(model): last for model, last in self._readings.upto().items()},
            events=self._newest.events,
            chosen=request.chosen,
            complete=not self.loading,
            resets=self._resets,
            fault=look.fault,
        )

    def _page_input(self, history: History, look: LookResult, now: float) -> PageInput:
        request, closeup = self._readings.request, self._readings.closeup
        scanned = self._readings.scans.get(request.shown.key)
        finer = closeup.aggregate if closeup is not None and not closeup.loading else None
        counterpart = self._readings.counterpart
        return PageInput(
            aggregate=history.aggregate,
            detail=spliced(history.aggregate, finer),
            now=now,
            last_seen=self._newest.last_seen,
            resets=self._resets,
            chosen=request.chosen,
            findings=scanned.scan if scanned is not None else None,
            source=source_of(self._feed, look, 0.0),
            ends=self._feed.ends,
            wanted=request.wanted,
            first_weekday=request.first_weekday,
            coverage=self._readings.coverage,
            scanned=self._readings.scanned,
            earlier=Earlier(counterpart.aggregate if counterpart is not None and counterpart.coverage.whole else None),
            begun=Beginnings(self._readings.recorded_since, self._readings.failures_since),
        )


def _condition(fault: BotpulseError | None, told: Coverage) -> Condition:
    if fault is not None:
        return Condition.LOCKED if isinstance(fault, DatabaseLocked) else Condition.GONE
    return Condition.LIVE if told.whole else Condition.LOADING
