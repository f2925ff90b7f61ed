"""Every page beside another time: what stands there is what the rows of that time say, and else nothing."""

from __future__ import annotations

import math
import random
import sqlite3
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from core.charts.data_table import data_table
from core.charts.specs import BarChart, Chart, Heatmap, Histogram, Mark
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import REFRESH_SECONDS, LiveView
from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.failures import FAILURES_PAGE
from core.presenters.health import HEALTH
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import Compared, PagePresenter
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.simulation.history import write_history
from core.statistics.comparison import OtherTime, then_of
from core.time_ranges import CHOICES, DAY, HOUR, TimeRange, window
from tests.core.failure_files import failed, store
from tests.core.live_views import ZONE, next_snapshot, settle

NOW = 1_793_100_000.0
"""27 October 2026, two days after the clocks of the zone went back."""

OLD = [("comfy", "1", "9", NOW - (60 + n) * DAY, 1) for n in range(10)]
"""Commands of before any range."""

NAMES = ("comfy", "redux", "stats")
PAGES = (OVERVIEW, COMMANDS, IMAGES, USERS, SERVERS, FAILURES_PAGE,
         ACTIVITIES, CALENDAR, HEALTH)  # fmt: skip


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commands of 80 days, more of them in later ones."""
    chance = random.Random(5)
    moments = [NOW - 80 * DAY * chance.random() ** 2 for _ in range(3_000)]
    rows = [(chance.choice(NAMES), str(chance.randrange(1, 60)), "9", when, 1) for when in [NOW - 90 * DAY, *moments]]
    return store(tmp_path_factory.mktemp("compared") / "a.db", (), rows)


def looked(
    path: Path,
    text: str,
    choice: str = "7d",
    chosen: Filter = EVERYTHING,
    presenter: PagePresenter = COMMANDS,
    *,
    span: TimeRange | None = None,
    view: TimeRange | None = None,
) -> Snapshot:
    live = LiveView(path, ZONE, CHOICES[choice], span, clock=lambda: NOW, presenter=presenter)
    live.compare(OtherTime.from_text(text))
    live.filter_by(chosen)
    if view is not None:
        settle(live)
        live.look_closer(view)
    snapshot = settle(live)
    live.close()
    assert snapshot is not None and snapshot.complete
    return snapshot


def last_snapshot(live: LiveView) -> Snapshot | None:
    """What is shown in the end: a burst of changes is held back for a while."""
    until, latest = monotonic() + 4 * REFRESH_SECONDS, None
    while monotonic() < until:
        latest = live.advance() or latest
    return latest


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")


def counts(path: Path, span: TimeRange, where: str = "1") -> Counter[str]:
    """What the rows say: commands of a time, by name."""
    select = f"SELECT command_name FROM command_usage WHERE timestamp >= ? AND timestamp < ? AND {where}"
    with closing(sqlite3.connect(path)) as connection:
        return Counter(name for (name,) in connection.execute(select, (span.start, span.end)))


def ticks(chart: Any) -> tuple[float | None, ...]:
    assert isinstance(chart, Chart)
    (found,) = [each for each in chart.series if each.mark is Mark.TICK]
    return found.values


@pytest.mark.parametrize("text", ["before", "week", "month", "2026-08-30"])
@pytest.mark.parametrize("choice", ["24h", "7d", "30d", "today", "last_week"])
@pytest.mark.parametrize("narrowed", [False, True], ids=["everything", "filtered"])
def test_buckets_and_bars_say_what_the_rows_of_that_time_say(
    commands: Path, text: str, choice: str, narrowed: bool
) -> None:
    chosen, where = (Filter.of(user="7"), "user_id = '7'") if narrowed else (EVERYTHING, "1")
    snapshot = looked(commands, text, choice, chosen)
    charts = snapshot.content.charts
    then = then_of(window(CHOICES[choice], NOW, ZONE), OtherTime.from_text(text), NOW)
    assert then is not None and snapshot.content.compared == Compared(then.words)
    spans = [then.span(start, end) for start, end in pairwise(charts["over_time"].edges)]
    assert ticks(charts["over_time"]) == tuple(
        None if span is None else float(counts(commands, span, where).total()) for span in spans
    )
    by_name = counts(commands, TimeRange(then.moment(then.range.edges[0]), then.until), where)
    assert {bar.name: bar.before for bar in charts["by_command"].bars} == {
        bar.name: float(by_name[bar.name]) for bar in charts["by_command"].bars
    }
    assert charts["by_command"].columns[0] == then.words


def test_nothing_is_compared_unless_it_is_asked_for(commands: Path) -> None:
    charts = looked(commands, "").content.charts
    assert not any(each.mark is Mark.TICK for each in charts["over_time"].series)
    assert all(bar.before is None for bar in charts["by_command"].bars)
    assert charts["spread"].before is None


def test_what_is_zoomed_in_on_is_compared_as_finely(commands: Path) -> None:
    view = TimeRange(NOW - 2 * DAY, NOW - DAY)
    chart = looked(commands, "week", "30d", view=view).content.charts["over_time"]
    edges = chart.edges
    assert min(end - start for start, end in pairwise(edges)) < 4 * HOUR, "it is finer"
    then = then_of(window(CHOICES["30d"], NOW, ZONE), OtherTime.from_text("week"), NOW)
    assert then is not None
    spans = [then.span(start, end) for start, end in pairwise(edges)]
    assert ticks(chart) == tuple(None if s is None else float(counts(commands, s).total()) for s in spans)


def test_tiles_and_figures_tell_of_the_same_time(commands: Path) -> None:
    content = looked(commands, "week", presenter=OVERVIEW).content
    then = then_of(window(CHOICES["7d"], NOW, ZONE), OtherTime.from_text("week"), NOW)
    assert then is not None
    before = counts(commands, TimeRange(then.moment(then.range.edges[0]), then.until)).total()
    now = counts(commands, TimeRange(then.range.edges[0], then.range.edges[-1])).total()
    tile = content.tiles["commands"]
    assert tile.comparison == "vs a week before"
    assert tile.change.replace("\N{NO-BREAK SPACE}", " ") == f"{round((now - before) / before * 100):+d} %"
    figure = looked(commands, "week").content.figures[0]
    assert figure.tip.endswith(f"a week before: {before:,}")


def test_before_records_began_nothing_is_said(tmp_path: Path) -> None:
    """Five days of records, compared with the seven before and with those of two days before."""
    rows = [("comfy", "1", "9", NOW - 5 * DAY + n * HOUR, 1) for n in range(100)]
    path = store(tmp_path / "young.db", (), rows)
    snapshot = looked(path, "before")
    content = snapshot.content
    assert snapshot.content.compared.words == "7 d before"
    assert plain(snapshot.content.compared.lacking) == "No comparison: records begin on 22 Oct 2026"
    assert not any(each.mark is Mark.TICK for each in content.charts["over_time"].series), "not a single zero"
    assert all(bar.before is None and len(bar.figures) == 3 for bar in content.charts["by_command"].bars)
    assert content.charts["spread"].before is None
    halfway = looked(path, "2026-10-19")
    assert plain(halfway.content.compared.lacking) == "Only in part: records begin on 22 Oct 2026"
    values = ticks(halfway.content.charts["over_time"])
    known = [place for place, value in enumerate(values) if value is not None]
    assert known and known[0] > 5, "its first days are not comparable"
    assert values[known[0] :].count(None) == 2, "but for the hours in which clocks went back, now and then"
    assert all(bar.before is None for bar in halfway.content.charts["by_command"].bars), "a part is no total"


def test_all_time_has_none_before_it(commands: Path) -> None:
    snapshot = looked(commands, "before", "all")
    assert snapshot.content.compared == Compared("the period before", "There is no such time before this range.")


def test_of_a_ranking_that_was_cut_the_others_are_not_known(tmp_path: Path) -> None:
    """Who was not among those shown then may have had something; who was not there at all had nothing."""
    rows = [("comfy", str(user), "9", NOW - 8 * DAY - place, 1) for user in range(1, 700) for place in range(2)]
    rows += [("comfy", str(user), "9", NOW - DAY - place, 1) for user in (5, 2_000) for place in range(9)]
    rows += OLD
    leaders = looked(store(tmp_path / "many.db", (), rows), "before", presenter=USERS).content.charts["leaders"]
    before = {bar.id or bar.name: (bar.before, bar.figures[0]) for bar in leaders.bars}
    assert set(before.values()) <= {(2.0, "2 (+7)"), (None, "—")}
    few = [("comfy", str(user), "9", NOW - 8 * DAY, 1) for user in (5, 6)]
    few += [("comfy", str(user), "9", NOW - DAY, 1) for user in (5, 7)] + OLD
    leaders = looked(store(tmp_path / "few.db", (), few), "before", presenter=USERS).content.charts["leaders"]
    assert {bar.id or bar.name: bar.figures[0] for bar in leaders.bars} == {"5": "1 (±0)", "7": "0 (+1)"}


def test_rows_of_that_time_that_come_late_count(tmp_path: Path) -> None:
    rows = [("comfy", "1", "9", NOW - n * HOUR, 1) for n in range(24 * 20)]
    path = store(tmp_path / "late.db", (), rows)
    live = LiveView(path, ZONE, CHOICES["7d"], clock=lambda: NOW, presenter=COMMANDS)
    live.compare(OtherTime.from_text("week"))
    first = settle(live)
    store(path, (), [("late", "1", "9", NOW - 9 * DAY, 1), ("late", "1", "9", NOW - HOUR, 1)])
    second = next_snapshot(live)
    live.close()
    assert first is not None
    total = [sum(filter(None, ticks(each.content.charts["over_time"]))) for each in (first, second)]
    assert total[1] == total[0] + 1
    assert {bar.name: bar.before for bar in second.content.charts["by_command"].bars}["late"] == 1


def test_it_is_taken_away_again_and_goes_with_the_clock(commands: Path) -> None:
    clock = [NOW]
    live = LiveView(commands, ZONE, CHOICES["today"], clock=lambda: clock[0], presenter=COMMANDS)
    live.compare(OtherTime.from_text("before"))
    first = settle(live)
    clock[0] += 2 * HOUR
    second = last_snapshot(live)
    live.compare(OtherTime.from_text(""))
    third = last_snapshot(live)
    live.close()
    assert first is not None and second is not None and third is not None
    begin = first.content.charts["over_time"].edges[0] - DAY
    for snapshot, now in ((first, NOW), (second, clock[0])):
        known = sum(filter(None, ticks(snapshot.content.charts["over_time"])))
        assert abs(known - counts(commands, TimeRange(begin, now - DAY)).total()) <= 1
    assert third.content.compared == Compared() and not any(
        s.mark is Mark.TICK for s in third.content.charts["over_time"].series
    )


def test_failures_are_compared_from_when_their_causes_were_recorded(tmp_path: Path) -> None:
    old = [("comfy", "1", "9", NOW - (30 - n) * DAY, 1) for n in range(29)]
    path = store(tmp_path / "causes.db", [failed(NOW - n * DAY - 900) for n in range(10)], old)
    snapshot = looked(path, "before", presenter=FAILURES_PAGE)
    assert snapshot.content.compared.lacking.startswith("Only in part: records begin on")
    assert looked(path, "before", presenter=COMMANDS).content.compared.lacking == ""
    long = store(tmp_path / "long.db", [failed(NOW - n * DAY - 900) for n in range(30)], old)
    groups = looked(long, "before", presenter=FAILURES_PAGE).content.charts["groups"]
    assert [bar.before for bar in groups.bars] == [6.0], "that of the seventh day came an hour later by the clock"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("busy") / "busy.db"
    write_history(path, days=30, rows=9_000, zone=ZONE, now=NOW)
    return path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_every_page_can_be_compared(busy: Path, page: PagePresenter) -> None:
    """What is of the range is as it is without; what is added is told apart, and every table has its columns."""
    alone, beside = looked(busy, "", presenter=page), looked(busy, "week", presenter=page)
    assert alone.content.charts.keys() == beside.content.charts.keys()
    for key, chart in alone.content.charts.items():
        other = beside.content.charts[key]
        if isinstance(chart, Chart):
            assert other.series[: len(chart.series)] == chart.series
            added = other.series[len(chart.series) :]
            assert all(each.beside is not None and each.opens is None for each in added)
            assert all(value is None or (math.isfinite(value) and value >= 0) for s in added for value in s.values)
        elif isinstance(chart, BarChart):
            assert [bar.name for bar in other.bars] == [bar.name for bar in chart.bars]
            more = len(other.columns) - len(chart.columns)
            assert all(
                len(bar.figures) - len(alone.figures) == more for bar, alone in zip(other.bars, chart.bars, strict=True)
            )
        elif isinstance(chart, Histogram):
            assert other.layers == chart.layers
        elif isinstance(chart, Heatmap):
            assert other == chart
        columns = data_table(other).columns
        assert len(set(columns)) == len(columns) and all(len(row) == len(columns) for row in data_table(other).rows)


def test_a_spread_is_compared_class_by_class(busy: Path) -> None:
    """Compared with itself a day apart, all of then is in the classes of now or beyond them, none twice."""
    chart = looked(busy, "week").content.charts["spread"]
    assert isinstance(chart, Histogram) and chart.before is not None
    then = then_of(window(CHOICES["7d"], NOW, ZONE), OtherTime.from_text("week"), NOW)
    assert then is not None
    where = f"execution_time >= {chart.edges[0]} AND execution_time < {chart.edges[-1]}"
    there = counts(busy, TimeRange(then.moment(then.range.edges[0]), then.until), where).total()
    assert abs(sum(chart.before.counts) - there) <= 2
    assert data_table(chart).columns[-1] == "a week before"


@pytest.mark.parametrize(
    ("page", "field", "labels"),
    [
        (SERVERS, "", {"Dormant"}),
        (CALENDAR, "", {"Days with events", "In daily_stats"}),
        (USERS, "user_id", {"First seen", "Last seen"}),
        (SERVERS, "guild_id", {"First seen", "Last seen"}),
    ],
    ids=["servers", "calendar", "one user", "one server"],
)
def test_what_is_told_whatever_the_range_was_is_not_compared(
    busy: Path, page: PagePresenter, field: str, labels: set[str]
) -> None:
    """It is counted over all rows, those after that time among them."""
    chosen = EVERYTHING
    if field:
        select = (
            f"SELECT {field} FROM command_usage WHERE {field} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        with closing(sqlite3.connect(busy)) as connection:
            (who,) = connection.execute(select).fetchone()
        chosen = Filter.of(user=who) if field == "user_id" else Filter.of(guild=who)
    figures = {
        each.label: f"{each.note} {each.tip}" for each in looked(busy, "week", "7d", chosen, page).content.figures
    }
    assert labels <= figures.keys()
    assert [label for label in labels if "a week before" in figures[label]] == []
    if page is not CALENDAR:
        assert "a week before" in figures["Commands"]
