"""Pictures from a real server and real folders: what comes, what is said where none comes, and what is asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLoggingCategory
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.tables.pictures import Pictured
from gui.threads.pictures import download, loader
from gui.threads.pictures.decoding import NotShown
from gui.threads.pictures.loader import PictureLoader, key_for
from gui.threads.pictures.sources import sources_of
from tests.gui.picture_files import ComfyHost, comfy_host, picture, pictured

EDGE = 200


@pytest.fixture
def host(qapp: QApplication) -> Iterator[ComfyHost]:
    QLoggingCategory.setFilterRules("qt.gui.imageio*=false")
    with comfy_host() as made:
        yield made
    QLoggingCategory.setFilterRules("")


@pytest.fixture
def made(qapp: QApplication) -> Iterator[list[PictureLoader]]:
    """Those that a test has made; they are closed at its end."""
    loaders: list[PictureLoader] = []
    yield loaders
    for each in loaders:
        each.close()


def loading(made: list[PictureLoader], tmp_path: Path, address: str = "", folder: str = "") -> PictureLoader:
    made.append(PictureLoader(sources_of(folder, address), tmp_path / "cache"))
    return made[-1]


def outcome(qtbot: QtBot, loads: PictureLoader, wanted: Pictured, *, afresh: bool = False) -> QImage | NotShown:
    """What comes of a request in the end."""
    told: list[QImage | NotShown] = []
    key = key_for(wanted, EDGE)
    loads.loaded.connect(lambda found, said: told.append(said) if found == key else None)
    at_once = loads.ask(wanted, EDGE, afresh=afresh)
    if at_once is not None:
        return at_once
    qtbot.waitUntil(lambda: bool(told))
    return told[0]


def words(said: QImage | NotShown) -> str:
    assert isinstance(said, NotShown)
    assert said.words
    return said.words


def colour(said: QImage | NotShown) -> str:
    assert isinstance(said, QImage), said
    return QColor(said.pixel(said.width() // 2, 1)).name()


def test_a_picture_comes_from_the_server_once_and_then_from_the_disk(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    host.files["sub/a b&c.png"] = picture(size=(900, 600), colour="red")
    wanted = pictured("sub/a b&c.png")
    loads = loading(made, tmp_path, host.address)
    image = outcome(qtbot, loads, wanted)
    assert colour(image) == "#ff0000"
    assert isinstance(image, QImage)
    assert (image.width(), image.height()) == (200, 133)
    assert loads.ask(wanted, EDGE) is not None
    assert isinstance(outcome(qtbot, loading(made, tmp_path, host.address), wanted), QImage)
    assert host.names == ["a b&c.png"]


def test_the_folder_is_asked_before_the_server_and_the_server_for_what_it_has_not(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "here.png").write_bytes(picture(colour="blue"))
    host.files["there.png"] = picture(colour="lime")
    loads = loading(made, tmp_path, host.address, str(tmp_path / "output"))
    assert colour(outcome(qtbot, loads, pictured("here.png"))) == "#0000ff"
    assert host.asked == []
    assert colour(outcome(qtbot, loads, pictured("there.png", row=2))) == "#00ff00"
    assert "no longer has" in words(outcome(qtbot, loads, pictured("nowhere.png", row=3)))
    alone = loading(made, tmp_path, folder=str(tmp_path / "output"))
    assert "no longer in" in words(outcome(qtbot, alone, pictured("nowhere.png", row=3)))


def test_a_video_is_shown_by_the_picture_of_its_first_frame(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    host.files["clip.png"] = picture(colour="red")
    loads = loading(made, tmp_path, host.address)
    assert colour(outcome(qtbot, loads, pictured("clip.mp4", video=True))) == "#ff0000"
    assert "no picture of its first frame" in words(outcome(qtbot, loads, pictured("other.webm", video=True)))
    assert host.names == ["clip.png", "other.png"]
    assert "recorded no file" in words(outcome(qtbot, loads, pictured(row=9)))


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone.png", "no longer has"), ("denied.png", "refuses"), ("broken.png", "(500)"), ("moved.png", "elsewhere"),
     ("page.png", "no picture"), ("stated.png", "too large"), ("cut.png", "broke off")],
)  # fmt: skip
def test_what_a_server_may_answer_is_said(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path, name: str, said: str
) -> None:
    loads = loading(made, tmp_path, host.address)
    assert said in words(outcome(qtbot, loads, pictured(name)))
    assert host.names == [name]  # a redirect was not followed
    assert not (tmp_path / "cache").exists()


def test_an_answer_without_an_end_is_cut_off(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download.Download.__init__, "__kwdefaults__", {"number": 0, "most": 2**20})
    loads = loading(made, tmp_path, host.address)
    assert "too large" in words(outcome(qtbot, loads, pictured("endless.png")))
    assert host.sent < 32 * 2**20


@pytest.mark.parametrize("name", ["hanging.png", "dripping.png"])
def test_a_server_that_keeps_us_waiting_is_given_up(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(download, "SILENCE_MS", 300)
    monkeypatch.setattr(download, "LONGEST_MS", 400)
    loads = loading(made, tmp_path, host.address)
    assert words(outcome(qtbot, loads, pictured(name)))


def test_a_server_that_is_away_is_asked_once_and_again_when_the_host_says_so(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    address = host.address
    host.close()
    loads = loading(made, tmp_path, address)
    first = outcome(qtbot, loads, pictured("a.png"))
    assert "does not answer" in words(first)
    assert outcome(qtbot, loads, pictured("b.png", row=2)) is first
    with comfy_host() as another:
        another.files["a.png"] = picture(colour="red")
        loads._sources = sources_of("", another.address)
        assert colour(outcome(qtbot, loads, pictured("a.png"), afresh=True)) == "#ff0000"


def test_two_are_asked_for_at_a_time_and_what_is_looked_at_comes_first(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    loads = loading(made, tmp_path, host.address)
    for row, name in enumerate(("hanging.png", "hanging.2.png", "c.png", "d.png")):
        assert loads.ask(pictured(name, row=row), EDGE) is None
    loads.ask(pictured("first.png", row=8), EDGE, first=True)
    qtbot.waitUntil(lambda: len(host.asked) == 2)
    host.release.set()
    qtbot.waitUntil(lambda: len(host.asked) == 5)
    assert set(host.names[2:4]) == {"first.png", "c.png"}, "two at a time, in either order; the others wait"


def test_closing_and_forgetting_ask_for_nothing_more(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    loads = loading(made, tmp_path, host.address)
    told: list[object] = []
    loads.loaded.connect(lambda key, _said: told.append(key))
    for row in range(5):
        loads.ask(pictured("hanging.png", row=row), EDGE)
    qtbot.waitUntil(lambda: len(host.asked) == 2)
    loads.forget()
    host.release.set()
    host.files["a.png"] = picture()
    assert isinstance(outcome(qtbot, loads, pictured("a.png", row=9)), QImage)
    assert len(host.asked) == 3
    assert told == [key_for(pictured("a.png", row=9), EDGE)]
    loads.close()
    loads.close()


def test_memory_is_bounded(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "MOST_HELD", 250_000)
    monkeypatch.setattr(loader, "MOST_PENDING", 4)
    loads = loading(made, tmp_path, host.address)
    for row in range(6):
        host.files[f"{row}.png"] = picture(size=(200, 200))
        outcome(qtbot, loads, pictured(f"{row}.png", row=row))
    held = [each for each in loads._held.values() if isinstance(each, QImage)]
    assert sum(image.sizeInBytes() for image in held) <= 250_000
    for row in range(50):
        loads.ask(pictured("hanging.png", row=100 + row), EDGE)
    assert len(loads._pending) <= 4


def test_user_and_password_are_sent_and_logged_nowhere(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host.files["a.png"] = picture()
    loads = loading(made, tmp_path, host.address.replace("//", "//me:s3cret@"))
    assert isinstance(outcome(qtbot, loads, pictured("a.png")), QImage)
    words(outcome(qtbot, loads, pictured("denied.png", row=2)))
    assert [header for _path, header in host.asked] == ["Basic bWU6czNjcmV0"] * 2
    assert "s3cret" not in caplog.text + "".join(path for path, _header in host.asked)
    assert "bWU6" not in caplog.text


def test_a_damaged_file_of_the_cache_is_replaced(
    qtbot: QtBot, host: ComfyHost, made: list[PictureLoader], tmp_path: Path
) -> None:
    host.files["a.png"] = picture(colour="red")
    assert colour(outcome(qtbot, loading(made, tmp_path, host.address), pictured("a.png"))) == "#ff0000"
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"rubbish")
    assert isinstance(outcome(qtbot, loading(made, tmp_path, host.address), pictured("a.png")), QImage)
    assert len(host.asked) == 2
    assert kept.read_bytes() != b"rubbish"
