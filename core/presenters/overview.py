"""What the Overview page is about."""

from __future__ import annotations

from typing import Final

from core.presenters.presenter import Scene, Subject
from core.statistics.overview import overview
from core.statistics.results import Overview


def _overview(scene: Scene) -> Overview:
    return overview(scene.aggregate, scene.now, scene.last_seen, scene.detail)


OVERVIEW: Final = Subject("overview", _overview)
