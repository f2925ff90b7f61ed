"""When things happen: the host's days and weeks, and the bot's bad moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from math import log
from typing import Final

import numpy as np

from core.time_ranges import local_time

DAY: Final = 86_400.0
_SLOT: Final = 900.0

_WEEKDAY: Final = (22, 13, 8, 5, 4, 5, 9, 17, 26, 30, 33, 36, 42, 40, 38, 42, 50, 62, 78, 92, 100, 96, 76, 45)
_WEEKEND: Final = (46, 32, 21, 12, 7, 5, 6, 10, 20, 36, 52, 64, 70, 74, 78, 82, 86, 92, 102, 112, 118, 112, 94, 66)
_DAY_TO_DAY: Final = 0.13
_GROWTH_A_YEAR: Final = 0.35


@dataclass(frozen=True, slots=True)
class Incidents:
    """Spans of time in which something is wrong; each an (n, 2) array of ascending start and end, epoch seconds.

    Attributes:
        down: the bot does not run.
        outage: the bot runs, but its ComfyUI does not answer: most image commands fail.
        slow: the graphics card throttles: everything takes longer.
    """

    down: np.ndarray
    outage: np.ndarray
    slow: np.ndarray


def arrival_times(rng: np.random.Generator, count: int, start: float, end: float, zone: tzinfo | None) -> np.ndarray:
    """``count`` ascending epoch seconds in ``[start, end)``, busy in the evenings of ``zone`` and quiet at night."""
    edges = np.append(np.arange(start, end, _SLOT), end)
    busy = _slot_weights(rng, edges, zone) * np.diff(edges)
    total = np.concatenate([[0.0], np.cumsum(busy)])
    return np.asarray(np.interp(np.sort(rng.random(count)) * total[-1], total, edges))


def random_spans(
    rng: np.random.Generator, start: float, end: float, *, every: float, lasts: tuple[float, float]
) -> np.ndarray:
    """Spans about every ``every`` seconds, each lasting between the two ``lasts`` (short ones more often)."""
    expected = int((end - start) / every * 1.5) + 20
    gaps = rng.gamma(4.0, every / 4.0, size=expected)
    starts = start + np.cumsum(gaps)
    lengths = np.exp(rng.uniform(log(lasts[0]), log(lasts[1]), size=expected))
    spans = np.column_stack([starts, starts + lengths])
    apart = np.append(True, spans[1:, 0] > np.maximum.accumulate(spans[:-1, 1]))
    return spans[apart & (spans[:, 1] < end)]


def history_incidents(rng: np.random.Generator, start: float, end: float, zone: tzinfo | None) -> Incidents:
    """A restart every few days, a ComfyUI outage every week or so, and a hot afternoon now and then."""
    slow = random_spans(rng, start, end, every=6 * DAY, lasts=(2 * 3600, 5 * 3600))
    return Incidents(
        down=random_spans(rng, start, end, every=3.5 * DAY, lasts=(15, 2400)),
        outage=random_spans(rng, start, end, every=8 * DAY, lasts=(300, 3000)),
        slow=_in_the_afternoon(slow, end, zone),
    )


def live_incidents(rng: np.random.Generator, start: float, end: float) -> Incidents:
    """The same on the scale of somebody who watches: minutes instead of days, and the bot stays up."""
    return Incidents(
        down=np.empty((0, 2)),
        outage=random_spans(rng, start, end, every=900, lasts=(15, 60)),
        slow=random_spans(rng, start, end, every=1200, lasts=(60, 300)),
    )


def within(times: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """For each time, whether it lies in one of the spans."""
    index = np.searchsorted(spans[:, 0], times, side="right") - 1
    return np.asarray((index >= 0) & (times < np.append(spans[:, 1], -np.inf)[index]))


def _slot_weights(rng: np.random.Generator, edges: np.ndarray, zone: tzinfo | None) -> np.ndarray:
    """How busy each slot is: by the hour and weekday in ``zone``, by the day's luck, and growing over the span."""
    local = [local_time(edge, zone) for edge in edges[:-1].tolist()]
    hours = np.array([moment.hour + moment.minute / 60 for moment in local])
    weekend = np.array([moment.weekday() >= 5 for moment in local])
    days = np.array([moment.toordinal() for moment in local])
    luck = np.exp(rng.normal(0.0, _DAY_TO_DAY, size=days[-1] - days[0] + 1))[days - days[0]]
    grown = _GROWTH_A_YEAR * min(1.0, (edges[-1] - edges[0]) / (365 * DAY))
    growth = np.linspace(1.0 - grown, 1.0, len(hours))
    usual = np.where(weekend, _by_hour(hours, _WEEKEND), _by_hour(hours, _WEEKDAY))
    return np.asarray(usual * luck * growth)


def _by_hour(hours: np.ndarray, weights: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.interp(hours, np.arange(25), (*weights, weights[0])))


def _in_the_afternoon(spans: np.ndarray, end: float, zone: tzinfo | None) -> np.ndarray:
    """Move each span to begin at one o'clock of its own day, where that leaves it inside the range."""
    local = [local_time(first, zone) for first in spans[:, 0].tolist()]
    begins = np.array([moment.replace(hour=13, minute=0, second=0).timestamp() for moment in local])
    moved = np.column_stack([begins, begins + spans[:, 1] - spans[:, 0]])
    return moved[moved[:, 1] < end]
