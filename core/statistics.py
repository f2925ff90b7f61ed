"""Typed results: what the rows of a time range say, as frozen dataclasses.

Durations are seconds. Averages and percentiles leave out what is not known (NULL, 0.0 for generation
times) and what can't be (text, infinities, more than a day); of nothing they are None.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.periods import Buckets


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
    """A range in six numbers."""

    commands: int = 0
    failures: int = 0
    images: int = 0
    videos: int = 0
    active_users: int = 0
    generation: Durations = Durations()

    @property
    def success_rate(self) -> float | None:
        """Share of commands that succeeded, 0 to 1; None where there were none."""
        return 1 - self.failures / self.commands if self.commands else None


@dataclass(frozen=True, slots=True)
class Change:
    """Like for like: the range's complete buckets, and the same buckets one period earlier."""

    current: Totals
    previous: Totals
    label: str
    """What it is compared with: "24 h before"."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One value a bucket, for each measure. Every tuple has ``len(buckets.edges) - 1`` entries."""

    commands: tuple[int, ...]
    failures: tuple[int, ...]
    by_command: dict[str, tuple[int, ...]]
    """Succeeded runs by command name, the most frequent first."""
    images: tuple[int, ...]
    videos: tuple[int, ...]
    active_users: tuple[int, ...]
    generation: tuple[Durations, ...]
    execution: tuple[Durations, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the Overview page shows of a range."""

    buckets: Buckets
    complete_until: float
    """Epoch seconds: buckets that end later are still filling."""
    totals: Totals
    change: Change | None
    """None where there is no period before (All)."""
    timeline: Timeline
    top_commands: tuple[CommandBreakdown, ...]
    last_seen: float | None
    """Epoch seconds of the newest row of any table, whatever the range."""
    restarts: tuple[float, ...]
    """Epoch seconds at which the bot started, within the range."""
