"""The parts that the window is put together from. Each draws what it is handed and knows no database."""

from __future__ import annotations

from gui.style.severity import Mood
from gui.widgets.card import Card
from gui.widgets.live_light import LiveLight, describe
from gui.widgets.notice import Notice
from gui.widgets.page_rail import PageEntry, PageRail
from gui.widgets.range_picker import RANGES, RangePicker
from gui.widgets.stat_tile import StatTile, Tile
from gui.widgets.status_line import StatusLine
from gui.widgets.text import ElidedLabel, PlainLabel, plain_tip
from gui.widgets.top_bar import TopBar

__all__ = [
    "RANGES",
    "Card",
    "ElidedLabel",
    "LiveLight",
    "Mood",
    "Notice",
    "PageEntry",
    "PageRail",
    "PlainLabel",
    "RangePicker",
    "StatTile",
    "StatusLine",
    "Tile",
    "TopBar",
    "describe",
    "plain_tip",
]
