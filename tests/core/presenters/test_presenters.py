"""What the pages show of a real file: every number adds up with the others, and opens the rows that it counts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.charts.data_table import data_table
from core.charts.inks import IMAGES as IMAGES_INK
from core.charts.specs import AnyChart, BarChart, Chart, Heatmap, Histogram, Scatter
from core.coverage import Coverage
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter, condition
from core.live_view import LiveView
from core.models import CommandUsage, EventModel, Failure, ImageStats, UserActivity
from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.failures import FAILURES_PAGE
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import READING, Content, PagePresenter, known_part
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.simulation.history import write_history
from core.storage.reader import Reader, reading
from core.time_ranges import CHOICES, TimeRange
from resources.design import Theme, palette
from tests.core import deployed
from tests.core.live_views import take_snapshot
from tests.noon import NOON_ZONE

ZONE = NOON_ZONE
PRESENTERS = (COMMANDS, IMAGES, USERS, SERVERS, FAILURES_PAGE, ACTIVITIES, CALENDAR)
MODELS: dict[str, type[EventModel]] = {
    "commands": CommandUsage,
    "images": ImageStats,
    "activity": UserActivity,
    "failures": Failure,
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bot") / "analytics.db"
    write_history(path, days=40, rows=6_000)
    return path


def shown(path: Path, presenter: PagePresenter, chosen: Filter = EVERYTHING, choice: str = "30d") -> Snapshot:
    return take_snapshot(path, ZONE, CHOICES[choice], chosen=chosen, presenter=presenter)


def charts(snapshot: Snapshot) -> dict[str, AnyChart]:
    assert isinstance(snapshot.content, Content)
    return dict(snapshot.content.charts)


def rows(reader: Reader, table: str, chosen: Filter, span: TimeRange) -> int:
    model: Any = MODELS[table]
    inside = model.select(model.id).where((model.timestamp >= span.start) & (model.timestamp < span.end))
    terms = condition(model, chosen)
    return len(reader.rows(inside if terms is None else inside.where(terms)))


def opened(chart: AnyChart) -> Iterator[tuple[str, Filter, float, TimeRange | None]]:
    """Every mark with rows behind it: their table, which they are, how many it says they are, and when."""
    if isinstance(chart, BarChart) and chart.value in ("count", "images"):
        yield from ((bar.opens.table, bar.opens.chosen, bar.value, None) for bar in chart.bars if bar.opens)
    if isinstance(chart, Chart):
        for series in chart.series:
            if series.opens is not None and series.mark == "bar" and "at once" not in series.name:
                for value, (start, end) in zip(series.values, pairwise(chart.edges), strict=True):
                    yield series.opens.table, series.opens.chosen, value or 0, TimeRange(start, end)


@pytest.mark.parametrize(
    "presenter", [COMMANDS, IMAGES, FAILURES_PAGE, ACTIVITIES], ids=lambda presenter: presenter.key
)
@pytest.mark.parametrize("chosen", [EVERYTHING, Filter.of(user="none")], ids=["all", "nobody"])
def test_every_mark_opens_as_many_rows_as_it_counts(path: Path, presenter: PagePresenter, chosen: Filter) -> None:
    snapshot = shown(path, presenter, chosen)
    marks = 0
    with reading(path) as reader:
        for chart in charts(snapshot).values():
            for table, terms, value, span in opened(chart):
                whole = Filter((*terms.terms, *chosen.terms))
                found = rows(reader, table, whole, span or snapshot.buckets.range)
                # a command that failed has its cause among the failures; what failed later has one there, too
                elsewhere = table == "failures" and presenter is COMMANDS
                assert found >= value if elsewhere else found == value, (chart.title, terms)
                marks += value > 0
    assert (marks > 50) is (not chosen)


@pytest.mark.parametrize("presenter", PRESENTERS, ids=lambda presenter: presenter.key)
def test_an_empty_file_says_why_nothing_is_there(tmp_path: Path, presenter: PagePresenter) -> None:
    snapshot = shown(deployed.create(tmp_path / "analytics.db"), presenter)
    for chart in charts(snapshot).values():
        assert chart.empty
        assert chart.summary


NAMES = frozenset({"name", "state", "series", "daily_stats", "commands and images", "generation time (s)"})
"""The columns of charts' tables that hold words."""


@pytest.mark.parametrize("presenter", (OVERVIEW, *PRESENTERS), ids=lambda presenter: presenter.key)
def test_every_charts_table_holds_numbers_and_iso_times_with_their_offset(path: Path, presenter: PagePresenter) -> None:
    for key, chart in charts(shown(path, presenter)).items():
        table = data_table(chart)
        for column, values in zip(table.columns, zip(*table.rows, strict=True), strict=True):
            if column not in NAMES:
                words = [value for value in values if isinstance(value, str)]
                assert column in ("from", "to", "time", "first seen", "last seen", "joined", "left") or not words, (
                    key,
                    column,
                )
                assert all(datetime.fromisoformat(word).utcoffset() is not None for word in words), (key, column)


def test_days_of_which_nothing_is_known_are_empty_and_those_without_events_zero(path: Path) -> None:
    year = charts(shown(path, CALENDAR))
    for key in ("commands", "images", "users", "failures"):
        chart = year[key]
        assert isinstance(chart, Heatmap)
        values = {str(row[0])[:10]: row[2] for row in data_table(chart).rows}
        begun = (datetime.now(ZONE) - timedelta(days=41)).date().isoformat()
        assert len(values) > 360
        assert {value for day, value in values.items() if day < begun} == {None}, key
        assert None not in [value for day, value in values.items() if day > begun][1:], key
        assert all("not known" in cell.words for row in chart.cells for cell in row if cell.span and cell.value is None)


@pytest.mark.parametrize("presenter", PRESENTERS, ids=lambda presenter: presenter.key)
def test_every_chart_has_a_title_and_a_summary(path: Path, presenter: PagePresenter) -> None:
    snapshot = shown(path, presenter)
    for key, chart in charts(snapshot).items():
        assert chart.title, key
        assert chart.summary.endswith("."), (key, chart.summary)
        assert chart.empty is None, (key, chart.empty)
    assert all(figure.value for figure in snapshot.content.figures)


def test_only_what_is_looked_at_is_made(path: Path) -> None:
    view = LiveView(path, ZONE, CHOICES["30d"], presenter=IMAGES)
    view.show(IMAGES, frozenset({"scatter", "busy"}))
    try:
        snapshot = None
        while snapshot is None or view.loading:
            snapshot = view.advance() or snapshot
        assert charts(snapshot).keys() == {"scatter", "busy"}
    finally:
        view.close()


def test_zooming_in_shows_finer_buckets_and_the_same_rows(path: Path) -> None:
    view = LiveView(path, ZONE, CHOICES["30d"], presenter=COMMANDS)
    try:
        before = settled(view)
        edges = before.buckets.edges
        view.look_closer(TimeRange(edges[10], edges[12]))
        after = settled(view)
        coarse, fine = charts(before)["over_time"], charts(after)["over_time"]
        assert isinstance(coarse, Chart)
        assert isinstance(fine, Chart)
        assert len(fine.edges) > len(coarse.edges) + 20
        assert total(fine) == total(coarse)
        assert fine.summary == coarse.summary
        view.look_closer(None)
        assert charts(settled(view))["over_time"] == coarse
    finally:
        view.close()


def settled(view: LiveView) -> Snapshot:
    snapshot = view.advance()
    while snapshot is None or view.loading:
        snapshot = view.advance() or snapshot
    return snapshot


def total(chart: Chart) -> float:
    return sum(value or 0 for series in chart.series for value in series.values)


def test_spread_and_scatter_count_every_known_time(path: Path) -> None:
    made = charts(shown(path, IMAGES))
    spread, scatter = made["spread"], made["scatter"]
    assert isinstance(spread, Histogram)
    assert isinstance(scatter, Scatter)
    in_classes = sum(sum(layer.counts) for layer in spread.layers)
    assert in_classes == sum(sum(cloud.counts) for cloud in scatter.clouds) > 100
    for cloud in scatter.clouds:
        assert len(cloud.times) == len(cloud.seconds) == len(cloud.counts)
        assert all(scatter.edges[0] <= moment < scatter.edges[-1] for moment in cloud.times)


def test_users_presenter_shows_the_view_of_a_single_user(path: Path) -> None:
    leaders = charts(shown(path, USERS))["leaders"]
    assert isinstance(leaders, BarChart)
    first = leaders.bars[0]
    own = shown(path, USERS, Filter.of(user=first.name))
    labels = {figure.label: figure.value for figure in own.content.figures}
    assert labels["User"] == first.name
    assert labels["First seen"] != labels["Last seen"]
    only = charts(own)["leaders"]
    assert isinstance(only, BarChart)
    assert only.title == "What they run"
    assert sum(bar.value for bar in only.bars) == float(first.figures[0].replace(",", ""))
    assert sum(bar.part for bar in only.bars) == first.part
    assert own.content.extra == first.name
    loras = charts(own)["commands"]
    assert isinstance(loras, BarChart) and loras.title == "Favourite LoRAs"


def test_users_per_month_are_those_of_the_file(path: Path) -> None:
    snapshot = shown(path, USERS)
    per_month = charts(snapshot)["per_month"]
    assert isinstance(per_month, Chart)
    returning, new = (series.values for series in per_month.series)
    with reading(path) as reader:
        everybody = {row[0] for row in reader.rows(CommandUsage.select(CommandUsage.user_id))}
        everybody |= {row[0] for row in reader.rows(ImageStats.select(ImageStats.user_id))}
    assert sum(value or 0 for value in new) == len(everybody)
    assert returning[0] == 0, "nobody returns in the first month"
    start, end = per_month.edges[-2:]
    assert per_month.now is not None
    assert -1 <= snapshot.taken - per_month.now <= (end - start) / 60, (
        '"now" is where now is, and not at the first of the month'
    )


def test_a_year_of_days_adds_up(path: Path) -> None:
    year = charts(shown(path, CALENDAR))["commands"]
    assert isinstance(year, Heatmap)
    assert (len(year.cells), len(year.cells[0])) == (7, 53)
    with reading(path) as reader:
        every = len(reader.rows(CommandUsage.select(CommandUsage.id)))
    assert sum(cell.value or 0 for row in year.cells for cell in row) == every
    spans = [cell.span for row in year.cells for cell in row if cell.span is not None]
    assert len(set(spans)) == len(spans)


def test_days_without_events_show_what_daily_stats_has(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    bot = deployed.Bot(path)
    day = datetime.now(ZONE).date() - timedelta(days=28)
    bot.track_command()
    bot.daily(day.isoformat())
    year = charts(shown(path, CALENDAR))["images"]
    assert isinstance(year, Heatmap)
    (cell,) = [
        cell
        for row in year.cells
        for cell in row
        if cell.span is not None and datetime.fromtimestamp(cell.span.start, ZONE).date() == day
    ]
    assert cell.value == 2
    assert "daily_stats" in cell.words


def test_a_thing_has_one_colour_on_every_page(path: Path) -> None:
    inks: dict[str, set[str]] = {}
    for presenter in (*PRESENTERS, OVERVIEW):
        for chart in charts(shown(path, presenter)).values():
            for part in (*getattr(chart, "series", ()), *getattr(chart, "layers", ())):
                inks.setdefault(part.name, set()).add(part.ink)
    several = {name: found for name, found in inks.items() if len(found) > 1}
    assert not {"images", "videos", "commands", "failed"} & several.keys()
    assert inks["images"] == {IMAGES_INK} and inks["images"].isdisjoint(inks["videos"] | inks["commands"])


def test_the_dot_of_images_in_the_latest_events_has_their_colour() -> None:
    assert all(palette(theme).ink(IMAGES_INK) == palette(theme).accent for theme in Theme)


def test_a_list_that_is_still_being_read_does_not_say_how_many_there_are() -> None:
    chart = BarChart("Leaderboard", "the 200 leading of 405", (), "in all")
    told = known_part(chart, Coverage(math.inf, 0.4))
    assert (told.subtitle, told.empty) == ("", READING)
