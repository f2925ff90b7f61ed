"""A user's rows in a database on a server: counted, and removed or made nobody's, by short statements that each commit.

Others may write meanwhile. What the server keeps by itself (its write-ahead log, standbys, backups, room in its files
that is not used yet) is beyond that. Cut off anywhere, it can be done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import peewee

from core.errors import RefusedByTable
from core.maintenance.locking import LOCK_TIMEOUT
from core.maintenance.person_rows import NOBODY, RowsForgotten
from core.models import EVENT_MODELS, METRIC_PREFIX, PRIVATE_COLUMNS, Failure, Name, NameKind, table_name
from core.storage import postgres
from core.storage.chunked_reads import ChunkSize, IdChunks
from core.storage.database import faults
from core.storage.location import Location
from core.storage.mentions import mention_pattern
from core.storage.own_tables import is_own
from core.storage.seeks import IdSpan
from core.storage.structure import quoted
from core.tasks import Progress, Task
from core.text.translation import gettext as _

_TEXTS: Final = ("text", "character varying", "character")
_DOCUMENTS: Final = ("json", "jsonb")
_NAMES: Final = table_name(Name)


@dataclass(frozen=True, slots=True)
class _PeopleTable:
    """A table that may name a user.

    Attributes:
        name: its own.
        kinds: its columns that can be written, each with its type in the server's words.
        people: those that may hold a user's id.
        has_id: whether its rows are numbered.
    """

    name: str
    kinds: Mapping[str, str]
    people: tuple[str, ...]
    has_id: bool

    @property
    def theirs(self) -> str:
        """The condition that a row is the user's; its parameter is ``user``, as all here."""
        equal = " OR ".join(f"CAST({_named(column)} AS TEXT) = %(user)s" for column in self.people)
        return f"({equal}) AND kind = '{NameKind.USER}'" if self.name == _NAMES else f"({equal})"


def count_on_server(location: Location, user: str) -> Task[dict[str, int]]:
    """How many rows of each table are a user's; tables without any are left out.

    Raises:
        BotpulseError: the server is away, or refuses.
    """
    found = {}
    with _opened(location, read_only=True) as database:
        for table in _tables(database):
            yield Progress(0.0, _("counting the user's rows"))
            found[table.name] = _count(database, table, user)
    return {name: number for name, number in found.items() if number}


def forget_on_server(location: Location, user: str, *, keep_counts: bool) -> Task[RowsForgotten]:
    """Remove a user's rows. What was removed before a fault, or before the task was closed, stays removed.

    Raises:
        RefusedByTable: a trigger kept rows.
        BotpulseError: the server is away, or refuses.
    """
    rows: dict[str, int] = {}
    mentions = 0
    with _opened(location, read_only=False) as database:
        for table in _tables(database):
            done = yield from _apply(database, table, _statement(table, keep=keep_counts), table.theirs, user)
            if done:
                rows[table.name] = done
            if _count(database, table, user):
                raise RefusedByTable(table.name, f"a trigger kept rows of {table.name}")
            mentions += yield from _strike(database, table, user)
    return RowsForgotten(rows, mentions, overwritten=False)


@contextmanager
def _opened(location: Location, *, read_only: bool) -> Iterator[peewee.Database]:
    """A connection that alters no table: who only forgets need not bring them up to date."""
    database = postgres.connection_to(location)
    database.settle(read_only=read_only, lock_timeout=LOCK_TIMEOUT)
    with faults(location):
        database.connect()
        try:
            yield database
        finally:
            database.close()


def _tables(database: peewee.Database) -> list[_PeopleTable]:
    """Our tables that may name a user, those of metrics included, be their extension here or not."""
    query = """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY 1"""
    there = [str(name) for (name,) in database.execute_sql(query).fetchall()]
    ours: tuple[type[peewee.Model], ...] = (*EVENT_MODELS, Failure, Name)
    known = [table_name(model) for model in ours if is_own(database, model)]
    found = [_table(database, name) for name in there if name in known or name.startswith(METRIC_PREFIX)]
    return [table for table in found if table.people]


def _table(database: peewee.Database, name: str) -> _PeopleTable:
    taken = postgres.taken_columns(database, name)
    kinds = {column: kind for column, kind in postgres.column_kinds(database, name).items() if column in taken}
    numbers = [column for column, category in postgres.columns(database, name).items() if category == "N"]
    people: tuple[str, ...] = tuple(column for column in kinds if column == "user_id")
    if name == _NAMES:
        people = ("id",)
    elif name.startswith(METRIC_PREFIX):
        people = tuple(
            each for each in kinds if each not in ("id", "timestamp") and (each in numbers or _is_text(kinds, each))
        )
    return _PeopleTable(name, kinds, people, "id" in numbers)


def _is_text(kinds: Mapping[str, str], column: str) -> bool:
    return kinds[column] in _TEXTS


def _named(column: str) -> str:
    """A name in SQL; the driver reads a percent sign as the beginning of a parameter."""
    return quoted(column).replace("%", "%%")


def _count(database: peewee.Database, table: _PeopleTable, user: str) -> int:
    query = f"SELECT count(*) FROM {_named(table.name)} WHERE {table.theirs}"
    return int(database.execute_sql(query, {"user": user}).fetchone()[0])


def _statement(table: _PeopleTable, *, keep: bool) -> str:
    """What is done with the user's rows, up to its WHERE."""
    if not keep or table.name == _NAMES:
        return f"DELETE FROM {_named(table.name)}"
    changes = [
        f"{_named(each)} = CASE WHEN CAST({_named(each)} AS TEXT) = %(user)s "
        f"THEN {repr(NOBODY) if _is_text(table.kinds, each) else 0} ELSE {_named(each)} END"
        for each in table.people
    ]
    changes += [
        f"{_named(each)} = NULL" for each in table.kinds if each in PRIVATE_COLUMNS and each not in table.people
    ]
    return f"UPDATE {_named(table.name)} SET {', '.join(changes)}"


def _strike(database: peewee.Database, table: _PeopleTable, user: str) -> Task[int]:
    """Put a 0 in the place of the id where a text names it: a mention. JSON stays JSON."""
    columns = {each: kind for each, kind in table.kinds.items() if kind in (*_TEXTS, *_DOCUMENTS) and each != "id"}
    if not columns:
        return 0
    mention = mention_pattern(user)  # of digits and signs that need no quoting
    there = {
        each: f"(strpos(CAST({_named(each)} AS TEXT), %(user)s) > 0 AND CAST({_named(each)} AS TEXT) ~ '{mention}')"
        for each in columns
    }
    struck = {each: f"regexp_replace(CAST({_named(each)} AS TEXT), '{mention}', '0', 'g')" for each in columns}
    changes = ", ".join(
        f"{_named(each)} = CASE WHEN {there[each]} THEN CAST({struck[each]} AS {kind}) ELSE {_named(each)} END"
        for each, kind in columns.items()
    )
    where = f"({' OR '.join(there.values())})"
    return (yield from _apply(database, table, f"UPDATE {_named(table.name)} SET {changes}", where, user))


def _apply(database: peewee.Database, table: _PeopleTable, statement: str, where: str, user: str) -> Task[int]:
    """Do it chunk by chunk, each a transaction, so that no lock lasts; return how many rows it was done to."""
    told = Progress(0.5, _("forgetting in {name}").format(name=table.name))
    yield told
    if not table.has_id:
        return int(database.execute_sql(f"{statement} WHERE {where}", {"user": user}).rowcount)
    name, done = _named(table.name), 0

    def change(ids: IdSpan) -> int:
        asked: dict[str, Any] = {"user": user, "after": ids.after, "upto": ids.upto}
        among = "id > %(after)s AND id <= %(upto)s"
        return int(database.execute_sql(f"{statement} WHERE {among} AND {where}", asked).rowcount)

    def numbered(rest: IdSpan, number: int) -> int | None:
        query = f"SELECT id FROM {name} WHERE id > %(after)s AND id <= %(upto)s ORDER BY id LIMIT 1 OFFSET %(skip)s"
        asked = {"after": rest.after, "upto": rest.upto, "skip": number - 1}
        found = database.execute_sql(query, asked).fetchone()
        return None if found is None else int(found[0])

    first, last = database.execute_sql(f"SELECT min(id), max(id) FROM {name}").fetchone()
    if first is None:
        return 0
    for _ids, changed in IdChunks(IdSpan(int(first) - 1, int(last)), ChunkSize(), change, numbered):
        done += changed
        yield told
    return done
