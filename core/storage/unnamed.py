"""Which ids of a database have no name yet, those that it tells most of first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from core.models import CommandUsage, EventModel, Failure, ImageStats, Name, NameKind, UserActivity
from core.storage.chunked_reads import RowQuery, chunks
from core.storage.labels import read_labels
from core.storage.opt_outs import read_opt_outs
from core.storage.reader import Reader
from core.storage.seeks import all_ids
from core.time_ranges import DAY

ASKED_AGAIN_AFTER: Final = 30 * DAY
"""Seconds after which an id that Discord did not know is worth another question."""

_TABLES: Final[tuple[tuple[type[EventModel], tuple[Any, ...]], ...]] = (
    (CommandUsage, (CommandUsage.user_id, CommandUsage.guild_id, CommandUsage.channel_id)),
    (ImageStats, (ImageStats.user_id, ImageStats.guild_id, ImageStats.channel_id)),
    (UserActivity, (UserActivity.user_id, UserActivity.guild_id)),
    (Failure, (Failure.user_id, Failure.guild_id, Failure.channel_id)),
)
_SHORTEST: Final = 15
_LONGEST: Final = 19
"""Digits of an id of Discord's, from its first day to the year 2084."""

_AMONG: Final = 500


class UnnamedId(NamedTuple):
    """An id without a name: a :class:`core.models.NameKind`, the id, and how many rows tell of it."""

    kind: str
    id: str
    rows: int


def unnamed_ids(reader: Reader) -> list[UnnamedId]:
    """Read the whole database, in chunks, for ids of users, servers and channels that its table of names has not.

    Channels of direct messages are left out: they are called as their user. So is who opted out.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for model, fields in _TABLES:
        for rows in chunks(reader, RowQuery(model, fields, all_ids(reader, model))):
            counted.update(key for row in rows for key in _ids_of(row))
    opt_outs = read_opt_outs(reader.database)
    for kind, out in [key for key in counted if key[0] == NameKind.USER and key[1] in opt_outs]:
        del counted[kind, out]
    for kind in NameKind:
        for known in _noted(reader, kind, [id for each, id in counted if each == kind]):
            counted.pop((kind, known), None)
    return [UnnamedId(kind, id, rows) for (kind, id), rows in counted.most_common()]


def without_label(ids: list[UnnamedId], now: float) -> list[UnnamedId]:
    """Leave out what has a label, and what Discord did not know lately; ``now`` is in epoch seconds.

    Raises:
        OSError: the labels can't be read.
    """
    known = {
        (label.kind, label.id)
        for kind in NameKind
        for label in read_labels(kind, [each.id for each in ids if each.kind == kind])
        if label.name or label.updated > now - ASKED_AGAIN_AFTER
    }
    return [each for each in ids if (each.kind, each.id) not in known]


def _ids_of(row: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    user, guild, *channel = row
    if _is_id(user):
        yield NameKind.USER.value, user
    if _is_id(guild):
        yield NameKind.GUILD.value, guild
        if channel and _is_id(channel[0]):
            yield NameKind.CHANNEL.value, channel[0]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _SHORTEST <= len(value) <= _LONGEST and value.isascii() and value.isdecimal()


def _noted(reader: Reader, kind: str, ids: list[str]) -> Iterator[str]:
    for start in range(0, len(ids), _AMONG):
        wanted = Name.id.in_(ids[start : start + _AMONG])
        yield from (id for (id,) in reader.rows(Name.select(Name.id).where((Name.kind == kind) & wanted)))
