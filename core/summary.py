"""``get_summary_stats``: all of a database in a few grouped queries, during which Python goes on with other work."""

from __future__ import annotations

from collections import Counter
from typing import Any

import peewee

from core.models import LONGEST_DURATION, CommandUsage, ImageStats
from core.reading import Reader
from core.reports import Report
from core.statistics import top

_LARGEST = 5
_NO_VIDEO = (None, 0)


def summary(reader: Reader, uptime: float) -> Report:
    """The deployed bot's summary; ``uptime`` in seconds is handed through.

    Averages are seconds, 0.0 where no time is known.
    """
    commands = _counts(reader, CommandUsage.command_name)
    users = _counts(reader, CommandUsage.user_id) + _counts(reader, ImageStats.user_id)
    kinds = _kinds(reader)
    return {
        "total_commands": commands.total(),
        "total_images": sum(rows for rows, _, _ in kinds.values()),
        "total_users": len(users),
        "avg_generation_time": _mean(*kinds.values()),
        "avg_image_time": _mean(kinds[False]),
        "avg_video_time": _mean(kinds[True]),
        "top_commands": dict(top(commands, _LARGEST)),
        "top_resolutions": dict(top(_counts(reader, ImageStats.resolution), _LARGEST)),
        "top_users": dict(top(users, _LARGEST)),
        "video_counts": {"video": kinds[True][0], "image": kinds[False][0]},
        "uptime": uptime,
    }


def _counts(reader: Reader, field: peewee.Field) -> Counter[str]:
    query = field.model.select(field, peewee.fn.COUNT(field.model.id)).where(field.is_null(False)).group_by(field)
    counts: Counter[str] = Counter()
    for value, n in reader.database.execute(query).fetchall():
        counts[str(value)] += n
    return counts


def _kinds(reader: Reader) -> dict[bool, tuple[int, int, float]]:
    """By whether it is a video: rows, rows with a known time, the sum of those times."""
    time = ImageStats.generation_time
    known = peewee.Case(None, [((time > 0) & (time <= LONGEST_DURATION), time)])
    kind = ImageStats.is_video
    query = ImageStats.select(kind, peewee.fn.COUNT(ImageStats.id), peewee.fn.COUNT(known), peewee.fn.SUM(known))
    found: dict[bool, tuple[int, int, float]] = {False: (0, 0, 0.0), True: (0, 0, 0.0)}
    for is_video, rows, known_rows, total in reader.database.execute(query.group_by(kind)).fetchall():
        before = found[is_video not in _NO_VIDEO]
        found[is_video not in _NO_VIDEO] = (before[0] + rows, before[1] + known_rows, before[2] + (total or 0.0))
    return found


def _mean(*kinds: tuple[int, int, float]) -> float:
    known = sum(n for _, n, _ in kinds)
    total: Any = sum(seconds for _, _, seconds in kinds)
    return total / known if known else 0.0
