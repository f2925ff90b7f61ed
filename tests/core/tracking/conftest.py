"""A tracker on a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tracking.tracker import Tracker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def tracker(path: Path) -> Iterator[Tracker]:
    with Tracker(path) as tracker:
        yield tracker
