"""Where in a table something is, found by seeks on its ids, or on the index of its timestamp.

Ids are handed out in the order of time, so that a moment is found by bisection, without an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import peewee

from core.errors import DatabaseCorrupt, SchemaFault
from core.models import EventModel, table_name
from core.storage.reader import Reader
from core.storage.values import moment_or_none
from core.time_ranges import TimeRange

_SAMPLE: Final = 9
_ENOUGH: Final = 5
"""So many timestamps of a sample show where in time it is, though one or two of them be wrong."""

_CLOSE: Final = 100
"""Ids. A bisection comes no closer."""


LOWEST: Final = -(2**63)
HIGHEST: Final = 2**63 - 1
"""The ids that a database can have."""

BELOW_ALL: Final = LOWEST - 1
"""As the beginning of a span: every id is above it."""


@dataclass(frozen=True, slots=True)
class IdSpan:
    """Rows with ``after < id <= upto``; none where ``upto`` is not above ``after``."""

    after: int
    upto: int

    @property
    def first(self) -> int:
        """The lowest id."""
        return self.after + 1

    @property
    def size(self) -> int:
        """How many ids there may be; they may be more than ``len()`` can say."""
        return max(0, self.upto - self.after)

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return self.upto > self.after

    def within(self, model: type[EventModel], *, by_key: bool = True) -> Any:
        """The condition that a row is one of them, in numbers that a database can take.

        ``by_key`` of False keeps the database from looking for them by their primary key.
        """
        row_id = model.id if by_key else model.id + 0
        low = row_id > min(self.after, HIGHEST) if self.after >= LOWEST else row_id >= LOWEST
        return low & (row_id <= min(self.upto, HIGHEST))


def check_order(is_further: bool) -> None:
    """Let a read go on only from further on: in a damaged file what is sorted may come in circles.

    Raises:
        DatabaseCorrupt: it is not further on.
    """
    if not is_further:
        raise DatabaseCorrupt("a table or an index", "its rows are not in their order")


def scalar(reader: Reader, query: peewee.Query) -> Any:
    """The first field of the first row; None where there is no row."""
    rows = reader.rows(query)
    return rows[0][0] if rows else None


def is_indexed(reader: Reader, model: type[EventModel]) -> bool:
    """Whether the table has an index on its timestamp: then a span's rows are found wherever they are."""
    return str(model._meta.table_name) in reader.indexed


def last_id(reader: Reader, model: type[EventModel]) -> int:
    """The highest id in a table; 0 where it is empty. Never asked together with :func:`lowest_id`: each is a seek.

    Raises:
        SchemaFault: all ids are below 1. Every id of a bot's is above.
    """
    last = scalar(reader, model.select(peewee.fn.MAX(model.id)))
    if last is not None and last < 1:
        raise SchemaFault(str(reader.location), f"every id of {table_name(model)} is below 1")
    return last or 0


def lowest_id(reader: Reader, model: type[EventModel]) -> int:
    """The lowest id in a table; 0 where it is empty."""
    return scalar(reader, model.select(peewee.fn.MIN(model.id))) or 0


def all_ids(reader: Reader, model: type[EventModel]) -> IdSpan:
    """All ids of a table; none where it is empty."""
    last = last_id(reader, model)
    return IdSpan(lowest_id(reader, model) - 1, last) if last else IdSpan(0, 0)


def ids_upto(reader: Reader, model: type[EventModel], last: int) -> IdSpan:
    """All ids of a table up to one; those below 1, too, which no bot hands out."""
    return IdSpan(min(lowest_id(reader, model), 1) - 1, last)


def next_id(
    reader: Reader, model: type[EventModel], ids: IdSpan, *, falling: bool = False, number: int = 1
) -> int | None:
    """The lowest of these ids that there is, or the highest, or the one of that ``number`` in this order.

    None where there are not so many.
    """
    order = model.id.desc() if falling else model.id
    query = model.select(model.id).where(ids.within(model)).order_by(order).limit(1)
    found: int | None = scalar(reader, query if number == 1 else query.offset(number - 1))
    return found


def first_id(reader: Reader, model: type[EventModel], start: float, upto: int) -> int:
    """The lowest id whose row, and those around it, lie at or after ``start``, or up to a hundred ids lower.

    It takes some twenty seeks, however large the table is.
    """

    def is_beyond(row_id: int) -> bool:
        moment = moment_near(reader, model, row_id, before=False)
        return moment is None or moment >= start

    return _bisected(lowest_id(reader, model), upto, is_beyond)[0]


def id_after(reader: Reader, model: type[EventModel], end: float, ids: IdSpan) -> int:
    """An id such that it and all later rows lie at or after ``end``, up to a hundred ids too high; or the last one."""

    def is_beyond(row_id: int) -> bool:
        moment = moment_near(reader, model, row_id, before=True)
        return moment is not None and moment >= end

    return _bisected(ids.first, ids.upto, is_beyond)[1]


def _bisected(low: int, high: int, is_beyond: Callable[[int], bool]) -> tuple[int, int]:
    while high - low > _CLOSE:
        middle = (low + high) // 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return low, high


def moment_near(reader: Reader, model: type[EventModel], row_id: int, *, before: bool) -> float | None:
    """The middle one of the usable timestamps of the rows just before an id, or just after; its own is one of them.

    One absurd row leads no search astray. None where there are too few of them for that.
    """
    usable = _moments_beside(reader, model, row_id, before=before)
    return _middle(usable) if len(usable) >= _ENOUGH else None


def moment_around(reader: Reader, model: type[EventModel], row_id: int) -> float | None:
    """About when the rows around an id were written; None only where no timestamp nearby is usable."""
    before = _moments_beside(reader, model, row_id, before=True)
    if len(before) >= _ENOUGH:
        return _middle(before)
    after = _moments_beside(reader, model, row_id + 1, before=False)
    return _middle(after if len(after) >= _ENOUGH else sorted((*before, *after)))


def moment_after(reader: Reader, model: type[EventModel], span: TimeRange, size: int) -> float:
    """By the index: the timestamp of the row ``size`` rows after the start of a span, but later than it; or its end."""
    ahead = model.select(model.timestamp).where((model.timestamp >= span.start) & (model.timestamp < span.end))
    moment = scalar(reader, ahead.order_by(model.timestamp).limit(1).offset(size))
    if moment == span.start:
        later = model.select(peewee.fn.MIN(model.timestamp)).where(model.timestamp > span.start)
        moment = scalar(reader, later)
    return span.end if moment is None else min(float(moment), span.end)


def moment_before(reader: Reader, model: type[EventModel], span: TimeRange, size: int) -> float:
    """By the index: the timestamp of the row ``size`` rows before the end of a span, or the span's start."""
    behind = model.select(model.timestamp).where((model.timestamp >= span.start) & (model.timestamp < span.end))
    moment = scalar(reader, behind.order_by(model.timestamp.desc()).limit(1).offset(size))
    return span.start if moment is None else max(float(moment), span.start)


def newest_moment_before(reader: Reader, model: type[EventModel], row_id: int) -> float | None:
    """The latest of the usable timestamps of an id's row and the few before it; None where there is none.

    No row up to this id is later, but for a clock that stepped back by more than those few rows.
    """
    return max(_moments_beside(reader, model, row_id, before=True), default=None)


def _moments_beside(reader: Reader, model: type[EventModel], row_id: int, *, before: bool) -> list[float]:
    near = min(max(row_id, LOWEST), HIGHEST)
    beside, order = (model.id <= near, model.id.desc()) if before else (model.id >= near, model.id)
    rows = reader.rows(model.select(model.timestamp).where(beside).order_by(order).limit(_SAMPLE))
    moments = (moment_or_none(stored) for (stored,) in rows)
    return sorted(moment for moment in moments if moment is not None)


def _middle(moments: Sequence[float]) -> float | None:
    return moments[len(moments) // 2] if moments else None
