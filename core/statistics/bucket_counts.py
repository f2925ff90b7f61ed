"""Partial results of one bucket, made of counters that add up and can be taken away again exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import repeat
from operator import add
from typing import Any, Final, TypeAlias

Later: TypeAlias = Callable[[], Mapping[Any, int]]
"""Gives counts when they are asked for, the same each time."""


def _counter() -> Any:
    return field(default_factory=Counter)


class ByColumn(dict[str, Counter[Any]]):
    """Counters by the key of a column, each by value: a column is read without looking at the others; none is empty."""

    def __missing__(self, column: str) -> Counter[Any]:
        """A counter for a column that is about to be counted."""
        made = self[column] = Counter()
        return made

    def of(self, column: str) -> Counter[Any]:
        """A column's counts, not to be altered."""
        return self.get(column) or Counter()

    def update(self, more: ByColumn) -> None:  # type: ignore[override]
        """Add another's counts, as a counter does."""
        for column, counts in more.items():
            merge(self[column], counts)

    def take_away(self, less: ByColumn) -> None:
        """Undo :meth:`update`."""
        for column, counts in less.items():
            _subtract(self[column], counts)
            if not self[column]:
                del self[column]


@dataclass(slots=True)
class _Unpacked:
    """A counter that nobody has asked for: what is known of it, and what is still to be added."""

    known: Counter[Any]
    parts: list[Later] = field(default_factory=list)


@dataclass(slots=True)
class BucketCounts:
    """What happened in one bucket, or in several taken together.

    All of it is whole numbers, so that adding and taking away leave no rounding behind: sums of durations are
    kept in microseconds. "Steps" are those of :mod:`core.statistics.percentiles`.
    """

    commands: Counter[str] = _counter()
    """Runs by command."""
    failures: Counter[str] = _counter()
    """Failed runs by command."""
    execution: ByColumn = field(default_factory=ByColumn)
    """Known execution times by command, then by step: of pairs of both a year has so many that they take their time."""
    execution_us: Counter[str] = _counter()
    """Their sum by command."""
    images: Counter[tuple[bool, str]] = _counter()
    """Generations by (is a video, generation type)."""
    generation: Counter[tuple[bool, int]] = _counter()
    """Known generation times by (is a video, step)."""
    generation_us: Counter[bool] = _counter()
    """Their sum by whether it is a video."""
    resolutions: Counter[str] = _counter()
    users: Counter[str] = _counter()
    """Commands and images by user."""
    user_images: Counter[str] = _counter()
    user_failures: Counter[str] = _counter()
    guilds: Counter[str | None] = _counter()
    """Commands by server; None for direct messages."""
    guild_failures: Counter[str | None] = _counter()
    """Failed ones, likewise."""
    guild_images: Counter[str | None] = _counter()
    """Images by server; "" for direct messages, None where the server is not recorded."""
    guild_users: ByColumn = field(default_factory=ByColumn)
    """Commands and images by server ("" for direct messages), then by user; of those of which both are recorded."""
    hours: Counter[int] = _counter()
    """Commands and images by local hour of the week: 0 is Monday 00:00 to 01:00."""
    restarts: Counter[float] = _counter()
    """Moments (epoch seconds) at which the bot started."""
    made: Counter[tuple[str, str]] = _counter()
    """Images by (dimension, name): ("resolution", "1:1 …"), ("lora", …), ("type", …), ("upscale", "2"), ("user", …),
    ("model", …), ("steps", "20"), ("server", …)."""
    made_steps: Counter[tuple[str, str, int]] = _counter()
    """Known generation times by (dimension, name, step); of users there are too many."""
    like_n: Counter[tuple[str, str, tuple[Any, ...]]] = _counter()
    """Images with a known time by (dimension, name, what they else have in common)."""
    like_us: Counter[tuple[str, str, tuple[Any, ...]]] = _counter()
    """The sum of their times."""
    running_us: Counter[bool] = _counter()
    """How long generations ran within the bucket, all together, by whether they were videos."""
    hours_us: Counter[int] = _counter()
    """How long generations ran, by the local hour of the week in which they ended."""
    points: Counter[tuple[bool, int, int]] = _counter()
    """Generations by (is a video, 32nd of the bucket, step); never summed over buckets."""
    counted: ByColumn = field(default_factory=ByColumn)
    """Rows of a table that is counted by columns (activities, an extension's): by column, then by value."""
    sums: Counter[str] = _counter()
    """An extension's numbers added up by column, in millionths."""
    _waiting: dict[str, _Unpacked] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getattr__(self, name: str) -> Any:
        """Add a counter up that has waited for being asked for: only then is it no attribute."""
        waiting = self._waiting.pop(name, None) if name in _FIELDS else None
        if waiting is None:
            raise AttributeError(name)
        for part in waiting.parts:
            merge(waiting.known, part())
        setattr(self, name, waiting.known)
        return waiting.known

    def add_later(self, name: str, part: Later) -> None:
        """Add to a counter once somebody asks for it."""
        if name not in self._waiting:
            self._waiting[name] = _Unpacked(getattr(self, name))
            delattr(self, name)
        self._waiting[name].parts.append(part)

    def settle(self) -> None:
        """Add up what has waited for being asked for."""
        for name in tuple(self._waiting):
            getattr(self, name)

    def add(self, other: BucketCounts, names: Sequence[str] = ()) -> None:
        """Take another bucket's events in; of all counters, or of those that are named."""
        for name in names or _FIELDS:
            theirs = other._waiting.get(name)
            for part in theirs.parts if theirs is not None else ():
                self.add_later(name, part)
            more = theirs.known if theirs is not None else getattr(other, name)
            if more:
                ours = self._waiting.get(name)
                merge(ours.known if ours is not None else getattr(self, name), more)

    def take_away(self, other: BucketCounts, names: Sequence[str] = ()) -> None:
        """Undo :meth:`add`. Keys whose count comes to zero are gone, so ``len`` counts what is there."""
        for name in names or _FIELDS:
            counts, less = getattr(self, name), getattr(other, name)
            if isinstance(counts, ByColumn):
                counts.take_away(less)
            else:
                _subtract(counts, less)


def merge(counts: Any, more: Any) -> None:
    """Add counts to those of a counter, as its ``update`` does, in two thirds of the time."""
    if isinstance(counts, ByColumn):
        counts.update(more)
    elif counts:
        dict.update(counts, zip(more, map(add, map(counts.get, more, repeat(0)), more.values()), strict=True))
    else:
        dict.update(counts, more)


def _subtract(counts: Counter[Any], less: Counter[Any]) -> None:
    for key, amount in less.items():
        left = counts[key] - amount
        if left:
            counts[key] = left
        else:
            del counts[key]


_FIELDS: Final = tuple(part.name for part in fields(BucketCounts) if part.init)
_SUMMED: Final = tuple(name for name in _FIELDS if name != "points")


@dataclass(slots=True)
class Sum:
    """Several buckets' cells as one, kept up to date as buckets join and leave."""

    cell: BucketCounts = field(default_factory=BucketCounts)
    members: set[float] = field(default_factory=set)
    """The starts of the buckets that are in it."""
    revision: int = field(default=0, compare=False)
    """Another one whenever the sum may be another."""

    def cover(self, wanted: set[float], cells: dict[float, BucketCounts]) -> None:
        """Let exactly the buckets that start at ``wanted`` be in the sum. Costs what changes, not what is there."""
        self.revision += wanted != self.members
        for start in self.members - wanted:
            self.cell.take_away(cells[start], _SUMMED)
        for start in wanted - self.members:
            self.cell.add(cells[start], _SUMMED)
        self.members = set(wanted)

    def take_in(self, counts: BucketCounts) -> None:
        """Take in what was counted of all members together."""
        self.revision += 1
        self.cell.add(counts, _SUMMED)

    def add(self, start: float, delta: BucketCounts) -> None:
        """Take new events of one bucket in, if it is a member."""
        if start in self.members:
            self.revision += 1
            self.cell.add(delta, _SUMMED)
