"""Pictures in the window: in the details, in the strip of the latest, and nothing of them where the host wants none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAccessible, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.storage.own_folders import pictures_folder
from gui import settings
from gui.pages.board import Board
from gui.settings import Settings
from gui.tables.pictures.place import PicturePlace
from gui.tables.pictures.shelf import PictureShelf
from gui.tables.records.table import TablePanel
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.picture_files import ComfyHost, animation, comfy_host, fill, picture
from tests.gui.table_windows import alter, entries, trigger
from tests.gui.windows import open_window, tab, watch

MASKED = "Pictures are hidden while prompts are masked."


@pytest.fixture
def host() -> Iterator[ComfyHost]:
    with comfy_host() as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "bot").mkdir()
    return tmp_path / "bot" / "analytics.db"


def shown(qtbot: QtBot, memory: Settings, path: Path, address: str = "") -> MainWindow:
    """A window on the page of images."""
    memory.remember(settings.COMFYUI_ADDRESS, address)
    window = open_window(qtbot, memory)
    watch(qtbot, window, path)
    window.live.show_page("images")
    qtbot.waitUntil(lambda: bool(table(window).model.rows))
    return window


def board(window: MainWindow) -> Board:
    page = window.live.pages["images"]
    assert isinstance(page, Board)
    return page


def table(window: MainWindow) -> TablePanel:
    found = board(window).table
    assert found is not None
    return found


def shelf(window: MainWindow) -> PictureShelf:
    found = board(window).shelf
    assert found is not None
    return found


def place(window: MainWindow) -> PicturePlace:
    return table(window).frame.details.findChild(PicturePlace)


def names(window: MainWindow) -> list[str]:
    """The files of the strip, from left to right."""
    return [each.outputs[0].name if each.outputs else "" for each in shelf(window).strip.rows]


def select(window: MainWindow, row: int) -> None:
    """Put the focus on a row, and open the details."""
    table(window).view.selectRow(row)
    table(window).frame.top_line.details.setChecked(True)


def test_the_details_show_the_picture_of_a_row(qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost) -> None:
    host.files["a.png"] = picture(size=(300, 200), colour="red")
    host.files["v.png"] = picture(colour="blue")
    fill(path, None, ("a.png",), ("v.mp4",), ("gone.png",))
    window = shown(qtbot, memory, path, host.address)
    select(window, 2)
    qtbot.waitUntil(lambda: place(window).image is not None)
    image = place(window).image
    assert image is not None
    assert (image.width(), image.height()) == (300, 200)
    canvas = place(window)._canvas
    assert canvas.accessibleName() == "Picture: a.png"
    select(window, 1)
    qtbot.waitUntil(lambda: canvas.accessibleName() == "Video: v.mp4")
    select(window, 0)
    qtbot.waitUntil(lambda: "no longer has the file" in place(window).words)
    assert place(window).image is None
    assert not place(window).retry.isVisible()
    select(window, 3)  # no file of it is recorded
    qtbot.waitUntil(lambda: not canvas.isVisible())
    assert list(pictures_folder().iterdir())


def test_without_an_address_nothing_is_asked_loaded_or_in_the_way(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    fill(path, ("a.png",))
    window = shown(qtbot, memory, path)
    select(window, 0)
    qtbot.waitUntil(lambda: "Preferences" in place(window).words)
    assert not shelf(window).isVisible()
    assert shelf(window).latest._source._reader is None
    assert window.preferences.pictures._loader is None
    assert host.asked == []


def test_of_a_deployed_file_nothing_is_said_and_the_message_has_a_reason(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    deployed.fill(deployed.create(path), images=5)
    window = shown(qtbot, memory, path, host.address)
    select(window, 0)
    qtbot.waitUntil(lambda: "did not record" in place(window).discord.accessibleDescription())
    assert not place(window).discord.isEnabled()
    assert not place(window)._canvas.isVisible()
    qtbot.waitUntil(lambda: "No pictures yet" in shelf(window).words)
    assert host.asked == []


def test_masked_prompts_hide_pictures_and_nothing_is_fetched(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    host.files["a.png"] = picture()
    fill(path, ("a.png",), ("b.png",))
    memory.remember(settings.MASK, True)
    window = shown(qtbot, memory, path, host.address)
    select(window, 1)
    qtbot.waitUntil(lambda: place(window).words == MASKED)
    assert shelf(window).words == MASKED
    assert host.asked == []
    window.preferences.masking.choose(False)
    qtbot.waitUntil(lambda: place(window).image is not None)
    qtbot.waitUntil(lambda: names(window) == ["b.png", "a.png"])
    window.preferences.masking.choose(True)
    assert place(window).image is None
    assert place(window).words == shelf(window).words == MASKED
    assert not shelf(window).strip.isVisible()


def test_the_strip_has_the_latest_first_and_leads_to_a_row(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    made = [(f"{number}.png",) for number in range(60)]
    host.files |= {name: picture() for (name,) in made}
    fill(path, *made)
    window = shown(qtbot, memory, path, host.address)
    strip = shelf(window).strip
    qtbot.waitUntil(lambda: len(strip.rows) == 48)
    assert QApplication.activeWindow() is window  # nothing was a window of its own for a moment
    assert names(window)[:3] == ["59.png", "58.png", "57.png"]
    table(window).show_matches("user:nobody")
    qtbot.waitUntil(lambda: not table(window).model.rows)
    strip.setFocus()
    strip.setCurrentIndex(strip.model().index(0, 0))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(strip, key)
    picked = table(window).picked
    qtbot.waitUntil(lambda: picked.current is not None and picked.current.id == 58)
    assert list(picked.records) == [58]
    assert table(window).frame.details.isVisible()
    assert QApplication.focusWidget() is table(window).view
    qtbot.waitUntil(lambda: place(window).image is not None)
    box = strip.visualRect(strip.model().index(1, 0))
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    qtbot.waitUntil(lambda: picked.current is not None and picked.current.id == 59)


def test_a_new_picture_comes_in_at_the_left_and_only_what_is_seen_is_asked_for(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    fill(path, *((f"{number}.png",) for number in range(40)))
    window = shown(qtbot, memory, path, host.address)
    qtbot.waitUntil(lambda: len(shelf(window).strip.rows) == 40)
    qtbot.waitUntil(lambda: len(host.asked) >= 4)
    assert "0.png" not in host.names
    fill(path, ("new.webp",))
    qtbot.waitUntil(lambda: names(window)[:2] == ["new.webp", "39.png"])
    alter(path, "DELETE FROM image_stats WHERE id > 20")
    qtbot.waitUntil(lambda: names(window)[:1] == ["19.png"])


def test_each_picture_has_a_name_for_a_screen_reader_and_a_reason_where_there_is_none(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    host.files["a.gif"] = animation()
    fill(path, ("gone.png",), ("a.gif",))
    window = shown(qtbot, memory, path, host.address)
    strip = shelf(window).strip
    qtbot.waitUntil(lambda: len(strip.rows) == 2)
    qtbot.waitUntil(lambda: "no longer has" in str(strip.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)))
    assert "Picture: a.gif" in strip.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    strip.setFocus()
    assert tab(window) is table(window).first_focus
    assert tab(window, backwards=True) is strip
    assert QAccessible.queryAccessibleInterface(strip).text(QAccessible.Text.Name) == "Latest pictures"


@pytest.mark.slow
def test_the_strip_is_folded_by_its_button_which_is_remembered(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    fill(path, *((f"{number}.png",) for number in range(30)))
    window = shown(qtbot, memory, path, host.address)
    window.resize(1280, 800)
    above, rows = shelf(window), table(window).view
    qtbot.waitUntil(lambda: len(above.strip.rows) == 30)
    qtbot.waitUntil(lambda: rows.height() > 150)
    before, asked = rows.height(), len(host.asked)
    above.fold.setFocus()
    QTest.keyClick(above.fold, Qt.Key.Key_Space)
    assert (above.words, above.strip.isVisible()) == ("Latest pictures", False)
    qtbot.waitUntil(lambda: above.height() < 40)
    qtbot.waitUntil(lambda: rows.height() >= before)
    fill(path, ("new.png",))
    qtbot.waitUntil(lambda: len(table(window).model.rows) == 31)
    assert len(above.strip.rows) == 30 and len(host.asked) >= asked, "nothing is read for what nobody sees"
    window.close()
    again = shelf(shown(qtbot, memory, path, host.address))
    assert (again.words, again.strip.rows) == ("Latest pictures", ())
    qtbot.mouseClick(again.fold, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(again.strip.rows) == 31)
    assert again.words == "" and again.strip.isVisible()


def test_a_video_without_a_picture_of_its_first_frame_says_its_name_and_why(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    fill(path, ("clip.mp4",))
    window = shown(qtbot, memory, path, host.address)
    select(window, 0)
    qtbot.waitUntil(lambda: "first frame beside it" in place(window).words)
    assert place(window).words.startswith("Video: clip.mp4\n")
    qtbot.waitUntil(lambda: names(window) == ["clip.mp4"])


def test_a_server_that_comes_back_is_asked_again(qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost) -> None:
    fill(path, ("broken.png",))
    window = shown(qtbot, memory, path, host.address)
    select(window, 0)
    qtbot.waitUntil(lambda: place(window).retry.isVisible())
    before = len(host.asked)
    place(window).retry.click()
    qtbot.waitUntil(lambda: len(host.asked) > before)
    qtbot.waitUntil(lambda: place(window).retry.isVisible())


def test_another_address_holds_at_once(qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost) -> None:
    host.files["a.png"] = picture()
    fill(path, ("a.png",))
    window = shown(qtbot, memory, path)
    select(window, 0)
    for address, seen in ((host.address, True), ("", False)):
        memory.remember(settings.COMFYUI_ADDRESS, address)
        window.preferences.apply(settings.COMFYUI_ADDRESS, address)
        qtbot.waitUntil(lambda seen=seen: (place(window).image is not None) is seen)
        assert shelf(window).isVisible() is seen


@pytest.mark.parametrize(
    ("choice", "address"),
    [("browser", "https://discord.com/channels/11/22/900"), ("app", "discord://discord.com/channels/11/22/900")],
)
def test_a_message_is_opened_in_discord_from_the_details_and_from_the_menu(
    qtbot: QtBot, memory: Settings, path: Path, monkeypatch: pytest.MonkeyPatch, choice: str, address: str
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toString()))
    memory.remember(settings.DISCORD_LINKS, choice)
    fill(path, ("a.png",))
    window = shown(qtbot, memory, path)
    select(window, 0)
    qtbot.waitUntil(place(window).discord.isEnabled)
    place(window).discord.click()
    menu = menu_of_row(table(window))
    trigger(menu, "Open in Discord")
    menu.close()
    assert opened == [address, address]


def menu_of_row(panel: TablePanel) -> QMenu:
    panel.menus.open_for_row(panel.mapToGlobal(panel.rect().center()))
    menu = panel.menus.opened
    assert menu is not None
    return menu


def test_where_no_message_is_recorded_the_menu_says_so(qtbot: QtBot, memory: Settings, path: Path) -> None:
    fill(path, ("a.png",), message=False)
    window = shown(qtbot, memory, path)
    select(window, 0)
    qtbot.waitUntil(lambda: "did not record" in place(window).discord.accessibleDescription())
    menu = menu_of_row(table(window))
    action = entries(menu)["Open in Discord"]
    assert not action.isEnabled()  # type: ignore[attr-defined]
    assert "did not record" in action.toolTip()  # type: ignore[attr-defined]
    menu.close()


def test_closing_while_a_server_hangs_takes_no_time(
    qtbot: QtBot, memory: Settings, path: Path, host: ComfyHost
) -> None:
    fill(path, ("hanging.png",))
    window = shown(qtbot, memory, path, host.address)
    select(window, 0)
    qtbot.waitUntil(lambda: bool(host.asked))
    assert place(window).words == "Loading the picture…"
    window.close()
    assert not window.isVisible()


def test_what_loads_pictures_is_not_there_before_the_first(tmp_path: Path) -> None:
    import subprocess

    from tests.gui.windows import ROOT, environment

    program = (
        "import sys\nfrom gui.app import head_start, main\nfrom gui.pages.registry import PAGES\n"
        "[page.load() for page in PAGES]\nprint(*(name for name in sys.modules if 'pictures' in name), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "gui.threads.pictures.sources" in loaded, done.stderr
    heavy = ("loader", "download", "decoding", "worker", "cache", "trial")
    assert [name for name in loaded if name.startswith("gui.threads.pictures.") and name.endswith(heavy)] == []
