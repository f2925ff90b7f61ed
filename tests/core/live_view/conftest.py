"""Live views of a real file, each closed with its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import live_view
from core.live_view import LiveView
from tests.core import deployed
from tests.core.live_views import ALL, ZONE


@pytest.fixture(autouse=True)
def _no_folding_of_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change is shown at once: what is folded in between is the monitor's own test."""
    monkeypatch.setattr(live_view, "REFRESH_SECONDS", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return deployed.create(tmp_path / "analytics.db", "seed")


@pytest.fixture
def open_view() -> Iterator[Callable[..., LiveView]]:
    views: list[LiveView] = []

    def make(path: Path, **options: object) -> LiveView:
        views.append(LiveView(path, ZONE, **{"choice": ALL} | options))  # type: ignore[arg-type]
        return views[-1]

    yield make
    for view in views:
        view.close()
