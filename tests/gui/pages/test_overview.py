from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.feed.snapshot import EventKind
from core.filters import Filter
from core.presenters.overview_tiles import LAST_SEEN, tiles
from gui.pages.overview import OverviewPage, no_events
from gui.pages.page import Tools
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.status.masking import Masking
from gui.widgets.card import Card
from gui.widgets.stat_tile import StatTile
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.snapshot_samples import NOW, ZONE, charts, empty_overview, events, overview, snapshot
from tests.gui.windows import show_alone


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, memory: Settings) -> OverviewPage:
    return show_alone(qtbot, qapp, OverviewPage(Tools(ZONE, Masking(qapp), memory)), Theme.DARK, 1280, 700)


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def shown_tiles(page: OverviewPage) -> dict[str, str]:
    return {key: words(widget.tile.value) for key, widget in page.tiles.items()}


def test_a_snapshot_fills_the_page(page: OverviewPage) -> None:
    page.show_snapshot(snapshot(shown=events(1, 50)))
    told = tiles(overview())
    assert shown_tiles(page) == {key: words(tile.value) for key, tile in told.items()} | {LAST_SEEN: "2 s ago"}
    assert page.findChildren(StatTile) == list(page.tiles.values())
    assert page.events.model.rowCount() == 50
    assert page.findChild(BarChartPlot).view.model().rowCount() == 2
    assert all(plot.legend for plot in page.findChildren(TimeSeriesPlot))


def test_overview_draws_what_it_asks_for(page: OverviewPage) -> None:
    assert page.wanted == charts(overview()).keys()
    assert len(page.charts) == len(page.wanted)


def test_only_the_age_grows_with_the_clock(page: OverviewPage) -> None:
    page.tick(NOW)
    page.show_snapshot(snapshot())
    before = shown_tiles(page)
    page.tick(NOW + 60)
    assert shown_tiles(page) == before | {LAST_SEEN: "1 min ago"}


def test_a_reset_from_outside_empties_the_page(page: OverviewPage) -> None:
    page.show_snapshot(snapshot(shown=events(1, 50)))
    page.show_snapshot(snapshot(empty_overview(), resets=(NOW,)))
    assert shown_tiles(page).items() >= {"commands": "0", "success": "—", "images": "0", LAST_SEEN: "—"}.items()
    visible = [label.text() for label in page.findChildren(PlainLabel) if label.isVisible()]
    assert charts(empty_overview())["top_commands"].empty in visible
    assert no_events(snapshot(empty_overview())) in visible


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
    page.show_snapshot(snapshot())
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
    assert "Discord" in no_events(snapshot(empty_overview()))


@pytest.mark.parametrize("outside", [False, True])
def test_an_event_opens_its_row_where_the_range_has_it(page: OverviewPage, qtbot: QtBot, outside: bool) -> None:
    (latest,) = events(7, 7)
    latest = replace(latest, kind=EventKind.IMAGE, timestamp=NOW - (400 * 86_400 if outside else 60))
    page.show_snapshot(snapshot(shown=(latest,)))
    ranges: list[tuple[float, float]] = []
    page.range_selected.connect(lambda start, end: ranges.append((start, end)))
    with qtbot.waitSignal(page.rows_requested) as caught:
        page.events.opened.emit(latest)
    assert caught.args == ["images", Filter.of(id=7)]
    assert [start < latest.timestamp < end for start, end in ranges] == [True] * outside
