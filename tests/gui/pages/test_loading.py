"""A page while its range is read: the picture before stays, dimmed, and nothing is told that is not known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import Chart
from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.presenters.commands import COMMANDS
from core.presenters.overview_tiles import LAST_SEEN
from core.presenters.presenter import READING
from core.time_ranges import CHOICES
from gui.pages.board import Board
from gui.pages.layouts import COMMANDS as LAYOUT
from gui.pages.overview import OverviewPage
from gui.pages.page import Tools
from gui.settings import Settings
from gui.status.masking import Masking
from gui.widgets.figure_row import FigureRow
from gui.widgets.pending import UNKNOWN
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.core import deployed
from tests.core.live_views import ZONE, held, hold_after_each_chunk
from tests.gui.windows import show_alone


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveView]:
    """Two months of a bot, of which each look reads some hundred rows."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=3_000, images=3_000, step=1_800.0, start=time.time() - 3_000 * 1_800.0)
    hold_after_each_chunk(monkeypatch)
    view = LiveView(path, ZONE, CHOICES["24h"])
    yield view
    view.close()


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, memory: Settings) -> OverviewPage:
    return show_alone(qtbot, qapp, OverviewPage(Tools(ZONE, Masking(qapp), memory)), Theme.DARK, 1280, 700)


def apart(view: LiveView) -> tuple[list[Snapshot], Snapshot]:
    """The snapshots that don't know everything, and the last one."""
    snapshots = list(held(view))
    loading = [each for each in snapshots if not each.content.coverage.whole]
    assert len(loading) > 5
    return loading, snapshots[-1]


def visible_words(page: OverviewPage | Board) -> list[str]:
    labels = (label for label in page.findChildren(PlainLabel) if label.isVisible())
    return [label.text().replace("\N{NO-BREAK SPACE}", " ") for label in labels]


def counted_tiles(page: OverviewPage) -> dict[str, str]:
    return {key: tile.tile.value for key, tile in page.tiles.items() if key != LAST_SEEN}


def test_a_first_picture_has_no_numbers_before_they_are_known(page: OverviewPage, view: LiveView) -> None:
    view.choose(CHOICES["all"])
    loading, last = apart(view)
    for snapshot in loading:
        page.show_snapshot(snapshot)
        assert set(counted_tiles(page).values()) == {UNKNOWN}
        assert not any("No " in words and "in this range" in words for words in visible_words(page))
        ranking = page.charts[2].chart
        assert ranking is not None and ranking.empty == READING
    page.show_snapshot(last)
    assert counted_tiles(page)["commands"] == "3,000"


def test_the_picture_before_stays_dimmed_until_another_can_be_told(
    page: OverviewPage, view: LiveView, qtbot: QtBot
) -> None:
    *_, before = held(view)
    page.show_snapshot(before)
    numbers, ranking = counted_tiles(page), page.charts[2].chart
    view.choose(CHOICES["all"])
    loading, last = apart(view)
    for snapshot in loading:
        page.show_snapshot(snapshot)
        assert counted_tiles(page) == numbers
        assert page.charts[2].chart == ranking
    qtbot.waitUntil(lambda: all(page.tiles[key].dimmed for key in numbers) and page.charts[2].dimmed)
    assert not page.tiles[LAST_SEEN].dimmed
    said = [words for words in visible_words(page) if words.startswith("reading ·")]
    assert len(said) == len(numbers)
    page.show_snapshot(last)
    assert not any(tile.dimmed for tile in page.tiles.values()) and not page.charts[2].dimmed
    assert counted_tiles(page)["commands"] == "3,000"


def test_a_chart_over_time_grows_from_its_newest_end(page: OverviewPage, view: LiveView) -> None:
    view.choose(CHOICES["all"])
    known = []
    for snapshot in held(view):
        page.show_snapshot(snapshot)
        chart = page.charts[0].chart
        assert isinstance(chart, Chart)
        if chart.empty is None:
            known.append(sum(value is not None for value in chart.series[0].values))
    assert known == sorted(known)
    assert len(set(known)) > 5


def test_quick_loads_do_not_flicker(page: OverviewPage, view: LiveView) -> None:
    *_, before = held(view)
    page.show_snapshot(before)
    view.choose(CHOICES["all"])
    loading: list[Snapshot] = list(held(view))
    page.show_snapshot(loading[0])
    page.show_snapshot(loading[-1])
    assert not any(tile.dimmed for tile in page.tiles.values())
    assert not any(plot.dimmed for plot in page.charts)


def test_another_database_leaves_nothing_of_the_last_one(page: OverviewPage, view: LiveView) -> None:
    *_, before = held(view)
    page.show_snapshot(before)
    page.begin(None)
    view.choose(CHOICES["all"])
    page.show_snapshot(next(held(view)))
    assert set(counted_tiles(page).values()) == {UNKNOWN}
    ranking = page.charts[2].chart
    assert ranking is not None and ranking.empty == READING


@pytest.mark.slow
def test_figures_of_a_page_wait_likewise(qtbot: QtBot, qapp: QApplication, memory: Settings, view: LiveView) -> None:
    board = show_alone(qtbot, qapp, Board(LAYOUT, Tools(ZONE, Masking(qapp), memory)), Theme.LIGHT, 1280, 700)
    view.show(COMMANDS)
    view.choose(CHOICES["all"])
    loading, last = apart(view)
    row = board.findChild(FigureRow)
    for snapshot in loading:
        board.show_snapshot(snapshot)
        assert row.isVisible()
        assert "0" not in visible_words(board)
    board.show_snapshot(last)
    assert "3,000" in visible_words(board)
    board.end()
