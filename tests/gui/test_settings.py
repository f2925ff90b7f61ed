from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from gui import settings
from gui.settings import MOST_RECENT, SETTINGS, Settings
from tests.gui.windows import settings_in


def raw(folder: Path) -> QSettings:
    return QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)


def test_until_the_host_says_otherwise_the_defaults_hold(memory: Settings) -> None:
    assert memory.text(settings.THEME) == "system"
    assert memory.text(settings.RANGE) == "24h"
    assert memory.text(settings.DATABASE) == ""
    assert memory.texts(settings.RECENT) == ()
    assert memory.octets(settings.GEOMETRY).isEmpty()


def test_what_is_remembered_is_there_the_next_time(tmp_path: Path) -> None:
    before = settings_in(tmp_path)
    before.remember(settings.THEME, "dark")
    before.remember(settings.GEOMETRY, QByteArray(b"\x00\xffgeometry"))
    before.remember_database("/srv/bots, all & more/ana;lytics=1.db")
    del before
    after = settings_in(tmp_path)
    assert after.text(settings.THEME) == "dark"
    assert after.octets(settings.GEOMETRY) == QByteArray(b"\x00\xffgeometry")
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
    assert memory.text(settings.RANGE) == "24h"
    assert all(isinstance(address, str) for address in memory.texts(settings.RECENT))
    assert memory.octets(settings.GEOMETRY).isEmpty()


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


def test_every_setting_is_declared_once_and_explained() -> None:
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.help
        assert not setting.allowed or setting.default in setting.allowed
