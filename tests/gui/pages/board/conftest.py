"""A file with a past."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gui.boards import history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a bot that has run for three days."""
    return history(tmp_path)
