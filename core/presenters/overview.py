"""What the Overview page is about."""

from __future__ import annotations

from typing import Final

from core.presenters.presenter import PageInput, PagePresenter
from core.statistics.overview import overview
from core.statistics.results import Overview


def _overview(page: PageInput) -> Overview:
    return overview(page.aggregate, page.now, page.last_seen, page.detail)


OVERVIEW: Final = PagePresenter("overview", _overview)
