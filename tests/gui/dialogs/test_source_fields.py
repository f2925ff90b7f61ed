"""Where pictures are, in Preferences: what is typed, tried, refused and exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from gui import settings
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.settings_file import export_settings, import_settings
from gui.dialogs.source_fields import SourceField
from gui.settings import Setting, Settings
from tests.gui.picture_files import ComfyHost, comfy_host
from tests.gui.windows import settings_in

SECRET = "http://me:s3cret@comfy.example:8188"


@pytest.fixture
def dialog(qtbot: QtBot, memory: Settings) -> PreferencesDialog:
    made = PreferencesDialog(memory)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


@pytest.fixture
def host() -> Iterator[ComfyHost]:
    with comfy_host() as made:
        yield made


def field(dialog: PreferencesDialog, setting: Setting = settings.COMFYUI_ADDRESS) -> SourceField:
    control = dialog.controls[setting.key]
    assert isinstance(control, SourceField)
    return control


def type_into(qtbot: QtBot, control: SourceField, text: str) -> None:
    control.line.setFocus()
    control.line.clear()
    qtbot.keyClicks(control.line, text)
    qtbot.keyClick(control.line, Qt.Key.Key_Return)


def test_an_address_is_remembered_once_it_is_whole(qtbot: QtBot, dialog: PreferencesDialog, memory: Settings) -> None:
    told: list[object] = []
    dialog.changed.connect(lambda _setting, value: told.append(value))
    type_into(qtbot, field(dialog), "127.0.0.1:8188")
    assert told == ["127.0.0.1:8188"]
    assert memory.text(settings.COMFYUI_ADDRESS) == "127.0.0.1:8188"
    type_into(qtbot, field(dialog), "ftp://host")
    assert "http://" in field(dialog).words.text()
    assert memory.text(settings.COMFYUI_ADDRESS) == "127.0.0.1:8188"
    type_into(qtbot, field(dialog), "")
    assert memory.text(settings.COMFYUI_ADDRESS) == ""
    assert not field(dialog).attempt.isEnabled()
    assert dialog.isVisible()


def test_a_trial_says_what_it_found(qtbot: QtBot, dialog: PreferencesDialog, host: ComfyHost) -> None:
    control = field(dialog)
    type_into(qtbot, control, host.address)
    assert host.asked == []  # nothing is asked before the host says so
    control.attempt.click()
    qtbot.waitUntil(lambda: "ComfyUI 0.3.64 answers" in control.words.text())
    assert control.attempt.isEnabled()
    qtbot.keyClicks(control.line, "9")
    assert control.words.text() == ""
    host.close()
    type_into(qtbot, control, host.address)
    control.attempt.click()
    qtbot.waitUntil(lambda: "does not answer" in control.words.text())


def test_a_trial_ends_with_the_dialog(qtbot: QtBot, dialog: PreferencesDialog, host: ComfyHost, tmp_path: Path) -> None:
    folder = field(dialog, settings.COMFYUI_FOLDER)
    type_into(qtbot, folder, str(tmp_path))
    folder.attempt.click()
    field(dialog).line.setText(host.address)
    field(dialog).attempt.setEnabled(True)
    field(dialog).attempt.click()
    dialog.close()
    assert field(dialog)._trial is None
    assert folder._trial is None


def test_a_folder_is_browsed_for(
    qtbot: QtBot, dialog: PreferencesDialog, memory: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = field(dialog, settings.COMFYUI_FOLDER)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    control.browse.click()
    assert memory.text(settings.COMFYUI_FOLDER) == str(tmp_path)
    control.attempt.click()
    qtbot.waitUntil(lambda: "no pictures or videos yet" in control.words.text() or "Found" in control.words.text())
    assert not field(dialog).browse.isVisible()


def test_user_and_password_are_exported_to_nobody_and_kept_on_import(memory: Settings, tmp_path: Path) -> None:
    memory.remember(settings.COMFYUI_ADDRESS, SECRET)
    memory.remember(settings.COMFYUI_FOLDER, "/srv/output")
    export_settings(memory, tmp_path / "s.json")
    text = (tmp_path / "s.json").read_text(encoding="utf-8")
    assert "s3cret" not in text
    preferences = json.loads(text)["preferences"]
    assert preferences["comfyui_address"] == "http://comfy.example:8188"
    assert preferences["comfyui_folder"] == "/srv/output"
    assert import_settings(memory, tmp_path / "s.json").changed == ()
    assert memory.text(settings.COMFYUI_ADDRESS) == SECRET
    (tmp_path / "other").mkdir()
    other = settings_in(tmp_path / "other")
    import_settings(other, tmp_path / "s.json")
    assert other.text(settings.COMFYUI_ADDRESS) == "http://comfy.example:8188"


@pytest.mark.parametrize("value", ["ftp://h", "http://", 7, None])
def test_an_address_that_is_none_is_not_imported(memory: Settings, tmp_path: Path, value: object) -> None:
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"botpulse_settings": 1, "preferences": {"comfyui_address": value}}))
    assert import_settings(memory, file).refused == ("comfyui_address",)
