"""What a page is about: which rows its numbers need, and what it shows of them.

A page of the window has one :class:`Subject`. The monitor's thread reads the rows, the subject's ``present`` makes
of them a frozen *content*, and the page draws that: every number and chart is made here, without Qt.
"""

from __future__ import annotations

from typing import Final

from core.presenters.presenter import Content, Figure, Scene, Subject, board
from core.statistics.overview import overview
from core.statistics.results import Overview

__all__ = ["OVERVIEW", "Content", "Figure", "Scene", "Subject", "board"]


def _overview(scene: Scene) -> Overview:
    return overview(scene.aggregate, scene.now, scene.last_seen, scene.detail)


OVERVIEW: Final = Subject("overview", _overview)
