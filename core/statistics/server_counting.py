"""Counting by server: who was on which, how often commands ran, and images were made; and one server by channel.

A command without a server was run in direct messages. Of an image and a failure the server may not be recorded at all:
a direct message has a channel at least, and where neither is known nobody knows where it was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from core.models import CommandUsage, Failure, ImageStats
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import (
    COMMANDS,
    IMAGES,
    Deltas,
    Grid,
    RowCounter,
    count_by,
    count_commands,
    count_images,
    texts,
    texts_or_none,
)
from core.statistics.failure_counting import DIRECT, SERVER, servers_of
from core.statistics.image_counting import IMAGES_AND_LORAS, count_with_loras
from core.statistics.numbered import Numbered, Numbers, count_pairs, count_values, numbered
from core.storage.chunked_reads import Row

CHANNEL: Final = "channel"
"""The column in ``BucketCounts.counted`` by which one server's rows are counted."""


def commands_by_server(counts: Counter[str | None]) -> Counter[str]:
    """``guilds`` or ``guild_failures`` of a cell by server, direct messages as :data:`DIRECT`."""
    if None not in counts:
        return counts  # type: ignore[return-value]
    named = Counter({server: n for server, n in counts.items() if server is not None})
    named[DIRECT] += counts[None]
    return named


def count_server_commands(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count command_usage rows (time, user, server, success) by server alone."""
    times, users, guilds, success = zip(*rows, strict=True)
    slots, servers = grid.places(np.array(times, dtype=float)), numbered(texts_or_none(guilds))
    failed = np.array([value == 0 for value in success], dtype=bool)
    deltas: Deltas = defaultdict(BucketCounts)
    count_values(deltas, "guilds", slots, servers)
    count_values(deltas, "guild_failures", slots[failed], servers.having(failed))
    _count_users(deltas, slots, _with_direct(servers), users)
    return deltas


def count_server_images(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows (time, user, server, channel) by server alone."""
    times, users, guilds, channels = zip(*rows, strict=True)
    deltas: Deltas = defaultdict(BucketCounts)
    _count_images(deltas, grid.places(np.array(times, dtype=float)), users, servers_of(guilds, channels))
    return deltas


def count_server_failures(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count rows of failures (time, server, channel) by server alone; where it is not recorded, by None."""
    times, guilds, channels = zip(*rows, strict=True)
    slots, deltas = grid.slots(np.array(times, dtype=float)), defaultdict[int, BucketCounts](BucketCounts)
    for (slot, server), n in Counter(zip(slots, servers_of(guilds, channels), strict=True)).items():
        deltas[slot].counted[SERVER][server] += n
    return deltas


def count_commands_and_servers(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count command_usage rows as every page does, and who ran them on which server."""
    deltas: Deltas = defaultdict(BucketCounts)
    deltas.update(count_commands(rows, grid))
    times, _names, users, guilds, *_others = zip(*rows, strict=True)
    servers = _with_direct(numbered(texts_or_none(guilds)))
    _count_users(deltas, grid.places(np.array(times, dtype=float)), servers, users)
    return deltas


def count_images_and_servers(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows as every page does, with their LoRAs and by server."""
    deltas: Deltas = defaultdict(BucketCounts)
    deltas.update(count_with_loras([row[:-2] for row in rows], grid))
    times, users, *_others, guilds, channels = zip(*rows, strict=True)
    _count_images(deltas, grid.places(np.array(times, dtype=float)), users, servers_of(guilds, channels))
    return deltas


def count_channel_commands(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count command_usage rows as every page does, and by channel."""
    return _with_channels(count_commands([row[:-1] for row in rows], grid), rows, grid)


def count_channel_images(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count image_stats rows as every page does, and by channel."""
    return _with_channels(count_images([row[:-1] for row in rows], grid), rows, grid)


SERVER_COMMANDS: Final = RowCounter(
    CommandUsage,
    (CommandUsage.timestamp, CommandUsage.user_id, CommandUsage.guild_id, CommandUsage.success),
    count_server_commands,
    asks_all=True,
)
SERVER_IMAGES: Final = RowCounter(
    ImageStats,
    (ImageStats.timestamp, ImageStats.user_id, ImageStats.guild_id, ImageStats.channel_id),
    count_server_images,
    asks_all=True,
)
SERVER_FAILURES: Final = RowCounter(
    Failure, (Failure.timestamp, Failure.guild_id, Failure.channel_id), count_server_failures
)
COMMANDS_AND_SERVERS: Final = RowCounter(CommandUsage, COMMANDS.fields, count_commands_and_servers)
IMAGES_AND_SERVERS: Final = RowCounter(
    ImageStats, (*IMAGES_AND_LORAS.fields, ImageStats.guild_id, ImageStats.channel_id), count_images_and_servers
)
CHANNEL_COMMANDS: Final = RowCounter(CommandUsage, (*COMMANDS.fields, CommandUsage.channel_id), count_channel_commands)
CHANNEL_IMAGES: Final = RowCounter(ImageStats, (*IMAGES.fields, ImageStats.channel_id), count_channel_images)


def _count_images(deltas: Deltas, slots: Numbers, users: Sequence[object], places: Sequence[str | None]) -> None:
    servers = numbered(places)
    count_values(deltas, "guild_images", slots, servers)
    _count_users(deltas, slots, servers, users)


def _count_users(deltas: Deltas, slots: Numbers, servers: Numbered, users: Sequence[object]) -> None:
    """Count rows by server and user, but for those of which either is not recorded."""
    people = numbered(texts(users))
    recorded = np.array([server is not None for server in servers.values], dtype=bool)[servers.numbers]
    known = people.known() & recorded
    count_pairs(deltas, "guild_users", slots[known], servers.having(known), people.having(known))


def _with_direct(servers: Numbered) -> Numbered:
    """The servers of commands, of which those without one were run in direct messages."""
    return Numbered(tuple(server or DIRECT for server in servers.values), servers.numbers)


def _with_channels(deltas: Deltas, rows: Sequence[Row], grid: Grid) -> Deltas:
    channels = texts(["" if row[-1] is None else row[-1] for row in rows])
    count_by(deltas, CHANNEL, grid.slots(np.array([row[0] for row in rows], dtype=float)), channels)
    return deltas
