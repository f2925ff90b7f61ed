"""Rows of a batch into their tables, and which of them a table refuses: these keep no other out.

A refusal is found by halving. One that takes the whole transaction with it (SQLite does so where a table's ids are used
up, and a trigger may) is found by trying again, row by row, without the rows that did that before.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final, TypeAlias

import peewee

from core.models import Name, table_name
from core.storage.driver_errors import driver_error, is_refusal
from core.storage.taking_rows import taken_columns
from core.tracking.records import FIELDS, EventRow
from core.tracking.spool import Doubt

_ROWS_A_STATEMENT: Final = (48, 8, 1)
"""Few sizes, so that few statements are prepared; 48 rows stay below SQLite's lowest limit of 999 variables."""

_ONE_BY_ONE: Final = (1,)
"""A server refuses a statement that meets an id twice."""

_UPSERTS: Final[dict[type[peewee.Model], str]] = {
    Name: " ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name, icon = excluded.icon, updated = excluded.updated"
    " WHERE excluded.updated >= names.updated"
}
"""Of a table that has a row an id: the name that was met last stays, also where a spool brings an older one."""

_LAST_ID: Final = 2**63 - 1
_FEW: Final = 1_000_000

RAISED: Final = (peewee.PeeweeException, sqlite3.Error, OverflowError, ValueError, TypeError)
"""What a database, or its driver, raises for a statement or for a value of a row."""


_Placed: TypeAlias = tuple[int, EventRow]
"""An event, and its place in the batch: the same event may come twice."""


class Refusals:
    """The events of one batch that their tables refuse, gathered from try to try.

    Attributes:
        careful: rows have to be tried one by one.
        news: something was learned in the last try, so that another makes sense.
        kept: how many are in a file by now.
        tries: how many transactions were begun.
    """

    def __init__(self) -> None:
        self.careful = False
        self.news = False
        self.kept = 0
        self.tries = 0
        self._found: dict[int, tuple[EventRow, str]] = {}

    def __len__(self) -> int:
        """How many were refused."""
        return len(self._found)

    def __contains__(self, place: int) -> bool:
        """Whether the event at this place of the batch was refused."""
        return place in self._found

    @property
    def records(self) -> list[EventRow]:
        """The refused events."""
        return [record for record, _ in self._found.values()]

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """How many events were refused by which table, and why."""
        return Counter((table_name(record.model), why) for record, why in self._found.values())

    def add(self, rows: Sequence[_Placed], why: str) -> None:
        """These are not tried again."""
        self._found |= {place: (record, why) for place, record in rows}

    def learn(self, rows: Sequence[_Placed] = (), why: str = "") -> None:
        """The transaction ended by a refusal: of these, or of one that has to be looked for row by row."""
        self.news = bool(rows) or not self.careful
        self.careful = self.careful or not rows
        self.add(rows, why)


class Insertion:
    """Inserts rows over one open connection. Used within a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        """Take an open database; statements are prepared for it as they are needed."""
        self._database = database
        self._connection = database.connection()
        self._statements: dict[tuple[type[peewee.Model], int], tuple[str, tuple[int, ...]]] = {}
        self._failure: BaseException | None = None
        self._last: tuple[EventRow, int] | None = None

    def doubt(self, upto: int) -> Doubt | None:
        """How it is told whether a file has a batch of so many events: by its last row. None for a batch without rows.

        Called after the commit.
        """
        return None if self._last is None else Doubt.of_row(*self._last, upto)

    def insert(self, records: Sequence[EventRow], refusals: Refusals) -> None:
        """Insert all but those that are refused.

        Raises what the driver raises; then the transaction is of no more use, and where ``refusals.news`` is true it is
        to be tried again.
        """
        self._failure = self._last = None
        if refusals.careful and isinstance(self._database, peewee.PostgresqlDatabase):
            self._database.execute_sql("SET CONSTRAINTS ALL IMMEDIATE")  # else it is said at the commit, of no row
        tables: defaultdict[type[peewee.Model], list[_Placed]] = defaultdict(list)
        for place, record in enumerate(records):
            if place not in refusals:
                tables[record.model].append((place, record))
        for model, rows in tables.items():
            for part in ([row] for row in rows) if refusals.careful else (rows,):
                self._insert(model, part, refusals)

    @property
    def failed(self) -> bool:
        """Whether a row's statement failed last."""
        return self._failure is not None

    def _insert(self, model: type[peewee.Model], rows: Sequence[_Placed], refusals: Refusals) -> None:
        """Insert rows of one table; halve them where one is refused, until it stands alone."""
        self._failure = None
        try:
            with self._database.atomic():
                sizes = _ROWS_A_STATEMENT if model not in _UPSERTS else _ONE_BY_ONE
                for part in _parts([record for _, record in rows], sizes):
                    number = self._execute(model, part)
            if model not in _UPSERTS:  # written again it does no harm, and no id tells whether it was
                self._last = (rows[-1][1], number) if number is not None else None
            return
        except RAISED:
            if not self._is_refusal(model):
                raise
            if self._has_ended:
                known = len(rows) == 1 or self._given(model) == _LAST_ID
                refusals.learn(rows if known else (), _why(self._failure))
                raise
        if len(rows) == 1:
            refusals.add(rows, _why(self._failure))
            return
        half = len(rows) // 2
        for some in (rows[:half], rows[half:]):
            self._insert(model, some, refusals)

    def _execute(self, model: type[peewee.Model], rows: Sequence[EventRow]) -> int | None:
        """By the driver's own cursor: peewee would log every prompt where the bot logs at level DEBUG.

        Returns the last row's id in a file.
        """
        try:
            statement, places = self._statement(model, len(rows))
            values = [value for row in rows for value in _taken(row, places)]
            with peewee.__exception_wrapper__, closing(self._connection.cursor()) as cursor:  # type: ignore[attr-defined]
                cursor.execute(statement, values)
                number: int | None = getattr(cursor, "lastrowid", None)
                return number
        except RAISED as error:
            self._failure = driver_error(error)  # what is raised on the way out of a dead transaction would hide it
            raise

    def _is_refusal(self, model: type[peewee.Model]) -> bool:
        failure = self._failure
        few_left = _is_full(failure) and self._given(model) > _LAST_ID - _FEW
        return failure is not None and (is_refusal(failure) or few_left)

    @property
    def _has_ended(self) -> bool:
        """Whether SQLite rolled the whole transaction back; a server's goes on after a savepoint."""
        return isinstance(self._connection, sqlite3.Connection) and not self._connection.in_transaction

    def _given(self, model: type[peewee.Model]) -> int:
        """The highest id that a table gave away: SQLite says that the disk is full, too, where no higher one can be."""
        given = "SELECT seq FROM sqlite_sequence WHERE name = ? COLLATE NOCASE"
        try:
            found = self._connection.execute(given, (table_name(model),)).fetchall()
        except sqlite3.Error:
            return 0
        return int(found[0][0]) if found else 0

    def _statement(self, model: type[peewee.Model], count: int) -> tuple[str, tuple[int, ...]]:
        """The INSERT of ``count`` rows, and which of a row's values the table takes: it works out the others itself."""
        key = (model, count)
        if key not in self._statements:
            table, fields = table_name(model), model._meta.fields
            taken, names = taken_columns(self._database, table), [fields[name].column_name for name in FIELDS[model]]
            places = tuple(place for place, name in enumerate(names) if name in taken)
            columns = ", ".join(f'"{names[place]}"' for place in places)
            row = f"({', '.join([self._database.param] * len(places))})"
            rows = ", ".join([row] * count)
            self._statements[key] = f'INSERT INTO "{table}" ({columns}) VALUES {rows}{_UPSERTS.get(model, "")}', places
        return self._statements[key]


def _taken(row: EventRow, places: Sequence[int]) -> Iterator[Any]:
    """The values of a row that its table takes.

    Raises:
        ValueError: the row has more or fewer than its model.
    """
    if len(row.values) != len(FIELDS[row.model]):
        raise ValueError(f"{len(row.values)} values for {len(FIELDS[row.model])} columns")
    return (row.values[place] for place in places)


def _parts(rows: Sequence[EventRow], sizes: Sequence[int]) -> Iterator[Sequence[EventRow]]:
    done = 0
    for size in sizes:
        while len(rows) - done >= size:
            yield rows[done : done + size]
            done += size


def _code(error: Any) -> int:
    return getattr(error, "sqlite_errorcode", 0)


def _is_full(error: BaseException | None) -> bool:
    return _code(error) & 0xFF == sqlite3.SQLITE_FULL


def _why(error: BaseException | None) -> str:
    """A refusal in words, without the values of the row: those are private."""
    if _is_full(error):
        return "the table's ids are used up: the highest that there can be is given away"
    if _code(error) == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return "a trigger on the table refuses it"
    if _code(error) & 0xFF == sqlite3.SQLITE_ERROR:
        return f"the table, or a trigger on it, is not in order: {error}"
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return f"a constraint, a trigger or a type of the table refuses it: {constraint or name}"
