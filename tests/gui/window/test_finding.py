"""Find anything: Ctrl+K, letters, arrows and Enter, on a real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.errors import DatabaseLocked
from core.filters import EVERYTHING, Filter
from core.manager import AnalyticsManager
from core.tables.reading.messages import FaultResult, FindRequest, FindResult
from core.tracking.records import ImageDetails
from gui.dialogs.palette import FindPalette
from gui.dialogs.preferences import PreferencesDialog
from gui.settings import TRAY
from gui.style.theme import ThemeChoice
from gui.tables.records.source import RowSource
from gui.window import actions
from gui.window.main_window import MainWindow
from tests.gui.windows import press, watch, words
from tests.parameters import slow_after

ANNA, BERT = "273849283749281111", "273849283749283333"
SERVER, CHANNEL = "911849283749287777", "922849283749288888"
PROMPT = "a <b>lighthouse</b> above the fjord"


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """A file in which users, a server, a channel, a LoRA and a model are named, and a prompt is written."""
    path = tmp_path / "named.db"
    with AnalyticsManager(path) as manager:
        for user in (ANNA, BERT):
            manager.track_command("comfy", user, SERVER, CHANNEL, 1.0)
        details = ImageDetails(model="fluxDev.safetensors")
        loras = ["styles/sumi_e.safetensors"]
        manager.track_image_generation(ANNA, PROMPT, "1:1", loras, 1, 20.0, details=details)
        for kind, snowflake, name in (
            ("user", ANNA, "Zoë Quill"), ("user", BERT, "<i>Bert</i>"), ("guild", SERVER, "Ateliers"),
            ("channel", CHANNEL, "krakatoa"),
        ):  # fmt: skip
            manager.note_name(kind, snowflake, name)
        manager.flush()
    return path


def opened(qtbot: QtBot, window: MainWindow) -> FindPalette:
    """The palette, opened by its key."""
    press(window, "Ctrl+K")
    palette = window.finder.palette
    assert palette.isVisible() and QApplication.focusWidget() is palette.edit
    return palette


def found(qtbot: QtBot, palette: FindPalette, typed: str) -> list[tuple[str, str]]:
    """Type letters into it, and return what is offered once all is looked through."""
    palette.edit.selectAll()
    QTest.keyClicks(palette.edit, typed)
    qtbot.waitUntil(lambda: palette.settled)
    return [(words(offer.words), offer.kind) for offer in palette.model.offers]


def enter(qtbot: QtBot, palette: FindPalette) -> None:
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not palette.isVisible())
    QApplication.processEvents()


def test_every_enabled_action_is_offered_with_its_key_and_nothing_that_can_not_be_done(
    qtbot: QtBot, window: MainWindow
) -> None:
    palette = opened(qtbot, window)
    offered = {offer.words: offer for offer in palette.model.offers}
    assert offered["Open…"].keys == actions.shortcut_text(actions.OPEN)
    assert offered["Dark"].kind == "Theme"
    assert not {"Reload", "Overview", "24 h", "Find anything…"} & set(offered)


def test_escape_closes_it_and_the_focus_is_where_it_was(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    press(window, "Alt+2")
    press(window, "Ctrl+F")
    before = QApplication.focusWidget()
    assert isinstance(before, QLineEdit)
    QTest.keyClicks(before, "failed or")
    before.setCursorPosition(0)
    palette = opened(qtbot, window)
    assert before.text() == "failed or"
    QTest.keyClick(palette.edit, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is before


@pytest.mark.slow
def test_letters_arrows_and_enter_lead_to_a_page_a_range_an_action_and_a_setting(
    qtbot: QtBot, window: MainWindow, named: Path
) -> None:
    watch(qtbot, window, named)
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "imag")[0] == ("Images", "Page")
    enter(qtbot, palette)
    assert window.live.page == "images"
    assert window.live.current.isAncestorOf(QApplication.focusWidget())
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "30 d")[0] == ("30 d", "Range")
    enter(qtbot, palette)
    assert window.ranges.choice.key == "30d"
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "6h")[0][1] == "Range"
    enter(qtbot, palette)
    assert window.ranges.choice.key == "6h"
    palette = opened(qtbot, window)
    assert ("Dark", "Theme") in found(qtbot, palette, "theme")
    found(qtbot, palette, "dark")
    enter(qtbot, palette)
    assert window.actions_[actions.theme_action(ThemeChoice.DARK)].isChecked()


def test_a_setting_is_opened_in_preferences_with_the_keys_in_it(qtbot: QtBot, window: MainWindow) -> None:
    seen: list[QWidget | None] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, PreferencesDialog) and not seen:
            control = dialog.controls[TRAY.key]
            if control.visibleRegion().boundingRect().height() == control.height():
                focused = dialog.focusWidget()
                seen.append(control if focused is not None and control.isAncestorOf(focused) else focused)
                assert seen == [control]
                QTest.keyClick(dialog, Qt.Key.Key_Escape)

    waiting = QTimer()
    waiting.timeout.connect(look)
    waiting.start(5)
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "tray")[0] == ("Tray", "Setting")
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(seen))
    waiting.stop()


@pytest.mark.parametrize(
    ("typed", "first", "page", "chosen"),
    slow_after(2, [
        ("sumi", ("styles/sumi_e.safetensors", "LoRA"), "commands>images", Filter.of(lora="styles/sumi_e.safetensors")),
        ("zoe", ("Zoë Quill", "User"), "users", Filter.of(user=ANNA)),
        ("3333", ("<i>Bert</i>", "User"), "users", Filter.of(user=BERT)),
        ("atel", ("Ateliers", "Server"), "servers", Filter.of(guild=SERVER)),
        ("krak", ("krakatoa", "Channel"), "activity>commands", Filter.of(channel=CHANNEL)),
        ("comf", ("comfy", "Command"), "overview", Filter.of(command="comfy")),
        ("fluxd", ("fluxDev.safetensors", "Model"), "images", Filter.of(model="fluxDev.safetensors")),
        (ANNA, ("Zoë Quill", "User"), "users", Filter.of(user=ANNA)),
    ]),
)  # fmt: skip
def test_what_the_database_names_filters_a_page_that_knows_of_it(
    typed: str, first: tuple[str, str], page: str, chosen: Filter, qtbot: QtBot, window: MainWindow, named: Path
) -> None:
    watch(qtbot, window, named)
    before, _, after = page.rpartition(">")
    if before or page == "images":
        window.live.show_page(before or page)
    palette = opened(qtbot, window)
    assert found(qtbot, palette, typed)[0] == first
    enter(qtbot, palette)
    assert (window.live.page, window.live.strip.chosen) == (after, chosen)


def test_another_one_of_a_kind_takes_the_place_of_the_first(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    window.filter_by(Filter.of(user=ANNA, command="comfy"))
    found(qtbot, opened(qtbot, window), "bert")
    enter(qtbot, window.finder.palette)
    assert window.live.strip.chosen == Filter.of(command="comfy", user=BERT)


def test_words_of_a_prompt_lead_to_its_row(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    window.filter_by(Filter.of(user=BERT))
    palette = opened(qtbot, window)
    assert (PROMPT, "Prompt") in found(qtbot, palette, "fjord light")
    enter(qtbot, palette)
    assert (window.live.page, window.live.strip.chosen) == ("images", EVERYTHING)
    table = window.live.current.table
    assert table is not None and "id:1" in table.frame.filter_box.text


def test_what_is_masked_is_neither_found_nor_shown(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "bert") == [("<i>Bert</i>", "User")]
    window.actions_[actions.MASK_NAMES].trigger()
    qtbot.waitUntil(lambda: palette.settled and not palette.model.offers)
    assert found(qtbot, palette, "3333") == [("…3333", "User")]
    assert (PROMPT, "Prompt") in found(qtbot, palette, "lighthouse")
    window.actions_[actions.MASK].trigger()
    qtbot.waitUntil(lambda: palette.settled and not palette.model.offers)
    assert found(qtbot, palette, "fjord") == []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[FindRequest]:
    """What is asked of the database, which does not answer."""
    noted: list[FindRequest] = []
    monkeypatch.setattr(RowSource, "ask", lambda _self, request: noted.append(request))
    return noted


def test_the_newest_letters_win_and_enter_waits_for_them(
    qtbot: QtBot, window: MainWindow, named: Path, asked: list[FindRequest]
) -> None:
    window.watch(named)
    palette = opened(qtbot, window)
    QTest.keyClicks(palette.edit, "full")
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    mine = [request for request in asked if isinstance(request, FindRequest)]
    assert [request.typed for request in mine] == [""]
    assert palette.isVisible()
    finder = window.finder._asking
    finder._take(FindResult(mine[0].number, (), True))
    mine = [request for request in asked if isinstance(request, FindRequest)]
    assert [request.typed for request in mine] == ["", "full"]
    assert palette.isVisible()
    finder._take(FindResult(mine[0].number, (), True))
    assert palette.isVisible()
    finder._take(FindResult(mine[1].number, (), True))
    assert not palette.isVisible()
    qtbot.waitUntil(window.isFullScreen)


def test_enter_does_not_wait_for_what_is_called_as_it_is_typed_or_was_chosen_by_arrows(
    qtbot: QtBot, window: MainWindow, named: Path, asked: list[FindRequest]
) -> None:
    watch(qtbot, window, named)
    palette = opened(qtbot, window)
    QTest.keyClicks(palette.edit, "images")
    qtbot.waitUntil(lambda: palette.model.offers[0].words == "Images")
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.live.page == "images")
    palette = opened(qtbot, window)
    QTest.keyClicks(palette.edit, "heal")
    qtbot.waitUntil(lambda: palette.model.offers[0].words == "Health")
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.edit, Qt.Key.Key_Home)
    QTest.keyClicks(palette.edit, " ")
    qtbot.waitUntil(lambda: not window.finder._late.isActive())
    QTest.keyClick(palette.edit, Qt.Key.Key_Down)
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    assert not palette.isVisible()


def test_a_database_that_can_not_be_read_hides_no_page(
    qtbot: QtBot, window: MainWindow, named: Path, asked: list[FindRequest]
) -> None:
    window.watch(named)
    palette = opened(qtbot, window)
    QTest.keyClicks(palette.edit, "heal")
    finder = window.finder._asking
    finder._take(FindResult(asked[-1].number, (), True))
    finder._take(FaultResult(asked[-1].number, DatabaseLocked("named.db")))
    assert palette.model.offers[0].words == "Health"
    assert palette.said == DatabaseLocked.title


def test_letters_in_their_order_count_only_where_nothing_fits_better(qtbot: QtBot, window: MainWindow) -> None:
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "flscr") == [("Full screen", "Action")]
    assert ("Full screen", "Action") not in found(qtbot, palette, "fol")
    assert found(qtbot, palette, "qqq") == []
    assert palette.said == "Nothing matches."


def test_arrows_go_round_and_what_is_chosen_stays_when_more_is_found(qtbot: QtBot, window: MainWindow) -> None:
    palette = opened(qtbot, window)
    QTest.keyClick(palette.edit, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == palette.model.rowCount() - 1
    QTest.keyClick(palette.edit, Qt.Key.Key_Tab)
    assert palette.list.currentIndex().row() == 0
    QTest.keyClick(palette.edit, Qt.Key.Key_Down)
    chosen = palette.model.offers[1]
    palette.show_offers(tuple(reversed(palette.model.offers)), whole=True)
    assert palette.model.offers[palette.list.currentIndex().row()].words == chosen.words


def test_a_click_beside_it_closes_it_and_does_nothing_else(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    palette = opened(qtbot, window)
    place = window.live.rail.button("health").mapTo(window, QPoint(5, 5))
    under = window.childAt(place)
    assert under is palette.beside
    QTest.mouseClick(under, Qt.MouseButton.LeftButton, pos=place)
    assert not palette.isVisible() and not palette.beside.isVisible()
    assert window.live.page == "overview"


def test_it_closes_where_the_focus_goes_elsewhere_and_fits_a_small_window(qtbot: QtBot, window: MainWindow) -> None:
    palette = opened(qtbot, window)
    window.resize(480, 320)
    qtbot.waitUntil(lambda: window.rect().contains(palette.geometry()))
    window.screens.welcome.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.screens.welcome.setFocus()
    assert not palette.isVisible()


def test_another_database_closes_it_and_is_looked_in_from_then_on(
    qtbot: QtBot, window: MainWindow, named: Path, database: Path
) -> None:
    watch(qtbot, window, named)
    palette = opened(qtbot, window)
    assert found(qtbot, palette, "bert") == [("<i>Bert</i>", "User")]
    watch(qtbot, window, database)
    assert not palette.isVisible()
    assert found(qtbot, opened(qtbot, window), "bert") == []
    assert found(qtbot, palette, "redu") == [("redux", "Command")]
