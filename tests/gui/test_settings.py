from __future__ import annotations

from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal
from PySide6.QtCore import QByteArray, QSettings

from core.tables.definitions import TABLES
from gui import settings
from gui.dialogs import chart_fields, export_table
from gui.dialogs.report import REPORT_FOLDER, REPORT_PAGES
from gui.settings import MOST_RECENT, PREFERENCES, SETTINGS, Settings
from gui.status.alarms import ANSWERS
from gui.tables.records.preferences import table_settings
from gui.window.alarms import ALARM_MARKS
from gui.window.comparing import COMPARE, COMPARED_LAST
from gui.window.walk import WALK_SECONDS
from tests.gui.windows import settings_in


def raw(folder: Path) -> QSettings:
    return QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)


def test_until_the_host_says_otherwise_the_defaults_hold(memory: Settings) -> None:
    assert memory.text(settings.THEME) == "system"
    assert memory.choice().key == "24h"
    assert memory.text(settings.DATABASE) == ""
    assert memory.texts(settings.RECENT) == ()
    assert memory.byte_array(settings.GEOMETRY).isEmpty()


def test_settings_are_there_the_next_time(tmp_path: Path) -> None:
    before = settings_in(tmp_path)
    before.remember(settings.THEME, "dark")
    before.remember(settings.GEOMETRY, QByteArray(b"\x00\xffgeometry"))
    before.remember_database("/srv/bots, all & more/ana;lytics=1.db")
    del before
    after = settings_in(tmp_path)
    assert after.text(settings.THEME) == "dark"
    assert after.byte_array(settings.GEOMETRY) == QByteArray(b"\x00\xffgeometry")
    assert after.text(settings.DATABASE) == "/srv/bots, all & more/ana;lytics=1.db"
    assert after.texts(settings.RECENT) == ("/srv/bots, all & more/ana;lytics=1.db",)


@pytest.mark.parametrize("value", ["purple", 7, ["dark"], ""])
def test_a_value_that_is_not_allowed_counts_as_the_default(tmp_path: Path, value: object) -> None:
    store = raw(tmp_path)
    for setting in (settings.THEME, settings.RANGE, settings.RECENT, settings.GEOMETRY):
        store.setValue(setting.key, value)
    store.sync()
    memory = settings_in(tmp_path)
    assert memory.text(settings.THEME) == "system"
    assert memory.choice().key == "24h"
    assert all(isinstance(address, str) for address in memory.texts(settings.RECENT))
    assert memory.byte_array(settings.GEOMETRY).isEmpty()


def test_recent_databases_stand_once_the_latest_first(memory: Settings) -> None:
    for number in range(MOST_RECENT + 5):
        memory.remember_database(f"/{number}.db")
    memory.remember_database("/9.db")
    recent = memory.texts(settings.RECENT)
    assert recent[:2] == ("/9.db", "/14.db")
    assert len(recent) == len(set(recent)) == MOST_RECENT
    memory.forget_recent()
    assert memory.texts(settings.RECENT) == ()
    assert memory.text(settings.DATABASE) == "/9.db"


@pytest.mark.parametrize("value", ["often", "", 9, 60_001, "1e400", ["100"], None])
def test_a_number_that_is_none_or_out_of_bounds_counts_as_the_default(tmp_path: Path, value: object) -> None:
    store = raw(tmp_path)
    store.setValue(settings.INTERVAL.key, value)
    store.sync()
    assert settings_in(tmp_path).number(settings.INTERVAL) == settings.INTERVAL.default


@pytest.mark.parametrize(
    ("value", "on"), [("true", True), ("false", False), (True, True), (False, False), ("maybe", True), (["x"], True)]
)
def test_a_switch_reads_back_and_falls_back(tmp_path: Path, value: object, on: bool) -> None:
    store = raw(tmp_path)
    store.setValue(settings.NOTIFY.key, value)
    store.sync()
    assert settings_in(tmp_path).switch(settings.NOTIFY) is on


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("system", "system"),
        ("Mars/Olympus", "system"),
        ("../../etc/passwd", "system"),
        ("/etc/passwd", "system"),
        ("", "system"),
        ("Europe", "system"),
        (7, "system"),
        ("a\0b", "system"),
    ],
)
def test_a_zone_that_this_machine_does_not_know_is_the_systems(memory: Settings, value: object, name: str) -> None:
    memory.remember(settings.ZONE, value)  # type: ignore[arg-type]
    assert memory.zone_name() == memory.value(settings.ZONE) == name
    expected = tzlocal.get_localzone() if name == "system" else ZoneInfo(name)
    assert memory.zone() == expected


def test_every_preference_reads_back_as_what_was_remembered(tmp_path: Path) -> None:
    chosen: dict[str, object] = {"zone": "Asia/Tokyo", "interval": 250, "notify": False, "mask_prompts": True,
                                 "mask_names": True, "start_with_session": True, "comfyui_address": "http://127.0.0.1:8188",
                                 "comfyui_folder": "/srv/comfyui/output", "kept_ages": "images=9"}  # fmt: skip
    for setting in PREFERENCES:
        chosen.setdefault(setting.key, setting.allowed[-1] if setting.allowed else None)
        settings_in(tmp_path).remember(setting, chosen[setting.key])  # type: ignore[arg-type]
    after = settings_in(tmp_path)
    assert {setting.key: after.value(setting) for setting in PREFERENCES} == chosen


def test_the_monitor_and_the_table_agree_on_the_interval() -> None:
    from core.worker.live.messages import INTERVAL_MS

    assert settings.INTERVAL.default == INTERVAL_MS


def test_settings_of_a_group_stand_together() -> None:
    groups = [group for group, _ in groupby(PREFERENCES, key=lambda setting: setting.group)]
    assert len(groups) == len(set(groups))
    for setting in PREFERENCES:
        assert setting.allowed == tuple(option.value for option in setting.options)


def test_every_setting_is_declared_once_and_explained() -> None:
    of_tables = [setting for key in TABLES for setting in table_settings(key)]
    every = [
        *SETTINGS,
        *chart_fields.EXPORT_SETTINGS,
        *export_table.EXPORT_SETTINGS,
        ANSWERS,
        WALK_SECONDS,
        ALARM_MARKS,
        COMPARE,
        COMPARED_LAST,
        REPORT_FOLDER,
        REPORT_PAGES,
        *of_tables,
    ]
    assert len({setting.key for setting in every}) == len(every)
    for setting in every:
        assert setting.help
        assert not setting.allowed or setting.default in setting.allowed
