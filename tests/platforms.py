"""What not every system has: marks for tests that need it, and the same thing by a system's own means."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest

ON_WINDOWS: Final = os.name == "nt"

KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)
"""What ends a process at once by ``os.kill``; on Windows every signal does."""

KILLED: Final = KILL.value if ON_WINDOWS else -KILL.value
"""The exit code of a process that was ended so."""

asks_by_signals = pytest.mark.skipif(ON_WINDOWS, reason="Windows ends a process without asking it")
moves_open_files = pytest.mark.skipif(ON_WINDOWS, reason="Windows renames and deletes no file that is open")
full_disk = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a full disk is had on Linux only")


def _can_link() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        real, link = Path(folder, "real").resolve(), Path(folder, "link")
        real.touch()
        try:
            link.symlink_to(real)
        except OSError:
            return False
        return link.resolve() == real


links = pytest.mark.skipif(not _can_link(), reason="links can't be made here: on Windows that needs a privilege")


def allowed(name: str) -> str:
    """A name of a file without the signs that this system takes in none."""
    return "".join(sign for sign in name if sign not in '<>:"/\\|?*') if ON_WINDOWS else name


def once_free(act: Callable[[], object]) -> Callable[[], bool]:
    """What is done to a file, as a condition to wait for: Windows refuses it while a look has the file open."""

    def done() -> bool:
        try:
            act()
        except PermissionError:
            return False
        return True

    return done


def where_allowed(names: Iterable[str]) -> list[Any]:
    """Names of files for ``pytest.mark.parametrize``; those that this system does not take are skipped."""
    return [
        pytest.param(name, marks=pytest.mark.skipif(allowed(name) != name, reason="Windows takes no such name"))
        for name in names
    ]
