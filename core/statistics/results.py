"""Typed results: what the rows of a time range say, as frozen dataclasses.

Durations are seconds. Averages and percentiles leave out what is not known (NULL, 0.0 for generation
times) and what can't be (text, infinities, more than a day); of nothing they are None. Ties are in the order
of their names. The functions read a :class:`.Cell`, that is: rows that were counted already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest, nsmallest
from typing import TypeVar

from core.statistics.bucket_counts import BucketCounts, merge
from core.statistics.percentiles import percentiles

Key = TypeVar("Key")

_MANY = 4
"""Where there are so many times more counts than are wanted, small ones are sorted out before names are compared."""


@dataclass(frozen=True, slots=True)
class Durations:
    """A summary of known durations, in seconds.

    ``count`` is how many were known, ``unknown`` how many rows had none. Percentiles come from a
    log-bucketed histogram and are within 1 % of the exact value.
    """

    count: int = 0
    unknown: int = 0
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class CommandBreakdown:
    """One command in the range: how often it ran, how often it failed, how long it took."""

    name: str
    total: int
    failures: int
    execution: Durations


@dataclass(frozen=True, slots=True)
class UserBreakdown:
    """One user in the range. ``total`` counts commands and images."""

    user_id: str
    total: int
    commands: int
    failures: int
    images: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the tiles and charts show of a range, or of one of its buckets."""

    commands: int = 0
    failures: int = 0
    images: int = 0
    """Generations, videos included."""
    videos: int = 0
    active_users: int = 0
    generation: Durations = Durations()
    """Of images; of videos, which take many times longer, where no image's time is known."""
    succeeded: Mapping[str, int] = field(default_factory=dict)
    """Commands that did not fail, by name."""
    film_times: Durations = Durations()
    """Generation times of videos, where those of images are told apart from them."""

    @property
    def success_rate(self) -> float | None:
        """Share of commands that succeeded, 0 to 1; None where there were none."""
        return 1 - self.failures / self.commands if self.commands else None


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """Like for like: the range up to now, and as much of the period before it."""

    current: Totals
    previous: Totals
    label: str
    """What it is compared with: "24 h before"."""


def totals(cell: BucketCounts) -> Totals:
    """Read the counters of a range, or of one bucket."""
    pictures, films = _times_by_kind(cell)
    apart = pictures.count > 0 or not films.count
    return Totals(
        commands=cell.commands.total(),
        failures=cell.failures.total(),
        images=cell.images.total(),
        videos=sum(n for (video, _), n in cell.images.items() if video),
        active_users=len(cell.users),
        generation=pictures if apart else films,
        succeeded={name: runs - cell.failures[name] for name, runs in cell.commands.items()},
        film_times=films if apart else Durations(),
    )


def _times_by_kind(cell: BucketCounts) -> tuple[Durations, Durations]:
    """Generation times of images, and of videos: every bucket is asked for both, so its counts are read once."""
    histograms: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    rows = [0, 0]
    for (video, step), n in cell.generation.items():
        histograms[video][step] = n
    for (video, _), n in cell.images.items():
        rows[video] += n
    us = cell.generation_us
    return _durations(histograms[False], us[False], rows[False]), _durations(histograms[True], us[True], rows[True])


def generation_times(cell: BucketCounts, *, video: bool | None = None) -> Durations:
    """Generation times of images and videos, or of one kind only."""
    kinds = (False, True) if video is None else (video,)
    histogram = by_step((step, n) for (kind, step), n in cell.generation.items() if kind in kinds)
    rows = sum(n for (kind, _), n in cell.images.items() if kind in kinds)
    return _durations(histogram, sum(cell.generation_us[kind] for kind in kinds), rows)


def execution_times(cell: BucketCounts) -> Durations:
    """Execution times of all commands."""
    return _durations(execution_steps(cell), cell.execution_us.total(), cell.commands.total())


def execution_steps(cell: BucketCounts) -> Counter[int]:
    """Known execution times of all commands, by step."""
    histogram: Counter[int] = Counter()
    for counts in cell.execution.values():
        merge(histogram, counts)
    return histogram


def command_breakdown(cell: BucketCounts, limit: int | None = None) -> tuple[CommandBreakdown, ...]:
    """The commands of a range, the most frequent first."""
    return tuple(
        CommandBreakdown(name, n, cell.failures[name], _durations(cell.execution.of(name), cell.execution_us[name], n))
        for name, n in top(cell.commands, limit)
    )


def leaderboard(cell: BucketCounts, limit: int | None = None) -> tuple[UserBreakdown, ...]:
    """The users of a range, the most active first."""
    return tuple(_breakdown(cell, user, n) for user, n in top(cell.users, limit))


def _breakdown(cell: BucketCounts, user: str, total: int) -> UserBreakdown:
    images = cell.user_images[user]
    return UserBreakdown(user, total, total - images, cell.user_failures[user], images)


def leaders(cell: BucketCounts, limit: int) -> tuple[UserBreakdown, ...]:
    """The users who lead in anything, the most active first: in all, in images, in failures; so many of each."""
    found = {user for counts in (cell.users, cell.user_images, cell.user_failures) for user, _ in top(counts, limit)}
    every = ((user, cell.users[user]) for user in found)
    return tuple(_breakdown(cell, user, n) for user, n in sorted(every, key=lambda each: (-each[1], each[0])))


def generation_types(cell: BucketCounts) -> dict[str, int]:
    """Generations by type, the most frequent first."""
    by_type: Counter[str] = Counter()
    for (_, kind), n in cell.images.items():
        by_type[kind] += n
    return dict(top(by_type))


def top(counts: Mapping[Key, int], limit: int | None = None) -> list[tuple[Key, int]]:
    """The largest counts first, ties by name."""
    if limit is not None and len(counts) > _MANY * limit > 0:
        least = min(nlargest(limit, counts.values()))
        counts = {key: n for key, n in counts.items() if n >= least}
    order = nsmallest(
        len(counts) if limit is None else limit, counts.items(), key=lambda item: (-item[1], str(item[0]))
    )
    return [(key, n) for key, n in order if n]


def by_step(counts: Iterable[tuple[int, int]]) -> Counter[int]:
    """Counts by step of several histograms as one."""
    histogram: Counter[int] = Counter()
    for step, n in counts:
        histogram[step] += n
    return histogram


def _durations(histogram: Counter[int], microseconds: int, rows: int) -> Durations:
    known = histogram.total()
    if not known:
        return Durations(unknown=rows)
    p50, p95, p99 = percentiles(histogram, (0.5, 0.95, 0.99))
    return Durations(known, rows - known, microseconds / known / 1e6, p50, p95, p99)
