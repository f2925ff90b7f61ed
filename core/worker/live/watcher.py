"""A live view that is kept as somebody wants it: in the process of :mod:`core.worker.live.child`, or in a thread."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from core.errors import BotpulseError, UnexpectedFault
from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.storage.location import Location, wal_path
from core.storage.names import NameTeller
from core.tables.reading.messages import Named
from core.worker.live.messages import AFTER_BUG, Hidden, Shown, Watched

SERVER_INTERVAL: Final = 0.1
"""Seconds between two looks at a server, at least: each is a question that it answers."""


_LOOK_ANYWAY: Final = 0.1
"""Seconds after which a file is looked at even though nothing seems to have been written to it."""

_LOOK_AT_REST: Final = 1.0
"""The same while no connection is held: it is opened for each look, which takes some milliseconds."""

RESTS_AFTER: Final = 3.0
"""Seconds without a write after which no connection is held between two looks."""

_RESTLESS: Final = 0.3
"""So long after a write every turn looks: what it brought may only be due to be shown a little later."""


class FileStamp:
    """When a file and its write-ahead log were last written to: to ask that is cheaper than a look, and locks nothing.

    A server's database is always taken for written to.
    """

    def __init__(self, location: Location) -> None:
        path = location.path
        self._paths = (str(path), str(wal_path(path))) if path is not None else ()
        self._seen: tuple[tuple[int, int], ...] = ()
        self._looked_at = self._written_at = -math.inf

    @property
    def quiet(self) -> bool:
        """Whether nothing was written for :data:`RESTS_AFTER`."""
        return -math.inf < self._written_at < monotonic() - RESTS_AFTER

    def needs_look(self, *, at_rest: bool = False) -> bool:
        """Whether something may be new; where it says so, it is looked at."""
        now, seen = monotonic(), tuple(map(_written, self._paths))
        if seen != self._seen or not seen:
            self._seen, self._written_at = seen, now
        if now - self._looked_at < (_LOOK_AT_REST if at_rest else _LOOK_ANYWAY) and now - self._written_at > _RESTLESS:
            return False
        self._looked_at = now
        return True


class Watcher:
    """Looks at one database at a time, as the newest :class:`Watched` says. It belongs to one thread.

    A snapshot is told once the one before has been drawn. Where looking ``overlaps`` with drawing, it goes on meanwhile
    and the newest snapshot waits; otherwise the next look does. So a window that is slow gets fewer snapshots, never a
    queue of old ones.

    Args:
        tell: is handed what there is to tell, within :meth:`turn`.
        names: tells names for others of this thread, too.
        lets_go: whether the file is let go of while nothing is written, or it is paused: on Windows nobody else can
             rename, replace or delete a file that is open.
    """

    def __init__(
        self,
        tell: Callable[[Shown | Hidden | Named], None],
        *,
        overlaps: bool,
        names: NameTeller | None = None,
        lets_go: bool = sys.platform == "win32",
    ) -> None:
        self._tell, self._overlaps, self._lets_go = tell, overlaps, lets_go
        self._names = names or NameTeller(lambda found: tell(Named(found)))
        self._watched: Watched | None = None
        self._view: LiveView | None = None
        self._stamp: FileStamp | None = None
        self._ready: Snapshot | None = None
        self._told = 0
        self._fault: BotpulseError | None = None
        self._soon = False
        self._pending = False  # something was asked for that has not been shown yet: that is done even while paused

    @property
    def pause(self) -> float | None:
        """Seconds until the next :meth:`turn` is due; None: there is nothing to do until something else is wanted."""
        watched, view = self._watched, self._view
        if watched is None or view is None or not (self._overlaps or self._may_tell):
            return None
        if self._soon or (self._ready is not None and self._may_tell):
            return 0.0
        on_server = watched.location is not None and watched.location.path is None
        interval = max(watched.interval_ms / 1000, SERVER_INTERVAL if on_server else 0.0)
        if isinstance(self._fault, UnexpectedFault):
            return max(AFTER_BUG, interval)
        if view.goes_on:
            return 0.0
        if watched.paused and not self._pending:
            return interval if self._lets_go and view.holds_file else None
        return interval

    def take(self, watched: Watched) -> None:
        """Look as this says from now on."""
        before, self._watched = self._watched, watched
        if watched.drawn is not None and (before is None or before.drawn is None):
            self._told = watched.drawn
        if before is None or _database_of(watched) != _database_of(before):
            self._open(watched)
            return
        for change in _changes(before, watched):
            if self._view is not None:
                change(self._view)
                self._note_request()
        if watched.drawn != before.drawn and not (self._overlaps or watched.paused):
            self._soon = True  # a look was deferred meanwhile

    def turn(self) -> None:
        """Look once, go on reading for some milliseconds, and tell what there is to be told."""
        self._soon = False
        watched, view = self._watched, self._view
        if watched is None or view is None or not (self._overlaps or self._may_tell):
            return
        if self._is_idle(view) and (watched.paused or not self._needs_look(view)):
            self._let_go(view, paused=watched.paused)
            return
        if self._ready is None or not self._may_tell:
            before, snapshot = self._fault, view.advance()
            self._fault = view.fault
            if snapshot is not None:
                self._ready, self._pending = snapshot, view.loading
            elif self._fault is not None and type(self._fault) is not type(before) and _hides(self._fault, view):
                self._tell(Hidden(watched.opened, self._fault))
        if self._ready is not None and self._may_tell:
            snapshot, self._ready = self._ready, None
            self._told += 1
            self._tell(Shown(self._told, watched.opened, snapshot))
        if self._is_idle(view):
            self._let_go(view, paused=watched.paused)

    def _is_idle(self, view: LiveView) -> bool:
        """Whether all that was asked for is told, and nothing is known to stand in the way."""
        return not (self._pending or view.goes_on or self._ready is not None or self._fault)

    def _needs_look(self, view: LiveView) -> bool:
        return self._stamp is None or self._stamp.needs_look(at_rest=self._lets_go and not view.holds_file)

    def _let_go(self, view: LiveView, *, paused: bool) -> None:
        if self._lets_go and view.holds_file and (paused or (self._stamp is not None and self._stamp.quiet)):
            view.rest()

    def close(self) -> None:
        """Close the database."""
        if self._view is not None:
            self._view.close()
        self._view = self._ready = None

    @property
    def _may_tell(self) -> bool:
        drawn = self._watched.drawn if self._watched is not None else None
        return drawn is not None and drawn >= self._told

    def _open(self, watched: Watched) -> None:
        self.close()
        if watched.location is None:
            return
        request = watched.request
        self._names.forget()
        self._stamp = FileStamp(watched.location)
        self._view = view = LiveView(
            watched.location,
            request.zone,
            request.choice,
            request.span,
            presenter=request.presenter,
            first_weekday=request.first_weekday,
            names=self._names,
        )
        view.show(request.presenter, request.wanted)
        view.filter_by(request.chosen)
        view.look_closer(request.view)
        view.compare(request.comparison)
        self._note_request()

    def _note_request(self) -> None:
        """What stands in the way is said again, for it may concern something else now."""
        self._pending = self._soon = True
        self._ready = self._fault = None


def _written(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - it is asked all the time
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _database_of(watched: Watched) -> tuple[object, ...]:
    """What has to be opened afresh where it is another."""
    return watched.location, watched.opened, watched.metrics


def _changes(before: Watched, after: Watched) -> Iterator[Callable[[LiveView], None]]:
    """What has to be done to show what is wanted now, in this order: the first ones forget what was zoomed in on."""
    old, new = before.request, after.request
    afresh = False
    if (new.zone, new.first_weekday) != (old.zone, old.first_weekday):
        afresh = True
        yield lambda view: view.follow_calendar(new.zone, new.first_weekday)
    if (new.choice, new.span, after.asked) != (old.choice, old.span, before.asked):
        afresh = True
        yield lambda view: view.choose(new.choice, new.span)
    shown_now = after.drawn is not None and before.drawn is None
    if shown_now or new.presenter is not old.presenter or new.wanted != old.wanted:
        afresh |= new.presenter is not old.presenter
        yield lambda view: view.show(new.presenter, new.wanted)
    if new.chosen != old.chosen:
        yield lambda view: view.filter_by(new.chosen)
    if new.view != old.view or (afresh and new.view is not None):
        yield lambda view: view.look_closer(new.view)
    if new.comparison != old.comparison:
        yield lambda view: view.compare(new.comparison)
    if after.reloads != before.reloads:
        yield LiveView.reload


def _hides(fault: BotpulseError, view: LiveView) -> bool:
    """Whether a fault stands in the place of what is shown; others are said beside it."""
    return not view.has_data or isinstance(fault, UnexpectedFault)
