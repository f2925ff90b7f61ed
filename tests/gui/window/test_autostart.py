"""Start with the session: the entry is the truth, wherever a system keeps it."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import settings
from gui.app.main import appear, parse
from gui.dialogs.controls import Switch
from gui.dialogs.preferences import PreferencesDialog
from gui.window import autostart
from gui.window.autostart import AutostartNotChanged, DesktopEntry, LaunchAgent
from gui.window.main_window import MainWindow
from gui.window.program import exec_line, program_of
from tests.gui.window.test_preferences_at_once import in_preferences
from tests.gui.windows import texts


def _switch(dialog: PreferencesDialog) -> Switch:
    control = dialog.controls[settings.AUTOSTART.key]
    assert isinstance(control, Switch)
    return control


linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other systems keep it elsewhere")


@linux
def test_the_entry_starts_this_installation_minimised(home: Path) -> None:
    assert not autostart.starts_with_session()
    autostart.start_with_session(True)
    assert autostart.starts_with_session()
    lines = DesktopEntry().path.read_text(encoding="utf-8").splitlines()
    (command,) = [line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")]
    program, *arguments = shlex.split(command)
    assert Path(program).is_file()
    assert parse(arguments[-1:]).minimised
    autostart.start_with_session(False)
    assert not autostart.starts_with_session()
    assert not DesktopEntry().path.exists()
    autostart.start_with_session(False)  # gone already


def _read_back(value: str) -> list[str]:
    """An ``Exec`` line by the Desktop Entry Specification: a string, then quotation, then field codes."""
    signs = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    text = re.sub(r"\\(.)", lambda found: signs[found[1]], value)
    quoted = r'"((?:[^"`$\\]|\\["`$\\])*)"'
    assert re.fullmatch(f"{quoted}(?: {quoted})*", text, re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", each).replace("%%", "%") for each in re.findall(quoted, text, re.DOTALL)]


@pytest.mark.parametrize(
    "path",
    [
        "/a b/x",
        '/"q"/`w`/$HOME/b\\s',
        "/100%/%f%%",
        "/ü/é",
        "/line\nend",
        "/car\rriage",
        "/tab\tx",
        "/a\\n",
        "/it's;&|<>*?#()",
    ],
)
def test_any_path_is_read_back_from_the_line(path: str) -> None:
    line = exec_line((path, "--minimised"))
    assert program_of(line) == path
    assert len(line.splitlines()) == 1
    assert _read_back(line) == [path, "--minimised"]


@linux
def test_a_path_that_is_no_text_is_entered_as_its_bytes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autostart, "program", lambda: (os.fsdecode(b"/srv/\xff/botpulse"),))
    autostart.start_with_session(True)
    assert b'"/srv/\xff/botpulse"' in DesktopEntry().path.read_bytes()


def _program_at(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"#!/bin/sh\n")
    place.chmod(0o755)
    return place


@linux
@pytest.mark.parametrize("name", ["a b/botpulse", 'q"`$\\/100%/botpulse', "line\nend/botpulse"])
def test_an_entry_counts_as_long_as_its_program_is_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = _program_at(tmp_path / name)
    monkeypatch.setattr(autostart, "program", lambda: (str(place),))
    autostart.start_with_session(True)
    assert autostart.starts_with_session()
    place.unlink()
    assert not autostart.starts_with_session()


@linux
def test_an_entry_may_name_a_program_that_is_looked_for(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    autostart.start_with_session(True)
    DesktopEntry().path.write_text("[Desktop Entry]\nExec = botpulse-of-mine --minimised\n", encoding="utf-8")
    assert not autostart.starts_with_session()
    monkeypatch.setenv("PATH", str(_program_at(tmp_path / "bin" / "botpulse-of-mine").parent))
    assert autostart.starts_with_session()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ('"C:\\Program Files\\Botpulse\\Botpulse.exe" --minimised', "C:\\Program Files\\Botpulse\\Botpulse.exe"),
        ("C:\\Botpulse.exe --minimised", "C:\\Botpulse.exe"),
        ("", ""),
    ],
)
def test_the_program_of_a_command_line_of_windows(command: str, name: str) -> None:
    assert autostart._first_of(command) == name


@linux
def test_where_no_home_is_known_it_is_off_and_can_not_be_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert not autostart.starts_with_session()
    with pytest.raises(AutostartNotChanged):
        autostart.start_with_session(True)


@linux
@pytest.mark.parametrize("line", ["Hidden=true", "Hidden = true", "X-GNOME-Autostart-enabled=false"])
def test_an_entry_that_the_desktop_has_hidden_counts_as_none(home: Path, line: str) -> None:
    autostart.start_with_session(True)
    path = DesktopEntry().path
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert not autostart.starts_with_session()
    autostart.start_with_session(True)
    assert autostart.starts_with_session()


@linux
def test_a_folder_that_is_a_file_is_told(home: Path) -> None:
    place = DesktopEntry().path.parent
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file in the way")
    with pytest.raises(AutostartNotChanged):
        autostart.start_with_session(True)
    assert not autostart.starts_with_session()


def test_a_launch_agent_runs_when_the_user_signs_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: home)
    agent = LaunchAgent()
    assert not agent.enabled()
    agent.enable()
    assert agent.enabled()
    written = plistlib.loads(agent.path.read_bytes())
    assert written["RunAtLoad"] is True and written["ProgramArguments"][-1] == "--minimised"
    agent.path.write_bytes(plistlib.dumps(written | {"ProgramArguments": [str(home / "gone"), "--minimised"]}))
    assert not agent.enabled()
    agent.path.write_bytes(plistlib.dumps(written | {"Disabled": True}))
    assert not agent.enabled()
    agent.path.write_bytes(b"no property list")
    assert not agent.enabled()
    agent.disable()
    assert not agent.path.exists()


@pytest.mark.parametrize(
    ("noted", "off"), [(None, False), (b"", False), (b"\x02" + bytes(11), False), (b"\x03" + bytes(11), True)]
)
def test_what_the_task_manager_has_switched_off_counts_as_off(noted: object, off: bool) -> None:
    assert autostart._is_off(noted) is off


@linux
def test_the_preference_follows_the_entry_and_changes_it(home: Path, qtbot: QtBot, window: MainWindow) -> None:
    autostart.start_with_session(True)

    def switch_off(dialog: PreferencesDialog) -> None:
        control = _switch(dialog)
        assert control.isChecked()
        qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
        assert not autostart.starts_with_session()

    in_preferences(qtbot, window, switch_off)


@linux
def test_a_refusal_is_said_and_the_switch_stays(home: Path, qtbot: QtBot, window: MainWindow) -> None:
    place = DesktopEntry().path.parent
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file in the way")

    def try_it(dialog: PreferencesDialog) -> None:
        control = _switch(dialog)
        qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
        assert not control.isChecked()
        assert any("could not be changed" in text for text in texts(dialog))

    in_preferences(qtbot, window, try_it)


@pytest.mark.parametrize("minimised", [True, False])
def test_it_begins_minimised_where_that_is_asked(window: MainWindow, minimised: bool) -> None:
    window.hide()
    appear(window, minimised=minimised)
    assert window.isMinimized() is minimised
    assert QApplication.topLevelWidgets()


def test_minimised_it_begins_in_the_tray_where_it_stays_there(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.hide()
    with monkeypatch.context() as staying:
        staying.setattr(type(window.presence), "stays", property(lambda _self: True))
        appear(window, minimised=True)
    assert not window.isVisible()
