"""Names that are cut to their room keep what tells them from others."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from gui.widgets.text import cut_name


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    """Of the window's font."""
    return QFontMetrics(qapp.font())


def test_a_name_that_others_bear_keeps_the_end_of_the_id(metrics: QFontMetrics) -> None:
    name = "Die Lichtbildner von Altona II …7148"
    room = metrics.horizontalAdvance("Die Lichtbi…7148")
    shown = cut_name(metrics, name, room)
    assert shown.startswith("Die Li")
    assert shown.endswith("…7148")
    assert shown.count("…") == 1
    assert metrics.horizontalAdvance(shown) <= room
    assert cut_name(metrics, name, 2_000) == name


def test_a_name_that_is_written_to_the_left_stays_apart_from_it(metrics: QFontMetrics) -> None:
    shown = cut_name(metrics, "\u2068ورشة الضوء الطويلة جدا\u2069 …0489", metrics.horizontalAdvance("ورشة الضو …0489"))
    name, mark, end = shown.partition("\u2069")
    assert name.startswith("\u2068ورشة")
    assert (mark, end) == ("\u2069", "…0489")


def test_ids_lose_their_beginning_and_other_texts_their_end(metrics: QFontMetrics) -> None:
    snowflake = "900000000000000123"
    assert cut_name(metrics, snowflake, metrics.horizontalAdvance("…0123")).endswith("123")
    assert cut_name(metrics, "a prompt about a fox", metrics.horizontalAdvance("a prompt…")).startswith("a pro")


def test_where_there_is_no_room_for_all_it_does_not_overflow(metrics: QFontMetrics) -> None:
    for width in range(metrics.horizontalAdvance("Fox fans …4821")):
        assert metrics.horizontalAdvance(cut_name(metrics, "Fox fans …4821", width)) <= max(
            width, metrics.horizontalAdvance("…")
        )
