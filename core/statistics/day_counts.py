"""What the seed's dictionaries are made of, by day or over everything: from cells where there are any, and from SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.models import CommandUsage, EventModel, ImageStats
from core.statistics import grouped_sql
from core.statistics.bucket_counts import BucketCounts
from core.statistics.grouped_sql import EVER, Generations, Kinds, whole_text
from core.statistics.rollups.cells import Rollups, open_rollups
from core.statistics.rollups.packing import Part
from core.statistics.rollups.reminder import remind
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, last_id
from core.storage.values import resolution_of, type_of
from core.time_ranges import Buckets

_MOST_BEHIND: Final = 50_000
"""Where more ids than this are behind the cells, the database groups all rows: that is as quick."""

Counts = dict[int, Counter[str]]
Wanted = Mapping[type[EventModel], tuple[Part, ...]]

EVERYTHING_COUNTED: Final[Wanted] = {
    CommandUsage: (Part.NAMES, Part.USERS),
    ImageStats: (Part.NAMES, Part.USERS),
}
"""Every part of which a summary is made."""

_Cells = Mapping[type[EventModel], Mapping[int, BucketCounts]]


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Counts of some days by their number, or of all rows by :data:`.EVER`; made by the functions below.

    Attributes:
        reader: the database.
        days: the days; None for all rows.
        upto: rows from this moment on (epoch seconds) have not happened.
        cells: what was counted before, by table and day.
        behind: the ids that are in no cell, by table; of one that is not named all rows are read.
    """

    reader: Reader
    days: Buckets | None
    upto: float
    cells: _Cells
    behind: Mapping[type[EventModel], IdSpan]

    def commands(self) -> Counts:
        """Runs by command."""
        return self._joined(CommandUsage.command_name, lambda cell: cell.commands, _name)

    def failures(self) -> int:
        """How many runs failed, of all days."""
        read = grouped_sql.failures(self.reader, self.upto, self.behind.get(CommandUsage))
        return read + sum(cell.failures.total() for cell in self.cells.get(CommandUsage, {}).values())

    def users(self) -> Counts:
        """Commands and images by user; a row without one is nobody's."""
        both = self._joined(CommandUsage.user_id, lambda cell: cell.users, _known)
        for day, more in self._joined(ImageStats.user_id, lambda cell: cell.users, _known).items():
            both[day].update(more)
        return both

    def types(self) -> Counts:
        """Images by generation type."""
        return self._joined(ImageStats.generation_type, _types, type_of)

    def resolutions(self) -> Counts:
        """Images by resolution, but for those without one."""
        return self._joined(ImageStats.resolution, lambda cell: cell.resolutions, resolution_of)

    def kinds(self) -> dict[int, Kinds]:
        """Images and videos with their generation times; days without any are missing."""
        found = grouped_sql.kinds(self.reader, self.days, self.upto, self.behind.get(ImageStats))
        for day, cell in self.cells.get(ImageStats, {}).items():
            if cell.images:
                found[day] = found[day] + _kinds(cell)
        return found

    def _joined(
        self, field: Any, counted: Callable[[BucketCounts], Counter[str]], read: Callable[[Any], str | None]
    ) -> Counts:
        model = field.model
        found = grouped_sql.counts(self.reader, field, self.days, read, self.upto, self.behind.get(model))
        for day, cell in self.cells.get(model, {}).items():
            if counts := counted(cell):
                found[day].update(counts)
        return found


def days_counted(reader: Reader, days: Buckets, wanted: Wanted) -> DayCounts:
    """Counts of some days; ``wanted`` are the parts of cells that are asked for, by table."""

    def rolled(rollups: Rollups, model: type[EventModel]) -> Mapping[int, BucketCounts] | None:
        found = rollups.buckets(model, days.edges, wanted[model])
        if found is None or found.ragged:
            return None
        return {day: found.cells[start] for day, start in enumerate(days.edges) if start in found.cells}

    return _counted(reader, days.zone, wanted, DayCounts(reader, days, inf, {}, {}), rolled)


def all_counted(reader: Reader, zone: ZoneInfo | None, upto: float, wanted: Wanted) -> DayCounts:
    """Counts of all rows that have happened by ``upto``, where a day of the zone begins; or infinity."""

    def rolled(rollups: Rollups, model: type[EventModel]) -> Mapping[int, BucketCounts] | None:
        found = rollups.ever(model, upto, wanted[model])
        return None if found is None else {EVER: found}

    plain = DayCounts(reader, None, upto, {}, {})
    return plain if zone is None else _counted(reader, zone, wanted, plain, rolled)


def _counted(
    reader: Reader,
    zone: ZoneInfo,
    wanted: Wanted,
    plain: DayCounts,
    rolled: Callable[[Rollups, type[EventModel]], Mapping[int, BucketCounts] | None],
) -> DayCounts:
    rollups = open_rollups(reader, zone, wanted)
    remind(reader, zone, believed=rollups is not None)
    if rollups is None:
        return plain
    last = {model: last_id(reader, model) for model in wanted}
    behind = {model: IdSpan(rollups.bound(model), last[model]) for model in wanted}
    if any(ids.size > _MOST_BEHIND for ids in behind.values()):
        return plain
    cells = {model: rolled(rollups, model) for model in wanted}
    known = {model: each for model, each in cells.items() if each is not None}
    return DayCounts(reader, plain.days, plain.upto, known, {model: behind[model] for model in known})


def _name(stored: Any) -> str:
    return whole_text(stored) or ""


def _known(stored: Any) -> str | None:
    return whole_text(stored) or None


def _types(cell: BucketCounts) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, name), amount in cell.images.items():
        found[name] += amount
    return found


def _kinds(cell: BucketCounts) -> Kinds:
    rows: Counter[bool] = Counter()
    known: Counter[bool] = Counter()
    for (is_video, _), amount in cell.images.items():
        rows[is_video] += amount
    for (is_video, _), amount in cell.generation.items():
        known[is_video] += amount
    image, video = (Generations(rows[is_], known[is_], cell.generation_us[is_] / 1e6) for is_ in (False, True))
    return Kinds(image, video)
