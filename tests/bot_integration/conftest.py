"""A place where a bot can be tried, and a file for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot_integration.studio import Studio, studio


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a bot's file will be; it is not there yet."""
    return tmp_path / "analytics.db"


@pytest.fixture
def place(database: Path) -> Iterator[Studio]:
    """A studio whose bot has recorded nothing yet."""
    with studio(database) as made:
        yield made
