"""Who ran commands and got images, and nothing else: of a year's rows, the rest would take twice as long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import Final

import numpy as np

from core.models import CommandUsage, ImageStats
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Deltas, Grid, RowCounter, count, known_people, texts
from core.storage.chunked_reads import Row


def count_people(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count rows by user; those of commands have their success as a third field."""
    times, user_column, *success = zip(*rows, strict=True)
    pairs = list(zip(grid.slots(np.array(times, dtype=float)), texts(user_column), strict=True))
    deltas: Deltas = defaultdict(BucketCounts)
    count(deltas, "users", known_people(pairs))
    if success:
        count(deltas, "user_failures", known_people(compress(pairs, [value == 0 for value in success[0]])))
    else:
        count(deltas, "user_images", known_people(pairs))
    return deltas


COMMAND_USERS: Final = RowCounter(
    CommandUsage, (CommandUsage.timestamp, CommandUsage.user_id, CommandUsage.success), count_people
)
IMAGE_USERS: Final = RowCounter(ImageStats, (ImageStats.timestamp, ImageStats.user_id), count_people)
