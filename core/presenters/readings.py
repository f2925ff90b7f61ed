"""What is read of a database for the page that is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from zoneinfo import ZoneInfo

from core.coverage import NOTHING, WHOLE, Coverage
from core.feed.change_feed import Feed
from core.feed.loading import History, Loading, ScannedHistory
from core.filters import EVERYTHING, Filter
from core.models import EventModel, Failure, event_models
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.statistics.comparison import NO_COMPARISON, OtherTime, Then, then_of
from core.statistics.rollups.reminder import corrections
from core.statistics.rollups.trust import doubt
from core.statistics.window import Aggregate, closer
from core.storage.chunked_reads import earliest
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, moment_near
from core.time_ranges import CHOICES, Buckets, RangeChoice, TimeRange, Window, window


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """What is to be seen of a database.

    Attributes:
        zone: whose hours and days the buckets follow.
        first_weekday: the day at which weeks begin; 0 is Monday.
        choice: the range.
        span: that of a custom one.
        presenter: the page.
        wanted: the keys of the charts that are looked at; None for all of them.
        chosen: which rows.
        view: the part of the range that the host zoomed in on; None for the whole.
        comparison: what the range is compared with.
    """

    zone: ZoneInfo
    first_weekday: int = 0
    choice: RangeChoice = CHOICES["24h"]
    span: TimeRange | None = None
    presenter: PagePresenter = OVERVIEW
    wanted: frozenset[str] | None = None
    chosen: Filter = EVERYTHING
    view: TimeRange | None = None
    comparison: OtherTime = NO_COMPARISON

    @property
    def shown(self) -> PagePresenter:
        """What is shown of the range: a user's or server's own view where the page has one and the filter names one."""
        return self.presenter.shown_for(self.chosen)


@dataclass(frozen=True, slots=True)
class ReadThen:
    """What is read of the time that the range is compared with: all of it, and the part that the host zoomed in on."""

    then: Then
    history: History
    closeup: History | None = None

    @property
    def parts(self) -> tuple[History, ...]:
        """Both."""
        return (self.history,) if self.closeup is None else (self.history, self.closeup)

    @property
    def loading(self) -> bool:
        """Whether there is more to come."""
        return any(each.loading for each in self.parts)

    def continues(self, other: Then) -> bool:
        """Whether it differs from another only in how far the clock is."""
        ours = self.then
        return (ours.comparison, ours.range.edges[0]) == (other.comparison, other.range.edges[0])


class Readings:
    """What has been read for a request, in the order in which it is read.

    Attributes:
        request: what for.
        history: the range; closeup: the part that the host zoomed in on; scans: what reaches beyond it, by page.
        counterpart: the bucket one period before the one that is filling, finely cut, where the page compares.
        then: the time that the range is compared with, once all of it is read.
        recorded_since: about when the first row of any table was written; None where that can't be said;
            failures_since: the first failure.
    """

    def __init__(self, feed: Feed, clock: Callable[[], float], request: ViewRequest) -> None:
        self.request = request
        self.history: History | None = None
        self.closeup: History | None = None
        self.counterpart: History | None = None
        self.then: ReadThen | None = None
        self._then_next: ReadThen | None = None
        self._compared: tuple[Then | None, Buckets | None] = (None, None)
        self.scans: dict[str, ScannedHistory] = {}
        self._feed, self._clock = feed, clock
        self._reader: Reader | None = None
        self._earliest: float | None = None
        self.recorded_since: float | None = None
        self.failures_since: float | None = None
        self._corrected = corrections(feed.location, request.zone)

    @property
    def coverage(self) -> Coverage:
        """How much is known of what the page shows of the range."""
        if self.history is None:
            return NOTHING
        return self.history.known(self._tables(self.history), self._since(self.history))

    @property
    def scanned(self) -> Coverage:
        """How much is known of what the page wants beyond its range."""
        if self.request.shown.scan is None:
            return WHOLE
        scan = self.scans.get(self.request.shown.key)
        return scan.coverage if scan is not None else NOTHING

    @property
    def loading(self) -> bool:
        """Whether there is more to come for the page that is shown."""
        return any(each.loading for each in self._shown_parts())

    @property
    def going_on(self) -> bool:
        """Whether anything is still being read, for pages that share what is loaded, too."""
        return any(each.loading for each in self._parts())

    def start_afresh(self) -> None:
        """Read the range again."""
        self.history = self.closeup = self.counterpart = None
        self._forget_then()

    def forget(self) -> None:
        """Nothing holds that was read before."""
        self.start_afresh()
        self.scans.clear()
        self._earliest = self.recorded_since = self.failures_since = None

    def doubt(self) -> None:
        """Something else has happened than that rows came in: what was counted before is compared before it is used."""
        if self.request.zone.key:
            doubt(self._feed.location, self.request.zone)

    def interrupt(self) -> None:
        """A read has failed halfway: its numbers may be shown, but not added to."""
        self.closeup = self.counterpart = None
        self._forget_then()
        self.scans.clear()
        if self.history is not None:
            self.history.give_up()

    def _forget_then(self) -> None:
        self.then = self._then_next = None
        self._compared = None, None

    def upto(self) -> dict[type[EventModel], int]:
        """The last id of each table."""
        return {model: ends.last for model, ends in self._feed.ends.items()}

    def follow_reader(self, reader: Reader) -> bool:
        """What was being read through a connection that is closed now is read again. Tells whether that changes what
        is shown: not where a connection was only let go for a while.
        """
        before, self._reader = self._reader, reader
        if reader is before:
            return False
        restarts = self.going_on
        if restarts:
            self.start_afresh()
        self.scans = {key: scan for key, scan in self.scans.items() if not scan.loading}
        return restarts or before is None or _kind(before) != _kind(reader)

    def begin(self, reader: Reader) -> None:
        """Start with an empty aggregate; history follows in chunks."""
        self.history = self._counted(reader, self._window(reader))
        self.begin_closeup()
        self._note_first(reader)
        self.begin_counterpart()

    def begin_counterpart(self) -> None:
        """Read what the filling bucket is compared with, unless it is there."""
        reader, history = self._feed.reader, self.history
        if reader is None or history is None or not self.request.shown.compares:
            self.counterpart = None
            return
        wanted = history.aggregate.window.counterpart(self._clock())
        if wanted is None:
            self.counterpart = None
        elif self.counterpart is None or self.counterpart.aggregate.window.buckets != wanted:
            self.counterpart = self._counted(reader, Window(CHOICES["custom"], wanted, None))

    def begin_closeup(self) -> None:
        """Begin with the finer buckets of what the host zoomed in on, where there are any."""
        self.closeup = None
        reader, view = self._feed.reader, self.request.view
        if view is not None and self.history is not None and reader is not None:
            window = closer(self.history.aggregate.window.buckets, view)
            self.closeup = self._counted(reader, window) if window is not None else None

    def follow_comparison(self) -> bool:
        """Begin with the time that the range is compared with, unless it is read; tells whether it is another now.

        What is known of it stays until it is read anew, as far as the clock is by then.
        """
        history, reader = self.history, self._feed.reader
        if history is None or reader is None:
            return False
        then = then_of(history.aggregate.window, self.request.comparison, self._clock())
        fine = self.closeup.aggregate.window.buckets if self.closeup is not None else None
        if (then, fine) == self._compared:
            return False
        if then is not None and self._then_next is not None and self._then_next.continues(then):
            return False  # it is read first as far as the clock was
        self._compared = then, fine
        self._then_next = self._begun_then(reader, then, fine) if then is not None else None
        if self._then_next is not None or self.then is None:
            return False
        self.then = None
        return True

    def _begun_then(self, reader: Reader, then: Then, fine: Buckets | None) -> ReadThen | None:
        whole, near = then.window(then.range), then.window(fine) if fine is not None else None
        closeup = self._counted(reader, near) if near is not None else None
        return ReadThen(then, self._counted(reader, whole), closeup) if whole is not None else None

    def begin_scan(self) -> None:
        """Begin with what the page wants beyond its range, unless that is there."""
        reader, presenter = self._feed.reader, self.request.shown
        if presenter.scan and presenter.key not in self.scans and reader is not None and self._feed.ends:
            self.scans[presenter.key] = ScannedHistory(presenter.scan(self.request.zone), reader, self.upto())

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Fold new rows in, one read a table each."""
        self._note_first(reader)
        then = [part for each in (self.then, self._then_next) if each is not None for part in each.parts]
        for part in (self.history, self.closeup, self.counterpart, *then):
            if part is not None:
                part.add(reader, added)
        if self.history is not None and self.history.aggregate.reaches_back:
            self._earliest = None  # all time begins earlier than was known
            self.begin(reader)
        for each in self.scans.values():
            each.scan.add(reader, added)

    def follow_clock(self) -> bool:
        """Move on with the time; tells whether something else is to be shown now."""
        if self.history is None or self._feed.reader is None:
            return False
        if self._take_corrections():
            self.scans.clear()
            self.begin(self._feed.reader)
            return True
        now, aggregate = self._clock(), self.history.aggregate
        before = aggregate.window.buckets
        if before.edges[-2] <= now < before.edges[-1]:
            return False  # every window moves on at an edge of its buckets
        if not aggregate.move_to(self._window(self._feed.reader), now):
            self.begin(self._feed.reader)
        elif aggregate.window.buckets != before:
            self.begin_closeup()
        self.begin_counterpart()
        return before != self.history.aggregate.window.buckets

    def load_on(self, deadline: float) -> bool:
        """Go on until ``deadline`` (of ``perf_counter``), one step at least; tells whether the page shows any of it.

        What the page shows is read first, then the rest of the range.
        """
        if self.history is not None:
            self.history.begin_with(self._tables(self.history), self._since(self.history))
        shown = [each for each in self._shown_parts() if each.loading]
        for part in shown or [each for each in self._parts() if each.loading]:
            part.load_on(deadline)
            if perf_counter() > deadline:
                break
        if self._then_next is not None and not self._then_next.loading:
            self.then, self._then_next = self._then_next, None
        return bool(shown)

    def _take_corrections(self) -> bool:
        """Whether what was counted before, and may be shown, has been found to be something else."""
        before, self._corrected = self._corrected, corrections(self._feed.location, self.request.zone)
        return self._corrected != before

    def _note_first(self, reader: Reader) -> None:
        failures = self._feed.ends.get(Failure)
        if self.failures_since is None and failures is not None and failures.last:
            self.failures_since = earliest(reader, Failure)
        if self.recorded_since is not None:
            return
        ends = self._feed.ends.items()
        firsts = (moment_near(reader, model, end.first, before=False) for model, end in ends if end.last)
        self.recorded_since = min((moment for moment in firsts if moment is not None), default=None)

    def _parts(self) -> Iterator[Loading]:
        then = self._then_next.parts if self._then_next is not None else ()
        parts = (self.history, self.counterpart, self.closeup, self.scans.get(self.request.shown.key), *then)
        return (part for part in parts if part is not None)

    def _shown_parts(self) -> Iterator[Loading]:
        """Those of which the page shows what is still to come."""
        known = self.coverage.whole
        return (part for part in self._parts() if part is not self.history or not known)

    def _tables(self, history: History) -> Collection[type[EventModel]]:
        return self.request.shown.tables(history.aggregate)

    def _since(self, history: History) -> float:
        """From when on rows are shown: those of the period before are only compared with."""
        window = history.aggregate.window
        return -math.inf if self.request.shown.compares or window.previous is None else window.buckets.edges[0]

    def _counted(self, reader: Reader, window: Window) -> History:
        aggregate = Aggregate(window, self._clock(), self.request.chosen, self.request.shown.counters)
        return History(reader, aggregate, self.upto())

    def _window(self, reader: Reader) -> Window:
        now, extent = self._clock(), self.request.span
        if self.request.choice.key == "all":
            if self._earliest is None:
                moments = [earliest(reader, model) for model in event_models()]
                self._earliest = min((m for m in moments if m is not None), default=now - 3600)
            extent = TimeRange(min(self._earliest, now), now)
        return window(self.request.choice, now, self.request.zone, extent, self.request.first_weekday)


def _kind(reader: Reader) -> tuple[object, ...]:
    """What a connection has found out about its database."""
    return reader.immutable, reader.journal_mode, reader.tables, reader.added_columns, reader.indexed
