"""The numbers of a range, broken down: how often, how many failed, who, and how long it took, group by group.

The definitions are the pages': what counts as failed, known, a user; what a filter lets through; and that what is not
recorded is not zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.answers.dimensions import Dimension
from core.answers.group_counting import GroupCounting, is_recorded, model_of
from core.filters import EVERYTHING, Filter
from core.models import UserActivity
from core.presenters.chart_parts import are_failures_told
from core.storage.chunked_reads import earliest
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.storage.seeks import last_id
from core.storage.values import Kind
from core.tables.definitions import TABLES
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.text.typed_ranges import TypedRange
from core.time_ranges import HOUR, TimeRange, cut, window

Value: TypeAlias = int | float | None
"""A number; None where it is not known, or not recorded."""

_NO_TIME: Final = TimeRange(0.0, 1.0)

LOCK_TIMEOUT: Final = 5.0
"""Seconds that a read waits for a writer."""


class BucketState(StrEnum):
    """How much of a bucket of time its numbers tell."""

    WHOLE = "whole"
    CUT = "cut by the range"
    RECORDS_BEGIN = "records begin"
    BEFORE_RECORDS = "before records"
    FILLING = "still filling"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        tables: the keys of the tables whose rows are counted.
        by: at most two dimensions that all of them have.
        asked: the range; zone: whose days and hours; chosen: which rows.
    """

    tables: tuple[str, ...]
    by: tuple[Dimension, ...]
    asked: TypedRange
    zone: ZoneInfo
    chosen: Filter = EVERYTHING


@dataclass(frozen=True, slots=True)
class StatsColumn:
    """A column of numbers: its name for programs, its heading, and whether its numbers are seconds."""

    key: str
    title: str
    is_seconds: bool = False


@dataclass(frozen=True, slots=True)
class StatsGroup:
    """A row of numbers.

    Attributes:
        names: a value a dimension: text, or the number of a bucket or of an hour of the week.
        values: a number a measure.
        state: how much of its bucket of time they tell.
    """

    names: tuple[Any, ...]
    values: tuple[Value, ...]
    state: BucketState = BucketState.WHOLE


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The answer.

    Attributes:
        span: the range, ``[start, end)`` in epoch seconds; it may end later than now.
        edges: the buckets of each dimension; empty for what is no time.
        measures: what the numbers are; groups: in their order: times forward, names by how often they come.
        total: everything as one group: somebody who is in several groups counts once.
        since: by table, when its records begin, epoch seconds; None: there are none.
        not_asked: the tables that do not record what the filter asks for.
    """

    span: TimeRange
    edges: tuple[tuple[float, ...], ...]
    measures: tuple[StatsColumn, ...]
    groups: tuple[StatsGroup, ...]
    total: StatsGroup
    since: Mapping[str, float | None]
    not_asked: tuple[str, ...] = ()


def breakdown(location: Location, question: Question, now: float) -> Task[Breakdown]:
    """Read the range in short chunks, and break its numbers down. ``now`` is in epoch seconds.

    Raises:
        BotpulseError: the database can't be read.
    """
    with reading(location, timeout=LOCK_TIMEOUT) as reader:
        span, since = _range(reader, question, now)
        counting = GroupCounting(question.tables, question.by, span, question.zone)
        alive = bool(last_id(reader, UserActivity))
        for coverage in counting.read(reader, question.chosen):
            yield Progress(coverage.share, _("Reading the range"))
    return _Answer(question, span, counting, since, now).given(alive=alive)


def measures_of(question: Question) -> tuple[StatsColumn, ...]:
    """What will be counted."""
    nothing = GroupCounting(question.tables, question.by, _NO_TIME, question.zone)
    return _Answer(question, _NO_TIME, nothing, dict.fromkeys(question.tables), 0.0).given(alive=True).measures


def arranged(
    found: Breakdown, column: Callable[[StatsGroup], Any] | None, *, ascending: bool, limit: int | None
) -> Breakdown:
    """The groups by a column, the largest first unless ``ascending``, the unknown last; at most ``limit`` of them."""
    groups = found.groups
    if column is not None:
        known = [group for group in groups if column(group) is not None]
        rest = [group for group in groups if column(group) is None]
        groups = (*sorted(known, key=column, reverse=not ascending), *rest)
    return replace(found, groups=groups[:limit])


def _range(reader: Reader, question: Question, now: float) -> tuple[TimeRange, dict[str, float | None]]:
    """The range, and since when each table has rows: a moment before the range, where it has some then."""
    choice, asked = question.asked.choice, question.asked.span
    if choice.key != "all":
        span = window(choice, now, question.zone, asked).buckets.range
        return span, {key: earliest(reader, model_of(key), span.start) for key in question.tables}
    since = {key: earliest(reader, model_of(key)) for key in question.tables}
    first = min((moment for moment in since.values() if moment is not None), default=now - HOUR)
    extent = TimeRange(min(first, now), now)
    return TimeRange(extent.start, window(choice, now, question.zone, extent).buckets.range.end), since


@dataclass(frozen=True, slots=True)
class _Column:
    """A measure: its value of each group, and of all together."""

    measure: StatsColumn
    values: Sequence[Value]
    total: Value


class _Answer:
    """Puts together what was counted."""

    def __init__(
        self,
        question: Question,
        span: TimeRange,
        counting: GroupCounting,
        since: Mapping[str, float | None],
        now: float,
    ) -> None:
        self._question, self._counting, self._since = question, counting, since
        self._names = counting.names()
        self._answer = Breakdown(span, counting.edges, (), (), StatsGroup((), ()), since)
        self._now = now

    def given(self, *, alive: bool) -> Breakdown:
        """The whole of it; ``alive``: whether any row tells of the bot's life."""
        columns = [column for table in self._question.tables for column in self._of_table(table, alive=alive)]
        columns += self._users()
        buckets = [
            _states(edges, each.width, self._answer.span, self._question.zone, self._first, self._now)
            for each, edges in zip(self._question.by, self._counting.edges, strict=True)
        ]
        groups = [
            StatsGroup(names, values, _state(names, buckets))
            for names, values in zip(self._names, zip(*(column.values for column in columns), strict=True), strict=True)
        ]
        chosen = self._question.chosen
        return replace(
            self._answer,
            measures=tuple(column.measure for column in columns),
            groups=self._in_order(groups),
            total=StatsGroup((), tuple(column.total for column in columns)),
            not_asked=tuple(table for table in self._question.tables if not is_recorded(table, chosen)),
        )

    @property
    def _first(self) -> float | None:
        return min((moment for moment in self._since.values() if moment is not None), default=None)

    def _of_table(self, table: str, *, alive: bool) -> list[_Column]:
        number, parts, whole = len(self._names), self._counting.parts[table], self._counting.whole[table]
        told, together = self._told(table), any(each.together for each in self._question.by)
        rows, all_rows = parts.rows.of(number), whole.rows.of(1)
        measures: list[tuple[StatsColumn, NDArray[Any], NDArray[Any]]] = [(_rows_of(table), rows, all_rows)]
        if table == "commands":
            failed, all_failed = parts.failed.of(number), whole.failed.of(1)
            if not are_failures_told(int(all_rows[0]), int(all_failed[0]), alive=alive):
                failed, all_failed = np.full(number, np.nan), np.full(1, np.nan)
            measures.append((StatsColumn("failed", pgettext("stats", "failed")), failed, all_failed))
        if table == "images":
            measures.append(
                (StatsColumn("videos", pgettext("stats", "videos")), parts.videos.of(number), whole.videos.of(1))
            )
        for measure, share in _TIMES.get(table, ()):
            of_parts = parts.times(number, (share,), together=together)[:, 0]
            measures.append((measure, of_parts, whole.times(1, (share,), together=together)[:, 0]))
        for read in self._counting.readings:
            for name in read.numbers if read.table == table else ():
                measure = StatsColumn(
                    f"{name}_mean",
                    pgettext("stats", "mean {name}").format(name=name),
                    is_seconds=name in _seconds(table),
                )
                measures.append((measure, parts.means(name, number), whole.means(name, 1)))
        return [
            _Column(measure, _values(some, told), _values(every, [any(told)])[0]) for measure, some, every in measures
        ]

    def _users(self) -> list[_Column]:
        tables = [read.table for read in self._counting.readings if "user" in read.fields]
        if not tables or any(each.of_users for each in self._question.by):
            return []
        told = [any(each) for each in zip(*map(self._told, tables), strict=True)]
        users, every = self._counting.met.of(len(self._names)), self._counting.met_in_all.of(1)
        return [
            _Column(
                StatsColumn("users", pgettext("stats", "users")), _values(users, told), _values(every, [any(told)])[0]
            )
        ]

    def _told(self, table: str) -> list[bool]:
        """Whether anything is known of each group: not where the table records no such thing, or did not yet."""
        since = self._since[table]
        if since is None or not is_recorded(table, self._question.chosen):
            return [False] * len(self._names)
        ends = [edges[1:] for edges in self._counting.edges]
        timed = [(place, edges) for place, edges in enumerate(ends) if edges]
        return [all(edges[names[place]] > since for place, edges in timed) for names in self._names]

    def _in_order(self, groups: Sequence[StatsGroup]) -> tuple[StatsGroup, ...]:
        """Times forward; names by how often they come in all, ties by name."""
        counts = [Counter[Any]() for _n in self._question.by]
        for group, amount in zip(groups, self._amounts(), strict=True):
            for counter, name in zip(counts, group.names, strict=True):
                counter[name] += amount
        by_time = [each.is_time for each in self._question.by]

        def key(group: StatsGroup) -> tuple[Any, ...]:
            parts = zip(group.names, counts, by_time, strict=True)
            return tuple((0, name) if is_time else (-counter[name], name) for name, counter, is_time in parts)

        return tuple(sorted(groups, key=key))

    def _amounts(self) -> list[int]:
        """How many rows each group has, of all tables."""
        parts = [self._counting.parts[table].rows.of(len(self._names)) for table in self._question.tables]
        return [int(amount) for amount in np.sum(parts, axis=0)]


def _values(numbers: NDArray[Any], told: Sequence[bool]) -> list[Value]:
    return [
        None if not known or number != number else number for number, known in zip(numbers.tolist(), told, strict=True)
    ]


def _rows_of(table: str) -> StatsColumn:
    """How many rows there are, by what a row is."""
    key, title = _ROWS.get(table, (table, table))
    return StatsColumn(key, title)


def _seconds(table: str) -> frozenset[str]:
    """The columns of a table whose numbers are durations."""
    return frozenset(column.key for column in TABLES[table].columns if column.kind is Kind.SECONDS)


def _state(names: tuple[Any, ...], buckets: Sequence[Sequence[BucketState]]) -> BucketState:
    states = (states[name] for name, states in zip(names, buckets, strict=True) if states)
    return next((state for state in states if state is not BucketState.WHOLE), BucketState.WHOLE)


def _states(
    edges: Sequence[float], width: str, span: TimeRange, zone: ZoneInfo, first: float | None, now: float
) -> list[BucketState]:
    """How much each bucket tells; ``first`` is when records begin."""
    if not edges:
        return []
    states = [
        BucketState.FILLING if start <= now < end else BucketState.NOT_YET if start > now else BucketState.WHOLE
        for start, end in pairwise(edges)
    ]
    for place, (start, end) in enumerate(pairwise(edges)):
        if first is None or end <= first:
            states[place] = BucketState.BEFORE_RECORDS
        elif start < first and states[place] is BucketState.WHOLE:
            states[place] = BucketState.RECORDS_BEGIN
    for place, edge in ((0, span.start), (-1, span.end)):
        if states[place] is BucketState.WHOLE and edge not in cut(TimeRange(edge - 1, edge + 1), width, zone).edges:
            states[place] = BucketState.CUT
    return states


_ROWS: Final = {
    "commands": ("commands", pgettext("stats", "commands")),
    "images": ("images", pgettext("stats", "images")),
    "activity": ("events", pgettext("stats", "events")),
}
"""What the rows of a table are called: for programs, and above the numbers. An extension's are called by its key."""

_TIMES: Final = {
    "commands": (
        (StatsColumn("execution_p50", pgettext("stats", "exec p50"), is_seconds=True), 0.5),
        (StatsColumn("execution_p95", pgettext("stats", "exec p95"), is_seconds=True), 0.95),
    ),
    "images": (
        (StatsColumn("generation_p50", pgettext("stats", "gen p50"), is_seconds=True), 0.5),
        (StatsColumn("generation_p95", pgettext("stats", "gen p95"), is_seconds=True), 0.95),
    ),
}
"""The percentiles of a table's durations."""
