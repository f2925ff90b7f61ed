"""Counting failures: by what they were, where they came, and group by group who was hit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from core.models import Failure
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Deltas, Grid, RowCounter, Slots, sizes, texts
from core.storage.chunked_reads import Row
from core.storage.values import names_of

FINGERPRINT: Final = "fingerprint"
KIND: Final = "kind"
SOURCE: Final = "source"
COMMAND: Final = "command"
USER: Final = "user"
SERVER: Final = "server"
NODE: Final = "node"
MODEL: Final = "model"
LORA: Final = "lora"
RESOLUTION: Final = "resolution"
"""The columns by which rows are counted in ``BucketCounts.counted``; what is not recorded of a row is not counted."""

DIRECT: Final = ""
"""The server of a failure in direct messages: it has a channel, but no server."""


def of_group(fingerprint: str, column: str) -> str:
    """The key in ``BucketCounts.counted`` under which a group's rows are counted by a column."""
    return f"{column}\x1f{fingerprint}"


def count_failures(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count rows of failures."""
    times, prints, kinds, sources, names, users, guilds, channels, nodes, models, loras, shapes = zip(
        *rows, strict=True
    )
    slots = grid.slots(np.array(times, dtype=float))
    groups = _known(prints)
    columns = {
        KIND: _known(kinds),
        SOURCE: _known(sources),
        COMMAND: _known(names),
        USER: _known(users),
        NODE: _known(nodes),
        MODEL: _known(models),
        RESOLUTION: sizes(shapes),
    }
    deltas: Deltas = defaultdict(BucketCounts)
    _count(deltas, FINGERPRINT, slots, groups)
    for column, values in columns.items():
        _count(deltas, column, slots, [value or None for value in values])
    servers = servers_of(guilds, channels)
    _count(deltas, SERVER, slots, servers)
    _count_loras(deltas, slots, loras)
    within: tuple[tuple[str, Sequence[str | None]], ...] = (
        (SERVER, servers),
        *((column, [value or None for value in columns[column]]) for column in (USER, COMMAND)),
    )
    for column, found in within:
        for (slot, group, value), n in Counter(zip(slots, groups, found, strict=True)).items():
            if value is not None:
                deltas[slot].counted[of_group(group, column)][value] += n
    return deltas


FAILURES: Final = RowCounter(
    Failure,
    (
        Failure.timestamp,
        Failure.fingerprint,
        Failure.kind,
        Failure.source,
        Failure.name,
        Failure.user_id,
        Failure.guild_id,
        Failure.channel_id,
        Failure.node,
        Failure.model,
        Failure.loras,
        Failure.resolution,
    ),
    count_failures,
)


def _known(column: Sequence[object]) -> Sequence[str]:
    return texts(["" if value is None else value for value in column])


def _count(deltas: Deltas, column: str, slots: Slots, values: Sequence[str | None]) -> None:
    for (slot, value), n in Counter(zip(slots, values, strict=True)).items():
        if value is not None:
            deltas[slot].counted[column][value] += n


def servers_of(guilds: Sequence[object], channels: Sequence[object]) -> list[str | None]:
    """Each row's server; :data:`DIRECT` where there is a channel at least, None where neither is recorded."""
    return [
        guild or (DIRECT if channel else None) for guild, channel in zip(_known(guilds), _known(channels), strict=True)
    ]


def _count_loras(deltas: Deltas, slots: Slots, loras: Sequence[object]) -> None:
    """A failure counts for each of its LoRAs."""
    found = {stored: names_of(stored, None) or () for stored in set(loras)}
    every = chain.from_iterable(
        ((slot, name) for name in found[stored]) for slot, stored in zip(slots, loras, strict=True)
    )
    for (slot, name), n in Counter(every).items():
        deltas[slot].counted[LORA][name] += n
