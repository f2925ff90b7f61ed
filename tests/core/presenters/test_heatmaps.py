"""Hours of the week: which fields stand for one hour, and which for several."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.filters import EVERYTHING
from core.live_view import LiveView
from core.presenters.images import IMAGES
from core.presenters.users import USERS
from core.presenters.weekday_hours import hours_met_once
from core.time_ranges import CHOICES, DAY, HOUR, TimeRange
from tests.core import deployed
from tests.core.live_views import settle

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def at(zone: ZoneInfo, *moment: int) -> float:
    return datetime(*moment, tzinfo=zone).timestamp()  # type: ignore[arg-type]


def span(zone: ZoneInfo, *moment: int, days: float) -> TimeRange:
    start = at(zone, *moment)
    return TimeRange(start, start + days * DAY)


def test_in_a_week_every_hour_comes_once_and_all_of_them_are_the_week() -> None:
    week = span(BERLIN, 2026, 6, 3, 11, days=7)
    met = hours_met_once(week, BERLIN)
    parts = sorted(met.values(), key=lambda part: part.start)
    assert sorted(met) == list(range(168))
    assert (parts[0].start, parts[-1].end) == (week.start, week.end)
    assert {part.end - part.start for part in parts} == {HOUR}
    for hour, part in met.items():
        local = datetime.fromtimestamp(part.start, BERLIN)
        assert local.weekday() * 24 + local.hour == hour


def test_an_hour_at_both_ends_stands_for_neither() -> None:
    half_past = span(BERLIN, 2026, 6, 3, 11, 30, days=7)
    assert set(range(168)) - set(hours_met_once(half_past, BERLIN)) == {2 * 24 + 11}


def test_the_hour_that_the_clocks_repeat_is_one_and_the_one_they_leave_out_is_none() -> None:
    autumn = hours_met_once(span(BERLIN, 2026, 10, 25, days=1), BERLIN)
    assert autumn[6 * 24 + 2].end - autumn[6 * 24 + 2].start == 2 * HOUR
    spring = hours_met_once(span(BERLIN, 2026, 3, 29, days=1), BERLIN)
    assert 6 * 24 + 2 not in spring and 6 * 24 + 3 in spring
    half = hours_met_once(span(LORD_HOWE, 2026, 4, 5, days=1), LORD_HOWE)
    assert half[6 * 24 + 1].end - half[6 * 24 + 1].start == 1.5 * HOUR


def test_in_a_month_no_hour_stands_for_itself() -> None:
    assert not hours_met_once(span(BERLIN, 2026, 6, 1, days=30), BERLIN)


@pytest.mark.parametrize(("presenter", "key"), [(USERS, "when"), (IMAGES, "busy")])
def test_a_field_that_can_be_chosen_holds_what_its_hour_holds(tmp_path: Path, presenter: object, key: str) -> None:
    path = deployed.create(tmp_path / "a.db")
    start = at(BERLIN, 2026, 6, 3, 11)
    deployed.fill(path, commands=40, images=40, start=start, step=1_700)
    view = LiveView(path, BERLIN, CHOICES["custom"], TimeRange(start, start + 5 * DAY), presenter=presenter)  # type: ignore[arg-type]
    try:
        whole = settle(view)
        assert whole is not None
        fields = [cell for row in whole.content.charts[key].cells for cell in row if cell.value]
        assert len(fields) > 10 and all(cell.span is not None for cell in fields)
        for cell in fields[:4]:
            assert cell.span is not None and cell.opens is None
            view.choose(CHOICES["custom"], cell.span)
            inside = settle(view)
            assert inside is not None and inside.chosen == EVERYTHING
            found = [each.value for row in inside.content.charts[key].cells for each in row if each.value]
            assert found == [cell.value]
    finally:
        view.close()
