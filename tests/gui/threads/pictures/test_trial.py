"""What a trial of an address or a folder says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.threads.pictures import download, trial
from gui.threads.pictures.trial import SourceTrial
from tests.gui.picture_files import comfy_host


def said(qtbot: QtBot, begin: str, about: str) -> tuple[str, bool]:
    made = SourceTrial()
    with qtbot.waitSignal(made.ended, timeout=10_000) as caught:
        getattr(made, begin)(about)
    made.stop()
    words, found = caught.args
    return words, found


def test_a_server_says_its_version_and_how_many_files_it_made(qtbot: QtBot) -> None:
    with comfy_host() as host:
        host.history = {
            "a": {"outputs": {"9": {"images": [{"filename": "x.png"}, {"filename": "y.png"}], "text": ["z"]}}},
            "b": {"outputs": {"3": {"gifs": [{"filename": "v.mp4"}]}, "4": None}},
            "c": None,
        }
        words, found = said(qtbot, "try_address", host.address)
    assert found
    assert words == "ComfyUI 0.3.64 answers. Its latest runs (3) made 3 files."


@pytest.mark.parametrize("history", [[], "x", 7])
def test_a_history_that_is_none_is_said(qtbot: QtBot, history: object) -> None:
    with comfy_host() as host:
        host.history = history
        words, found = said(qtbot, "try_address", host.address)
    assert found
    assert "could not be read" in words


def test_what_is_not_comfyui_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with comfy_host() as host:
        for answer in (b"[]", b"{", b"<html>", b'{"system": 7}', b"[" * 100_000):
            host.files["system_stats"] = answer
            monkeypatch.setattr(type(host), "answer", lambda self, to: self._send(to, self.files["system_stats"]))
            assert said(qtbot, "try_address", host.address) == (
                "Something answers there, but it is not ComfyUI.",
                False,
            )
        address = host.address
    monkeypatch.setattr(download, "SILENCE_MS", 500)
    words, found = said(qtbot, "try_address", address)
    assert not found
    assert "does not answer" in words


def test_a_folder_is_counted(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(qtbot, "try_folder", str(tmp_path)) == ("The folder has no pictures or videos yet.", True)
    (tmp_path / "sub").mkdir()
    for name in ("a.PNG", "sub/b.webp", "sub/c.mp4", "d.txt"):
        (tmp_path / name).touch()
    assert said(qtbot, "try_folder", str(tmp_path)) == ("Found: 3 pictures and videos.", True)
    monkeypatch.setattr(trial, "_LONGEST_LOOK", -1.0)
    words, found = said(qtbot, "try_folder", str(tmp_path))
    assert (words, found) == ("Found: 1 picture or video, and more that were not counted.", True)
    for missing in (str(tmp_path / "nowhere"), str(tmp_path / "a.PNG"), "\0"):
        assert said(qtbot, "try_folder", missing) == ("There is no such folder, or it can't be read.", False)
