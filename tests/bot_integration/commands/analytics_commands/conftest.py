"""A bot with a past."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.simulation.history import write_history
from tests.bot_integration.studio import ZONE, Studio, studio


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with five weeks in it, to be copied."""
    path = tmp_path_factory.mktemp("past") / "analytics.db"
    write_history(path, days=35, rows=3_000, zone=ZONE)
    return path


@pytest.fixture
def place(past: Path, database: Path) -> Iterator[Studio]:
    """A studio whose bot has those five weeks behind it."""
    with closing(sqlite3.connect(past)) as source, closing(sqlite3.connect(database)) as copy:
        source.backup(copy)
    with studio(database) as made:
        yield made
