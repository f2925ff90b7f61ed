"""A user's rows in every table of a bot's database, those of metrics that nobody registered here included."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import or_
from typing import Any, Final

import peewee

from core.models import (
    METRIC_PREFIX,
    EventModel,
    Failure,
    Name,
    NameKind,
    balanced,
    event_models,
    is_stored,
    table_name,
)
from core.storage.chunked_reads import ChunkSize, id_chunks
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, all_ids
from core.tables.definitions import TABLES
from core.text.translation import gettext as _

_KEYS: Final = ("id", "timestamp")


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A table that may hold rows of a user.

    Attributes:
        name: in the database; title: for people, untrusted where it is a metric's.
        model: what reads it; theirs: the condition that a row is the user's.
    """

    name: str
    title: str
    model: type[EventModel]
    theirs: Any

    def chunks(self, reader: Reader, fields: tuple[peewee.Field, ...]) -> Iterator[list[tuple[Any, ...]]]:
        """These fields of the user's rows, by id, in reads that hold up nobody."""

        def read(ids: IdSpan) -> list[tuple[Any, ...]]:
            return reader.rows(
                self.model.select(*fields).where(ids.within(self.model) & self.theirs).order_by(self.model.id)
            )

        found = id_chunks(reader, self.model, all_ids(reader, self.model), ChunkSize(), read)
        return (rows for _ids, rows in found if rows)

    def rows(self, reader: Reader) -> Iterator[dict[str, Any]]:
        """The user's rows whole, by column."""
        fields = tuple(self.model._meta.sorted_fields)
        names = [_plain(reader, str(field.column_name)) for field in fields]
        for chunk in self.chunks(reader, fields):
            for values in chunk:
                yield {name: _tellable(value) for name, value in zip(names, values, strict=True)}


def personal_tables(reader: Reader, user: str) -> list[PersonalTable]:
    """The tables that may name a user: the known ones in the order of the pages, then those of metrics."""
    known = [each for each in event_models() if table_name(each) in reader.tables]
    tables = [
        PersonalTable(table_name(model), _title(model), model, is_stored(getattr(model, "user_id"), user))  # noqa: B009
        for model in known
        if hasattr(model, "user_id")
    ]
    named = {each.name for each in tables}
    others = sorted(name for name in reader.database.get_tables() if name.startswith(METRIC_PREFIX))
    return tables + [table for name in others if name not in named and (table := _of_metric(reader, name, user))]


def personal_names(reader: Reader, user: str) -> list[dict[str, Any]]:
    """What a user is called in the store; untrusted text."""
    if table_name(Name) not in reader.tables:
        return []
    named = (Name.kind == NameKind.USER) & (Name.id == user)
    found = reader.rows(Name.select(Name.name, Name.icon, Name.updated).where(named))
    return [{"name": str(name), "icon": icon, "updated": _tellable(updated)} for name, icon, updated in found]


def _title(model: type[EventModel]) -> str:
    titles = {table.model: table.title for table in TABLES.values()}
    if model is Failure:
        return titles.get(model) or _("Failures")
    return titles.get(model) or _metric_title(table_name(model))


def _metric_title(name: str) -> str:
    """Of an extension's table, whose own words only the monitor knows: "Image votes"."""
    return name.removeprefix(METRIC_PREFIX).replace("_", " ").capitalize()


def _of_metric(reader: Reader, name: str, user: str) -> PersonalTable | None:
    """In a metric's table a user's id may be in any column; None where its rows can't be told apart."""
    columns = reader.database.get_columns(name)
    numbered = any(each.name == "id" and each.primary_key and "INT" in each.data_type.upper() for each in columns)
    others = [each.name for each in columns if each.name not in _KEYS]
    if not numbered or len(others) + len(_KEYS) != len(columns) or not others:
        return None
    fields: dict[str, Any] = {"id": peewee.AutoField(), "timestamp": peewee.BareField(null=True)}
    # a column may be called as something that a model has
    fields |= {f"column_{n}": peewee.BareField(column_name=_asked(reader, each)) for n, each in enumerate(others)}
    meta = type("Meta", (), {"table_name": _asked(reader, name)})
    model: type[EventModel] = type("MetricRows", (EventModel,), {**fields, "Meta": meta, "__module__": __name__})
    conditions = [model._meta.fields[f"column_{number}"].cast("TEXT") == user for number in range(len(others))]
    return PersonalTable(name, _metric_title(name), model, balanced(or_, conditions))


def _asked(reader: Reader, name: str) -> str:
    """A name in a query: a server's driver reads a percent sign as the beginning of a parameter."""
    return name if reader.location.path is not None else name.replace("%", "%%")


def _plain(reader: Reader, name: str) -> str:
    return name if reader.location.path is not None else name.replace("%%", "%")


def _tellable(value: Any) -> Any:
    """What JSON has no word for, in words."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="replace")
    return value
