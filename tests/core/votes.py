"""A metric of a host's own: declared, registered, written and read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from core.manager import AnalyticsManager
from core.tables import extensions
from core.tables.metric import Kind, Metric, MetricColumn

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = (
    MetricColumn("vote", "Vote", Kind.ACTION),
    MetricColumn("image", "Image"),
    MetricColumn("user_id", "User", Kind.USER),
    MetricColumn("guild_id", "Server", Kind.GUILD),
    MetricColumn("seconds", "Time", Kind.SECONDS),
    MetricColumn("points", "Points", Kind.NUMBER),
    MetricColumn("seen", "Seen", Kind.COUNT),
)
TABLE = "botpulse_metric_votes"


def votes(**changed: object) -> Metric:
    """The metric, or one that is declared a little differently."""
    declared = {"key": "votes", "title": "Votes", "noun": "vote", "columns": COLUMNS, "ranked": ("image", "user_id")}
    return Metric(**{**declared, **changed})  # type: ignore[arg-type]


def registered() -> Iterator[Metric]:
    """The metric, registered for the length of a test: for ``metric = pytest.fixture(registered)``."""
    declared = votes()
    extensions.register(declared)
    yield declared
    extensions.unregister(declared)


def fill(path: Path, metric: Metric, number: int = 12) -> None:
    """Write so many votes: every third is down, every second for image 1."""
    with AnalyticsManager(path, timezone=BERLIN) as manager:
        for n in range(number):
            manager.track(metric.record(vote="up" if n % 3 else "down", image=n % 2, user_id=4711, points=n))
        assert manager.flush(10)


def rows(path: Path, columns: str = "*") -> list[tuple[object, ...]]:
    """What is stored of the votes."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM {TABLE} ORDER BY id").fetchall()
