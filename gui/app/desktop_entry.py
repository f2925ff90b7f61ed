"""The command ``botpulse desktop-entry``: Botpulse among the desktop's programs, with its icon and manual page."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.errors import BotpulseError, explain
from core.text.terminal_output import say
from core.text.translation import gettext as _
from gui.window.program import exec_line, program
from resources import design

_PLACES: Final = {
    "botpulse.desktop": "applications/botpulse.desktop",
    "icons/botpulse.svg": "icons/hicolor/scalable/apps/botpulse.svg",
    "botpulse.metainfo.xml": "metainfo/io.github.botpulse.Botpulse.metainfo.xml",
    "botpulse.1": "man/man1/botpulse.1",
}
"""A packaged file, and where the desktop looks for it, below the user's folder of data."""


_TOLD_SECONDS: Final = 10


class NotEntered(BotpulseError):
    """The files could not be written, or taken away."""

    title = _("The desktop entry could not be changed")
    what_happened = _("A file in your folder of desktop entries could not be written or removed.")
    what_is_safe = _("Botpulse itself works as before, from a terminal too.")
    what_to_do = _("Check that the folder may be written and has room; then try again.")


def main(arguments: Sequence[str]) -> int:
    """Install the entry or remove it; returns the exit code: 0, 1 where that is not possible, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    try:
        touched = remove() if options.remove else install()
    except NotEntered as fault:
        say(explain(fault), error=True)
        return 1
    _tell_desktop(data_home() / "applications")
    done = _("removed") if options.remove else _("written")
    for path in touched:
        say(f"{done}: {path}")
    return 0


def _tell_desktop(folder: Path) -> None:
    """Have the desktop look at its entries again, so that links lead here; it does by itself where it has no tool."""
    tool = shutil.which("update-desktop-database")
    if tool is not None and folder.is_dir():
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([tool, "-q", str(folder)], stdin=subprocess.DEVNULL, check=False, timeout=_TOLD_SECONDS)


def install(command: str = "") -> list[Path]:
    """Write the entry for this user, so that it starts ``command`` (by default this installation); return the files.

    Raises:
        NotEntered: a file can't be written.
    """
    command = command or exec_line(program())
    written = []
    for name, place in _PLACES.items():
        target = data_home() / place
        text = design.text(name)
        if name.endswith(".desktop"):
            text = text.replace("Exec=botpulse ", f"Exec={command} ")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode(errors="surrogateescape"))  # a path is any bytes
        except OSError as error:
            raise NotEntered(str(target), str(error)) from error
        written.append(target)
    return written


def remove() -> list[Path]:
    """Take the files away that :func:`install` wrote; return those that were there.

    Raises:
        NotEntered: a file can't be removed.
    """
    there = [path for path in (data_home() / place for place in _PLACES.values()) if path.is_file()]
    for path in there:
        try:
            path.unlink()
        except OSError as error:
            raise NotEntered(str(path), str(error)) from error
    return there


def data_home() -> Path:
    """Return the user's folder of data, as the XDG base directories have it.

    Raises:
        NotEntered: the user has no home that is known.
    """
    chosen = os.environ.get("XDG_DATA_HOME", "")
    try:
        return Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise NotEntered("~", str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="botpulse desktop-entry",
        description=_(
            "Put Botpulse among the programs of a Linux desktop, for this user: entry, icon and manual page."
        ),
    )
    parser.add_argument("--remove", action="store_true", help=_("take it away again"))
    return parser
