"""A tracker on a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tracking.tracker import Tracker
from tests.core.tracked import track


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def tracker(path: Path) -> Iterator[Tracker]:
    with Tracker(path) as tracker:
        yield tracker


@pytest.fixture
def store(path: Path) -> Path:
    """A store with one event in it."""
    with Tracker(path) as tracker:
        track(tracker, 1, "first")
    return path
