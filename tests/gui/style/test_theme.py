from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontMetrics, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import QApplication, QListWidget, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from gui.style import icons
from gui.style.theme import (
    ThemeChoice,
    ThemeFollower,
    apply_theme,
    base_font,
    contrast,
    mix,
    resolve,
    style_sheet,
    tabular,
    tokens,
)
from resources import design
from resources.design import Theme

ROOT = Path(__file__).resolve().parents[3]
INKS = ("text", "muted", "good", "warn", "bad", "accent")


@pytest.mark.parametrize("theme", Theme)
def test_the_style_sheet_has_no_place_left_open(theme: Theme, qapp: QApplication) -> None:
    sheet = style_sheet(design.palette(theme))
    assert not re.search(r"\{[a-z_]+\}", sheet)
    assert design.palette(theme).surface in sheet


def test_every_class_that_the_style_sheet_names_is_there() -> None:
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*(?:\{[a-z_]+\}[^{}]*)*\}", "", design.text("style.qss"), flags=re.DOTALL)
    named = {name for name in re.findall(r"\b[A-Z]\w+", rules) if not name.startswith("Q")}
    made = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "gui").rglob("*.py"))
    assert "Card" in named
    assert {name for name in named if f"class {name}(" not in made} == set()


@pytest.mark.parametrize("theme", Theme)
def test_applying_a_theme_dresses_the_application(theme: Theme, qapp: QApplication) -> None:
    palette = apply_theme(qapp, theme)
    assert palette == design.palette(theme)
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == palette.background
    assert qapp.font().family() == design.FONT_FAMILY
    assert qapp.font().pixelSize() == 13
    assert qapp.style().name().lower() in ("fusion", "")
    assert palette.surface in qapp.styleSheet()


@pytest.mark.parametrize("theme", Theme)
def test_no_part_keeps_the_platforms_font(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    there = QMenu()
    qtbot.addWidget(there)
    qapp.setStyleSheet("")  # as before the first window
    apply_theme(qapp, theme)
    for kind in ("QMenu", "QMenuBar", "QMessageBox", "QAbstractItemView", "QTipLabel", "QToolTip", "QMdiSubWindow"):
        assert (QApplication.font(kind).family(), QApplication.font(kind).pixelSize()) == (design.FONT_FAMILY, 13), kind
    for made in (there, QMenu(), QListWidget(), QMessageBox()):
        qtbot.addWidget(made)
        made.ensurePolished()
        assert made.font().family() == design.FONT_FAMILY


@pytest.mark.parametrize("theme", Theme)
def test_every_ink_can_be_read_on_every_ground(theme: Theme) -> None:
    palette = design.palette(theme)
    named = tokens(palette)
    for ground in (palette.background, palette.surface, palette.raised, named["hover"], named["accent_faint"]):
        assert contrast(palette.text, ground) >= 7
        assert contrast(palette.muted, ground) >= 4.5
    for ink in INKS:
        assert contrast(getattr(palette, ink), palette.surface) >= 4.5, ink
    assert contrast(named["on_accent"], palette.accent) >= 4.5
    assert contrast(palette.accent, named["accent_soft"]) >= 4.5
    assert contrast(palette.text, named["accent_soft"]) >= 7


def test_contrast_and_mix_know_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert mix("#ffffff", "#000000", 0.5) == "#808080"
    assert mix("#ff0000", "#00ff00", 1) == "#ff0000"


def test_tabular_figures_are_equally_wide(qapp: QApplication) -> None:
    plain, columns = QFontMetrics(base_font()), QFontMetrics(tabular(base_font()))
    assert plain.horizontalAdvance("1111") < plain.horizontalAdvance("0000")
    assert columns.horizontalAdvance("1111") == columns.horizontalAdvance("0000")


def test_a_choice_of_the_host_beats_the_system(qapp: QApplication) -> None:
    assert resolve(ThemeChoice.DARK) is Theme.DARK
    assert resolve(ThemeChoice.LIGHT) is Theme.LIGHT
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert resolve(ThemeChoice.SYSTEM) is (Theme.DARK if dark else Theme.LIGHT)


def test_the_follower_tells_each_change_once(qtbot: QtBot) -> None:
    follower = ThemeFollower(ThemeChoice.LIGHT)
    told: list[Theme] = []
    follower.theme_changed.connect(told.append)
    follower.choose(ThemeChoice.DARK)
    follower.choose(ThemeChoice.DARK)
    follower.choose(ThemeChoice.LIGHT)
    assert told == [Theme.DARK, Theme.LIGHT]
    assert follower.theme is Theme.LIGHT


def test_the_follower_asks_again_when_the_system_changes(qtbot: QtBot) -> None:
    follower = ThemeFollower(ThemeChoice.SYSTEM)
    follower.theme = Theme.DARK if follower.theme is Theme.LIGHT else Theme.LIGHT
    with qtbot.waitSignal(follower.theme_changed) as caught:
        QGuiApplication.styleHints().colorSchemeChanged.emit(QGuiApplication.styleHints().colorScheme())
    assert caught.args == [resolve(ThemeChoice.SYSTEM)]


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_can_be_drawn_in_the_colours_of_the_theme(name: str, qapp: QApplication) -> None:
    made = icons.icon(name, "bad")
    for theme in Theme:  # one icon follows them all
        palette = apply_theme(qapp, theme)
        _assert_inked(made.pixmap(24, 24).toImage(), QColor(palette.bad))


def test_the_font_of_the_icons_holds_each_of_them_and_no_more(qapp: QApplication) -> None:
    font = TTFont(design.path("fonts/Icons.ttf"))
    assert {chr(code) for code in font.getBestCmap()} == {icons.glyph(name) for name in icons.names()}


def _assert_inked(image: QImage, wanted: QColor) -> None:
    inked = [image.pixelColor(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 200]
    assert inked
    assert all(abs(got.red() - wanted.red()) < 4 and abs(got.green() - wanted.green()) < 4 for got in inked)


def test_an_unknown_icon_is_a_mistake_of_ours(qapp: QApplication) -> None:
    with pytest.raises(KeyError):
        icons.icon("unicorn")


def test_the_palette_has_only_colours_the_tokens_know() -> None:
    palette = design.palette(Theme.LIGHT)
    for field in fields(palette):
        value = getattr(palette, field.name)
        if isinstance(value, str):
            assert tokens(palette)[field.name] == value


def test_icons_bring_no_font_but_their_own(qapp: QApplication, home: Path) -> None:
    icons.icon("pause").pixmap(16, 16)
    families = {each for each in QFontDatabase.families() if "fontawesome" in each.lower().replace(" ", "")}
    assert not families
    assert not [each for each in home.rglob("*.ttf")]
