"""What stands under a picture that leaves the house."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.charts.specs import Bar, BarChart, Chart, HeatCell, Heatmap
from core.filters import EVERYTHING, Filter
from core.presenters.caption import Origin, caption, filter_shown, footer, span_shown
from core.time_ranges import DAY, TimeRange

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 15, 41, tzinfo=BERLIN).timestamp()
START = datetime(2026, 11, 18, tzinfo=BERLIN).timestamp()
WEEK = TimeRange(START, START + 7 * DAY)
ID = "123456789012344821"


def words(chosen: Filter = EVERYTHING, **how: bool) -> list[str]:
    parts = caption("analytics.db", WEEK, BERLIN, NOW, chosen, **how)
    return [part.replace("\u00a0", " ") for part in parts]


def test_it_names_the_database_the_range_with_year_and_zone_and_when_it_was_made() -> None:
    assert words() == ["analytics.db", "18 Nov – 24 Nov 2026, Europe/Berlin", "made 24 Nov 2026, 15:41"]


def test_the_filter_stands_in_it_in_words() -> None:
    assert words(Filter.of(command="imagine", outcome="failed"))[2] == "only command imagine, failed"


@pytest.mark.parametrize("user", [ID, "42", "somebody"])
def test_a_users_id_is_masked_unless_asked_for(user: str) -> None:
    hidden, shown = (" ".join(words(Filter.of(user=user), ids_shown=shown)) for shown in (False, True))
    assert user in shown and user not in hidden


def test_a_strangers_words_stay_on_their_line_and_short() -> None:
    parts = words(Filter.of(command="x\n" * 10_000, text="\u202e" + "y" * 500))
    assert all(len(part) < 200 and part.isprintable() for part in parts)


def test_the_time_is_that_of_the_charts_own_axis_where_it_has_one() -> None:
    other = TimeRange(START - 365 * DAY, START)
    chart = Chart("Commands", "", (START, START + DAY), BERLIN, ())
    assert span_shown(chart, other) == TimeRange(START, START + DAY)
    assert span_shown(BarChart("By command", "", (), "count"), other) == other
    day = HeatCell(1.0, "", None, TimeRange(START, START + DAY))
    assert span_shown(Heatmap("Commands", "", ("",), ("",), ((day,),), "", zone=BERLIN), other) == day.span
    bar = Bar("Wed 18 Nov 2026", 1.0, span=TimeRange(START, START + DAY))
    assert span_shown(BarChart("Days", "", (bar,), "commands", zone=BERLIN), other) == bar.span
    assert span_shown(Heatmap("Busy hours", "", ("Mon",), ("00",), ((day,),), ""), other) == other


def test_what_columns_mean_stands_before_the_rest() -> None:
    origin = Origin("analytics.db", WEEK, BERLIN)
    plain = BarChart("GPU time", "", (), "time")
    assert footer(plain, origin, NOW, ids_shown=False)[0] == "analytics.db"
    explained = BarChart("GPU time", "", (), "time", explains="Extra: seconds more.")
    assert footer(explained, origin, NOW, ids_shown=False)[:2] == ("Extra: seconds more.", "analytics.db")


def test_a_chart_of_all_rows_is_not_said_to_be_filtered() -> None:
    chosen = Filter.of(command="imagine")
    chart = Chart("Users per day", "", (START, START + DAY), BERLIN, ())
    assert filter_shown(chart, chosen) == chosen
    assert filter_shown(BarChart("Days", "", (), "", every_row=True), chosen) == EVERYTHING
    assert filter_shown(Chart("", "", (), BERLIN, (), every_row=True), chosen) == EVERYTHING
