"""What the Images page counts beside what every page does (make-up, load, the points of its scatter), and what of it.

An image that was ready at ``timestamp`` after ``generation_time`` seconds ran from ``timestamp − generation_time`` to
``timestamp``, as far as the table tells: the queue's wait is part of it, so all of this is an estimate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.models import ImageStats
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import (
    IMAGES,
    Deltas,
    Grid,
    RowCounter,
    count,
    count_images,
    durations_of,
    is_video,
    sizes,
    texts,
    types,
)
from core.statistics.percentiles import percentiles, steps
from core.statistics.provenance_counting import FIELDS, count_provenance
from core.statistics.results import top
from core.storage.chunked_reads import Row
from core.storage.values import names_of

DOTS: Final = 32
"""A bucket's points stand in so many columns."""

NO_LORA: Final = ""
"""As the name of a LoRA: images without any."""

_LORA: Final = "lora"
"""As a dimension of what images are made of."""

_KEYS: Final = 168
"""Hours of a week: the most keys that times are added up by."""

_SPREAD_STEPS: Final = 2
"""Points stand on every second step of the histogram: within 2 % of their row."""


def count_image_details(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows in every way that the Images page needs."""
    deltas: Deltas = defaultdict(BucketCounts)
    deltas.update(count_images([row[: len(IMAGES.fields)] for row in rows], grid))
    times, users, resolutions, generation, videos, kinds, loras, factors, *provenance = zip(*rows, strict=True)
    moments, seconds = np.array(times, dtype=float), durations_of(generation)
    columns = _ImageColumns(
        slots=grid.slots(moments),
        video=is_video(videos),
        user=texts(users),
        resolution=sizes(resolutions),
        kind=types(kinds),
        upscale=[factor_text(value) for value in factors],
        loras=[lora_names(value) for value in loras],
        known=(seconds > 0).tolist(),
        steps=steps(seconds).tolist(),
        us=np.rint(np.maximum(seconds, 0) * 1e6).astype(np.int64).tolist(),
    )
    _count_make_up(deltas, columns)
    _count_points(deltas, columns, moments, grid)
    _count_load(deltas, columns, moments, seconds, grid)
    count_provenance(deltas, columns.slots, columns.video, seconds, provenance)
    return deltas


@dataclass(frozen=True, slots=True)
class _ImageColumns:
    """The rows, a column at a time; all of one length."""

    slots: Sequence[int]
    video: Sequence[bool]
    user: Sequence[str]
    resolution: Sequence[str]
    kind: Sequence[str]
    upscale: Sequence[str]
    loras: Sequence[tuple[str, ...]]
    known: Sequence[bool]
    steps: Sequence[int]
    us: Sequence[int]


IMAGE_DETAILS: Final = RowCounter(
    ImageStats, (*IMAGES.fields, ImageStats.loras, ImageStats.upscale_factor, *FIELDS), count_image_details
)


def count_with_loras(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows as every page does, and their LoRAs."""
    deltas: Deltas = defaultdict(BucketCounts)
    deltas.update(count_images([row[:-1] for row in rows], grid))
    slots = grid.slots(np.array([row[0] for row in rows], dtype=float))
    names = (lora_names(row[-1]) or (NO_LORA,) for row in rows)
    count(deltas, "made", ((slot, (_LORA, name)) for slot, each in zip(slots, names, strict=True) for name in each))
    return deltas


IMAGES_AND_LORAS: Final = RowCounter(ImageStats, (*IMAGES.fields, ImageStats.loras), count_with_loras)


@lru_cache(maxsize=4096)
def lora_names(stored: Any) -> tuple[str, ...]:
    """The names in a stored list, each once; what is no such list is shown as it is."""
    return names_of(stored, None) or ()


def _count_make_up(deltas: Deltas, rows: _ImageColumns) -> None:
    whole = list(zip(rows.video, rows.resolution, rows.upscale, strict=True))
    plain: dict[str, tuple[Sequence[str], Sequence[tuple[Any, ...]]]] = {
        "resolution": (rows.resolution, list(zip(rows.video, rows.upscale, strict=True))),
        "type": (rows.kind, list(zip(rows.resolution, rows.upscale, strict=True))),
        "upscale": (rows.upscale, list(zip(rows.video, rows.resolution, strict=True))),
        "all": ([""] * len(whole), whole),
    }
    for dimension, (names, alike) in plain.items():
        _count_dimension(deltas, dimension, rows, rows.slots, names, alike, range(len(names)))
    known = [i for i, user in enumerate(rows.user) if user]
    slots, users = [rows.slots[i] for i in known], [rows.user[i] for i in known]
    _count_dimension(deltas, "user", rows, slots, users, [(rows.video[i],) for i in known], known)
    places = [i for i, names in enumerate(rows.loras) for _ in names or (NO_LORA,)]
    names = [name for names in rows.loras for name in names or (NO_LORA,)]
    _count_dimension(deltas, "lora", rows, [rows.slots[i] for i in places], names, [whole[i] for i in places], places)


def _count_dimension(
    deltas: Deltas,
    dimension: str,
    rows: _ImageColumns,
    slots: Sequence[int],
    names: Sequence[str],
    alike: Sequence[tuple[Any, ...]],
    places: Sequence[int],
) -> None:
    known = [rows.known[i] for i in places]
    if dimension != "all":
        count(deltas, "made", ((slot, (dimension, name)) for slot, name in zip(slots, names, strict=True)))
    if dimension not in ("all", "user"):
        timed = ((slot, (dimension, name, rows.steps[i])) for slot, name, i in zip(slots, names, places, strict=True))
        count(deltas, "made_steps", compress(timed, known))
    pairs = list(compress(zip(slots, names, alike, strict=True), known))
    index = {pair: n for n, pair in enumerate(dict.fromkeys(pairs))}
    found = np.fromiter(map(index.__getitem__, pairs), np.int64, len(pairs))
    amounts = np.bincount(found).tolist()
    sums = np.bincount(
        found, [rows.us[i] for i in compress(places, known)]
    ).tolist()  # whole numbers this size are exact
    for (slot, name, like), n, us in zip(index, amounts, sums, strict=True):
        cell, key = deltas[slot], (dimension, name, like)
        cell.like_n[key] += n
        cell.like_us[key] += int(us)


def _count_points(deltas: Deltas, rows: _ImageColumns, moments: NDArray[np.float64], grid: Grid) -> None:
    slots = np.array(rows.slots)
    inside = np.clip(slots, 0, len(grid.edges) - 2)
    width = np.diff(grid.edges)[inside]
    dots = np.clip((moments - grid.edges[inside]) / width * DOTS, 0, DOTS - 1).astype(int).tolist()
    rounded = (np.array(rows.steps) // _SPREAD_STEPS * _SPREAD_STEPS).tolist()
    points = zip(rows.slots, zip(rows.video, dots, rounded, strict=True), strict=True)
    count(deltas, "points", compress(points, rows.known))


def _count_load(
    deltas: Deltas, rows: _ImageColumns, moments: NDArray[np.float64], seconds: NDArray[np.float64], grid: Grid
) -> None:
    known = seconds > 0
    hours, slots = np.array(grid.hours(moments)), np.array(rows.slots)
    for (slot, hour), us in _added_up(slots[known], hours[known], np.array(rows.us)[known]):
        deltas[slot].hours_us[hour] += us
    ends, video = moments[known], np.array(rows.video)[known]
    for (slot, is_film), us in _parts(ends - seconds[known], ends, video, grid):
        deltas[slot].running_us[bool(is_film)] += us


def _added_up(slots: NDArray[Any], keys: NDArray[Any], us: NDArray[Any]) -> Iterator[tuple[tuple[int, int], int]]:
    """Microseconds by bucket and by a key below :data:`_KEYS`."""
    pairs, place = np.unique(slots * _KEYS + keys, return_inverse=True)
    sums = np.bincount(place, us, len(pairs)).tolist()  # whole numbers this size are exact
    for pair, amount in zip(pairs.tolist(), sums, strict=True):
        yield divmod(pair, _KEYS), int(amount)


def _parts(
    begins: NDArray[np.float64], ends: NDArray[np.float64], video: NDArray[Any], grid: Grid
) -> Iterator[tuple[tuple[int, int], int]]:
    """How much of the runs, of images and of videos, lies in each bucket that they touch, in microseconds."""
    edges = grid.edges
    first = np.searchsorted(edges, begins, "right") - 1
    last = np.searchsorted(edges, ends, "left") - 1
    whole = first == last
    yield from _added_up(first[whole], video[whole], np.rint((ends - begins)[whole] * 1e6))
    for i in np.flatnonzero(~whole).tolist():
        for slot in range(max(int(first[i]), 0), min(int(last[i]), len(edges) - 2) + 1):
            overlap = min(ends[i], edges[slot + 1]) - max(begins[i], edges[slot])
            if overlap > 0:
                yield (slot, int(video[i])), round(float(overlap) * 1e6)


def factor_text(value: Any) -> str:
    """An upscale factor as text; none is a factor of 1."""
    return str(value) if isinstance(value, int) else "1" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Made:
    """Images that have something in common.

    Attributes:
        name: what they have in common: a resolution, a LoRA's name ("" for none), …
        count: how many there are; known: how many of them have a known time (0 for those of a dimension whose times are
            not added up: model, steps, server).
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
    """What a range's images are by a dimension of ``BucketCounts.made``; the most frequent first."""
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
