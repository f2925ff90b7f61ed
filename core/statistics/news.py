"""What has happened since a moment: failures, new users, restarts, and whether generations take longer than before.

Rows are found by the index of their time, in chunks; who was there before is in the cells that are kept of all time
(:mod:`core.statistics.rollups`), where they may be believed, else in the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from core.models import ActionType, CommandUsage, EventModel, Failure, ImageStats, Outcome, UserActivity, table_name
from core.statistics.rollups.cells import open_rollups
from core.statistics.rollups.packing import Part
from core.storage.chunked_reads import RowQuery, chunks
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.storage.seeks import IdSpan, all_ids
from core.storage.values import seconds_or_none, text_of
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from core.time_ranges import DAY, TimeRange, day_start, local_time

FEWEST_TIMED: Final = 20
"""Of fewer generations a p95 says nothing."""

LEAST_CHANGE: Final = 0.1
"""A p95 that differs by less is as it was."""

_SHARE: Final = 95
_PEOPLE: Final = (CommandUsage, ImageStats)


@dataclass(frozen=True, slots=True)
class SinceThen:
    """What has happened since a moment.

    Attributes:
        since: that moment, in epoch seconds; until: up to when.
        failures: errors whose cause was recorded, or where no causes are recorded, commands that failed.
        causes: whether it is the former.
        new_users: users of whom there is no earlier row.
        restarts: how often the bot has started.
        slower: how much longer images take, by the p95 of their generation times, than in as long a time before (at
            least a day): 0.2 is 20 %. None where that can't be said, or where it is as it was.
    """

    since: float
    until: float
    failures: int = 0
    causes: bool = False
    new_users: int = 0
    restarts: int = 0
    slower: float | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.failures or self.new_users or self.restarts or self.slower is not None)


def news_since(address: str | Path | Location, since: float, now: float, zone: ZoneInfo) -> Task[SinceThen]:
    """Open a database, count what is new in it, and close it again: a task for a thread or a process of its own.

    Raises:
        BotpulseError: the database can't be read.
    """
    with reading(address) as reader:
        return (yield from read_news(reader, since, now, zone))


def read_news(reader: Reader, since: float, now: float, zone: ZoneInfo) -> Task[SinceThen]:
    """Count what is new, in short chunks.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    told, span = Progress(0.0, _("Reading what is new")), TimeRange(since, now)
    users = set[str]()
    causes = table_name(Failure) in reader.tables and bool(all_ids(reader, Failure))
    failed = marked = starts = 0
    for rows in _rows(reader, CommandUsage, (CommandUsage.user_id, CommandUsage.success), span):
        users |= _ids(rows)
        marked += sum(success == 0 for _user, success in rows)
        yield told
    for rows in _rows(reader, Failure, (Failure.kind,), span):
        failed += sum(kind == Outcome.ERROR for (kind,) in rows)
        yield told
    for rows in _rows(reader, UserActivity, (UserActivity.action_type,), span):
        starts += sum(action == ActionType.BOT_START for (action,) in rows)
        yield told
    slower = yield from _slower(reader, span, users, told)
    known = yield from _known_users(reader, users, since, zone, told)
    return SinceThen(since, now, failed if causes else marked, causes, len(users - known), starts, slower)


def _slower(reader: Reader, span: TimeRange, users: set[str], told: Progress) -> Task[float | None]:
    """How much longer images take than before; the users who had some made are put to the others."""
    before = TimeRange(span.start - max(span.end - span.start, DAY), span.start)
    fields = (ImageStats.user_id, ImageStats.generation_time, ImageStats.is_video)
    times: list[float] = []
    earlier: list[float] = []
    for rows in _rows(reader, ImageStats, fields, span):
        users |= _ids(rows)
        times += _known_times(rows)
        yield told
    if len(times) < FEWEST_TIMED:
        return None
    for rows in _rows(reader, ImageStats, fields, before):
        earlier += _known_times(rows)
        yield told
    if len(earlier) < FEWEST_TIMED:
        return None
    change = float(np.percentile(times, _SHARE) / np.percentile(earlier, _SHARE)) - 1
    return change if abs(change) >= LEAST_CHANGE else None


def _known_users(reader: Reader, users: set[str], since: float, zone: ZoneInfo, told: Progress) -> Task[set[str]]:
    """Those of whom there is a row from before."""
    known: set[str] = set()
    day = day_start(local_time(since, zone).date(), zone)
    rollups = open_rollups(reader, zone, _PEOPLE) if day is not None and users else None
    for model in _PEOPLE:
        cell = rollups.ever(model, day, (Part.USERS,)) if rollups is not None and day is not None else None
        whole = all_ids(reader, model)
        spans = [(whole, TimeRange(0.0, since))]
        if cell is not None and rollups is not None and day is not None:
            known |= users & cell.users.keys()
            behind = IdSpan(max(rollups.bound(model), whole.after), whole.upto)
            spans = [(whole, TimeRange(day, since)), (behind, TimeRange(0.0, since))]
        for ids, span in spans:
            if users <= known:
                break
            for rows in _rows(reader, model, (model.user_id,), span, ids):
                known |= users & _ids(rows)
                yield told
    return known


def _rows(
    reader: Reader, model: type[EventModel], fields: tuple[Any, ...], span: TimeRange, ids: IdSpan | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    if table_name(model) in reader.tables and span.start < span.end:
        yield from chunks(reader, RowQuery(model, fields, all_ids(reader, model) if ids is None else ids, span))


def _ids(rows: list[tuple[Any, ...]]) -> set[str]:
    return {text for row in rows if (text := text_of(row[0]))}


def _known_times(rows: list[tuple[Any, ...]]) -> list[float]:
    """Of images: videos take their own time."""
    known = (seconds_or_none(taken, zero_is_unknown=True) for _user, taken, video in rows if video in (0, None, "0"))
    return [taken for taken in known if taken is not None]
