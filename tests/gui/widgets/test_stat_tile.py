from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import Ink
from core.presenters.presenter import Tile
from gui.style.theme import apply_theme
from gui.widgets.sparkline import Sparkline
from gui.widgets.stat_tile import StatTile
from gui.widgets.text import PlainLabel
from resources.design import Theme

TILE = Tile("Commands", "1,284", "+12 %", Ink.GOOD, "vs 24 h before", (1.0, 5.0, 2.0), "All of them")


def shown(qtbot: QtBot, tile: Tile, width: int) -> StatTile:
    widget = StatTile()
    qtbot.addWidget(widget)
    widget.resize(width, 100)
    widget.show()
    widget.show_tile(tile)
    return widget


def visible_texts(widget: StatTile) -> list[str]:
    return [label.text() for label in widget.findChildren(PlainLabel) if label.isVisible() and label.text()]


def spark(widget: StatTile) -> Sparkline:
    return widget.findChild(Sparkline)


def label(widget: StatTile, text: str) -> PlainLabel:
    return next(each for each in widget.findChildren(PlainLabel) if each.text() == text)


def test_a_wide_tile_shows_everything(qtbot: QtBot) -> None:
    widget = shown(qtbot, TILE, 240)
    assert visible_texts(widget) == ["Commands", "1,284", "+12 %", "vs 24 h before"]
    assert spark(widget).isVisible()
    assert widget.accessibleName() == "Commands: 1,284, +12 % compared with 24 h before."


def test_a_narrow_tile_leaves_the_comparison_to_the_tool_tip(qtbot: QtBot) -> None:
    widget = shown(qtbot, TILE, 140)
    assert visible_texts(widget) == ["Commands", "1,284", "+12 %"]
    assert spark(widget).isVisible()
    assert "vs 24 h before" in widget.toolTip()


def test_a_long_value_shrinks_and_is_not_cut(qtbot: QtBot) -> None:
    widget = shown(qtbot, Tile("Commands", "1,000,000,000"), 160)
    value = label(widget, "1,000,000,000")
    qtbot.waitUntil(lambda: value.fontMetrics().horizontalAdvance(value.text()) <= value.width())
    before = value.font().pixelSize()
    widget.resize(400, 100)
    qtbot.waitUntil(lambda: value.font().pixelSize() > before)
    assert value.font().pixelSize() == 24


def test_a_narrow_tile_uses_fewer_letters_before_it_cuts_them(qtbot: QtBot) -> None:
    tile = Tile("Generation p50 · p95", "6 h 41 min · 7 h 12 min", brief_label="p50 · p95", brief="6 · 7 h")
    widget = shown(qtbot, tile, 108)
    assert visible_texts(widget) == ["p50 · p95", "6 · 7 h"]
    widget.resize(300, 100)
    qtbot.waitUntil(lambda: visible_texts(widget) == [tile.label, tile.value])
    assert tile.value in widget.accessibleName()


def test_the_change_is_coloured_by_its_severity(qtbot: QtBot) -> None:
    widget = shown(qtbot, TILE, 240)
    change = label(widget, TILE.change)
    assert change.property("severity") == "good"
    widget.show_tile(Tile("Commands", "1", "−12 %", Ink.BAD, "vs 24 h before"))
    assert change.property("severity") == "bad"


def test_a_line_of_nothing_is_not_drawn(qtbot: QtBot) -> None:
    for values in ((), (0.0, 0.0), (None, None), (None, 3.0)):
        widget = shown(qtbot, Tile("Images", "0", spark=values), 240)
        assert not spark(widget).isVisible(), values


def test_markup_is_shown_as_it_is(qtbot: QtBot) -> None:
    widget = shown(qtbot, Tile("<b>x</b>", "<img src=file:x>", tip="<img src=file:x>"), 400)
    assert visible_texts(widget) == ["<b>x</b>", "<img src=file:x>"]
    assert "<img" not in widget.toolTip()


def test_the_number_keeps_its_size_whatever_theme_is_put_on(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    widget = shown(qtbot, TILE, 240)
    before = label(widget, "1,284").font().pixelSize()
    for theme in (Theme.LIGHT, Theme.DARK, Theme.LIGHT):
        apply_theme(qapp, theme)
        assert label(widget, "1,284").font().pixelSize() == before
    assert before > 20
