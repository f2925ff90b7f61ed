"""Rows that come in and are older than all that was known: all time then begins earlier."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from core.live_view import LiveView
from core.presenters.overview import OVERVIEW
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.time_ranges import DAY
from tests.core import deployed
from tests.core.live_views import ALL, ZONE, settle, totals


@pytest.mark.parametrize("present", [0, 5], ids=["into an empty file", "before others"])
@pytest.mark.parametrize("presenter", [OVERVIEW, USERS, SERVERS], ids=lambda each: each.key)
def test_rows_older_than_all_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: int, presenter: object
) -> None:
    monkeypatch.setattr("core.live_view.REFRESH_SECONDS", 0.0)
    path, now = deployed.create(tmp_path / "analytics.db", "in order"), time.time()
    deployed.fill(path, present, present, start=now - DAY)
    with closing(LiveView(path, ZONE, ALL)) as view:
        assert totals(settle(view)) == (present, present)
        view.show(presenter)  # type: ignore[arg-type]
        settle(view)
        deployed.fill(path, 3, 4, start=now - 90 * DAY)
        settle(view)
        view.show(OVERVIEW)
        assert totals(settle(view)) == (present + 3, present + 4)
