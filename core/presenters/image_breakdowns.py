"""What images are made of, and what that costs: counts, times and shares by resolution, LoRA, type, factor and user."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.statistics.bucket_counts import BucketCounts
from core.statistics.percentiles import percentiles
from core.statistics.results import top


@dataclass(frozen=True, slots=True)
class Made:
    """Images that have something in common.

    Attributes:
        name: what they have in common: a resolution, a LoRA's name ("" for none), …
        count: how many there are; known: how many of them have a known time.
        p50, p95: their generation time in seconds; None where no time is known (and for users, where it is not kept).
        seconds: their times together; share: of all images' time together, 0 to 1. A LoRA's time is the whole time of
            the images that it took part in, so the shares of LoRAs may add up to more than 1.
        extra: how many seconds longer they took, on average, than images that are else alike (the same resolution,
            factor and kind); None where there are none to compare with.
    """

    name: str
    count: int
    known: int
    p50: float | None
    p95: float | None
    seconds: float
    share: float | None
    extra: float | None


def made(cell: BucketCounts, dimension: str, limit: int) -> tuple[Made, ...]:
    """What a range's images are by "resolution", "lora", "type", "upscale" or "user"; the most frequent first."""
    counts = {name: n for (of, name), n in cell.made.items() if of == dimension}
    leading = [name for name, _ in top(counts, limit)]
    histograms: dict[str, dict[int, int]] = {name: {} for name in leading}
    for (of, name, step), n in cell.made_steps.items():
        if of == dimension and name in histograms:
            histograms[name][step] = n
    alike = _Alike(cell, dimension)
    whole = sum(cell.generation_us.values())
    return tuple(_made(name, counts[name], histograms[name], alike, whole) for name in leading)


def _made(name: str, count: int, histogram: Mapping[int, int], alike: _Alike, whole_us: int) -> Made:
    p50, p95 = percentiles(histogram, (0.5, 0.95))
    us = alike.us[name]
    return Made(
        name, count, alike.known[name], p50, p95, us / 1e6, us / whole_us if whole_us else None, alike.extra(name)
    )


class _Alike:
    """Known times by name, and by what images have else in common, so that like is compared with like."""

    def __init__(self, cell: BucketCounts, dimension: str) -> None:
        self.known: Counter[str] = Counter()
        self.us: Counter[str] = Counter()
        self._parts: dict[str, dict[Any, tuple[int, int]]] = defaultdict(dict)
        self._whole: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
        reference = "all" if dimension == "lora" else dimension
        for key, n in cell.like_n.items():
            of, name, alike = key
            us = cell.like_us[key]
            if of == dimension:
                self.known[name] += n
                self.us[name] += us
                self._parts[name][alike] = (n, us)
            if of == reference:
                before = self._whole[alike]
                self._whole[alike] = (before[0] + n, before[1] + us)

    def extra(self, name: str) -> float | None:
        """Seconds more than images that are else alike, weighted by how many of this name there are."""
        weighted, weight = 0.0, 0
        for alike, (n, us) in self._parts[name].items():
            every, every_us = self._whole[alike]
            others, others_us = every - n, every_us - us
            if others > 0:
                weighted += n * (us / n - others_us / others)
                weight += n
        return weighted / weight / 1e6 if weight else None
