"""The table of a page: filter box, rows, position bar, state line and details, wired together."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.filter_language import Known
from core.filters import EVERYTHING, Filter
from core.location import Location
from core.periods import TimeRange
from core.tables import TABLES, Column, Order, Record, TableQuery
from gui.icons import icon
from gui.masking import Masking
from gui.settings import Setting
from gui.tables import row_menu
from gui.tables.browser import Browser
from gui.tables.cells import Wording
from gui.tables.column_layout import ColumnLayout
from gui.tables.copying import Copying
from gui.tables.details_pane import DetailsPane
from gui.tables.filter_box import FilterBox
from gui.tables.glyphs import glyph
from gui.tables.known import Values
from gui.tables.picked import Picked
from gui.tables.position_bar import PositionBar
from gui.tables.record_model import RecordModel
from gui.tables.record_view import RecordView
from gui.tables.row_source import RowSource
from gui.tables.state_line import EmptyState, StateLine
from gui.tables.wishes import Name, Named, Records, Share, Whole
from gui.tables.words import empty_words, state_words
from gui.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.mood import Mood
from gui.widgets.text import ElidedLabel, plain_tip, set_mood
from resources import Palette
