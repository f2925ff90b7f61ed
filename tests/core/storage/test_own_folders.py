"""Folders of the user's own, where no home is known: in a container whose user has only a number."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.log import log_folder
from core.manager import AnalyticsManager
from core.storage.own_folders import caches_folder, data_folder
from tests.core.stored import rows

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there the system knows the folders")


@pytest.fixture(autouse=True)
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def unknown(uid: int) -> Any:
        raise KeyError(uid)

    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_the_root_stands_in_for_a_home() -> None:
    with pytest.raises(RuntimeError):
        Path.home()
    for folder in (data_folder(), caches_folder(), log_folder()):
        assert folder.is_absolute() and folder.parts[1].startswith(".")


def test_a_bot_writes_all_the_same(tmp_path: Path) -> None:
    manager = AnalyticsManager(str(tmp_path / "analytics.db"))
    manager.track_command("stats", "4711")
    assert manager.flush(10)
    manager.close()
    assert len(rows(tmp_path / "analytics.db")["command_usage"]) == 1


def test_doctor_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cli.main.configure_logging", lambda _verbose: None)  # it would log below the root
    assert main(["doctor", str(tmp_path / "gone.db")]) == 1
    assert "is not there" in capsys.readouterr().out
