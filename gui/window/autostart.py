"""Start with the session: an entry where the system looks for what it starts when a user signs in.

The entry itself is the truth: a host may have taken it away by the system's own means, or the program that it starts:
an entry that starts nothing counts as none. Windows: a value of the
user's ``Run`` key, and whether the Task Manager has switched it off. macOS: a launch agent. Elsewhere: a desktop entry,
as the specification "Desktop Application Autostart" has it.
"""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from core.errors import BotpulseError
from core.text.translation import gettext as _
from gui.window.program import exec_line, is_there, program, program_of

ARGUMENTS: Final = ("--minimised",)
LABEL: Final = "io.github.botpulse.Botpulse"

_RUN: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
_NAME: Final = "Botpulse"


class AutostartNotChanged(BotpulseError):
    """The system's entry could not be written, or taken away."""

    title = _("Starting with the session could not be changed")
    what_happened = _("The entry that the system reads when you sign in could not be written or removed.")
    what_is_safe = _("Everything else is as it was.")
    what_to_do = _("Check that it may be written, or change it in the system's own settings.")


class Entry(Protocol):
    """Where one system keeps what it starts."""

    def enabled(self) -> bool:
        """Whether Botpulse is started."""

    def enable(self) -> None:
        """Have it started from the next session on."""

    def disable(self) -> None:
        """Have it started no more."""


class DesktopEntry:
    """A file in the user's folder ``autostart``."""

    @property
    def path(self) -> Path:
        """Where the desktop looks for it."""
        chosen = os.environ.get("XDG_CONFIG_HOME", "")
        return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".config") / "autostart/botpulse.desktop"

    def enabled(self) -> bool:
        """Whether it is there, starts a program that is there, and no desktop has hidden it."""
        if not self.path.is_file():
            return False
        lines = self.path.read_bytes().decode(errors="surrogateescape").splitlines()
        entries = {key.strip(): value.strip() for key, _equals, value in (line.partition("=") for line in lines)}
        if entries.get("Hidden") == "true" or entries.get("X-GNOME-Autostart-enabled") == "false":
            return False
        return is_there(program_of(entries.get("Exec", "")))

    def enable(self) -> None:
        """Write it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Version=1.4",
            "Name=Botpulse",
            "Comment=Watch a Discord bot's commands, images and users live",
            f"Exec={exec_line((*program(), *ARGUMENTS))}",
            "Icon=botpulse",
            "Terminal=false",
        )
        text = "\n".join(lines) + "\n"
        self.path.write_bytes(text.encode(errors="surrogateescape"))  # a path is any bytes

    def disable(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)


class LaunchAgent:
    """A property list in the user's folder ``LaunchAgents``."""

    @property
    def path(self) -> Path:
        """Where launchd looks for it."""
        return Path.home() / "Library/LaunchAgents" / f"{LABEL}.plist"

    def enabled(self) -> bool:
        """Whether it is there, starts a program that is there, and is not switched off."""
        if not self.path.is_file():
            return False
        try:
            agent = plistlib.loads(self.path.read_bytes())
        except (plistlib.InvalidFileException, ValueError):
            return False
        if not isinstance(agent, dict) or agent.get("Disabled", False):
            return False
        started = agent.get("ProgramArguments")
        return isinstance(started, list) and bool(started) and is_there(str(started[0]))

    def enable(self) -> None:
        """Write it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        agent = {
            "Label": LABEL,
            "ProgramArguments": [*program(), *ARGUMENTS],
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        self.path.write_bytes(plistlib.dumps(agent))

    def disable(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)


if sys.platform == "win32":
    import winreg

    class RunKey:
        """A value of the user's ``Run`` key."""

        def enabled(self) -> bool:
            """Whether it is there, starts a program that is there, and the Task Manager has not switched it off."""
            command = _read(_RUN)
            return isinstance(command, str) and is_there(_first_of(command)) and not _is_off(_read(_APPROVED))

        def enable(self) -> None:
            """Write it, and forget that it was switched off."""
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                command = subprocess.list2cmdline((*program(), *ARGUMENTS))
                winreg.SetValueEx(key, _NAME, 0, winreg.REG_SZ, command)
            _forget(_APPROVED)

        def disable(self) -> None:
            """Remove it."""
            _forget(_RUN)
            _forget(_APPROVED)

    def _read(place: str) -> object:
        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, place) as key:
            return winreg.QueryValueEx(key, _NAME)[0]
        return None

    def _forget(place: str) -> None:
        access = winreg.KEY_SET_VALUE
        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, place, 0, access) as key:
            winreg.DeleteValue(key, _NAME)


def _first_of(command: str) -> str:
    """The program of a command line of Windows, whose name stands in quotation marks where it has a space."""
    command = command.strip()
    return command[1:].partition('"')[0] if command.startswith('"') else command.partition(" ")[0]


def _is_off(approved: object) -> bool:
    """Whether what the Task Manager has noted says so: its first byte is odd then."""
    return isinstance(approved, bytes) and bool(approved) and approved[0] % 2 == 1


def entry_of(platform: str = sys.platform) -> Entry:
    """The entry that this system reads."""
    if sys.platform == "win32":
        return RunKey()
    return LaunchAgent() if platform == "darwin" else DesktopEntry()


def starts_with_session() -> bool:
    """Whether the system starts Botpulse; False also where that can't be read."""
    try:
        return entry_of().enabled()
    except (OSError, RuntimeError):
        return False


def start_with_session(wanted: bool) -> None:
    """Have the system start Botpulse minimised when the user signs in, or no longer.

    Raises:
        AutostartNotChanged: the entry can't be written or removed.
    """
    entry = entry_of()
    try:
        entry.enable() if wanted else entry.disable()
    except RuntimeError as error:
        raise AutostartNotChanged("autostart", str(error)) from error
    except OSError as error:
        raise AutostartNotChanged(str(getattr(entry, "path", "Run")), str(error)) from error
