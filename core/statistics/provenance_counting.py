"""What is counted of images that tell how they were made: by model, steps and server, and where their time went.

Files of bots from before record none of it: then nothing is counted, and it costs next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.models import ImageStats
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Deltas, durations_of
from core.statistics.percentiles import percentiles, steps
from core.storage.values import text_of

MODEL: Final = "model"
STEPS: Final = "steps"
SERVER: Final = "server"
"""Dimensions of ``BucketCounts.made``; an image that does not tell is not counted in them."""

DIRECT: Final = ""
"""The server of an image in direct messages: it has a channel, but no server."""

QUEUE: Final = "queue"
EXECUTION: Final = "execution"
REST: Final = "rest"
PARTS: Final = (QUEUE, EXECUTION, REST)
"""Columns of ``BucketCounts.counted``, by (is a video, step): the parts of a generation's time.

The rest is what neither ComfyUI's queue nor its work accounts for: sending the pictures there and back, and the bot's
own waiting. All three are of the same images: those of which the whole and both parts are known.
"""

_UNKNOWN: Final = -(2**31)
"""In the place of a step: a time that is not known."""

FIELDS: Final = (
    ImageStats.guild_id,
    ImageStats.channel_id,
    ImageStats.model,
    ImageStats.steps,
    ImageStats.queue_time,
    ImageStats.execution_time,
)
"""What :func:`count_provenance` takes as ``columns``, in this order."""


def count_provenance(
    deltas: Deltas,
    slots: Sequence[int],
    video: Sequence[bool],
    seconds: NDArray[np.float64],
    columns: Sequence[Sequence[Any]],
) -> None:
    """Count rows of images, a column at a time; ``seconds`` are their generation times, above zero where known."""
    guilds, channels, models, numbers, queues, executions = columns
    names: dict[str, Sequence[str | None]] = {}
    if _any(guilds) or _any(channels):
        names[SERVER] = _servers(guilds, channels)
    names |= {key: _words(column) for key, column in ((MODEL, models), (STEPS, numbers)) if _any(column)}
    if names:
        taken: list[int] = np.where(seconds > 0, steps(seconds), _UNKNOWN).tolist()
        for dimension, each in names.items():
            _count_by(deltas, dimension, Counter(zip(slots, each, taken, strict=True)))
    if _any(queues) and _any(executions):
        _count_parts(deltas, slots, video, seconds, durations_of(queues), durations_of(executions))


def _any(column: Sequence[Any]) -> bool:
    return column.count(None) < len(column)


def _words(column: Sequence[Any]) -> list[str | None]:
    known = {value: None if value is None else text_of(value, None) or None for value in set(column)}
    return [known[value] for value in column]


def _servers(guilds: Sequence[Any], channels: Sequence[Any]) -> list[str | None]:
    known = {
        (guild, channel): text_of(guild, None) or (DIRECT if text_of(channel, None) else None)
        for guild, channel in set(zip(guilds, channels, strict=True))
    }
    return [known[each] for each in zip(guilds, channels, strict=True)]


def _count_by(deltas: Deltas, dimension: str, counts: Mapping[tuple[int, str | None, int], int]) -> None:
    """Take in counts by bucket, name and step of the generation time."""
    for (slot, name, step), n in counts.items():
        if name is None:
            continue
        cell = deltas[slot]
        cell.made[dimension, name] += n
        if step != _UNKNOWN:
            cell.made_steps[dimension, name, step] += n


def _count_parts(
    deltas: Deltas,
    slots: Sequence[int],
    video: Sequence[bool],
    whole: NDArray[np.float64],
    queue: NDArray[np.float64],
    execution: NDArray[np.float64],
) -> None:
    told = (whole > 0) & (queue >= 0) & (execution >= 0)
    films, found = np.array(video)[told].tolist(), np.array(slots)[told].tolist()
    rest = np.maximum(whole - queue - execution, 0)
    for part, values in zip(PARTS, (queue, execution, rest), strict=True):
        for (slot, *key), n in Counter(zip(found, films, steps(values[told]).tolist(), strict=True)).items():
            deltas[slot].counted[part][tuple(key)] += n


def half_of(cell: BucketCounts, part: str, *, video: bool) -> float | None:
    """The seconds that half of the images, or of the videos, spent at most in a part; None where none tells."""
    (half,) = percentiles(_histogram(cell, part, video), (0.5,))
    return half


def told_parts(cell: BucketCounts, *, video: bool) -> int:
    """Of how many images, or videos, it is known where the time went."""
    return sum(_histogram(cell, QUEUE, video).values())


def _histogram(cell: BucketCounts, part: str, video: bool) -> dict[int, int]:
    return {step: n for (film, step), n in cell.counted.of(part).items() if film is video}
