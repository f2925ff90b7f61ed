"""What of a file only the program that made it can write: a table, an index, a view or a trigger of a stranger's.

They need a collation, a function, a tokenizer or a module that SQLite knows only while that program has it open. Our
own tables do not depend on them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from core.models import METRIC_PREFIX, TOLD_BY, all_models, table_name
from core.storage.structure import decoder, folded, quoted

KINDS: Final = ("table", "index", "view", "trigger")
"""In the order in which they can be made."""

_WHAT_SQLITE_SAYS: Final = (sqlite3.OperationalError, sqlite3.ProgrammingError, sqlite3.Warning)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a schema: what is made, its name, the table that it belongs to, and the statement that makes it."""

    kind: str
    name: str
    table: str
    statement: str

    @property
    def is_ours(self) -> bool:
        """Whether it is one of our tables."""
        return self.kind == "table" and is_ours(self.name)

    @property
    def is_virtual(self) -> bool:
        """Whether a module of SQLite's makes up what is in it."""
        return self.kind == "table" and folded(" ".join(self.statement.split())).startswith("create virtual")


def is_ours(name: str) -> bool:
    """Whether a table of this name is one of the statistics, or of a metric."""
    ours = {table_name(model) for model in all_models() if model not in TOLD_BY}
    return folded(name) in ours or folded(name).startswith(METRIC_PREFIX)


def entries(connection: sqlite3.Connection, schema: str = "main") -> tuple[Entry, ...]:
    """All that somebody made in a file, in an order in which it can be made again."""
    text = decoder(connection.execute)
    rows = connection.execute(
        "SELECT type, CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)"
        f" FROM {schema}.sqlite_master WHERE sql IS NOT NULL"
    ).fetchall()
    found = (Entry(str(kind), text(name), text(table), text(sql)) for kind, name, table, sql in rows if kind in KINDS)
    own = (each for each in found if not folded(each.name).startswith("sqlite_"))
    return tuple(sorted(own, key=lambda each: KINDS.index(each.kind)))


def make(connection: sqlite3.Connection, wanted: Iterable[Entry], *, ours: bool = True) -> tuple[Entry, ...]:
    """Make these again in another file; return those that can't be made there.

    Raises:
        sqlite3.Error: one of our own tables can't, where ``ours`` have to; or it is no matter of what SQLite knows (a
            full disk, a lock).
    """
    left: list[Entry] = []
    for each in wanted:
        if each.is_virtual or folded(each.table) in {folded(other.name) for other in left if other.kind == "table"}:
            left.append(each)
            continue
        try:
            connection.execute(each.statement)
        except _WHAT_SQLITE_SAYS as error:
            if (ours and each.is_ours) or not is_ignorance(error):
                raise
            left.append(each)
    return tuple(left)


def is_ignorance(error: BaseException) -> bool:
    """Whether SQLite says that it does not know, or not understand, what it is asked for."""
    code = int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR))
    return code & 0xFF == sqlite3.SQLITE_ERROR


def strangers(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The names of what can't be made again, tried on an empty database in memory."""
    found = entries(connection)
    with closing(sqlite3.connect(":memory:")) as empty:
        return tuple(
            each.name
            for each in make(empty, found, ours=False)
            if not each.is_virtual or not _is_known(connection, each)
        )


def _is_known(connection: sqlite3.Connection, table: Entry) -> bool:
    """Whether SQLite has the module that a virtual table needs."""
    try:
        connection.execute(f"SELECT 1 FROM {quoted(table.name)} LIMIT 0").fetchall()
    except _WHAT_SQLITE_SAYS as error:
        if not is_ignorance(error):
            raise
        return False
    return True


def unknown_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The names of virtual tables whose module SQLite does not have here."""
    return tuple(each.name for each in entries(connection) if each.is_virtual and not _is_known(connection, each))
