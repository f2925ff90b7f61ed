"""The database that is copied into. How far a copy has come is noted in it, in the transaction of the very rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import peewee

from core.maintenance.transfer.faults import CopiedElsewhere, TargetTaken
from core.maintenance.transfer.values import Holds, LeftOut, Row, Target, in_order, key_of
from core.models import EventModel, all_models, event_models, table_name
from core.storage import postgres
from core.storage.answer_limit import AnswerLimit
from core.storage.database import faults, open_for_writing, writing_at_once
from core.storage.driver_errors import driver_error
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.storage.seeks import IdSpan, last_id
from core.text.formatting import rows_words

_LONGEST_ANSWER: Final = 60.0
"""Seconds that a server may take for a chunk before it counts as away."""

_TIMEOUT: Final = 5.0

_REFUSED: Final = (peewee.IntegrityError, peewee.DataError, peewee.ProgrammingError, peewee.InternalError)
"""What a database raises for a row's content: a constraint, or a trigger of the host's."""

_NOT_OF_A_ROW: Final = "42"
"""How the states begin by which a server says that a right, a table or a column is missing."""

_LONGEST_REASON: Final = 160

_HOLDS: Final = {"AUTO": Holds.WHOLE, "INT": Holds.WHOLE, "DOUBLE": Holds.NUMBER, "TEXT": Holds.TEXT}
_BITS: Final = {"smallint": 16, "integer": 32}


class CopyMark(peewee.Model):
    """How far a source was copied into this database, by table: up to which id, and how many rows that are."""

    source = peewee.TextField()
    table = peewee.TextField()
    upto = peewee.BigIntegerField()
    rows = peewee.BigIntegerField()

    class Meta:
        table_name = "botpulse_copy"
        primary_key = peewee.CompositeKey("source", "table")


@dataclass(slots=True)
class Mark:
    """How far a table was copied: up to this id, so many rows."""

    upto: int = 0
    rows: int = 0


class CopyTarget:
    """An open database that rows are copied into. It belongs to one thread.

    Attributes:
        database: it, opened to write.
    """

    def __init__(self, database: peewee.Database, location: Location, source: str) -> None:
        self.database = database
        self._location = location
        self._source = source
        self._marks = _marks(database, source)
        self._columns = {model: _columns(database, model) for model in all_models()}

    def mark(self, model: type[peewee.Model]) -> Mark:
        """How far a table was copied."""
        return self._marks.setdefault(table_name(model), Mark())

    def columns(self, model: type[peewee.Model]) -> tuple[Target, ...]:
        """What a table's columns take, in the order of the model's fields."""
        return self._columns[model]

    def add(self, model: type[EventModel], rows: Sequence[Row], upto: int) -> list[LeftOut]:
        """Add rows that follow those which are there, all ids up to one being looked at; durable on return.

        Returns the rows that the database refused.
        """
        mark = self.mark(model)
        with self._noted(model, mark) as after:
            refused = self._insert(model, rows)
            after.upto, after.rows = upto, mark.rows + len(rows) - len(refused)
        return refused

    def renew(self, model: type[peewee.Model], ids: IdSpan | None, rows: Sequence[Row]) -> list[LeftOut]:
        """Put rows in the place of those with some ids; None: of all."""
        mark, name = self.mark(model), table_name(model)
        where, span = (" WHERE id > {0} AND id <= {0}", (ids.after, ids.upto)) if ids is not None else ("", ())
        with self._noted(model, mark) as after:
            deleting = f'DELETE FROM "{name}"{where.format(self.database.param)}'
            gone = self.database.execute_sql(deleting, span).rowcount
            refused = self._insert(model, rows)
            after.rows = mark.rows - gone + len(rows) - len(refused)
        return refused

    def rows(self, model: type[peewee.Model], ids: IdSpan | None) -> list[Row]:
        """The rows with some ids, by id; None: all, in the order of :func:`in_order`."""
        key, query = model._meta.primary_key, model.select(*model._meta.sorted_fields)
        if ids is not None:
            query = query.where((key > ids.after) & (key <= ids.upto)).order_by(key)
        with faults(self._location):
            found = list(self.database.execute(query).fetchall())
        return found if ids is not None else in_order(found)

    def raise_counter(self, model: type[EventModel], last: int) -> None:
        """Let ids go on above one: the next row of a bot gets a higher one."""
        if not last:
            return
        name = table_name(model)
        if isinstance(self.database, postgres.ServerDatabase):
            postgres.hand_out_above(self.database, name, last)
            return
        with writing_at_once(self.database):
            raised = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
            if not self.database.execute_sql(raised, (last, name)).rowcount:
                self.database.execute_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))

    @contextmanager
    def _noted(self, model: type[peewee.Model], mark: Mark) -> Iterator[Mark]:
        """A transaction, and in it the note of what it comes to."""
        after = Mark(mark.upto, mark.rows)
        with faults(self._location), writing_at_once(self.database):
            self._hold(table_name(model), mark)
            yield after
            self._note(table_name(model), after)
        self._marks[table_name(model)] = after

    def _hold(self, name: str, mark: Mark) -> None:
        """Hold the note to the end of the transaction.

        Raises:
            CopiedElsewhere: it is not what it was.
        """
        key = (CopyMark.source == self._source) & (CopyMark.table == name)
        same = (CopyMark.upto == mark.upto) & (CopyMark.rows == mark.rows)
        with self.database.bind_ctx([CopyMark]):
            if not CopyMark.update(upto=mark.upto).where(key & same).execute():
                row = {"source": self._source, "table": name, "upto": 0, "rows": 0}
                made = CopyMark.insert(row).on_conflict_ignore()
                if mark != Mark() or not self.database.execute(made).rowcount:
                    raise CopiedElsewhere(str(self._location), name)

    def _note(self, name: str, mark: Mark) -> None:
        key = (CopyMark.source == self._source) & (CopyMark.table == name)
        with self.database.bind_ctx([CopyMark]):
            CopyMark.update(upto=mark.upto, rows=mark.rows).where(key).execute()

    def _insert(self, model: type[peewee.Model], rows: Sequence[Row]) -> list[LeftOut]:
        """Insert rows; halve them where one is refused, until it stands alone."""
        if not rows:
            return []
        try:
            with self.database.atomic():
                _inserting(self.database)(self.database, model, rows)
        except _REFUSED as error:
            if str(getattr(driver_error(error), "sqlstate", "")).startswith(_NOT_OF_A_ROW):
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                return [*self._insert(model, rows[:half]), *self._insert(model, rows[half:])]
            return [LeftOut(table_name(model), key_of(model, rows[0]), _reason(error))]
        return []


@contextmanager
def target_at(location: Location, source: Location) -> Iterator[CopyTarget]:
    """A target for the length of a ``with`` block, made and brought up to date where it is not.

    Raises:
        BotpulseError: it can't be written, it is another program's, it holds other rows.
    """
    if location.path is None or location.path.exists():
        with reading(location, timeout=_TIMEOUT) as reader:
            _check(reader, str(source))
    limit = AnswerLimit(seconds=_LONGEST_ANSWER)
    with closing(open_for_writing(location, timeout=_TIMEOUT, limit=limit)) as database:
        with faults(location), database.bind_ctx([CopyMark]):
            CopyMark.create_table(safe=True)
            target = CopyTarget(database, location, str(source))
        yield target


def _check(reader: Reader, source: str) -> None:
    """See that a database holds nothing but what this copy brought there; it is only looked at.

    Raises:
        TargetTaken: it does.
    """
    marks = _marks(reader.database, source) if table_name(CopyMark) in reader.database.get_tables() else {}
    for model in all_models():
        name = table_name(model)
        mark, (rows,) = marks.get(name, Mark()), reader.rows(model.select(peewee.fn.COUNT(peewee.SQL("*"))))[0]
        if rows != mark.rows:
            detail = f"{name} holds {rows_words(rows)}, of which {mark.rows:,} came from this source"
            raise TargetTaken(str(reader.location), detail)
        if rows and model in event_models() and last_id(reader, model) > mark.upto:
            raise TargetTaken(str(reader.location), f"{name} holds rows with higher ids than were copied")


def _marks(database: peewee.Database, source: str) -> dict[str, Mark]:
    query = CopyMark.select(CopyMark.table, CopyMark.upto, CopyMark.rows).where(CopyMark.source == source)
    return {name: Mark(upto, rows) for name, upto, rows in database.execute(query).fetchall()}


def _columns(database: peewee.Database, model: type[peewee.Model]) -> tuple[Target, ...]:
    strict = isinstance(database, postgres.ServerDatabase)
    kinds = postgres.column_kinds(database, table_name(model)) if strict else {}
    return tuple(
        Target(field.column_name, _HOLDS[field.field_type], _BITS.get(kinds.get(field.column_name, ""), 64), strict)
        for field in model._meta.sorted_fields
    )


Insert = Callable[[peewee.Database, type[peewee.Model], Sequence[Row]], None]


def _inserting(database: peewee.Database) -> Insert:
    return _insert_on_server if isinstance(database, postgres.ServerDatabase) else _insert_into_file


def _insert_into_file(database: peewee.Database, model: type[peewee.Model], rows: Sequence[Row]) -> None:
    names = [f'"{field.column_name}"' for field in model._meta.sorted_fields]
    marks = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table_name(model)}" ({", ".join(names)}) VALUES ({marks})'
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
        database.connection().executemany(statement, rows)


def _insert_on_server(database: peewee.Database, model: type[peewee.Model], rows: Sequence[Row]) -> None:
    names = ", ".join(f'"{field.column_name}"' for field in model._meta.sorted_fields)
    statement = f'COPY "{table_name(model)}" ({names}) FROM STDIN'
    wrapped = peewee.__exception_wrapper__  # type: ignore[attr-defined]
    with wrapped, closing(database.connection().cursor()) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _reason(error: BaseException) -> str:
    """Why a row was refused, in the database's words, without the line that quotes the row."""
    origin = driver_error(error)
    words = getattr(getattr(origin, "diag", None), "message_primary", None) or str(origin).partition("\n")[0]
    return f"refused: {words[:_LONGEST_REASON]}"
