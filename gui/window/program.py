"""What starts this installation of the window: for entries that a desktop or a session reads."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_IN_STRING: Final = {"\\": "\\\\", "%": "%%", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_WRITTEN: Final = {"s": " ", "n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_FIRST: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))', re.DOTALL)


def program() -> tuple[str, ...]:
    """The program and the arguments that start this installation of the window."""
    if getattr(sys, "frozen", False):  # a packaged program is its own interpreter
        return (sys.executable,)
    name = "botpulsew.exe" if sys.platform == "win32" else "botpulse"  # the one without a console beside it
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (folder / name).is_file():
            return (str(folder / name),)
    return (sys.executable, "-m", "gui.app.start")


def exec_line(parts: Iterable[str]) -> str:
    """A command as the ``Exec`` line of a desktop entry has it."""
    return " ".join(map(_quoted, parts))


def program_of(line: str) -> str:
    """The program that an ``Exec`` line of a desktop entry starts; empty where it names none."""
    found = _FIRST.match(re.sub(r"\\(.)", lambda sign: _WRITTEN.get(sign[1], sign[0]), line))
    if found is None:
        return ""
    return (re.sub(r"\\(.)", r"\1", found[1]) if found[2] is None else found[2]).replace("%%", "%")


def is_there(name: str) -> bool:
    """Whether a program can be started by this name: a path, or one that is looked for where programs are."""
    return bool(name) and shutil.which(os.path.expandvars(name)) is not None


def _quoted(argument: str) -> str:
    """An argument of an ``Exec`` line: in quotation marks, with what means something there escaped.

    The value is a string of such a file first, whose backslashes are doubled, and which may hold no end of a line.
    """
    escaped = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in argument)
    return '"' + "".join(_IN_STRING.get(sign, sign) for sign in escaped) + '"'
