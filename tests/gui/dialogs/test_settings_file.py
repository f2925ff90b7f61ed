"""Preferences as a file: written by one window, taken over by another, and refused where it is something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui import settings
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.settings_file import (
    NoSettingsFile,
    SettingsNotWritten,
    export_settings,
    import_settings,
)
from gui.settings import PREFERENCES, Settings
from tests.gui.windows import settings_in, texts


@pytest.fixture
def other(tmp_path: Path) -> Settings:
    (tmp_path / "other").mkdir()
    return settings_in(tmp_path / "other")


def test_what_one_exports_another_imports(memory: Settings, other: Settings, tmp_path: Path) -> None:
    for setting, value in ((settings.THEME, "dark"), (settings.INTERVAL, 250), (settings.ZONE, "Asia/Tokyo"),
                           (settings.NOTIFY, False)):  # fmt: skip
        memory.remember(setting, value)  # type: ignore[arg-type]
    lines = ("restarts=1.4", "queue=2")
    memory.remember(settings.THRESHOLDS, lines)
    memory.remember(settings.QUIET_HOURS, "23-7")
    memory.remember_database("/srv/bot/analytics.db")
    export_settings(memory, tmp_path / "s.json")
    taken = import_settings(other, tmp_path / "s.json")
    assert {setting.key for setting, _ in taken.changed} == {
        *("theme", "interval", "zone", "notify"), *("alarm_thresholds", "alarm_quiet_hours")
    }  # fmt: skip
    assert (other.texts(settings.THRESHOLDS), other.text(settings.QUIET_HOURS)) == (lines, "23-7")
    assert (taken.unknown, taken.refused) == ((), ())
    assert [other.value(each) for each in PREFERENCES] == [memory.value(each) for each in PREFERENCES]
    assert "/srv/bot" not in (tmp_path / "s.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "value"),
    [("theme", "purple"), ("interval", 1), ("interval", "40"), ("interval", True), ("notify", "yes"), ("notify", 1),
     ("zone", "Mars/Olympus"), ("zone", "../../etc/passwd"), ("theme", None), ("mask_prompts", []),
     ("alarm_quiet_hours", "25-1"), ("alarms_off", "slow"), ("alarms_off", [1]), ("alarms_in_discord", "yes")],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_left_out_and_named(
    memory: Settings, tmp_path: Path, key: str, value: object
) -> None:
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"botpulse_settings": 1, "preferences": {key: value, "density": "compact", "new": 1}}))
    taken = import_settings(memory, file)
    assert taken.refused == (key,)
    assert taken.unknown == ("new",)
    assert taken.changed == ((settings.DENSITY, "compact"),)
    assert all(memory.value(each) == each.default for each in PREFERENCES if each is not settings.DENSITY)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"preferences": {}}', '{"botpulse_settings": 2, "preferences": {"theme": "dark"}}',
     '{"botpulse_settings": 1, "preferences": []}', "[" * 100_000, "\ufeff\x00", '{"botpulse_settings": 1}'],
)  # fmt: skip
def test_another_file_is_refused_in_words(memory: Settings, tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NoSettingsFile):
        import_settings(memory, file)
    assert all(memory.value(each) == each.default for each in PREFERENCES)


def test_a_folder_that_is_not_there_is_told(memory: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsNotWritten):
        export_settings(memory, tmp_path / "nowhere" / "s.json")
    with pytest.raises(NoSettingsFile):
        import_settings(memory, tmp_path)


def test_the_dialog_takes_a_file_over_at_once_and_says_what_was_left_out(
    qtbot: QtBot, memory: Settings, other: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.remember(settings.THEME, "dark")
    file, dialog = tmp_path / "s.json", PreferencesDialog(memory)
    qtbot.addWidget(dialog)
    dialog.show()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    qtbot.mouseClick(dialog.export_all, Qt.MouseButton.LeftButton)
    assert f"Exported to {file}" in texts(dialog)
    written = json.loads(file.read_text(encoding="utf-8"))
    written["preferences"] |= {"interval": -1, "<b>odd</b>": 1}
    file.write_text(json.dumps(written), encoding="utf-8")

    second = PreferencesDialog(other)
    qtbot.addWidget(second)
    second.show()
    told: list[tuple[str, object]] = []
    second.changed.connect(lambda setting, value: told.append((setting.key, value)))
    qtbot.mouseClick(second.import_all, Qt.MouseButton.LeftButton)
    assert told == [("theme", "dark")]
    assert "1 setting changed; not understood, and left out: interval, <b>odd</b>." in texts(second)
    file.write_text("something else", encoding="utf-8")
    qtbot.mouseClick(second.import_all, Qt.MouseButton.LeftButton)
    assert any(text.startswith("No settings were imported.") for text in texts(second))
    assert other.value(settings.THEME) == "dark"
