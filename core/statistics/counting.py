"""From raw rows to cells: a table's rows, cut into buckets and counted.

The work is done a column at a time by numpy, or by Counter, both of which loop in C. Rows are as the file
holds them, so a column may hold anything: what is not usable counts as unknown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import peewee
from numpy.typing import NDArray

from core.models import LONGEST_DURATION, ActionType, CommandUsage, EventModel, ImageStats, UserActivity
from core.statistics.bucket_counts import BucketCounts
from core.statistics.numbered import Numbered, Numbers, add_up, count_pairs, count_values, numbered, numbered_range
from core.statistics.percentiles import steps
from core.storage.chunked_reads import Row
from core.storage.values import NOT_A_VIDEO, resolution_of, text_of, type_of
from core.time_ranges import DAY, HOUR, TimeRange, offset_changes

Slots = list[int]

Deltas = dict[int, BucketCounts]
"""New events by the number of their bucket; -1 is before the first edge, n behind the last."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the edges of the buckets lie, and how far the zone's clocks are from UTC in between."""

    edges: NDArray[np.float64]
    changes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    @classmethod
    def of(cls, edges: Sequence[float], zone: ZoneInfo) -> Grid:
        """The grid over ascending edges (epoch seconds)."""
        changes = offset_changes(TimeRange(edges[0], edges[-1]), zone)
        return cls(np.array(edges), np.array([when for when, _ in changes]), np.array([off for _, off in changes]))

    def places(self, moments: NDArray[np.float64]) -> Numbers:
        """The number of the bucket that holds each moment."""
        return np.searchsorted(self.edges, moments, "right").astype(np.int64) - 1

    def slots(self, moments: NDArray[np.float64]) -> Slots:
        """The same as a list."""
        slots: Slots = self.places(moments).tolist()
        return slots

    def hour_numbers(self, moments: NDArray[np.float64]) -> Numbers:
        """The local hour of the week of each moment; 0 is Monday 00:00 to 01:00."""
        change = np.maximum(np.searchsorted(self.changes, moments, "right") - 1, 0)
        local = moments + self.offsets[change]
        weekday = (local // DAY + 3) % 7
        return (weekday * 24 + local % DAY // HOUR).astype(np.int64)

    def hours(self, moments: NDArray[np.float64]) -> list[int]:
        """The same as a list."""
        hours: list[int] = self.hour_numbers(moments).tolist()
        return hours


@dataclass(frozen=True, slots=True)
class RowCounter:
    """How one table is read: its fields, in the order in which ``fold`` takes them, the timestamp first.

    ``asks_all``: its page asks for everything that it counts, so nothing waits in cells for being asked for.
    """

    model: type[EventModel]
    fields: tuple[peewee.Field, ...]
    fold: Callable[[Sequence[Row], Grid], Deltas]
    asks_all: bool = False


def count_commands(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count command_usage rows."""
    times, name_column, user_column, guilds, execution, success = zip(*rows, strict=True)
    moments = np.array(times, dtype=float)
    slots, names = grid.places(moments), numbered(texts(name_column))
    failed = np.array([value == 0 for value in success], dtype=bool)
    durations = durations_of(execution)
    known = durations >= 0
    deltas: Deltas = defaultdict(BucketCounts)
    count_values(deltas, "commands", slots, names)
    count_values(deltas, "failures", slots[failed], names.having(failed))
    people, servers = numbered(texts(user_column)), numbered(texts_or_none(guilds))
    _count_people(deltas, slots, people, ("users",))
    _count_people(deltas, slots[failed], people.having(failed), ("user_failures",))
    count_values(deltas, "guilds", slots, servers)
    count_values(deltas, "guild_failures", slots[failed], servers.having(failed))
    count_values(deltas, "hours", slots, numbered_range(grid.hour_numbers(moments)))
    count_pairs(deltas, "execution", slots[known], names.having(known), numbered_range(steps(durations[known])))
    add_up(deltas, "execution_us", slots, names, np.rint(durations * 1e6))
    return deltas


def count_images(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows. A generation time of zero is an unknown one."""
    times, user_column, resolutions, generation, videos, kinds = zip(*rows, strict=True)
    moments = np.array(times, dtype=float)
    slots, video, shapes = grid.places(moments), numbered(is_video(videos)), numbered(sizes(resolutions))
    durations = durations_of(generation)
    known, shaped = durations > 0, shapes.known()
    deltas: Deltas = defaultdict(BucketCounts)
    count_values(deltas, "images", slots, video.with_each(numbered(types(kinds))))
    _count_people(deltas, slots, numbered(texts(user_column)), ("users", "user_images"))
    count_values(deltas, "resolutions", slots[shaped], shapes.having(shaped))
    count_values(deltas, "hours", slots, numbered_range(grid.hour_numbers(moments)))
    timed = video.having(known).with_each(numbered_range(steps(durations[known])))
    count_values(deltas, "generation", slots[known], timed)
    add_up(deltas, "generation_us", slots, video, np.rint(durations * 1e6))
    return deltas


def _count_people(deltas: Deltas, slots: Numbers, people: Numbered, names: Iterable[str]) -> None:
    """Count rows by user in these counters, but for those whose user is not recorded: nobody is no user."""
    known = people.known()
    for name in names:
        count_values(deltas, name, slots[known], people.having(known))


def count_activity(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count user_activity rows by action, and keep the moments at which the bot started."""
    times, action_column = zip(*rows, strict=True)
    actions = texts(action_column)
    starts = [action == ActionType.BOT_START for action in actions]
    slots = grid.slots(np.array(times, dtype=float))
    deltas: Deltas = defaultdict(BucketCounts)
    count_by(deltas, "action", slots, actions)
    count(deltas, "restarts", compress(zip(slots, times, strict=True), starts))
    return deltas


COMMANDS: Final = RowCounter(
    CommandUsage,
    (
        CommandUsage.timestamp,
        CommandUsage.command_name,
        CommandUsage.user_id,
        CommandUsage.guild_id,
        CommandUsage.execution_time,
        CommandUsage.success,
    ),
    count_commands,
)
IMAGES: Final = RowCounter(
    ImageStats,
    (
        ImageStats.timestamp,
        ImageStats.user_id,
        ImageStats.resolution,
        ImageStats.generation_time,
        ImageStats.is_video,
        ImageStats.generation_type,
    ),
    count_images,
)
ACTIVITY: Final = RowCounter(UserActivity, (UserActivity.timestamp, UserActivity.action_type), count_activity)
COUNTERS: Final = (COMMANDS, IMAGES, ACTIVITY)


def count(deltas: Deltas, name: str, keys: Iterable[tuple[int, Any]]) -> None:
    """Count (slot, key) pairs in the counter with this name."""
    for (slot, key), amount in Counter(keys).items():
        getattr(deltas[slot], name)[key] += amount


def count_by(deltas: Deltas, column: str, slots: Slots, values: Sequence[str]) -> None:
    """Count rows by the values of a column."""
    for (slot, value), amount in Counter(zip(slots, values, strict=True)).items():
        deltas[slot].counted[column][value] += amount


def durations_of(column: Sequence[Any]) -> NDArray[np.float64]:
    """Seconds; -1 where they are unknown or can't be."""
    if not set(map(type, column)) <= {float, int, type(None)}:
        column = [value if isinstance(value, int | float) else None for value in column]
    values = np.array(column, dtype=float)
    usable = (values >= 0) & (values <= LONGEST_DURATION)
    return np.where(usable, values, -1.0)


def is_video(column: Sequence[Any]) -> list[bool]:
    """Whether each row is a video, as the column ``is_video`` says it."""
    return [value not in NOT_A_VIDEO for value in column]


def texts(column: Sequence[Any]) -> Sequence[str]:
    """A column whose every value is a text."""
    if set(map(type, column)) == {str}:
        return column
    return [value if isinstance(value, str) else text_of(value, None) or "" for value in column]


def types(column: Sequence[Any]) -> list[str]:
    """Generation types, as :func:`core.storage.values.type_of` has them."""
    known = {value: type_of(value, None) for value in set(column)}
    return [known[value] for value in column]


def sizes(column: Sequence[Any]) -> list[str]:
    """Resolutions, as :func:`core.storage.values.resolution_of` has them; empty where there is none."""
    known = {value: resolution_of(value, None) or "" for value in set(column)}
    return [known[value] for value in column]


def known_people(pairs: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    """(slot, user) pairs without those whose user is not recorded: nobody is no user."""
    return (pair for pair in pairs if pair[1])


def texts_or_none(column: Sequence[Any]) -> Sequence[str | None]:
    """A column whose every value is a text, or None."""
    if set(map(type, column)) <= {str, type(None)}:
        return column
    return [value if isinstance(value, str) else text_of(value, None) for value in column]
