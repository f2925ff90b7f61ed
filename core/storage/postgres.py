"""What is different on a PostgreSQL server: connecting, its faults, and ids that become visible out of order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, NamedTuple

import peewee
from playhouse.postgres_ext import Psycopg3Database

from core import errors
from core.storage.answer_limit import AnswerLimit
from core.storage.location import Location

Model = type[peewee.Model]

_DEFAULTS: Final = {
    "application_name": "botpulse",
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""A server that is away, or goes away without a word, is noticed within seconds. The URL may say otherwise."""

_BY_STATE: Final[dict[str, type[errors.BotpulseError]]] = {
    "08": errors.ServerAway,
    "28": errors.LoginRefused,
    "3D": errors.NoSuchDatabase,
    "57P": errors.ServerAway,
    "53300": errors.ServerAway,
    "25006": errors.NotPermitted,
    "42501": errors.NotPermitted,
    "3F000": errors.NotPermitted,
    "40001": errors.DatabaseLocked,
    "40P01": errors.DatabaseLocked,
    "55P03": errors.DatabaseLocked,
    "53100": errors.DiskFull,
}
"""By the beginning of the SQLSTATE."""

_BY_WORDS: Final = (
    (re.compile(r"database ", re.IGNORECASE), errors.NoSuchDatabase),
    (re.compile(r"(\S+ )?(authentication|pg_hba\.conf)|role |permission denied", re.IGNORECASE), errors.LoginRefused),
)
"""While it is being connected to, a server gives its reason in words only: these begin with the first that fits."""

_WITH: Final = re.compile(r"\s*WITH\s+(RECURSIVE\s+)?", re.IGNORECASE)

_HELD_SECONDS: Final = 1.0
"""How long newer rows are held back for a transaction that may still fill in an older id."""

_WATCHED_AT_START: Final = 100_000
"""Ids below the last in which gaps are looked for when a table is first seen."""


class ServerDatabase(Psycopg3Database):  # type: ignore[misc]
    """A server's database whose sessions may be anybody's next: a pooler gives each transaction another one.

    So every statement is in a transaction, what holds for it is set in it, and nothing is prepared on the server.
    """

    def settle(self, *, read_only: bool, lock_timeout: float, limit: AnswerLimit | None = None) -> None:
        """Say what holds in every transaction from now on; ``lock_timeout`` in seconds."""
        waits = max(1, round(lock_timeout * 1000))  # 0 would mean for ever
        self._opening = f"BEGIN{' READ ONLY' * read_only}; SET LOCAL lock_timeout = {waits}"
        self._limit = limit or AnswerLimit()

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """For what may take long for good reasons: each answer is waited for."""
        seconds, self._limit.seconds = self._limit.seconds, math.inf
        try:
            yield
        finally:
            self._limit.seconds = seconds

    def stand_in(self, table: str, rows: str) -> None:
        """Let a query stand for a table in all that is read, without anything being made on the server."""
        self._stand_ins[table] = f'"{table}" AS NOT MATERIALIZED ({rows})'

    _opening = "BEGIN"
    _limit = AnswerLimit()

    def init(self, database: str, *values: Any, **more: Any) -> None:
        """Forget what stood for tables of another database."""
        self._stand_ins: dict[str, str] = {}
        super().init(database, *values, **more)

    def _connect(self) -> Any:
        from core.storage.bounded_connection import BoundedConnection

        connection = BoundedConnection.connect(
            dbname=self.database, autocommit=True, prepare_threshold=None, **self.connect_params
        )
        connection.limit = self._limit
        return connection

    def begin(self, isolation_level: Any = None) -> None:
        """Begin a transaction, with all that holds in it."""
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            self.cursor().execute(self._opening)

    def execute_sql(self, sql: str, params: Any = None, named_cursor: Any = None) -> Any:
        """Run a statement, in a transaction of its own where none is open."""
        text = self._with_stand_ins(sql)
        if self.in_transaction():
            return super().execute_sql(text, params, named_cursor)
        with self.atomic():
            return super().execute_sql(text, params, named_cursor)

    def _with_stand_ins(self, sql: str) -> str:
        needed = [query for table, query in self._stand_ins.items() if f'"{table}"' in sql]
        if not needed:
            return sql
        _, begin, rest = sql.partition(own[0]) if (own := _WITH.match(sql)) else ("", "", sql)
        return f"{begin or 'WITH '}{', '.join(needed)}{', ' if begin else ' '}{rest}"


def connection_to(location: Location) -> ServerDatabase:
    """The server's database at a URL, not connected yet. The URL is read by the server's own client library.

    Raises:
        DriverMissing: psycopg is not installed.
        InvalidLocation: the URL is not well-formed; what is wrong is not quoted, it may be a part of the password.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise errors.DriverMissing(str(location), str(error)) from error
    _, _, rest = str(location.url).partition("://")
    try:
        asked = conninfo_to_dict(f"postgresql://{rest}")
    except ProgrammingError:
        raise errors.InvalidLocation(str(location), "a percent sign or an option in it is not understood") from None
    if "@" in str(asked.get("host", "")):
        raise errors.InvalidLocation(str(location), "an @ in a name or a password is written %40")
    parameters: dict[str, Any] = {**_DEFAULTS, **asked}
    return ServerDatabase(parameters.pop("dbname", ""), **parameters)


def columns(database: peewee.Database, table: str) -> set[str]:
    """The columns of a table by the server's catalogue: it names those, too, that this user may not read."""
    query = """
        SELECT a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = current_schema() AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped"""
    return {str(name) for (name,) in database.execute_sql(query, (table,)).fetchall()}


def fault_kind(error: BaseException) -> type[errors.BotpulseError] | None:
    """What a server's, or its driver's, exception means; None for one that is not theirs or not known."""
    if not hasattr(error, "sqlstate"):
        return None
    if error.sqlstate is None:
        return _without_state(error)
    return next((kind for begin, kind in _BY_STATE.items() if error.sqlstate.startswith(begin)), None)


def _without_state(error: BaseException) -> type[errors.BotpulseError] | None:
    if "OperationalError" not in (kind.__name__ for kind in type(error).__mro__):
        return None
    _, fatal, words = str(error).partition("FATAL:")
    if not fatal:
        return errors.LoginRefused if "no password supplied" in str(error) else errors.ServerAway
    return next((kind for beginning, kind in _BY_WORDS if beginning.match(words.strip())), errors.ServerAway)


def data_version(database: peewee.Database) -> str:
    """Which transactions are visible: it is another one whenever anybody on the server has committed."""
    return str(database.execute_sql("SELECT pg_current_snapshot()::text").fetchall()[0][0])


def schema_version(database: peewee.Database, models: Iterable[Model]) -> tuple[Any, ...]:
    """The columns and indexes of these models' tables, by the server's catalogue, not by views of our own."""
    tables = [model._meta.table_name for model in models]
    query = """
        SELECT c.relname, a.attname, (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = current_schema() AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY 1, 2"""
    return tuple(database.execute_sql(query, (tables,)).fetchall())


class Gap(NamedTuple):
    """Missing ids, with ``after < id <= upto``."""

    after: int
    upto: int


@dataclass
class _Suspicion:
    """Who may still fill in a gap: the transactions that wrote to the table when it was noticed."""

    since: float
    writers: frozenset[str]


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
        gaps = _gaps(database, model, seen or max(0, last - _WATCHED_AT_START), last) if writers else ()
        now = monotonic()
        held = {gap: self._held.get(gap) or _Suspicion(now, writers) for gap in gaps}
        for suspicion in held.values():
            suspicion.writers &= writers
        open_gaps = {gap: suspicion for gap, suspicion in held.items() if suspicion.writers}
        young = [gap for gap, each in open_gaps.items() if seen and now - each.since < _HELD_SECONDS]
        complete = min((gap.after for gap in young), default=last)
        self._held = open_gaps if young else {}
        self._watched.update({gap: each for gap, each in open_gaps.items() if gap.upto <= complete})
        return complete

    def came_late(self, database: peewee.Database, model: Model) -> bool:
        """Whether a watched gap was filled; the table has to be read afresh then. Gaps that nobody fills are let go."""
        if not self._watched:
            return False
        writers = _writers(database, model)
        if any(_is_filled(database, model, gap) for gap in self._watched):
            self._watched = {}
            return True
        for suspicion in self._watched.values():
            suspicion.writers &= writers
        self._watched = {gap: each for gap, each in self._watched.items() if each.writers}
        return False


def _writers(database: peewee.Database, model: Model) -> frozenset[str]:
    """The open transactions that have written, or are about to write, to a table."""
    query = """
        SELECT l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
        WHERE n.nspname = current_schema() AND c.relname = %s AND l.granted
        AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"""
    rows = database.execute_sql(query, (model._meta.table_name,)).fetchall()
    return frozenset(name for (name,) in rows)


def _gaps(database: peewee.Database, model: Model, after: int, upto: int) -> tuple[Gap, ...]:
    table = model._meta.table_name
    query = f"""
        SELECT before, id - 1
        FROM (SELECT id, lag(id, 1, %s) OVER (ORDER BY id) AS before FROM "{table}" WHERE id > %s AND id <= %s) AS each
        WHERE id > before + 1 ORDER BY 1"""
    return tuple(Gap(*row) for row in database.execute_sql(query, (after, after, upto)).fetchall())


def _is_filled(database: peewee.Database, model: Model, gap: Gap) -> bool:
    query = f'SELECT EXISTS (SELECT 1 FROM "{model._meta.table_name}" WHERE id > %s AND id <= %s)'
    return bool(database.execute_sql(query, gap).fetchall()[0][0])


def any_late(database: peewee.Database, horizons: Mapping[Any, Horizon]) -> bool:
    """Whether rows came late in any table."""
    return any([horizon.came_late(database, model) for model, horizon in horizons.items()])
