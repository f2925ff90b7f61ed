"""Rows of several tables, counted group by group as they are read: what a breakdown is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.answers.dimensions import Dimension, DimensionSource
from core.coverage import Coverage
from core.filters import Filter, answers
from core.models import CommandUsage, EventModel, Failure, ImageStats
from core.statistics.counting import Grid, durations_of, is_video, texts
from core.statistics.tally import Groups, Measured, Numbering, Numbers, People, Tally, spread, taken
from core.storage.chunked_reads import Row, RowQuery
from core.storage.newest_first import newest_first, together
from core.storage.reader import Reader
from core.storage.seeks import ids_upto, last_id
from core.storage.values import Kind
from core.tables.definitions import TABLES
from core.tables.extensions import metrics
from core.time_ranges import TimeRange, cut

_LARGEST: Final = 2.0**53

_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "commands": {
        "user": CommandUsage.user_id,
        "seconds": CommandUsage.execution_time,
        "failed": CommandUsage.success,
    },
    "failures": {"user": Failure.user_id},
    "images": {"user": ImageStats.user_id, "seconds": ImageStats.generation_time, "video": ImageStats.is_video},
}
"""What the measures of a table are made of; an extension's are its numbers."""


def model_of(table: str) -> type[EventModel]:
    """Where the rows of a table of events are stored, by its key."""
    model = TABLES[table].model
    assert issubclass(model, EventModel)
    return model


@dataclass(frozen=True, slots=True)
class TableReading:
    """What is read of a table beside the time: fields of measures by name, then a field of each dimension that it has.

    Attributes:
        table: its key; numbers: the names of an extension's columns that are averaged.
    """

    table: str
    fields: Mapping[str, Any]
    numbers: tuple[str, ...]
    sources: tuple[DimensionSource | None, ...]

    @property
    def columns(self) -> tuple[Any, ...]:
        """The fields in the order in which they are read."""
        named = (source.field for source in self.sources if source is not None)
        return (model_of(self.table).timestamp, *self.fields.values(), *named)

    def measured(self, columns: Mapping[str, Sequence[Any]], rows: int, people: Numbering) -> Measured:
        """Columns as what is counted; ``people`` numbers the users."""
        found: dict[str, Any] = {}
        if "user" in columns:
            names = texts(["" if each is None else each for each in columns["user"]])
            found["people"] = np.where([bool(name) for name in names], people.of(names), -1)
        if "failed" in columns:
            found["failed"] = np.array([value == 0 for value in columns["failed"]])
        if "video" in columns:
            found["video"] = np.array(is_video(columns["video"]))
        if "seconds" in columns and not self.numbers:
            found["seconds"] = durations_of(columns["seconds"])
        numbers = {name: _numbers(columns[name]) for name in self.numbers}
        return Measured(rows, **found, zero_is_known=self.table == "commands", numbers=numbers)


def table_reading(table: str, by: Sequence[Dimension]) -> TableReading:
    """What is read of the table with this key."""
    fields: dict[str, Any] = dict(_FIELDS.get(table, {}))
    numbers: tuple[str, ...] = ()
    metric = next((each for each in metrics() if each.key == table), None)
    if metric is not None:
        own = metric.model._meta.fields
        users = [each.key for each in metric.columns if each.kind is Kind.USER][:1]
        numbers = tuple(each.key for each in metric.columns if each.is_number)
        fields = dict(zip(("user",), (own[key] for key in users), strict=False)) | {key: own[key] for key in numbers}
    return TableReading(table, fields, numbers, tuple(each.sources.get(table) for each in by))


class GroupCounting:
    """Counts the rows of some tables in a span, by up to two dimensions.

    Attributes:
        edges: the buckets of each dimension; empty for what is no time.
        readings: what is read of each table.
        parts: by table, what its groups have; whole: the same of all rows as one group.
        met, met_in_all: who was met in each group, and in all.
    """

    def __init__(self, tables: Sequence[str], by: Sequence[Dimension], span: TimeRange, zone: ZoneInfo) -> None:
        self._span = span
        self.edges = tuple(cut(span, each.width, zone).edges if each.width else () for each in by)
        self._grids = tuple(Grid.of(edges or (span.start, span.end), zone) for edges in self.edges)
        self._groups, self._people = Groups(len(by)), Numbering()
        self.readings = tuple(table_reading(table, by) for table in tables)
        self.parts = {table: Tally() for table in tables}
        self.whole = {table: Tally() for table in tables}
        self.met, self.met_in_all = People(), People()
        if len(self.edges) == 1 and self.edges[0]:  # every bucket has its row
            self._groups.of([range(len(self.edges[0]) - 1)], 0)

    def names(self) -> list[tuple[Any, ...]]:
        """The values of each group, by its number: those of times are numbers of buckets, or of hours of the week."""
        return self._groups.names()

    def read(self, reader: Reader, chosen: Filter) -> Iterator[Coverage]:
        """Count what a filter lets through, the newest rows first, in short chunks; gives what is known after each.

        Raises:
            BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
        """
        asked = [each for each in self.readings if is_recorded(each.table, chosen)]
        lasts = [last_id(reader, model_of(each.table)) for each in asked]
        return together((last, self._read(reader, each, last, chosen)) for each, last in zip(asked, lasts, strict=True))

    def _read(self, reader: Reader, read: TableReading, last: int, chosen: Filter) -> Iterator[Coverage]:
        model = model_of(read.table)
        query = RowQuery(model, read.columns, ids_upto(reader, model, last), self._span, chosen)
        for chunk in newest_first(reader, query):
            if chunk.rows:
                self._count(read, chunk.rows)
            yield chunk.coverage

    def _count(self, read: TableReading, rows: Sequence[Row]) -> None:
        times, *columns = zip(*rows, strict=True)
        measured = read.measured(dict(zip(read.fields, columns, strict=False)), len(rows), self._people)
        _take(self.whole[read.table], self.met_in_all, np.zeros(len(rows), np.int64), measured)
        groups, places = self._grouped(read, np.array(times, dtype=float), columns[len(read.fields) :])
        _take(self.parts[read.table], self.met, groups, measured if places is None else taken(measured, places))

    def _grouped(
        self, read: TableReading, moments: NDArray[np.float64], columns: Sequence[Sequence[Any]]
    ) -> tuple[Numbers, Numbers | None]:
        """The group of each row; where rows belong to several, the groups of all of them, and the row of each."""
        left, values = iter(columns), list[Sequence[Any]]()
        for source, edges, grid in zip(read.sources, self.edges, self._grids, strict=True):
            if source is not None:
                values.append(source.read(next(left)))
            else:
                values.append(grid.slots(moments) if edges else grid.hours(moments))
        many = next((i for i, source in enumerate(read.sources) if source is not None and source.many), None)
        if many is None:
            return self._groups.of(values, len(moments)), None
        places, names = spread(values[many], "")
        rows = places.tolist()
        values = [names if i == many else [column[row] for row in rows] for i, column in enumerate(values)]
        return self._groups.of(values, len(rows)), places


def is_recorded(table: str, chosen: Filter) -> bool:
    """Whether a table records what a filter asks for; where it does not, nothing is known of it: that is not zero."""
    return all(term.excluded or answers(model_of(table), term.field) for term in chosen.terms)


def _take(tally: Tally, met: People, groups: Numbers, measured: Measured) -> None:
    tally.add(groups, measured)
    if measured.people is not None:
        met.add(groups, measured.people)


def _numbers(column: Sequence[Any]) -> NDArray[np.float64]:
    """An extension's numbers as its page takes them; not a number where unknown."""
    values = np.array([value if isinstance(value, int | float) else math.nan for value in column], dtype=np.float64)
    return np.where(np.abs(values) <= _LARGEST, values, math.nan)
