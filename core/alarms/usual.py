"""What is usual: of each hour of the day in the last weeks, and of a duration in the last days."""

from __future__ import annotations

import math
from collections import Counter, deque
from typing import Final

from core.time_ranges import DAY, HOUR

WEEKS: Final = 4
"""So many weeks of hours are compared with."""

GROWTH: Final = 1.02
"""Each step of a histogram is 2 % wider than the one before (``core.statistics.percentiles``, which needs numpy)."""

SHORTEST: Final = 1e-4
"""Less than this counts as this."""

_LOG_GROWTH: Final = math.log(GROWTH)
_LEARNED_AFTER: Final = 6 * HOUR
_BLOCK: Final = 10 * DAY
_BLOCKS: Final = 3
_AGED_EVERY: Final = 32


class HourlyUsual:
    """How many commands and failures come at each hour of the day, over the last four weeks.

    An hour is compared with the same one of the days before, and with the hours beside it: clocks are changed, and four
    weeks are few samples. Hours without a command were not watched: the bot was away, or nobody was there.
    """

    def __init__(self) -> None:
        self._hours: dict[int, tuple[int, float]] = {}
        self._usual: dict[int, float] = {}
        self._total = [0, 0.0]

    @property
    def days(self) -> float:
        """How many days of watched hours are known."""
        return len(self._hours) / 24

    @property
    def share(self) -> float:
        """Failures by command."""
        commands, failures = self._total
        return failures / commands if commands else 0.0

    def learn(self, hour: int, commands: int, failures: float) -> None:
        """Take in an hour that is over (hours since 1970); hours come in order."""
        self._usual.clear()
        self._hours[hour] = commands, failures
        self._count(commands, failures)
        while (oldest := next(iter(self._hours))) < hour - WEEKS * 7 * 24:
            gone = self._hours.pop(oldest)
            self._count(-gone[0], -gone[1])

    def rate(self, hour: int) -> float:
        """Failures a second that are usual at an hour (hours since 1970)."""
        found = self._usual.get(hour)
        if found is None:
            same = [
                self._hours[each]
                for day in range(1, WEEKS * 7 + 1)
                for each in range(hour - 24 * day - 1, hour - 24 * day + 2)
                if each in self._hours
            ]
            found = self._usual[hour] = sum(failures for _, failures in same) / (len(same) * HOUR) if same else 0.0
        return found

    def _count(self, commands: int, failures: float) -> None:
        self._total[0] += commands
        self._total[1] += failures


class RecentValues:
    """Seconds or factors of the last twenty to thirty days, in log-bucketed histograms of ten days each.

    Attributes:
        count: how many values there are.
    """

    __slots__ = ("_blocks", "_changed", "_quantiles", "_since", "count")

    def __init__(self) -> None:
        self._blocks: list[dict[int, int]] = [{}]
        self._since = 0.0
        self._quantiles: dict[float, float] | None = None
        self._changed = 0
        self.count = 0

    def learn(self, moment: float, value: float) -> None:
        """Take in a value; moments come in order."""
        if moment >= self._since + _BLOCK:
            self._turn_to(moment)
        step = math.ceil(math.log(max(value, SHORTEST)) / _LOG_GROWTH)
        newest = self._blocks[-1]
        newest[step] = newest.get(step, 0) + 1
        self.count += 1
        self._changed += 1
        if self._changed >= min(_AGED_EVERY, self.count // 4):
            self._changed = 0
            self._quantiles = None

    def quantile(self, share: float) -> float:
        """The value at or below which this share (0 to 1) lies, within 1 %, as of some additions ago; 0 where empty."""
        known = self._quantiles
        if known is None:
            known = self._quantiles = {}
        found = known.get(share)
        if found is None:
            found = known[share] = self._quantile(share)
        return found

    def _turn_to(self, moment: float) -> None:
        self._since = moment
        if self._blocks[-1]:
            self._blocks.append({})
        if len(self._blocks) > _BLOCKS:
            self.count -= sum(self._blocks.pop(0).values())
        self._quantiles = None

    def _quantile(self, share: float) -> float:
        steps = Counter(self._blocks[0])
        for block in self._blocks[1:]:
            steps.update(block)
        rank, reached = max(1, math.ceil(share * self.count)), 0
        for step in sorted(steps):
            reached += steps[step]
            if reached >= rank:
                return 2 * math.exp(step * _LOG_GROWTH) / (1 + GROWTH)
        return 0.0


class LearnedLater:
    """Values that wait until they are some hours old: what is slow now is not usual yet."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, RecentValues, float]] = deque()

    def add(self, moment: float, values: RecentValues, value: float) -> None:
        """Have ``values`` learn a value later; moments come in order."""
        self._waiting.append((moment, values, value))
        while self._waiting[0][0] <= moment - _LEARNED_AFTER:
            then, those, each = self._waiting.popleft()
            those.learn(then, each)
