"""The language that the host chose in Preferences, made known before any text is made: importing this does it.

Texts are made as modules are imported, and the process that reads is started before Qt is there. So the choice is read
from where Qt keeps it, without Qt, and put into the environment, which child processes inherit.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

_VARIABLE: Final = "BOTPULSE_LANGUAGE"
"""As in :mod:`core.text.translation`, which must not be imported before."""

_KEY: Final = "language"
_SYSTEM: Final = "system"
_LINE: Final = re.compile(rf"^{_KEY}=(\w+)\s*$", re.MULTILINE)


def remembered() -> str:
    """The language that was chosen in Preferences; empty for the system's."""
    try:
        chosen = _stored()
    except (OSError, ValueError, RuntimeError):  # of the last: no home is known
        return ""
    return "" if chosen == _SYSTEM else chosen


def _stored() -> str:
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\botpulse\botpulse") as key:
            return str(winreg.QueryValueEx(key, _KEY)[0])
    if sys.platform == "darwin":
        import plistlib

        path = Path.home() / "Library" / "Preferences" / "com.botpulse.botpulse.plist"
        try:
            return str(plistlib.loads(path.read_bytes()).get(_KEY, ""))
        except plistlib.InvalidFileException:
            return ""
    place = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    found = _LINE.search((place / "botpulse" / "botpulse.conf").read_text(encoding="utf-8", errors="replace"))
    return found[1] if found else ""


if not os.environ.get(_VARIABLE) and (_chosen := remembered()):
    os.environ[_VARIABLE] = _chosen
