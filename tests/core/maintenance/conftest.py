"""Files to back up, reset and restore: the deployed bot's in every shape, and ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.storage.database import open_for_writing
from tests.core import deployed


@pytest.fixture(params=["seed", "in order", "appended", "ours"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """40 commands, 60 images and a day in every shape that a file may have, in rollback or in WAL mode."""
    path = tmp_path / "bot" / "analytics.db"
    path.parent.mkdir()
    if request.param == "ours":
        open_for_writing(path).close()
    else:
        deployed.create(path, request.param)
    deployed.fill(path, commands=40, images=60, start=1.78e9, step=3600.0)
    assert deployed.Bot(path).daily()
    return path


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The same, in one shape."""
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, commands=40, images=60, start=1.78e9, step=3600.0)
    return path
