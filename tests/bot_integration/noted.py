"""What a bot has noted besides its events: names, and the failures with their reasons."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, NamedTuple

from core.manager import AnalyticsManager


class FailureRow(NamedTuple):
    """A row of ``failures``."""

    source: str
    kind: str
    name: str | None
    user_id: str | None
    guild_id: str | None
    channel_id: str | None
    error_type: str | None
    message: str | None
    node: str | None


def failures_in(manager: AnalyticsManager) -> list[FailureRow]:
    """All failures recorded so far, in their order."""
    return [FailureRow(*row) for row in _rows(manager, f"SELECT {', '.join(FailureRow._fields)} FROM failures")]


def names_in(manager: AnalyticsManager) -> dict[tuple[str, str], str]:
    """The name of each kind and id that was noted."""
    return {(kind, id): name for kind, id, name in _rows(manager, "SELECT kind, id, name FROM names")}


def outcomes_in(manager: AnalyticsManager) -> list[tuple[str, str | None]]:
    """Name and outcome of all commands that ran."""
    return _rows(manager, "SELECT command_name, outcome FROM command_usage ORDER BY id")


def _rows(manager: AnalyticsManager, query: str) -> list[Any]:
    assert manager.flush(10) and manager.location.path is not None
    if not manager.location.path.exists():
        return []
    with closing(sqlite3.connect(manager.location.path)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:  # the tables come with the first event
            assert "no such table" in str(error)
            return []
