from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.feed.snapshot import Event, EventKind
from core.text.formatting import NO_BREAK
from gui.style.theme import base_font, tabular
from gui.tables.events.list import EventDelegate, EventList
from gui.tables.events.model import CAPACITY, COLUMNS, EventColumn, LatestEventsModel, clock, who
from gui.tables.shared.cells import MARGIN
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.snapshot_samples import NOW, ZONE, event, events
from tests.gui.windows import show_alone

TODAY = datetime.fromtimestamp(NOW, ZONE).date()


@pytest.fixture
def model(qapp: QApplication) -> LatestEventsModel:
    made = LatestEventsModel(ZONE)
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)  # type: ignore[attr-defined]
    return made


@pytest.fixture
def shown(qtbot: QtBot, qapp: QApplication) -> EventList:
    widget = EventList()
    qtbot.addWidget(widget.pill)
    return show_alone(qtbot, qapp, widget, Theme.DARK, 640, 300)


def show(widget: EventList, some: Sequence[Event]) -> None:
    widget.show_events(some, ZONE, NOW, "No events yet.")


def ids(model: LatestEventsModel) -> list[int]:
    return [row.id for row in model.rows]


def top_event(widget: EventList) -> tuple[int, int]:
    """Id of the topmost visible row, and where it stands in the view."""
    row = widget.table.rowAt(0)
    return widget.model.rows[row].id, widget.table.rowViewportPosition(row)


def test_new_rows_are_inserted_and_nothing_is_reset(model: LatestEventsModel) -> None:
    resets: list[bool] = []
    assert model.show(events(1, 10), ZONE, NOW) == 0
    model.modelReset.connect(lambda: resets.append(True))
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    assert model.show(events(1, 13), ZONE, NOW) == 3
    assert inserted == [(0, 2)]
    assert ids(model) == list(range(13, 0, -1))
    assert not resets


def test_the_oldest_rows_go_and_no_more_than_200_stay(model: LatestEventsModel) -> None:
    model.show(events(1, CAPACITY), ZONE, NOW)
    assert model.show(events(1, CAPACITY + 50), ZONE, NOW) == 50
    assert model.rowCount() == CAPACITY
    assert ids(model)[-1] == 51


def test_rows_that_come_late_or_vanish_are_put_right(model: LatestEventsModel) -> None:
    one, two, three, four, five = (event(number) for number in range(1, 6))
    model.show((five, three, one), ZONE, NOW)
    assert model.show((five, four, three, two), ZONE, NOW) == 0
    assert model.rows == [five, four, three, two]


def test_other_events_reset_the_list(model: LatestEventsModel, qtbot: QtBot) -> None:
    model.show(events(1, 10), ZONE, NOW)
    with qtbot.waitSignal(model.modelReset):
        assert model.show(events(101, 110), ZONE, NOW) == 0
    with qtbot.waitSignal(model.modelReset):
        model.show((), ZONE, NOW)
    assert model.rowCount() == 0


def test_an_event_that_was_changed_is_replaced(model: LatestEventsModel) -> None:
    model.show(events(1, 3), ZONE, NOW)
    changed = event(2, detail="something else")
    model.show((event(3), changed, event(1)), ZONE, NOW)
    assert model.rows[1] is changed


@pytest.mark.slow
def test_news_are_tinted_for_a_moment(shown: EventList, qtbot: QtBot) -> None:
    show(shown, events(1, 3))
    assert not shown.table.is_fresh(0)
    show(shown, events(1, 4))
    assert shown.table.is_fresh(0)
    assert not shown.table.is_fresh(1)
    qtbot.waitUntil(lambda: not shown.table.is_fresh(0), timeout=5000)


@pytest.mark.parametrize(
    ("timestamp", "words"),
    [
        (NOW, "01:53:20"),
        (NOW - 7200, "29 Nov 23:53"),
        (NOW - 400 * 86_400, "2025-10-26"),
        (None, "—"),
        (1e17, "—"),
        (float("nan"), "—"),
    ],
)
def test_times_are_local_and_carry_a_date_when_not_of_today(timestamp: float | None, words: str) -> None:
    assert clock(event(1, timestamp=timestamp), ZONE, TODAY).replace(NO_BREAK, " ") == words


def test_user_and_server_are_named_shortly() -> None:
    assert who(event(1)) == "…4821 · …7731"
    assert who(event(1, guild_id=None)) == "…4821 · direct"
    assert who(event(1, guild_id=None, kind=EventKind.IMAGE)) == "…4821"
    assert who(event(1, user_id="", guild_id=None, kind=EventKind.IMAGE)) == "—"


@pytest.mark.parametrize(
    ("width", "words"), [(640, "…4821 · …7731"), (1100, "123456789012344821 · 987654321098767731")]
)
def test_ids_are_whole_where_there_is_room(shown: EventList, width: int, words: str) -> None:
    shown.resize(width, 300)
    show(shown, events(1, 20))
    delegate, room = shown.table.itemDelegate(), shown.table.columnWidth(EventColumn.WHO) - 2 * MARGIN
    assert isinstance(delegate, EventDelegate)
    assert delegate.shown(shown.model, shown.model.rows[0], EventColumn.WHO, room) == words
    assert shown.table.columnWidth(EventColumn.DETAIL) >= 100


def test_an_endless_id_takes_no_room_from_the_detail(shown: EventList) -> None:
    shown.resize(1100, 300)
    show(shown, [event(1, user_id="9" * 2_000, guild_id="W" * 2_000)])
    assert shown.table.columnWidth(EventColumn.WHO) <= 350
    assert shown.table.columnWidth(EventColumn.DETAIL) >= 200


def test_a_failure_is_told_in_words_too(model: LatestEventsModel) -> None:
    model.show((event(1, success=False, title="comfy"),), ZONE, NOW)
    cell = model.index(0, EventColumn.TITLE)
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "comfy, failed"
    assert "failed" in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_untrusted_text_stays_plain_and_short(model: LatestEventsModel) -> None:
    model.show((event(1, detail="<img src=file:x>" * 30, title="<b>x</b>\n" * 99),), ZONE, NOW)
    for place in EventColumn:
        assert "\n" not in model.index(0, place).data()
        assert len(model.index(0, place).data()) <= 300
        assert "<img" not in model.index(0, place).data(Qt.ItemDataRole.ToolTipRole)


def test_at_the_top_the_view_follows(shown: EventList) -> None:
    show(shown, events(1, 100))
    show(shown, events(1, 103))
    assert top_event(shown) == (103, 0)
    assert not shown.pill.isVisible()


def test_scrolled_down_the_view_stays_and_the_pill_counts(shown: EventList, qtbot: QtBot) -> None:
    show(shown, events(1, 100))
    shown.table.verticalScrollBar().setValue(457)
    before = top_event(shown)
    show(shown, events(1, 107))
    assert shown.unseen == 7
    show(shown, events(1, 112))
    assert top_event(shown) == before
    assert shown.pill.isVisible()
    assert shown.pill.text() == "12 new"
    qtbot.mouseClick(shown.pill, Qt.MouseButton.LeftButton)
    assert top_event(shown) == (112, 0)
    assert not shown.pill.isVisible()


def test_the_place_is_kept_when_the_list_is_full(shown: EventList) -> None:
    show(shown, events(1, CAPACITY))
    shown.table.verticalScrollBar().setValue(1000)
    before = top_event(shown)
    show(shown, events(31, CAPACITY + 30))
    assert top_event(shown) == before
    assert shown.unseen == 30


def test_a_selection_holds_the_view_and_survives(shown: EventList, qtbot: QtBot) -> None:
    show(shown, events(1, 100))
    shown.table.selectRow(2)
    show(shown, events(1, 104))
    (index,) = shown.table.selectionModel().selectedRows()
    assert shown.model.rows[index.row()].id == 98
    assert top_event(shown) == (100, 0)
    assert shown.unseen == 4
    qtbot.keyClick(shown.table, Qt.Key.Key_Home)
    assert top_event(shown) == (104, 0)
    assert not shown.table.selectionModel().hasSelection()
    assert shown.unseen == 0


def test_scrolling_back_up_by_hand_counts_down(shown: EventList) -> None:
    show(shown, events(1, 100))
    shown.table.verticalScrollBar().setValue(900)
    show(shown, events(1, 110))
    shown.table.verticalScrollBar().setValue(shown.table.verticalHeader().defaultSectionSize() * 4)
    assert shown.unseen == 4
    shown.table.verticalScrollBar().setValue(0)
    assert shown.unseen == 0
    assert not shown.pill.isVisible()


def test_a_reset_forgets_what_was_unseen(shown: EventList) -> None:
    show(shown, events(1, 100))
    shown.table.verticalScrollBar().setValue(900)
    show(shown, events(1, 110))
    show(shown, ())
    assert shown.unseen == 0
    labels = [label.text() for label in shown.findChildren(PlainLabel) if label.isVisible()]
    assert labels == ["No events yet."]


def test_copy_takes_the_selected_rows_as_text(shown: EventList, qtbot: QtBot) -> None:
    show(shown, (event(2, success=False, detail="a\tb\nc"), event(1)))
    shown.table.selectAll()
    qtbot.keyClick(shown.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert lines == [
        "2026-11-30 01:36:42  command2 (failed)  123456789012344821  987654321098767731  a b c  1.2 s",
        "2026-11-30 01:36:41  command1  123456789012344821  987654321098767731  detail 1  1.2 s",
    ]


def test_escape_lets_go_of_the_selection(shown: EventList, qtbot: QtBot) -> None:
    show(shown, events(1, 5))
    shown.table.selectRow(1)
    qtbot.keyClick(shown.table, Qt.Key.Key_Escape)
    assert not shown.table.is_held


@pytest.mark.parametrize("width", [300, 420, 640, 1200])
def test_the_columns_fill_the_width_exactly(shown: EventList, width: int) -> None:
    show(shown, events(1, 100))
    shown.resize(width, 300)
    QApplication.processEvents()
    total = sum(shown.table.columnWidth(place) for place in EventColumn if not shown.table.isColumnHidden(place))
    assert total == shown.table.viewport().width()
    assert shown.table.isColumnHidden(EventColumn.WHO) is (width <= 420)


def test_ordinary_texts_have_room(shown: EventList) -> None:
    show(shown, (event(3, guild_id=None, timestamp=NOW - 90_000), event(2), event(1, seconds=None)))
    for place in (EventColumn.TIME, EventColumn.TITLE, EventColumn.WHO, EventColumn.SECONDS):
        texts = [shown.model.text(row, place) for row in shown.model.rows]
        widest = max(QFontMetrics(tabular(base_font())).horizontalAdvance(text) for text in texts)
        assert shown.table.columnWidth(place) >= widest + 16, place


def test_absurd_events_can_be_drawn(shown: EventList) -> None:
    absurd = [
        event(n, title=title, detail=title * 9, user_id=title, timestamp=None, seconds=1e9)
        for n, title in enumerate(("\u202eevil", "👩‍👩‍👧‍👦" * 50, "", "x" * 500))
    ]
    show(shown, absurd)
    assert not shown.grab().isNull()


def test_an_event_without_a_name_still_says_so() -> None:
    event_column = next(column for column in COLUMNS if column.title == "Event")
    assert event_column.text(event(1, title=""), ZONE, TODAY) == "—"


def test_in_a_narrow_list_the_time_that_it_took_stays_in_sight(shown: EventList) -> None:
    show(shown, events(1, 60))
    shown.resize(260, 200)
    table = shown.table
    last = max(column for column in range(shown.model.columnCount()) if not table.isColumnHidden(column))
    assert table.columnViewportPosition(last) + table.columnWidth(last) <= table.viewport().width()


def test_a_click_and_enter_open_an_event_and_selecting_does_not(shown: EventList, qtbot: QtBot) -> None:
    show(shown, events(1, 5))
    opened: list[int] = []
    shown.opened.connect(lambda event: opened.append(event.id))
    table, viewport = shown.table, shown.table.viewport()
    middle = table.visualRect(shown.model.index(1, EventColumn.DETAIL)).center()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, middle)
    assert opened == []
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [4, 3]
