from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import Filter
from core.liveness.verdict import Cause, Verdict
from core.statistics.results import Change, Durations, Overview, Totals
from gui.pages.overview import OverviewPage, no_commands, no_events
from gui.pages.overview_tiles import last_seen_tile, tiles
from gui.pages.page import Tools
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.status.masking import Masking
from gui.style.severity import Severity
from gui.widgets.card import Card
from gui.widgets.stat_tile import StatTile, Tile
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.snapshot_samples import NOW, ZONE, command, empty_overview, events, overview, snapshot
from tests.gui.windows import show_alone

BEFORE = Totals(250, 1, 80, 10, 8, Durations(80, 0, 11.0, 11.0, 22.0, 25.0))
AFTER = Totals(276, 6, 100, 10, 12, Durations(90, 10, 13.0, 12.8, 24.1, 30.0))
COMPARED = Change(AFTER, BEFORE, "24 h before")


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, memory: Settings) -> OverviewPage:
    return show_alone(qtbot, qapp, OverviewPage(Tools(ZONE, Masking(qapp), memory)), Theme.DARK, 1280, 700)


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def by_label(of: Overview) -> dict[str, Tile]:
    return {tile.label: tile for tile in tiles(of)}


def shown_tiles(page: OverviewPage) -> list[str]:
    return [words(widget.tile.value) for widget in page.findChildren(StatTile)]


@pytest.mark.parametrize(
    ("label", "change", "severity"),
    [
        ("Commands", "+10 %", Severity.GOOD),
        ("Success rate", "−1.8 pt", Severity.BAD),
        ("Images", "+25 %", Severity.GOOD),
        ("Active users", "+4", Severity.GOOD),
        ("Generation p50 · p95", "+16 %", Severity.BAD),
    ],
)
def test_changes_are_told_as_good_or_bad_news(label: str, change: str, severity: Severity) -> None:
    tile = by_label(overview(change=COMPARED))[label]
    assert (words(tile.change), tile.severity, tile.comparison) == (change, severity, "vs 24 h before")


def test_the_other_way_round_the_news_are_the_other_way_round() -> None:
    told = by_label(overview(change=Change(BEFORE, AFTER, "24 h before")))
    assert [told[label].severity for label in told] == [
        Severity.BAD,
        Severity.GOOD,
        Severity.BAD,
        Severity.BAD,
        Severity.GOOD,
    ]


def test_without_a_period_before_nothing_is_compared() -> None:
    assert {(tile.change, tile.comparison) for tile in tiles(overview(change=None))} == {("", "")}


def test_from_nothing_there_is_no_percentage() -> None:
    told = by_label(overview(change=Change(AFTER, Totals(), "24 h before")))
    assert told["Commands"].change == "+276"
    assert told["Success rate"].change == ""
    assert told["Generation p50 · p95"].change == ""


def test_values_are_those_of_the_whole_range() -> None:
    values = [words(tile.value) for tile in tiles(overview(change=COMPARED))]
    assert values == ["276", "99.3 %", "100", "12", "12.8 · 24.1 s"]
    assert [words(tile.value) for tile in tiles(empty_overview())] == ["0", "—", "0", "0", "—"]


def test_two_units_are_both_named() -> None:
    slow = overview(totals=replace(AFTER, generation=Durations(3, 0, 60.0, 12.8, 125.0, 200.0)))
    assert words(by_label(slow)["Generation p50 · p95"].value) == "12.8 s · 2 min 05 s"


def test_a_bucket_that_still_fills_is_not_in_the_sparkline() -> None:
    of = overview()
    assert of.buckets.edges[-1] > of.complete_until
    assert by_label(of)["Commands"].spark == tuple(range(23))


@pytest.mark.parametrize(
    ("seen", "restarts", "cause", "expected"),
    [
        (NOW - 2, (), None, ("2 s ago", "", Severity.MUTED)),
        (NOW - 2, (NOW - 90_000, NOW - 18_000), Cause.LIVELY, ("2 s ago", "up 5 h", Severity.MUTED)),
        (NOW - 120, (NOW - 18_000,), Cause.UNASKED, ("2 min ago", "up 5 h", Severity.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.UNASKED, ("12 min ago", "nobody asked", Severity.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.UNCLEAR, ("12 min ago", "quiet", Severity.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.STOPPED, ("12 min ago", "stopped writing", Severity.WARN)),
        (NOW - 60, (NOW - 18_000,), Cause.SHUT_DOWN, ("1 min ago", "shut down", Severity.WARN)),
        (None, (), Cause.NO_EVENTS, ("—", "nothing so far", Severity.MUTED)),
    ],
)
def test_the_bot_was_seen_last(
    seen: float | None, restarts: tuple[float, ...], cause: Cause | None, expected: tuple[str, str, Severity]
) -> None:
    verdict = None if cause is None else Verdict(cause, "as the light says")
    tile = last_seen_tile(overview(last_seen=seen, restarts=restarts), NOW, verdict)
    assert (words(tile.value), words(tile.change), tile.severity) == expected


def test_a_snapshot_fills_the_page(page: OverviewPage) -> None:
    page.show_snapshot(snapshot(shown=events(1, 50)))
    assert shown_tiles(page) == ["276", "99.3 %", "100", "12", "12.8 · 24.1 s", "2 s ago"]
    assert page.events.model.rowCount() == 50
    assert page.findChild(BarChartPlot).view.model().rowCount() == 2
    assert all(plot.legend for plot in page.findChildren(TimeSeriesPlot))


def test_only_the_age_grows_with_the_clock(page: OverviewPage) -> None:
    page.tick(NOW)
    page.show_snapshot(snapshot())
    before = shown_tiles(page)
    page.tick(NOW + 60)
    assert shown_tiles(page) == [*before[:-1], "1 min ago"]


def test_a_reset_from_outside_empties_the_page(page: OverviewPage) -> None:
    page.show_snapshot(snapshot(shown=events(1, 50)))
    page.show_snapshot(snapshot(empty_overview(), resets=(NOW,)))
    assert shown_tiles(page) == ["0", "—", "0", "0", "—", "—"]
    visible = [label.text() for label in page.findChildren(PlainLabel) if label.isVisible()]
    assert no_commands(empty_overview()) in visible
    assert no_events(empty_overview()) in visible


def test_the_same_statistics_leave_the_plots_alone(page: OverviewPage, qtbot: QtBot) -> None:
    """Zoom, crosshair and pan must not meet a redraw that nothing asks for."""
    page.show_snapshot(snapshot())
    asked: list[object] = []
    for plot in page.findChildren(TimeSeriesPlot):
        plot.show_chart = asked.append  # type: ignore[method-assign]
    page.show_snapshot(snapshot(taken=NOW + 1, shown=events(1, 3)))
    assert not asked
    page.show_snapshot(snapshot(resets=(NOW - 5,)))
    assert len(asked) == 2


def test_a_span_marked_in_a_plot_is_passed_on(page: OverviewPage, qtbot: QtBot) -> None:
    page.show_snapshot(snapshot())
    canvas = page.findChildren(TimeSeriesPlot)[1].canvas.viewport()
    start, end = QPoint(canvas.width() // 3, canvas.height() // 2), QPoint(canvas.width() // 2, canvas.height() // 2)
    shift = Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(page.range_selected) as caught:
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, shift, start)
        qtbot.mouseMove(canvas, QPoint((start.x() + end.x()) // 2, start.y()))
        qtbot.mouseMove(canvas, end)
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, shift, end)
    first, last = caught.args
    assert overview().buckets.edges[0] < first < last < overview().buckets.edges[-1]


def test_a_command_can_be_chosen(page: OverviewPage, qtbot: QtBot) -> None:
    page.show_snapshot(snapshot(overview(top_commands=(command("comfy", 9), command("redux", 3)))))
    view = page.findChild(BarChartPlot).view
    view.setCurrentIndex(view.model().index(1, 0))
    with qtbot.waitSignal(page.filter_requested) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [Filter.of(command="redux")]
    with qtbot.waitSignal(page.rows_requested) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert caught.args == ["commands", Filter.of(command="redux")]


@pytest.mark.parametrize(("width", "height"), [(900, 490), (1024, 590), (1280, 690), (1920, 970)])
def test_cards_share_the_page_and_none_is_cut(page: OverviewPage, width: int, height: int) -> None:
    page.show_snapshot(snapshot(shown=events(1, 50)))
    page.resize(width, height)
    QApplication.processEvents()
    assert (page.width(), page.height()) == (width, height)
    cards = page.findChildren(Card)
    assert len({card.width() for card in cards}) <= 2
    for part in (*cards, *page.findChildren(StatTile)):
        assert page.rect().contains(part.geometry())
        assert part.height() >= part.minimumSizeHint().height() or isinstance(part, Card)
    assert page.events.table.viewport().height() >= 60


def test_empty_words_say_how_to_get_data_in() -> None:
    assert "Discord" in no_events(empty_overview())
    assert words(no_commands(empty_overview(last_seen=NOW))).startswith("No commands in 24 h.")
    only_images = empty_overview(last_seen=NOW)
    only_images = replace(only_images, totals=Totals(images=3))
    assert "track_command" in no_commands(only_images)
