"""A packaged program (PyInstaller's, say) has no Python beside it: it starts itself once more, as a worker.

Its script calls :func:`serve` before all else. A program that does not is never started again: it would not know that
it is to be a worker, and would start another one in turn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

_SWITCH: Final = "--botpulse-worker"
_WORKERS: Final = "core.worker."
_LIBRARIES: Final = "LD_LIBRARY_PATH"
_serves: Final[list[bool]] = []


def is_frozen() -> bool:
    """Whether this program was packaged, and ``sys.executable`` is it and no Python."""
    return bool(getattr(sys, "frozen", False))


def serve() -> None:
    """Say that this program can be a worker; where it was started as one, work, and end the process."""
    _serves.append(True)
    _forget_own_libraries()
    if sys.argv[1:2] == [_SWITCH]:
        module = sys.argv[2]
        if not module.startswith(_WORKERS):
            sys.exit(2)
        import_module(module).start()  # it finds its argument in sys.argv[3], as one that a Python runs does
        sys.exit(0)


def command(module: str, argument: str) -> Sequence[str]:
    """What starts this program as a worker.

    Raises:
        FileNotFoundError: it can't be one.
    """
    if not _serves:
        raise FileNotFoundError("this program has no Python executable of its own")
    return sys.executable, _SWITCH, module, argument


def _forget_own_libraries() -> None:
    """Let programs of the system that are started from here (a browser, say) load the system's libraries, not ours.

    The loader read the variable when this process began; it needs it no more.
    """
    before = os.environ.pop(f"{_LIBRARIES}_ORIG", None)
    if before is not None:
        os.environ[_LIBRARIES] = before
    elif is_frozen():
        os.environ.pop(_LIBRARIES, None)
