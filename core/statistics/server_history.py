"""When each server was seen, joined and left, over all of history: so a page knows it in any range.

What was counted before into cells is not read again (:mod:`core.statistics.rollups`): of those the time is known to the
hour, of what is older than a hundred days to the day. Both lie in the day that is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from core.coverage import NOTHING, WHOLE, Coverage
from core.filters import Field, Filter, Term
from core.models import DISCORD_EPOCH, END_OF_TIME, ActionType, CommandUsage, EventModel, ImageStats, UserActivity
from core.statistics.rollups.calendar import Level, calendar_of
from core.statistics.rollups.cells import Rollups, open_rollups
from core.statistics.rollups.packing import Part
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.newest_first import newest_first, together
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto, is_indexed, scalar
from core.storage.values import text_of
from core.time_ranges import DAY, TimeRange

DORMANT_AFTER: Final = 30 * DAY
"""Seconds. A server that nobody used for so long, and that the bot did not leave, is dormant."""

_COMINGS: Final = Filter(
    (Term(Field.ACTION, ActionType.GUILD_JOIN.value), Term(Field.ACTION, ActionType.GUILD_LEAVE.value))
)
_SEEN_IN: Final[Mapping[type[EventModel], str]] = {CommandUsage: "guilds", ImageStats: "guild_images"}
"""The tables that tell that a server was seen, and the counter of cells that has its servers."""

_HOURS_AHEAD: Final = 130 * DAY
"""Seconds. Hours begin a hundred days before cells were last counted; few rows are later, unless a clock ran ahead."""

_SLICE: Final = 400
"""Cells that are taken at a time: what is read between two looks stays short."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A dormant server: since when (epoch seconds) nobody used it; ``used`` is whether anybody ever did."""

    server: str
    since: float
    used: bool


class ServerHistory:
    """Follows commands, images, and when the bot joined and left servers; a scan (see ``core.feed.loading``).

    Attributes:
        first, last: each server's first and last command or image, in epoch seconds; direct messages are none.
        joined, left: when the bot last joined and left each; only servers of which that was recorded.
        leavings: every moment at which it left one.
        revision: another number whenever one of them came, left, or is found to have come before.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.joined: dict[str, float] = {}
        self.left: dict[str, float] = {}
        self.leavings: list[float] = []
        self.revision = 0
        self._first_joined: dict[str, float] = {}
        self._known: dict[str, tuple[object, Any]] = {}

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read all of history in short chunks, the newest first; yields what is known after each."""
        rollups = open_rollups(reader, self._zone, tuple(_SEEN_IN))
        reads = [
            (upto.get(model, 0), self._seen_back(reader, model, upto.get(model, 0), rollups)) for model in _SEEN_IN
        ]
        last = upto.get(UserActivity, 0)
        return together((*reads, (last, self._moves_back(reader, last))))

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        for model in _SEEN_IN:
            if model in added:
                deque(map(self._note, chunks(reader, RowQuery(model, _fields(model), added[model]))), maxlen=0)
        if UserActivity in added:
            deque(map(self._move, chunks(reader, _moves(added[UserActivity]))), maxlen=0)

    def is_there(self, server: str) -> bool:
        """Whether the bot is on a server, as far as it tells: it did not leave, or was seen there after that."""
        left = self.left.get(server, -inf)
        return left == -inf or max(self.joined.get(server, -inf), self.last.get(server, -inf)) > left

    def is_dormant(self, server: str, now: float) -> bool:
        """Whether nobody used a server that the bot is on for :data:`DORMANT_AFTER`."""
        since = self._since(server)
        return -inf < since <= now - DORMANT_AFTER and self.is_there(server)

    def dormant(self, now: float) -> tuple[Silence, ...]:
        """The servers that are dormant, those first that became so last."""

        def found() -> list[str]:
            servers = [server for server in {**self.last, **self.joined} if self.is_dormant(server, now)]
            return sorted(servers, key=lambda server: (-self._since(server), server))

        known: list[str] = self._once("dormant", now // 60, found)
        still = (server for server in known if self.is_dormant(server, now))  # one may just have been used again
        return tuple(Silence(server, self._since(server), server in self.last) for server in still)

    def _since(self, server: str) -> float:
        return max(self.last.get(server, -inf), self.joined.get(server, -inf))

    def arrivals(self, edges: Sequence[float]) -> tuple[int, ...]:
        """How many servers came in each bucket: with their first command or image, or as the bot first joined."""

        def found() -> tuple[int, ...]:
            return _in_buckets([self._began(server) for server in {**self.first, **self._first_joined}], edges)

        return self._once("arrivals", edges, found)  # type: ignore[no-any-return]

    def departures(self, edges: Sequence[float]) -> tuple[int, ...]:
        """How often the bot left a server in each bucket."""
        return self._once("departures", edges, lambda: _in_buckets(self.leavings, edges))  # type: ignore[no-any-return]

    def came_since(self, start: float) -> frozenset[str]:
        """The servers that came at or after a moment, as :meth:`arrivals` counts them."""

        def found() -> frozenset[str]:
            every = {**self.first, **self._first_joined}
            return frozenset(server for server in every if self._began(server) >= start)

        return self._once("came", start, found)  # type: ignore[no-any-return]

    def _began(self, server: str) -> float:
        return min(self.first.get(server, inf), self._first_joined.get(server, inf))

    def _once(self, key: str, about: object, make: Callable[[], Any]) -> Any:
        """What ``make`` makes, anew only once something else is known or asked: pages ask at every look."""
        wanted = (self.revision, about)
        known = self._known.get(key)
        if known is None or known[0] != wanted:
            known = self._known[key] = (wanted, make())
        return known[1]

    def _seen_back(
        self, reader: Reader, model: type[EventModel], upto: int, rollups: Rollups | None
    ) -> Iterator[Coverage]:
        if rollups is not None and rollups.bound(model) <= upto and is_indexed(reader, model):
            for coverage in self._by_cells(reader, model, upto, rollups):
                if coverage is None:
                    break
                yield coverage
            else:
                return
        for chunk in newest_first(reader, RowQuery(model, _fields(model), ids_upto(reader, model, upto))):
            self._note(chunk.rows)
            yield chunk.coverage

    def _by_cells(
        self, reader: Reader, model: type[EventModel], upto: int, rollups: Rollups
    ) -> Iterator[Coverage | None]:
        """What cells tell, the newest first, and the rows that are in none; None where cells don't tell it."""
        ends = _ends(reader, model)
        for rows in chunks(reader, RowQuery(model, _fields(model), IdSpan(rollups.bound(model), upto))):
            self._note(rows)
            yield NOTHING
        if ends is None:
            yield WHOLE
            return
        since, every = rollups.hours_since(model), ids_upto(reader, model, rollups.bound(model))
        edges = self._edges(TimeRange(ends.start, max(min(ends.end, since + _HOURS_AHEAD), ends.start)), since)
        ahead = RowQuery(model, _fields(model), every, TimeRange(edges[-1], inf))
        deque(map(self._note, chunks(reader, ahead)), maxlen=0)
        for high in range(len(edges) - 1, 0, -_SLICE):
            part = edges[max(high - _SLICE, 0) : high + 1]
            rolled = rollups.buckets(model, part, (Part.SERVERS,))
            if rolled is None:
                yield None
                return
            for start, cell in rolled.cells.items():
                self._see(getattr(cell, _SEEN_IN[model]), start)
            for span in rolled.ragged:
                deque(map(self._note, chunks(reader, RowQuery(model, _fields(model), every, span))), maxlen=0)
            yield Coverage(part[0], (edges[-1] - part[0]) / (edges[-1] - edges[0])) if part[0] > edges[0] else WHOLE

    def _edges(self, span: TimeRange, hours_since: float) -> tuple[float, ...]:
        calendar = calendar_of(self._zone)
        assert calendar is not None, "there are cells"
        days = calendar.edges(Level.DAY, span)
        start, width = max(hours_since, days[0]), calendar.width
        hours = np.arange(np.ceil(start / width) * width, days[-1] + width / 2, width).tolist()
        return tuple(sorted({*(day for day in days if day <= start), *hours, days[-1]}))

    def _note(self, rows: Iterable[Row]) -> None:
        for moment, stored in rows:
            server = stored if isinstance(stored, str) else text_of(stored, None)
            if server:
                self._see_one(server, moment)

    def _see(self, servers: Collection[str | None], moment: float) -> None:
        for server in servers:
            if server:
                self._see_one(server, moment)

    def _see_one(self, server: str, moment: float) -> None:
        if moment < self.first.get(server, inf):
            self.first[server] = moment
            self.revision += 1
        if moment > self.last.get(server, -inf):
            self.last[server] = moment

    def _moves_back(self, reader: Reader, upto: int) -> Iterator[Coverage]:
        for chunk in newest_first(reader, _moves(ids_upto(reader, UserActivity, upto))):
            self._move(chunk.rows)
            yield chunk.coverage

    def _move(self, rows: Iterable[Row]) -> None:
        for moment, stored, action in rows:
            server = stored if isinstance(stored, str) else text_of(stored, None)
            if not server:
                continue
            self.revision += 1
            if action == ActionType.GUILD_LEAVE:
                self.left[server] = max(moment, self.left.get(server, -inf))
                self.leavings.append(moment)
            else:
                self.joined[server] = max(moment, self.joined.get(server, -inf))
                self._first_joined[server] = min(moment, self._first_joined.get(server, inf))


def _fields(model: Any) -> tuple[Any, ...]:
    return (model.timestamp, model.guild_id)


def _ends(reader: Reader, model: type[EventModel]) -> TimeRange | None:
    """The first and the last usable moment of a table with an index on the time."""
    moment = model.timestamp
    usable = model.select(moment).where((moment >= DISCORD_EPOCH) & (moment < END_OF_TIME)).limit(1)
    first, last = (scalar(reader, usable.order_by(order)) for order in (moment, moment.desc()))
    return None if first is None or last is None else TimeRange(float(first), float(last))


def _moves(ids: IdSpan) -> RowQuery:
    fields = (UserActivity.timestamp, UserActivity.guild_id, UserActivity.action_type)
    return RowQuery(UserActivity, fields, ids, chosen=_COMINGS)


def _in_buckets(moments: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    """How many moments lie in each bucket ``[edge, next edge)``."""
    if not len(moments):
        return (0,) * (len(edges) - 1)
    places = np.searchsorted(np.array(edges), np.array(moments), "right") - 1
    counts = np.bincount(places[(places >= 0) & (places < len(edges) - 1)], minlength=len(edges) - 1)
    return tuple(counts.tolist())
