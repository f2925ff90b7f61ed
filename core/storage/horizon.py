"""How far the ids of a server's table are complete: they become visible out of order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, NamedTuple

import peewee

Model = type[peewee.Model]

_HELD_SECONDS: Final = 1.0
"""How long newer rows are held back for a transaction that may still fill in an older id."""

_UNSEEN_SECONDS: Final = 60.0
"""How long a standby's gap is watched although no transaction is known there that could fill it."""

_WATCHED_AT_START: Final = 100_000
"""Ids below the last in which gaps are looked for when a table is first seen."""

_UNSEEN: Final = "unseen"
"""On a standby: whoever was given an id on the primary, and has written nothing yet that came over."""

_WRITERS: Final = """
    SELECT l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    WHERE n.nspname = current_schema() AND c.relname = %s AND l.granted
    AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    UNION ALL SELECT %s WHERE pg_is_in_recovery()
    UNION ALL
    SELECT each::text FROM pg_current_snapshot() AS now, generate_series(
        greatest(pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint - 10000),
        CASE WHEN pg_is_in_recovery() THEN pg_snapshot_xmax(now)::text::bigint - 1 ELSE 0 END) AS each
    WHERE pg_xact_status(each::text::xid8) = 'in progress'"""
"""A standby does not know the locks of its primary's transactions, but which of them have not ended."""


class Gap(NamedTuple):
    """Missing ids, with ``after < id <= upto``."""

    after: int
    upto: int


@dataclass
class _Suspicion:
    """Who may still fill in a gap: the transactions that were open when it was noticed."""

    since: float
    writers: frozenset[str]

    def keep(self, writers: frozenset[str], now: float) -> None:
        """Forget those that have ended."""
        self.writers &= writers if now - self.since < _UNSEEN_SECONDS else writers - {_UNSEEN}


@dataclass
class Horizon:
    """How far the ids of one table are complete.

    A server hands out an id before its row is committed: id 6 may be visible before id 5. Whoever inserts holds
    a lock on the table, from before the id is handed out until the end of the transaction. So a gap may be filled
    only by one who held that lock when it was noticed, and newer rows are held back until they all have ended. Not
    for ever, though: a gap that outlasts that is watched, and reported when it is filled after all.
    """

    _held: dict[Gap, _Suspicion] = field(default_factory=dict)
    _watched: dict[Gap, _Suspicion] = field(default_factory=dict)

    @property
    def holding(self) -> bool:
        """Whether rows are held back: time alone may let them go."""
        return bool(self._held)

    def complete_to(self, database: peewee.Database, model: Model, seen: int, last: int) -> int:
        """The highest id, at most ``last``, below which no row is to come; ``last`` was read just before.

        ``seen`` is what the look before found complete, 0 at the first: then nothing is held back, only watched.
        """
        if last <= seen:
            self._held = {}
            return last
        writers = _writers(database, model)  # before the gaps are read: who is missing here has ended by then
        if not seen:
            writers -= {_UNSEEN}
        gaps = _gaps(database, model, seen or max(0, last - _WATCHED_AT_START), last) if writers else ()
        now = monotonic()
        held = {gap: self._held.get(gap) or _Suspicion(now, writers) for gap in gaps}
        for suspicion in held.values():
            suspicion.keep(writers, now)
        open_gaps = {gap: suspicion for gap, suspicion in held.items() if suspicion.writers}
        known = {gap: each for gap, each in open_gaps.items() if each.writers - {_UNSEEN}}
        young = [gap for gap, each in known.items() if seen and now - each.since < _HELD_SECONDS]
        complete = min((gap.after for gap in young), default=last)
        self._held = open_gaps if young else {}
        self._watched.update({gap: each for gap, each in open_gaps.items() if gap.upto <= complete})
        return complete

    def came_late(self, database: peewee.Database, model: Model) -> bool:
        """Whether a watched gap was filled; the table has to be read afresh then. Gaps that nobody fills are let go."""
        if not self._watched:
            return False
        writers, now = _writers(database, model), monotonic()
        if _is_filled(database, model, self._watched):
            self._watched = {}
            return True
        for suspicion in self._watched.values():
            suspicion.keep(writers, now)
        self._watched = {gap: each for gap, each in self._watched.items() if each.writers}
        return False


def any_late(database: peewee.Database, horizons: Mapping[Any, Horizon]) -> bool:
    """Whether rows came late in any table."""
    return any([horizon.came_late(database, model) for model, horizon in horizons.items()])


def _writers(database: peewee.Database, model: Model) -> frozenset[str]:
    """The open transactions that have written, or are about to write, to a table; on a standby, to any table."""
    rows = database.execute_sql(_WRITERS, (model._meta.table_name, _UNSEEN)).fetchall()
    return frozenset(name for (name,) in rows)


def _gaps(database: peewee.Database, model: Model, after: int, upto: int) -> tuple[Gap, ...]:
    table = model._meta.table_name
    query = f"""
        SELECT before, id - 1
        FROM (SELECT id, lag(id, 1, %s) OVER (ORDER BY id) AS before FROM "{table}" WHERE id > %s AND id <= %s) AS each
        WHERE id > before + 1 ORDER BY 1"""
    return tuple(Gap(*row) for row in database.execute_sql(query, (after, after, upto)).fetchall())


def _is_filled(database: peewee.Database, model: Model, gaps: Iterable[Gap]) -> bool:
    """Whether there is a row in any of the gaps by now."""
    query = f"""
        SELECT EXISTS (SELECT 1 FROM unnest(%s::bigint[], %s::bigint[]) AS gap(after, upto)
        JOIN "{model._meta.table_name}" AS each ON each.id > gap.after AND each.id <= gap.upto)"""
    after, upto = zip(*gaps, strict=True)
    return bool(database.execute_sql(query, ([*after], [*upto])).fetchall()[0][0])
