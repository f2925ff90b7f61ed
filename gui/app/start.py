"""The entry of the command ``botpulse``: it says in words what is missing before there is a window to say it in.

Nothing of Qt is imported here until it is known to be there. The process that reads the database is started before, so
that it is ready, and has read, by the time that there is a window.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from gui.app import language  # noqa: F401 - before any text is made

# isort: split
from core.errors import BotpulseError, explain
from core.text.terminal_output import ready_streams, say
from core.text.translation import gettext as _
from core.worker.live.starting import started
from core.worker.process import Link, NoProcess
from gui.app import windows_console

_OF_THE_WINDOW: Final = frozenset({"PySide6", "shiboken6", "pyqtgraph", "fontTools"})
_WITHOUT_WINDOW: Final = frozenset({"snapshot", "chart", "desktop-entry", "doctor", "-h", "--help", "--version"})
"""Arguments with which no window opens, so nothing is read for one."""

_NOT_NEEDED: Final = _("Nothing was opened or changed. botpulse-db works without it.")


class WindowNotInstalled(BotpulseError):
    """The extra ``gui`` was not installed."""

    title = _("The monitor is not installed")
    what_happened = _("This Python has Botpulse for a bot only, without the libraries that draw the window.")
    what_is_safe = _NOT_NEEDED
    what_to_do = _('Install them into the same Python: python -m pip install "/path/to/botpulse[gui]"')


class SystemLibraryMissing(BotpulseError):
    """Qt can't be loaded, as the system lacks one of its libraries."""

    title = _("The system lacks a library")
    what_happened = _("Qt, which draws the window and its pictures, can't be loaded without it.")
    what_is_safe = _NOT_NEEDED
    what_to_do = _(
        "Install it. On Debian and Ubuntu these bring all that is needed: "
        "apt-get install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 where the window's libraries are not there."""
    windows_console.borrow()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["doctor"]:
        from gui.app import doctor

        if tuple(given) != doctor.ASK_QT:
            return doctor.main(given[1:])
    with ExitStack() as ends:
        first = None
        if _WITHOUT_WINDOW.isdisjoint(given):
            first = started()
            if isinstance(first, Link):
                ends.callback(first.end, kill=True)
        return _run(given, first, ends)


def _run(given: list[str], first: Link | NoProcess | None, ends: ExitStack) -> int:
    try:
        with nothing_collected():
            import PySide6.QtWidgets  # noqa: F401 - pyqtgraph would not say what of it is missing

            from gui.app import head_start

            process = head_start.begin(first, given) if first is not None else None
            if process is not None:
                ends.callback(process.stop)
            from gui.app.main import main as run
    except ImportError as error:
        fault = _fault_of(error)
        if fault is None:
            raise
        _say_fault(explain(fault))
        return 1
    return run(given, process)


def _say_fault(words: str) -> None:
    mute = windows_console.is_mute()
    ready_streams()
    say(words, error=True)
    if mute:
        windows_console.show_fault(words)


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Modules are loaded meanwhile: what they are made of stays, so to look for garbage in it is time lost."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _fault_of(error: ImportError) -> BotpulseError | None:
    """What is missing; None where it is nothing that a host could install."""
    package = (error.name or "").partition(".")[0]
    if package not in _OF_THE_WINDOW:
        return None
    if isinstance(error, ModuleNotFoundError):
        return WindowNotInstalled(package)
    library, _n, reason = error.msg.partition(": ")
    return SystemLibraryMissing(library, reason)


if __name__ == "__main__":
    sys.exit(main())
