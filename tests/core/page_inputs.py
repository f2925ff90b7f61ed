"""Inputs of pages, made of counters that are written down rather than read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.presenters.presenter import PageInput, page_of
from core.statistics.bucket_counts import BucketCounts
from core.statistics.percentiles import steps
from core.statistics.window import Aggregate
from core.time_ranges import CHOICES, Buckets, Window


def page_input(buckets: Buckets, counts: Sequence[BucketCounts], now: float, **changed: object) -> PageInput:
    """The input of a page with these counts, one each for a bucket; ``changed`` replaces any other field."""
    aggregate = Aggregate(Window(CHOICES["custom"], buckets, None), now)
    for start, each in zip(buckets.edges[:-1], counts, strict=True):
        aggregate.add(start, each)
    return replace(page_of(aggregate, now), **changed)  # type: ignore[arg-type]


def happened(
    succeeded: Mapping[str, int] | None = None,
    failures: int = 0,
    images: int = 0,
    videos: int = 0,
    users: Sequence[int] = (),
    took: Sequence[float] = (),
    restarts: Sequence[float] = (),
) -> BucketCounts:
    """What happened in a bucket: ``images`` are without the videos, ``took`` are known times of images in seconds.

    All failures are those of a command that is called "broken".
    """
    return BucketCounts(
        commands=Counter(dict(succeeded or {})) + Counter(broken=failures),
        failures=+Counter(broken=failures),
        images=+Counter({(False, "standard"): images, (True, "video"): videos}),
        generation=Counter((False, int(step)) for step in steps(np.array(took, dtype=float))),
        users=Counter(map(str, users)),
        restarts=Counter(restarts),
    )
