"""What stands in an SQLite file under a table's name, by SQLite's own rules.

SQLite takes the letters A to Z of either case in a name for the same, lets a view stand where a table is expected, and
knows generated columns that ``PRAGMA table_info`` leaves out. So nobody else compares names or reads a schema.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final, TypeAlias

import peewee

from core.errors import SchemaFault

Execute: TypeAlias = Callable[..., Any]
"""Runs a statement with its parameters and gives a cursor: a connection's ``execute``, peewee's ``execute_sql``."""

_FOLD: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_ROW_IDS: Final = ("rowid", "_rowid_", "oid")
_BY_ROW_ID: Final = re.compile(r"SEARCH .*USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)")
_BY_KEY: Final = re.compile(r"SEARCH .*USING PRIMARY KEY \(id>\? AND id<\?\)", re.IGNORECASE)
_OF_ONE_TABLE: Final = re.compile(r"(SCAN|SEARCH) ")

_GENERATED: Final = frozenset({2, 3})
_HIDDEN: Final = 1


class Affinity(StrEnum):
    """What SQLite makes of a value that is stored in a column, as far as it matters here."""

    TEXT = "text"
    NUMERIC = "numeric"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column: its name as the file has it, its affinity, and whether SQLite works its values out by itself."""

    name: str
    affinity: Affinity
    is_generated: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """A table, or a view in its place.

    Attributes:
        name: as the file has it.
        is_view: whether it is a view.
        columns: by their names in lower case, in their order.
        row_id: by which name SQL has the row's id; None for a view, or a table WITHOUT ROWID.
        id_column: the column that is the row id; None where the row id has no column of its own.
        keys: the names of the primary key's columns, in lower case.
        sql: the statement that made it.
    """

    name: str
    is_view: bool
    columns: Mapping[str, StoredColumn]
    row_id: str | None
    id_column: str | None
    keys: tuple[str, ...]
    sql: str

    @property
    def writable(self) -> tuple[str, ...]:
        """The names of the columns that can be written."""
        return tuple(column.name for column in self.columns.values() if not column.is_generated)


def folded(name: str) -> str:
    """A name in the form in which SQLite compares names."""
    return name.translate(_FOLD)


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def names(execute: Execute, schema: str = "main", kinds: Iterable[str] = ("table", "view")) -> tuple[str, ...]:
    """The names of all that a file has of these kinds, as it has them; SQLite's own tables are left out."""
    decoded = decoder(execute)
    wanted = ", ".join(f"'{kind}'" for kind in kinds)
    rows = execute(f"SELECT CAST(name AS BLOB) FROM {schema}.sqlite_master WHERE type IN ({wanted}) ORDER BY name")
    found = [decoded(name) for (name,) in rows.fetchall() if name is not None]
    return tuple(name for name in found if not folded(name).startswith("sqlite_"))


def structure_of(execute: Execute, name: str, schema: str = "main") -> Structure | None:
    """What has this name in a file; None where nothing has.

    Raises what the driver raises, but for what SQLite says of a table without row ids.
    """
    decoded = decoder(execute)
    entries = execute(
        f"SELECT CAST(name AS BLOB), type, CAST(sql AS BLOB) FROM {schema}.sqlite_master"
        " WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
        (name,),
    ).fetchall()
    if not entries:
        return None
    entry, kind, sql = entries[0]
    rows = execute(
        "SELECT CAST(name AS BLOB), CAST(type AS BLOB), pk, hidden FROM pragma_table_xinfo(?, ?)", (name, schema)
    ).fetchall()
    listed = [_Listed(decoded(each), decoded(declared), place, hidden) for each, declared, place, hidden in rows]
    shown = {folded(each.name): each for each in listed if each.hidden != _HIDDEN}
    keys = tuple(folded(each.name) for each in sorted(listed, key=lambda each: each.place) if each.place)
    alias = _alias(execute, name, schema, keys, shown) if kind == "table" else None
    row_id = _row_id(execute, name, schema, shown.keys() - {alias}) if kind == "table" else None
    return Structure(
        decoded(entry),
        kind == "view",
        {
            key: StoredColumn(each.name, affinity(each.declared), each.hidden in _GENERATED)
            for key, each in shown.items()
        },
        row_id,
        shown[alias].name if alias is not None and row_id is not None else None,
        keys,
        decoded(sql),
    )


def affinity(declared: str) -> Affinity:
    """SQLite's own rule from a column's declared type to its affinity."""
    kind = folded(declared)
    if "int" in kind:
        return Affinity.NUMERIC
    if any(part in kind for part in ("char", "clob", "text")):
        return Affinity.TEXT
    return Affinity.NONE if not kind or "blob" in kind else Affinity.NUMERIC


def indexed_by(execute: Execute, name: str, column: str, schema: str = "main") -> bool:
    """Whether an index over all rows of a table begins with a column."""
    decoded = decoder(execute)
    found = execute(
        "SELECT CAST(info.name AS BLOB) FROM pragma_index_list(?, ?) AS list, pragma_index_info(list.name, ?) AS info"
        " WHERE NOT list.partial AND info.seqno = 0",
        (name, schema, schema),
    ).fetchall()
    return any(each is not None and folded(decoded(each)) == folded(column) for (each,) in found)


def check_readable(execute: Execute, found: Structure, *, by_id: bool, schema: str = "main") -> None:
    """Refuse what can't be read in short chunks; ``by_id``: its rows are events, each with an id of its own.

    Raises:
        SchemaFault: rows can't be told apart, or not be found without working out all of a view. Only row ids are whole
            numbers by themselves.
    """
    if found.row_id is not None:
        return
    source = f"{schema}.{quoted(found.name)}"
    asked = "id FROM {} WHERE id > 1 AND id <= 2" if by_id else "date FROM {}"
    ((*_, plan), *more) = execute(f"EXPLAIN QUERY PLAN SELECT {asked.format(source)}").fetchall()
    if found.is_view:
        if more or not (_BY_ROW_ID if by_id else _OF_ONE_TABLE).search(plan):
            raise SchemaFault(found.name, f"{found.name} is a view whose rows can't be found without reading all of it")
    elif by_id and (found.keys != ("id",) or more or not _BY_KEY.search(plan)):
        raise SchemaFault(found.name, f"{found.name} is WITHOUT ROWID, and its key is not id")
    elif by_id and execute(f"SELECT 1 FROM {source} WHERE typeof(id) <> 'integer' LIMIT 1").fetchall():
        raise SchemaFault(found.name, f"{found.name} is WITHOUT ROWID, and an id in it is no whole number")


def as_number(found: Structure | None, column: str) -> str:
    """A column in SQL, with texts as numbers where SQLite itself would take them for ones; NULL where it is not there.

    A column of numbers is left as it is, so that its indexes serve.
    """
    if found is None or column not in found.columns:
        return "NULL"
    if found.columns[column].affinity is Affinity.NUMERIC:
        return quoted(column)
    stored, number = quoted(column), f"CAST({quoted(column)} AS NUMERIC)"
    return f"CASE WHEN {number} = {stored} THEN {number} ELSE {stored} END"  # "12x" is no 12, so it is not equal


def as_text(found: Structure | None, column: str) -> str:
    """A column in SQL, as text that is compared byte by byte; NULL where it is not there."""
    if found is None or column not in found.columns:
        return "NULL"
    stored = quoted(column)
    text = stored if found.columns[column].affinity is Affinity.TEXT else f"CAST({stored} AS TEXT)"
    return f"{text} COLLATE BINARY" if "collate" in folded(found.sql) else text


def decoder(execute: Execute) -> Callable[[Any], str]:
    """What makes a text of a name or a statement in a schema: in a damaged file they may be anything.

    Read as text, one that is not well-formed would hide all others.
    """
    ((encoding,),) = execute("PRAGMA encoding").fetchall()
    kind = str(encoding)
    return lambda text: text.decode(kind, errors="replace") if isinstance(text, bytes) else str(text or "")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of ``PRAGMA table_xinfo``."""

    name: str
    declared: str
    place: int
    hidden: int


def _alias(execute: Execute, name: str, schema: str, keys: tuple[str, ...], shown: Mapping[str, _Listed]) -> str | None:
    """The column that is the row id: the only key, an INTEGER, for which SQLite made no index (as it does for DESC)."""
    if len(keys) != 1 or folded(shown[keys[0]].declared) != "integer":
        return None
    own = execute("SELECT 1 FROM pragma_index_list(?, ?) WHERE origin = 'pk'", (name, schema)).fetchall()
    return None if own else keys[0]


def _row_id(execute: Execute, name: str, schema: str, taken: Iterable[str]) -> str | None:
    """The first of SQLite's names for a row's id that no column takes away; None where rows have none."""
    free = next((each for each in _ROW_IDS if each not in taken), None)
    if free is None:
        return None
    try:
        execute(f"SELECT {free} FROM {schema}.{quoted(name)} LIMIT 0").fetchall()
    except (sqlite3.OperationalError, peewee.OperationalError) as error:
        if "no such column" not in str(error):
            raise
        return None
    return free
