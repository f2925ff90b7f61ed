from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict

import numpy as np
import pytest

from core.charts.specs import Ink
from resources import design
from resources.design import Palette, Theme

# How eyes that lack one of the three cones see linear RGB (Machado, Oliveira, Fernandes 2009, severity 1).
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "red-blind": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "green-blind": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "blue-blind": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}
TO_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_OKLAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


@pytest.fixture(params=list(Theme))
def palette(request: pytest.FixtureRequest) -> Palette:
    return design.palette(request.param)


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast, 1 to 21."""
    darker, lighter = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def difference(one: str, other: str, eyes: str) -> float:
    """How far apart two colours look (OKLab, times 100)."""
    seen = [np.clip(np.array(EYES[eyes]) @ linear(colour), 0, 1) for colour in (one, other)]
    first, second = (TO_OKLAB @ np.cbrt(TO_CONES @ light) for light in seen)
    return float(np.linalg.norm(first - second)) * 100


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_named_tokens() -> None:
    dark, light = design.palette(Theme.DARK), design.palette(Theme.LIGHT)
    assert (dark.background, dark.surface, dark.raised) == ("#0f1318", "#171c23", "#1f2630")
    assert (light.background, light.surface, light.raised) == ("#f4f6f9", "#ffffff", "#ffffff")
    assert (dark.accent, dark.good, dark.warn, dark.bad) == ("#6c8cff", "#3fb950", "#d29922", "#f85149")
    assert (light.accent, light.good, light.warn, light.bad) == ("#3b5bdb", "#1a7f37", "#996600", "#cf222e")


def test_colours_are_colours(palette: Palette) -> None:
    named = asdict(palette)
    series = (*named.pop("series"), *itertools.chain(*named.pop("shades")))
    assert len(set(series)) == 20
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in (*named.values(), *series))


def test_text_can_be_read(palette: Palette) -> None:
    inks = (palette.text, palette.muted, palette.accent, palette.good, palette.warn, palette.bad)
    grounds = (palette.background, palette.surface, palette.raised)
    poor = [
        (ink, ground, contrast(ink, ground))
        for ink, ground in itertools.product(inks, grounds)
        if contrast(ink, ground) < 4.5
    ]
    assert poor == []


def test_series_stand_out_from_the_surface(palette: Palette) -> None:
    assert min(contrast(colour, palette.surface) for colour in palette.series) >= 3


@pytest.mark.parametrize("eyes", EYES)
def test_series_differ_for_all_eyes(palette: Palette, eyes: str) -> None:
    colours = (*palette.series, palette.bad)
    assert min(difference(*pair, eyes) for pair in itertools.combinations(colours, 2)) >= 5
    assert min(difference(*pair, eyes) for pair in itertools.pairwise(palette.series)) >= 12
    usual = (*palette.series[:4], palette.bad)  # what is most often seen beside red
    assert min(difference(*pair, eyes) for pair in itertools.combinations(usual, 2)) >= 9


@pytest.mark.parametrize("eyes", EYES)
def test_a_colours_shades_differ_from_it_and_each_other_for_all_eyes(palette: Palette, eyes: str) -> None:
    families = [(colour, *shades) for colour, shades in zip(palette.series[:6], palette.shades, strict=True)]
    for family in families:
        assert min(difference(*pair, eyes) for pair in itertools.combinations(family, 2)) >= 9, family
    shades = list(itertools.chain(*palette.shades))
    beside = (*palette.series[:6], palette.series[7], palette.bad)
    for colour, own in zip(beside[:6], palette.shades, strict=True):
        assert all(difference(shade, colour, eyes) >= 3.5 for shade in shades if shade not in own)
    assert all(difference(shade, palette.bad, eyes) >= 3.5 for shade in shades)


def test_shades_stand_out_from_the_surface(palette: Palette) -> None:
    assert min(contrast(shade, palette.surface) for shade in itertools.chain(*palette.shades)) >= 2.6


def test_every_ink_has_a_colour(palette: Palette) -> None:
    assert all(palette.ink(ink).startswith("#") for ink in Ink)
    assert [palette.ink(f"series_{number}") for number in range(1, 9)] == list(palette.series)
    assert palette.ink(Ink.BAD) == palette.bad
    assert palette.ink(Ink.MUTED) == palette.muted


@pytest.mark.parametrize(
    "ink",
    [
        "series_0",
        "series_9",
        "series_",
        "series_x",
        "series_1_",
        "series_1_a",
        "series_7_b",
        "series_1_bc",
        "series",
        "",
        "3",
        "pink",
        "ink",
    ],
)
def test_an_unknown_ink_is_ours_to_mend(palette: Palette, ink: str) -> None:
    with pytest.raises(KeyError):
        palette.ink(ink)


def test_a_palette_is_read_once() -> None:
    assert design.palette(Theme.DARK) is design.palette(Theme.DARK)


def test_fonts_come_along() -> None:
    files = design.font_files()
    assert [file.name for file in files] == ["Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf"]
    assert all(file.read_bytes()[:4] == b"OTTO" for file in files)
    assert "Open Font License" in design.text("fonts/LICENSE-Inter.txt")
    assert "Apache License" in design.text("fonts/LICENSE-Icons.txt")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.qss"):
        design.path("no-such.qss")


def test_the_icon_is_a_picture_by_itself() -> None:
    root = ElementTree.parse(design.path("icons/botpulse.svg")).getroot()
    assert root.attrib["viewBox"] == "0 0 256 256"
    used = {value for node in root.iter() for name, value in node.attrib.items() if name.endswith("href")}
    assert used == set()


def test_the_icon_is_drawn(qapp: object) -> None:
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QColor, QIcon

    image = QIcon(str(design.path("icons/botpulse.svg"))).pixmap(QSize(64, 64), 1.0).toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    dot = image.pixelColor(52, 36)
    assert difference(dot.name(), QColor("#3fb950").name(), "all cones") < 3


def test_the_desktop_entry_starts_the_command() -> None:
    lines = design.text("botpulse.desktop").splitlines()
    assert lines[0] == "[Desktop Entry]"
    entry = dict(line.split("=", 1) for line in lines[1:])
    assert entry["Type"] == "Application"
    assert entry["Exec"].split()[0] == "botpulse"
    assert entry["Categories"].endswith(";")
