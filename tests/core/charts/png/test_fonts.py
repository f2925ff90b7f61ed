"""Fonts for text that comes from strangers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager, get_font

from core.charts.png.fonts import SEMIBOLD, drawable, font_for
from resources.design import FONT_FAMILY


@pytest.mark.parametrize("text", ["comfy", "größte", "Привет", "12,345 · 2 min"])
def test_plain_text_needs_only_the_application_s_font(text: str) -> None:
    assert drawable(text, 40) == text
    assert font_for(text, 13).get_family() == [FONT_FAMILY]


def test_other_scripts_get_a_fallback_behind_the_application_s_font() -> None:
    families = font_for(drawable("ab ☃", 40), 13).get_family()
    assert families[0] == FONT_FAMILY
    assert len(families) > 1


def test_the_weights_are_files_of_their_own() -> None:
    regular, bold = (fontManager.findfont(font_for("a", 13, weight)) for weight in (400, SEMIBOLD))
    assert str(regular).endswith("Inter-Regular.otf")
    assert str(bold).endswith("Inter-SemiBold.otf")


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(), max_size=30))
def test_every_character_that_is_left_has_a_glyph(text: str) -> None:
    shown = drawable(text, 24)
    assert len(shown) <= 24
    files = [fontManager.findfont(name) for name in font_for(shown, 13).get_family()]
    assert all(any(get_font([file]).get_char_index(ord(character)) for file in files) for character in shown)
