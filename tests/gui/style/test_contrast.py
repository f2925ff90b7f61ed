"""What can be read and seen: contrasts computed from the tokens, and measured where the style paints."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QScrollBar, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Histogram
from core.coverage import NOTHING, WHOLE
from gui.plots.histogram.plot import HistogramPlot
from gui.style.theme import contrast, tokens
from gui.widgets.pending import Veil
from resources import design
from resources.design import Palette, Theme
from tests.gui.windows import show_alone

GROUNDS = ("background", "surface", "raised")
SOFT = ("accent_soft", "good_soft", "warn_soft", "bad_soft")


@pytest.fixture(params=list(Theme))
def theme(request: pytest.FixtureRequest) -> Theme:
    return Theme(request.param)


@pytest.fixture
def named(theme: Theme) -> dict[str, str]:
    return dict(tokens(design.palette(theme)))


def poor(named: dict[str, str], inks: tuple[str, ...], grounds: tuple[str, ...], least: float) -> list[str]:
    """The pairs that fall short, with what they reach."""
    reached = {(ink, ground): contrast(named[ink], named[ground]) for ink, ground in product(inks, grounds)}
    return [f"{ink} on {ground}: {value:.2f}" for (ink, ground), value in reached.items() if value < least]


@pytest.mark.parametrize("ink", ["accent", "good", "warn", "bad"])
def test_words_in_a_severitys_ink_are_read_on_its_soft_ground(ink: str, named: dict[str, str]) -> None:
    assert poor(named, (ink,), (f"{ink}_soft",), 4.5) == []


def test_text_and_labels_are_read_on_every_ground(named: dict[str, str]) -> None:
    assert poor(named, ("text", "muted"), (*GROUNDS, *SOFT, "hover", "accent_faint"), 4.5) == []
    assert poor(named, ("accent", "good", "warn", "bad"), GROUNDS, 4.5) == []


def test_what_is_filled_has_words_that_are_read(named: dict[str, str]) -> None:
    assert poor(named, ("on_accent",), ("accent", "accent_strong"), 4.5) == []
    assert poor(named, ("surface",), ("bad",), 4.5) == []


def test_soft_grounds_are_still_told_from_the_surface(named: dict[str, str]) -> None:
    assert {ground for ground in SOFT if named[ground] == named["surface"]} == set()


def test_borders_of_fields_and_handles_are_seen(named: dict[str, str]) -> None:
    assert poor(named, ("field_border",), GROUNDS, 3) == []


def strongest(image: QImage, ground: str) -> float:
    """The greatest contrast that any pixel has with the ground."""
    places = product(range(image.width()), range(image.height()))
    return max(contrast(colour, ground) for colour in {image.pixelColor(*place).name() for place in places})


@pytest.mark.parametrize("kind", [QLineEdit, QSpinBox, QComboBox])
def test_a_fields_border_is_seen_where_it_is_painted(
    kind: type[QWidget], theme: Theme, qtbot: QtBot, qapp: QApplication
) -> None:
    field = show_alone(qtbot, qapp, kind(), theme, 160, 32)
    image = field.grab().toImage()
    edge = image.copy(40, 0, 60, 2)
    assert strongest(edge, design.palette(theme).surface) >= 3


def test_a_scroll_bars_handle_is_seen(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    bar = show_alone(qtbot, qapp, QScrollBar(), theme, 12, 200)
    palette = design.palette(theme)
    assert strongest(bar.grab().toImage(), palette.background) >= 3


def test_a_bar_that_is_dimmed_is_still_seen(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    palette = design.palette(theme)
    for colour in palette.series:
        assert strongest(_dimmed(colour, palette, theme, qtbot, qapp), palette.surface) >= 3


def _dimmed(colour: str, palette: Palette, theme: Theme, qtbot: QtBot, qapp: QApplication) -> QImage:
    """A ground in a series' colour under the veil of what is being read."""
    surface = show_alone(qtbot, qapp, QWidget(), theme, 60, 60)
    surface.setStyleSheet(f"background: {QColor(colour).name()};")
    veil = Veil(surface)
    veil.set_palette(palette)
    veil.show_coverage(NOTHING)
    assert veil.coverage.pending
    return surface.grab().toImage().copy(0, 10, 60, 40)


def test_words_that_stand_for_a_chart_are_not_dimmed(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    plot = show_alone(qtbot, qapp, HistogramPlot(), theme, 400, 200)
    plot.set_palette(design.palette(theme))
    plot.show_chart(Histogram("Spread", "", (), (), empty="Reading the database…"))
    clear = strongest(plot.grab().toImage(), design.palette(theme).surface)
    plot.note_coverage(NOTHING)
    qtbot.waitUntil(lambda: plot.dimmed)
    image = plot.grab().toImage()
    assert image.copy(0, image.height() // 2, image.width(), image.height() // 2) == (
        _undimmed(plot).copy(0, image.height() // 2, image.width(), image.height() // 2)
    )
    assert clear >= 3


def _undimmed(plot: HistogramPlot) -> QImage:
    plot.note_coverage(WHOLE)
    return plot.grab().toImage()
