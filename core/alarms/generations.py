"""Generations: slower than like ones were, and longer in the queue."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.observations import ObservedGeneration
from core.alarms.usual import LearnedLater, RecentValues
from core.time_ranges import DAY, HOUR

FACTOR: Final = 1.5
"""So many times as long as like ones is slow."""

EXTRA: Final = 5.0
"""Seconds by which it must be longer besides."""

LAST: Final = 20
"""So many of the newest generations are compared with the last thirty days."""

ENOUGH: Final = 20
"""So many like ones are needed to know what is usual."""

QUEUE_LIMIT: Final = 30.0
"""Seconds in the queue that are never long."""

LOOKS: Final = (10, LAST, 40, 60)
"""So many of the newest are looked at: where they differ much from what is usual, fewer are enough."""

SIGMAS: Final = 5.0
"""By so many standard deviations their mean must differ: like ones differ among themselves."""

_STILL: Final = 7
_LEAST_SPREAD: Final = 0.1
_CLIPPED: Final = 3.0
_QUEUE_FACTOR: Final = 3.0
_QUEUE_WITHIN: Final = 3 * HOUR
_QUEUE_LOOK: Final = 10
_QUEUE_EXCEPT: Final = 2
_NOTEWORTHY: Final = 0.5
_NOT_SLOW: Final = 1.25
_OTHERS: Final = 10
_FEW_OTHERS: Final = 5
_MOST_KEYS: Final = 5_000
_MOST_LORAS: Final = 8
_WITHIN: Final = 3 * DAY

Tag = tuple[str, str]
ALL: Final[Tag] = ("all", "")


@dataclass(slots=True)
class _Compared:
    """A generation beside like ones.

    Attributes:
        moment: epoch seconds; factor: how many times as long it took; extra: by how many seconds longer.
        deviation: the same in standard deviations of like ones.
        tags: what it has in common with others.
        explained: what it was slow for, once that is known: then it says nothing of its other tags.
    """

    moment: float
    factor: float
    extra: float
    deviation: float
    tags: tuple[Tag, ...]
    explained: Tag | None = None


class Slowdown:
    """Compares generations with those of the same model, resolution, type, settings and LoRAs in the last thirty days.

    Where that combination is rare, LoRAs are taken to lengthen others by the factor that they usually do. What is slow
    is told as narrowly as it holds: one LoRA, one resolution, one model, or all.
    """

    def __init__(self) -> None:
        self._like: dict[tuple[str, ...], RecentValues] = {}
        self._recent: dict[Tag, deque[_Compared]] = {}
        self._amiss: set[Tag] = set()
        self._later = LearnedLater()

    def observe(self, generation: ObservedGeneration) -> Iterator[Anomaly]:
        """Take in a generation, in order; gives what is slow about it."""
        if generation.seconds <= 0.0:
            return
        usual = self._expected(generation)
        if usual is None:
            return
        tags = (ALL, *_tags(generation))
        compared = self._compared(generation, usual, tags)
        for tag in tags:
            recent = self._recent.pop(tag, None)
            if recent is None:
                recent = deque(maxlen=LOOKS[-1])
            recent.append(compared)
            self._recent[tag] = recent
        if len(self._recent) > _MOST_KEYS:
            del self._recent[next(iter(self._recent))]
        yield from self._over(generation.moment)
        if compared.factor >= _NOT_SLOW:
            yield from self._slow(tags, generation.moment)

    def _slow(self, tags: Sequence[Tag], moment: float) -> Iterator[Anomaly]:
        scores = {tag: self._score(tag, moment) for tag in tags}
        slow = {tag: score for tag, score in scores.items() if score >= _NOTEWORTHY}
        for tag, score in slow.items():
            if not any(self._is_because_of(tag, other) for other in slow if other != tag):
                anomaly = self._anomaly(tag, score, moment)
                if score >= 1.0:
                    self._explain(tag)
                    self._amiss.add(tag)
                yield anomaly

    def _over(self, moment: float) -> Iterator[Anomaly]:
        """What was slow and is so no more, each once."""
        for tag in [each for each in self._amiss if self._pace(each) < _NOT_SLOW]:
            self._amiss.discard(tag)
            yield Anomaly(AlarmKind.SLOW, ":".join(tag), moment, moment, 0.0, 0.0, 0.0)

    def _pace(self, tag: Tag) -> float:
        """How many times as long as usual the newest ones took."""
        recent = self._recent.get(tag)
        return median(each.factor for each in list(recent)[-_STILL:]) if recent else 0.0

    def _compared(self, generation: ObservedGeneration, usual: float, tags: tuple[Tag, ...]) -> _Compared:
        factor = generation.seconds / usual
        noise = self._values(("noise", generation.kind))
        spread = _LEAST_SPREAD
        if noise.count >= ENOUGH:
            spread = max(spread, math.log(noise.quantile(0.84) / noise.quantile(0.5)))
        self._later.add(generation.moment, noise, factor)
        deviation = min(math.log(factor) / spread, _CLIPPED)
        return _Compared(generation.moment, factor, generation.seconds - usual, deviation, tags)

    def _expected(self, generation: ObservedGeneration) -> float | None:
        """What like ones take; None where too few are known. Learns the generation, too."""
        base = (generation.kind, generation.model, generation.resolution, generation.settings)
        bare = self._values((*base, ""))
        own = self._values((*base, generation.loras))
        usual = own.quantile(0.5) if own.count >= ENOUGH else None
        self._later.add(generation.moment, own, generation.seconds)
        if not generation.loras:
            return usual
        factor = self._values(("factor", generation.loras))
        if bare.count >= ENOUGH:
            plain = bare.quantile(0.5)
            if usual is None and factor.count >= ENOUGH:
                usual = plain * factor.quantile(0.5)
            self._later.add(generation.moment, factor, generation.seconds / plain)
        return usual

    def _values(self, key: tuple[str, ...]) -> RecentValues:
        found = self._like.pop(key, None) or RecentValues()
        self._like[key] = found
        if len(self._like) > _MOST_KEYS:
            del self._like[next(iter(self._like))]
        return found

    def _telling(self, tag: Tag) -> list[_Compared]:
        return [each for each in self._recent[tag] if each.explained in (None, tag)]

    def _score(self, tag: Tag, moment: float) -> float:
        recent, best = self._telling(tag), 0.0
        if self._pace(tag) < FACTOR:
            return 0.0  # it was slow, and has ended
        for look in LOOKS:
            if len(recent) < look or recent[-look].moment < moment - _WITHIN:
                break
            last = recent[-look:]
            sure = sum(each.deviation for each in last) / math.sqrt(look) / SIGMAS
            if sure > best:
                best = max(best, min(sure, _score(median(e.factor for e in last), median(e.extra for e in last))))
        return best

    def _is_because_of(self, tag: Tag, other: Tag) -> bool:
        """Whether those of ``tag`` are slow only where they have ``other``; or all are, with ``tag`` or without."""
        without = [each for each in self._recent[tag] if other not in each.tags][-_OTHERS:]
        if len(without) >= _FEW_OTHERS:
            return median(each.factor for each in without) < _NOT_SLOW
        outside = [each for each in self._recent[other] if tag not in each.tags][-_OTHERS:]
        if len(outside) >= _FEW_OTHERS:
            return median(each.factor for each in outside) >= _NOT_SLOW
        return _ORDER.index(other[0]) < _ORDER.index(tag[0])

    def _explain(self, tag: Tag) -> None:
        for each in self._recent[tag]:
            if each.explained is None and each.factor >= _NOT_SLOW:
                each.explained = tag

    def _anomaly(self, tag: Tag, score: float, moment: float) -> Anomaly:
        slow = _run(self._telling(tag))
        usual = median(each.extra / (each.factor - 1.0) for each in slow)
        return Anomaly(
            AlarmKind.SLOW, ":".join(tag), moment, slow[0].moment, score, usual * median(e.factor for e in slow), usual,
            moment - slow[0].moment, len(slow), tag[1], tag[0],
        )  # fmt: skip


_ORDER: Final = ("all", "type", "model", "resolution", "lora")


def _run(recent: Sequence[_Compared]) -> list[_Compared]:
    """The slow ones of the newest, back to where two in a row were not slow; in order."""
    found: list[_Compared] = []
    quick = 0
    for each in reversed(recent):
        quick = 0 if each.factor >= _NOT_SLOW else quick + 1
        if quick == 2:
            break
        if not quick:
            found.append(each)
    return found[::-1]


def _score(factor: float, extra: float) -> float:
    return min(factor / FACTOR, extra / EXTRA)


def _tags(generation: ObservedGeneration) -> Iterator[Tag]:
    yield "type", generation.kind
    if generation.model:
        yield "model", generation.model
    if generation.resolution:
        yield "resolution", generation.resolution
    for lora in lora_names(generation.loras):
        yield "lora", lora


def lora_names(stored: str) -> Sequence[str]:
    """The files of a stored list of LoRAs; none where it is no such list."""
    if not stored:
        return ()
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return ()
    return [each for each in found if isinstance(each, str)][:_MOST_LORAS] if isinstance(found, list) else ()


class QueueWait:
    """Compares the wait in ComfyUI's queue with that of the last thirty days."""

    def __init__(self) -> None:
        self._usual, self._later = RecentValues(), LearnedLater()
        self._recent: deque[tuple[float, float]] = deque(maxlen=_QUEUE_LOOK)

    def observe(self, generation: ObservedGeneration) -> Iterator[Anomaly]:
        """Take in a generation, in order; gives how long the queue has become."""
        if generation.waited is None:
            return
        moment = generation.moment
        usual = self._usual.quantile(0.95) if self._usual.count >= ENOUGH else 0.0
        self._later.add(moment, self._usual, generation.waited)
        self._recent.append((moment, generation.waited))
        if len(self._recent) < _QUEUE_LOOK or self._recent[0][0] < moment - _QUEUE_WITHIN:
            return
        waits = sorted(wait for _, wait in self._recent)
        bound = max(QUEUE_LIMIT, _QUEUE_FACTOR * usual)
        score = max(median(waits), waits[_QUEUE_EXCEPT]) / bound
        if score >= _NOTEWORTHY:
            long = [when for when, wait in self._recent if wait >= bound * _NOTEWORTHY]
            yield Anomaly(
                AlarmKind.QUEUE, "", moment, long[0] if long else moment, score, median(waits), usual,
                moment - self._recent[0][0], len(self._recent),
            )  # fmt: skip
