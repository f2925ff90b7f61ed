"""What is different on a PostgreSQL server: connecting, to one of several hosts too, and its faults."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

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
    "25006": errors.ServerReadOnly,
    "25P": errors.ServerAway,
    "42501": errors.NotPermitted,
    "3F000": errors.NotPermitted,
    "40001": errors.StandbyConflict,
    "40P01": errors.TableLocked,
    "55P03": errors.TableLocked,
    "57014": errors.QueryCancelled,
    "53100": errors.DiskFull,
    "08P01": errors.PoolerRefused,
    "26000": errors.PoolerRefused,
    "42P05": errors.PoolerRefused,
    "23": errors.RefusedByTable,
    "27": errors.RefusedByTable,
    "P0001": errors.RefusedByTable,
    "54": errors.TooLarge,
    "22": errors.SchemaFault,
    "42": errors.SchemaFault,
    "0A": errors.SchemaFault,
}
"""By the beginning of the SQLSTATE, the longest that fits. 40001 is a standby's only: nothing of ours runs at a level
that could raise it. A pooler has no states of its own but a broken protocol; a prepared statement that is not there, or
is there already, is another client's of the same pool.
"""

_BY_WORDS: Final = (
    (re.compile(r"(no such )?database\b", re.IGNORECASE), errors.NoSuchDatabase),
    (re.compile(r"no such user|SASL ", re.IGNORECASE), errors.LoginRefused),
    (
        re.compile(r"query_wait_|client_login_|server[_ ]login|no more connections allowed|unsupported |.*bouncer"),
        errors.PoolerRefused,
    ),
    (re.compile(r"(\S+ )?(authentication|pg_hba\.conf)|role |permission denied", re.IGNORECASE), errors.LoginRefused),
)
"""While it is being connected to, a server gives its reason in words only: these begin with the first that fits."""

_NO_PRIMARY: Final = ("session is read-only", "server is in hot standby mode")
"""Of the client library, where a host answered that takes no writes."""

_FOR_LOOKING: Final = frozenset({"any", "read-only", "standby", "prefer-standby"})
"""Of the kinds of server that an address may ask for (target_session_attrs), those that are of no use to the bot."""

_VERSION: Final = (
    "SELECT pg_current_snapshot()::text, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END"
)

_WITH: Final = re.compile(r"\s*WITH\s+(RECURSIVE\s+)?", re.IGNORECASE)


class ServerDatabase(Psycopg3Database):  # type: ignore[misc]
    """A server's database whose sessions may be anybody's next: a pooler gives each transaction another one.

    So every statement is in a transaction, what holds for it is set in it, and nothing is prepared on the server.
    """

    def settle(self, *, read_only: bool, lock_timeout: float, limit: AnswerLimit | None = None) -> None:
        """Say what holds in every transaction from now on; ``lock_timeout`` in seconds."""
        waits = max(1, round(lock_timeout * 1000))  # 0 would mean for ever
        self._opening = f"BEGIN{' READ ONLY' * read_only}; SET LOCAL lock_timeout = {waits}"
        self._limit = limit or AnswerLimit()
        self._servers = _servers(self.connect_params, read_only)

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
    _servers: tuple[Mapping[str, str], ...] = ({},)

    def init(self, database: str, *values: Any, **more: Any) -> None:
        """Forget what stood for tables of another database."""
        self._stand_ins: dict[str, str] = {}
        super().init(database, *values, **more)

    def _connect(self) -> Any:
        from psycopg import OperationalError

        *preferred, last = self._servers
        for servers in preferred:
            with suppress(OperationalError):
                return self._connect_to(servers)
        return self._connect_to(last)

    def _connect_to(self, servers: Mapping[str, str]) -> Any:
        from core.storage.bounded_connection import bounded_by

        asked = {**self.connect_params, **servers}
        hosts = len(_hosts(asked)) if asked.get("connect_timeout") == _DEFAULTS["connect_timeout"] else 1
        return bounded_by(self._limit, hosts).connect(
            dbname=self.database, autocommit=True, prepare_threshold=None, **asked
        )

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

    def rollback(self) -> None:
        """Take back what the transaction did. A session that ended has done so, and what ended it is to be told."""
        try:
            if self.lives():
                super().rollback()
        except peewee.OperationalError:
            if self.lives():
                raise

    def lives(self) -> bool:
        """Whether the connection is open as far as the driver knows."""
        return not (self.is_closed() or self.connection().closed)

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


def _hosts(asked: Mapping[str, Any]) -> list[str]:
    return str(asked.get("hostaddr") or asked.get("host") or "").split(",")


def _servers(asked: Mapping[str, Any], read_only: bool) -> tuple[Mapping[str, str], ...]:
    """Which of several servers will do, the preferred first: to write the primary alone, to look any of them."""
    name = "target_session_attrs"
    kind = str(asked.get(name, "any"))
    if read_only:
        return ({},) if kind in _FOR_LOOKING else ({}, {name: "any"})
    if name in asked or len(_hosts(asked)) > 1:
        return ({name: "read-write" if kind in _FOR_LOOKING else kind},)
    return ({},)


def columns(database: peewee.Database, table: str) -> dict[str, str]:
    """The columns of a table by the server's catalogue: it names those, too, that this user may not read.

    Each with the letter of its type's category: ``S`` for texts, ``N`` for numbers, ``B`` for booleans.
    """
    query = """
        SELECT a.attname, t.typcategory::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
        WHERE n.nspname = current_schema() AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped"""
    return {str(name): str(kind) for name, kind in database.execute_sql(query, (table,)).fetchall()}


def may_read(database: peewee.Database, table: str) -> bool:
    """Whether this user may read a table that is there: one who was given rights before it was made may not."""
    asked = "SELECT has_table_privilege(quote_ident(current_schema()) || '.' || quote_ident(%s), 'SELECT')"
    return bool(database.execute_sql(asked, (table,)).fetchone()[0])


def taken_columns(database: peewee.Database, table: str) -> frozenset[str]:
    """The columns of a table that a row can be written with: all but those that the server works out by itself."""
    query = """
        SELECT a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = current_schema() AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = ''"""
    return frozenset(str(name) for (name,) in database.execute_sql(query, (table,)).fetchall())


def column_kinds(database: peewee.Database, table: str) -> dict[str, str]:
    """The columns of a table, each with its type in the server's words."""
    query = """
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = %s"""
    return {str(name): str(kind) for name, kind in database.execute_sql(query, (table,)).fetchall()}


def last_handed_out(database: peewee.Database, table: str) -> int:
    """The highest id that a table's sequence has given; 0 where there is none, or this user may not know."""
    query = """
        SELECT CASE WHEN has_sequence_privilege(own, 'SELECT') THEN pg_sequence_last_value(own) END
        FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS own) AS each"""
    columns_there = columns(database, table)
    found = database.execute_sql(query, (f'"{table}"',)).fetchone() if "id" in columns_there else None
    return int(found[0]) if found is not None and found[0] is not None else 0


def hand_out_above(database: peewee.Database, table: str, last: int) -> None:
    """Let a table's sequence go on above an id; it never goes back."""
    query = """
        SELECT setval(own, greatest(%s, pg_sequence_last_value(own)))
        FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS own) AS each"""
    database.execute_sql(query, (last, f'"{table}"'))


def fault_kind(error: BaseException) -> type[errors.BotpulseError] | None:
    """What a server's, or its driver's, exception means; None for one that is not theirs or not known."""
    if not hasattr(error, "sqlstate"):
        return None
    if error.sqlstate is None:
        return _without_state(error)
    fitting = [begin for begin in _BY_STATE if error.sqlstate.startswith(begin)]
    return _BY_STATE[max(fitting, key=len)] if fitting else None


def _without_state(error: BaseException) -> type[errors.BotpulseError] | None:
    if "OperationalError" not in (kind.__name__ for kind in type(error).__mro__):
        return None
    if any(words in str(error) for words in _NO_PRIMARY):
        return errors.ServerReadOnly
    _, fatal, words = str(error).partition("FATAL:")
    if not fatal:
        return errors.LoginRefused if "no password supplied" in str(error) else errors.ServerAway
    return next((kind for beginning, kind in _BY_WORDS if beginning.match(words.strip())), errors.ServerAway)


def data_version(database: peewee.Database) -> str:
    """Which transactions are visible: it is another one whenever anybody on the server has committed.

    A standby's snapshot does not tell which of its primary's open transactions has ended: there it is how far the
    standby has come, too.
    """
    return str(database.execute_sql(_VERSION).fetchall()[0])


def schema_version(database: peewee.Database, models: Iterable[Model]) -> tuple[Any, ...]:
    """The columns and indexes of these models' tables, by the server's catalogue, not by views of our own."""
    tables = [model._meta.table_name for model in models]
    query = """
        SELECT c.relname, a.attname, (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = current_schema() AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY 1, 2"""
    return tuple(database.execute_sql(query, (tables,)).fetchall())
