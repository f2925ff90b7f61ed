"""The command ``botpulse doctor``: what ``botpulse-db doctor`` finds, and Qt, the display, fonts and the tray.

Qt ends a process that it can't open a display for, so what it is asked runs in a process of its own. That also tells
what is wrong where Qt can't even be loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from core.cli.doctor.command import DESCRIPTION, add_arguments, tell
from core.cli.doctor.observations import Grade, Observation
from core.errors import BotpulseError
from core.log import configure_logging
from core.text.terminal_output import ready_streams
from core.text.translation import gettext as _
from core.worker.frozen import is_frozen

ASK_QT: Final = ("doctor", "--ask-qt")
"""The arguments of the process that asks Qt: :mod:`gui.app.doctor_qt` answers."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 60.0


def main(arguments: Sequence[str]) -> int:
    """Say what is found; returns the exit code: 0, 1 where something has to be mended, 2 for wrong arguments."""
    ready_streams()
    parser = argparse.ArgumentParser(prog="botpulse doctor", description=DESCRIPTION)
    add_arguments(parser)
    parser.add_argument("--verbose", action="store_true", help=_("log in detail"))
    options = parser.parse_args(arguments)
    configure_logging(options.verbose)
    observed, remembered = _of_window()
    return tell(options, observed, remembered)


def _of_window() -> tuple[list[Observation], str | None]:
    """What Qt says, and the database that was open last. Without a display the rest is asked of a screen in memory."""
    answer, fault = _asked({})
    if answer is not None:
        return _read(answer)
    if has_no_screen():
        words = _("this session has no screen")
        advice = _("No window opens here, but pictures can be drawn: {command}").format(
            command="botpulse snapshot picture.png DATABASE"
        )
        display = Observation("Display", Grade.NOTE, words, advice)
    else:
        display = Observation("Display", Grade.BAD, *_words_and_advice(fault))
    answer, _rest = _asked({"QT_QPA_PLATFORM": "offscreen"})
    if answer is None:
        return [Observation("Window", Grade.BAD, *_words_and_advice(fault))], None
    observed, remembered = _read(answer)
    return [display, *(each for each in observed if each.subject not in ("Display", "Tray"))], remembered


def _words_and_advice(said: str) -> tuple[str, str]:
    """The headline and the last of a fault's lines, which follow whatever the system's libraries complain of."""
    lines = said.splitlines() or [_("Qt ended without a word")]
    begins = [number for number, line in enumerate(lines) if line.startswith(_titles())]
    first = begins[-1] if begins else 0
    return lines[first], lines[-1] if len(lines) > first + 1 else ""


def _titles() -> tuple[str, ...]:
    """How the words begin with which a window is refused."""
    from gui.app import start  # it imports us

    kinds: list[type[BotpulseError]] = [start.WindowNotInstalled, start.SystemLibraryMissing]
    with suppress(ImportError):
        from gui.app.startup import NoWindow  # of Qt, which may be what is missing

        kinds.append(NoWindow)
    return tuple(kind.title for kind in kinds)


def has_no_screen() -> bool:
    """Whether nobody could expect a window in this session: an X or Wayland session is not named, nor a platform."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(map(os.environ.get, named))


def _asked(changed: dict[str, str]) -> tuple[dict[str, Any] | None, str]:
    """What a process with Qt answers, or None; and what it complains of."""
    program = [sys.executable] if is_frozen() else [sys.executable, "-m", "gui.app.start"]
    try:
        done = subprocess.run(
            [*program, *ASK_QT],
            cwd=_ROOT,  # where -m finds our packages before a bot's folders of the same names
            env={**os.environ, **changed},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, str(error)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer, ""
    except ValueError:
        return None, done.stderr.strip()


def _read(answer: dict[str, Any]) -> tuple[list[Observation], str | None]:
    told = [
        Observation(each["subject"], Grade(each["grade"]), each["words"], each["advice"]) for each in answer["told"]
    ]
    return told, answer["database"] or None
