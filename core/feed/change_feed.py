"""What is new in a database since the last look.

A look that finds nothing costs one pragma and a ``stat`` of the file and its log, or one query to a server. Whatever
else happens to the file (reset, replaced, deleted, restored, vacuumed, migrated, locked) is told apart by the ends of
its tables, reported as what it is, and survived.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing
from core.models import EVENT_MODELS, EventModel, all_models, event_models
from core.storage.database import faults
from core.storage.horizon import Horizon, any_late
from core.storage.location import NO_FILE, Location, file_state, locate
from core.storage.postgres import data_version, schema_version
from core.storage.reader import Reader, journal_mode, open_for_reading
from core.storage.seeks import IdSpan, last_id, lowest_id, scalar

log = logging.getLogger(__name__)

Model = type[EventModel]

LOCK_TIMEOUT: Final = 0.25
"""Seconds that a read waits for a writer to finish its commit before the database counts as locked."""


class Happening(StrEnum):
    """What a look may find."""

    OPENED = "opened"
    RETURNED = "returned"
    ROWS_ADDED = "rows added"
    ROWS_REMOVED = "rows removed"
    RESET = "reset"
    RESTORED = "restored"
    REPLACED = "replaced"
    MIGRATED = "migrated"
    VACUUMED = "vacuumed"
    UNLOCKED = "unlocked"
    ROWS_CAME_LATE = "rows came late"


KNOWN_AGAIN: Final = frozenset({Happening.OPENED, Happening.RETURNED, Happening.ROWS_ADDED, Happening.UNLOCKED})
"""What says nothing against the rows that were there before."""

_STARTS_AFRESH = frozenset(
    {
        Happening.OPENED,
        Happening.RETURNED,
        Happening.ROWS_REMOVED,
        Happening.RESET,
        Happening.RESTORED,
        Happening.REPLACED,
        Happening.VACUUMED,
        Happening.ROWS_CAME_LATE,
    }
)
"""A file that was written anew may lack rows from the middle of a table, which its ends don't tell: a user's, say."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """What one look found.

    Attributes:
        happenings: in the order in which they came to light; empty where nothing was new.
        added: the new rows by table; empty where everything is to be read afresh.
        fault: what stood in the way; the feed goes on looking.
        seconds: what the look cost.
    """

    happenings: tuple[Happening, ...] = ()
    added: Mapping[Model, IdSpan] = field(default_factory=dict)
    fault: BotpulseError | None = None
    seconds: float = 0.0

    @property
    def afresh(self) -> bool:
        """Whether what was read before no longer holds, and history has to be read again."""
        return not _STARTS_AFRESH.isdisjoint(self.happenings)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a table begins and ends.

    Attributes:
        first: its lowest id; last: its highest; 0 where it is empty.
        moment: the last row's timestamp.
        anchor: the timestamp, now, of the row that was the last at the look before; None where it is gone.
    """

    first: int = 0
    last: int = 0
    moment: Any = None
    anchor: Any = None


class Feed:
    """Looks at one database again and again. It belongs to the thread that looks.

    Attributes:
        location: where it looks.
        reader: the open connection; None while the database can't be opened.
        ends: where each table began and ended at the last look.
        at_rest: the connection is closed, and all else as it was: see :meth:`rest`.
    """

    def __init__(self, address: str | Path | Location) -> None:
        self.location = locate(address)
        self.reader: Reader | None = None
        self.ends: dict[Model, Ends] = {}
        self._state = NO_FILE
        self._version: Any = None
        self._shape: Any = None
        self._layout: Any = None
        self._horizons: dict[Model, Horizon] = {}
        self._locked = False
        self._opened_before = False
        self.at_rest = False
        self._opened = 0

    @property
    def version(self) -> object:
        """Something that is another one whenever anybody has written, as of the last look.

        Each connection counts by itself, so it says which one it is, too.
        """
        return self._opened, self._version

    def look(self) -> LookResult:
        """Look once. Never raises what is the environment's fault: that is in the result."""
        began = perf_counter()
        try:
            with faults(self.location):
                happenings, added = self._look()
        except BotpulseError as fault:
            self._note_fault(fault)
            return LookResult(fault=fault, seconds=perf_counter() - began)
        if self._locked:
            self._locked = False
            happenings = (Happening.UNLOCKED, *happenings)
        if happenings and happenings != (Happening.ROWS_ADDED,):
            log.info("%s: %s", self.location, ", ".join(happenings))
        return LookResult(happenings, added, None, perf_counter() - began)

    def close(self) -> None:
        """Close the connection; the next look opens it again, and begins afresh."""
        self.at_rest = False
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    def rest(self) -> None:
        """Close the connection to a file, and know all that was known: the next look opens it and goes on from there.

        Windows lets nobody rename, replace or delete a file that is open.
        """
        if self.reader is not None and self.location.path is not None:
            self.reader.close()
            self.at_rest = True

    def wake(self) -> None:
        """Open the connection before the next look does. Where that can't be, there is none until a look says why."""
        if self.at_rest:
            self.reader = None
            with suppress(BotpulseError), faults(self.location):
                if file_state(self.location.path).identity == self._state.identity:
                    self._connect_again()

    def _look(self) -> tuple[tuple[Happening, ...], dict[Model, IdSpan]]:
        replaced = self._follow_file()
        if self.reader is None:
            return self._open(replaced)
        reader = self.reader
        version = self._data_version(reader)
        if version == self._version and not any(each.holding for each in self._horizons.values()):
            return (), {}
        altered = self._follow_schema(reader)
        if self.reader is not reader:
            version = self._data_version(self.reader)
        ends = self._measure(self.reader)
        happenings = compare(self.ends, ends) or self._came_late(self.reader) or altered
        added = {m: IdSpan(self.ends[m].last, e.last) for m, e in ends.items() if e.last > self.ends[m].last}
        self._version, self.ends = version, ends
        if not _STARTS_AFRESH.isdisjoint(happenings):
            return happenings, {}
        return (*happenings, Happening.ROWS_ADDED) if added else happenings, added

    def _open(self, replaced: bool) -> tuple[tuple[Happening, ...], dict[Model, IdSpan]]:
        self.reader = reader = self._connect()
        self._version = self._data_version(reader)
        self._shape, self._layout = _shape(reader), _layout(reader)
        self._horizons = {model: Horizon() for model in event_models()} if self.location.url else {}
        self.ends = {}
        self.ends = self._measure(reader)
        happening = Happening.RETURNED if self._opened_before else Happening.OPENED
        self._opened_before = True
        return (Happening.REPLACED if replaced else happening,), {}

    def _follow_file(self) -> bool:
        """Let go of a file that is no longer the one at our path; tells whether another one took its place."""
        path = self.location.path
        if path is None or (self.reader is None and not self.at_rest):
            return False
        try:
            now = file_state(path)
        except FileNotFoundError as error:
            raise DatabaseMissing(str(path)) from error
        if now.identity != self._state.identity:
            self.close()
            return True
        if self.reader is None or self.at_rest or (self.reader.immutable and now != self._state):
            self._connect_again()  # one that was taken for unchanging has a writer now, or had one
        return False

    def _connect_again(self) -> None:
        """To the same file, for a look that takes nothing for granted."""
        self.close()
        self.reader, self._version = self._connect(), None

    def _connect(self) -> Reader:
        """Open the file that is there now. One that takes its place meanwhile is told apart at the next look."""
        self._opened += 1
        self._state = file_state(self.location.path)
        return open_for_reading(self.location, timeout=LOCK_TIMEOUT)

    def _data_version(self, reader: Reader) -> Any:
        """Something that changes whenever another connection has committed."""
        if reader.journal_mode == "server":
            return data_version(reader.database)
        return reader.database.execute_sql("PRAGMA data_version").fetchall()[0][0]

    def _follow_schema(self, before: Reader) -> tuple[Happening, ...]:
        """Open again where tables or journal were altered: a view of ours may stand in for what is there now."""
        shape = _shape(before)
        if shape == self._shape:
            return ()
        version, layout = self._shape[0], self._layout
        self.close()
        self.reader = after = self._connect()
        self._shape, self._layout = _shape(after), _layout(after)
        if _parts(after) != _parts(before):
            return (Happening.MIGRATED,)
        vacuumed = shape[0] != version and layout is not None and self._layout == layout
        return (Happening.VACUUMED,) if vacuumed else ()

    def _measure(self, reader: Reader) -> dict[Model, Ends]:
        return {model: self._ends(reader, model) for model in event_models()}

    def _ends(self, reader: Reader, model: Model) -> Ends:
        before, last = self.ends.get(model, Ends()), last_id(reader, model)
        if model in self._horizons:
            last = self._horizons[model].complete_to(reader.database, model, before.last, last)
        return _ends(reader, model, before, last)

    def _came_late(self, reader: Reader) -> tuple[Happening, ...]:
        return (Happening.ROWS_CAME_LATE,) if any_late(reader.database, self._horizons) else ()

    def _note_fault(self, fault: BotpulseError) -> None:
        if isinstance(fault, DatabaseLocked):
            self._locked = True
        else:
            self.close()


def compare(before: Mapping[Model, Ends], after: Mapping[Model, Ends]) -> tuple[Happening, ...]:
    """What must have happened to rows that were there, by the ends of the tables; empty where they all still are."""
    fates = {model: _fate(old, after[model]) for model, old in before.items() if old.last}
    found = list(fates.values())
    seeds = [fate for model, fate in fates.items() if model in EVENT_MODELS]  # the deployed bot resets no other
    if found and all(fate is Happening.RESET for fate in seeds or found):
        return (Happening.RESET,)
    if Happening.RESTORED in found:
        return (Happening.RESTORED,)
    return (Happening.ROWS_REMOVED,) if any(fate is not None for fate in found) else ()


def _fate(old: Ends, new: Ends) -> Happening | None:
    if new.last == 0 or new.first > old.last:
        return Happening.RESET
    if new.last < old.last or new.first < old.first:
        return Happening.RESTORED
    if new.anchor != old.moment:
        return Happening.ROWS_REMOVED if new.anchor is None else Happening.RESTORED
    return Happening.ROWS_REMOVED if new.first > old.first else None


def _ends(reader: Reader, model: Model, before: Ends, last: int) -> Ends:
    if not last:
        return Ends()
    moment = _moment(reader, model, last)
    anchor = moment if before.last == last else _moment(reader, model, before.last)
    return Ends(lowest_id(reader, model), last, moment, anchor)


def _moment(reader: Reader, model: Model, row_id: int) -> Any:
    return scalar(reader, model.select(model.timestamp).where(model.id == row_id))


def _parts(reader: Reader) -> tuple[frozenset[Any], ...]:
    return reader.tables, reader.added_columns, reader.indexed


def _shape(reader: Reader) -> tuple[Any, ...]:
    """The schema's version and the journal's kind: what was found out when it was opened holds while they stay."""
    if reader.journal_mode == "server":
        return None, schema_version(reader.database, all_models())
    (row,) = reader.database.execute_sql("PRAGMA main.schema_version").fetchall()
    return row[0], journal_mode(reader.database, reader.immutable)


def _layout(reader: Reader) -> Any:
    """What a file's tables, indexes, views and triggers are: a vacuum leaves them as they were. None of a server."""
    if reader.journal_mode == "server":
        return None
    written = "SELECT type, name, sql FROM main.sqlite_master ORDER BY 1, 2"
    return reader.database.execute_sql(written).fetchall()
