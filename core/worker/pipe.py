"""A worker process and the pipes to it, as the process that started it sees them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from core.worker.child import HELLO, TAKEN, exactly, receive, send

_BOOT: Final = """
import sys
from pathlib import Path
from types import ModuleType
for name in ("core", "resources"):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [str(Path(place, name)) for place in (sys.argv[1], *sys.argv[3:])]
from core.worker.child import start
start()
"""
"""Our packages are put in place by hand: what the bot has in folders of these names comes after them."""

_HERE: Final = Path(__file__).resolve().parents[2]
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 2.0
_COMPLAINT: Final = 2_000

_forgotten: Final[list[Link]] = []
"""Workers of the process that this one was forked from. To drop them would close and wait for what is not ours."""


class NoProcess(Exception):
    """No worker process can be made here."""


class WorkerEnded(Exception):
    """The process ended before it answered. ``taken`` tells whether it had begun to work on the call."""

    def __init__(self, words: str, *, taken: bool = False) -> None:
        super().__init__(words)
        self.taken = taken


class Link:
    """A worker process that was started. The first that it says is hello: see :meth:`await_hello`.

    Raises:
        NoProcess: it could not be started.
    """

    def __init__(self, idle_seconds: float) -> None:
        self._owner = os.getpid()
        self._complaints = _complaints()
        try:
            self._process = _started(idle_seconds, self._complaints)
        except OSError as error:
            self._close_complaints()
            raise NoProcess(str(error)) from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._calls: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout
        self._reaper = threading.Thread(target=self._process.wait, name="botpulse-worker", daemon=True)
        try:
            self._reaper.start()
        except RuntimeError as error:
            self.end()
            raise NoProcess(str(error)) from error

    def await_hello(self) -> None:
        """Wait until it can be asked. Where that fails, it is ended.

        Raises:
            NoProcess: it does not come to that; or it was ended by another thread meanwhile.
        """
        limit = threading.Timer(_START_SECONDS, self._process.kill)
        limit.daemon = True
        try:
            limit.start()
            if exactly(self._answers, len(HELLO)) != HELLO:
                raise OSError("it does not speak like a worker")
        except (EOFError, OSError, RuntimeError, ValueError) as error:  # ValueError: a pipe that was closed meanwhile
            words = str(error) or self._last_words()
            self.end()
            raise NoProcess(words) from error
        finally:
            limit.cancel()

    def ask(self, message: bytes) -> bytes:
        """Send a call and wait for the answer.

        Raises:
            WorkerEnded: the process ended instead.
        """
        taken = False
        try:
            send(self._calls, message)
            taken = exactly(self._answers, 1) == TAKEN
            return receive(self._answers)
        except (EOFError, OSError, ValueError) as error:  # a pipe that was closed meanwhile raises ValueError
            raise WorkerEnded(self._last_words(), taken=taken) from error

    def end(self, *, kill: bool = False) -> None:
        """Close the pipe, which ends a process that waits; one that goes on working is killed, with ``kill`` at once.

        May be called twice.
        """
        if self._owner != os.getpid():
            return
        with suppress(OSError, ValueError):
            self._calls.close()
        if kill or not self._gone_within(_END_SECONDS):
            with suppress(OSError):
                self._process.kill()
            self._gone_within(_END_SECONDS)
        with suppress(OSError):
            self._answers.close()
        self._close_complaints()

    def forget(self) -> None:
        """Leave it to the process whose child it is."""
        self._process.returncode = 0
        _forgotten.append(self)

    def _gone_within(self, seconds: float) -> bool:
        """Whether the process has ended; the thread that waits for it takes its exit code, so none is left a zombie."""
        if self._reaper.ident is None:  # there was no thread to be had
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
            return self._process.returncode is not None
        self._reaper.join(seconds)
        return not self._reaper.is_alive()

    def _last_words(self) -> str:
        """Why it ended, as far as that is known."""
        code = f"exit code {self._process.returncode}" if self._gone_within(_END_SECONDS) else "it still runs"
        if self._complaints is None:
            return code
        try:
            end = self._complaints.seek(0, os.SEEK_END)
            self._complaints.seek(max(0, end - _COMPLAINT))
            words = self._complaints.read().decode(errors="replace").strip()
        except (OSError, ValueError):
            return code
        return f"{code}: {words}" if words else code

    def _close_complaints(self) -> None:
        if self._complaints is not None:
            self._complaints.close()


def _started(idle_seconds: float, complaints: IO[bytes] | None) -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False) or not sys.executable:
        raise FileNotFoundError("this program has no Python executable of its own")
    places = [str(Path(place).absolute()) for place in sys.path if place]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, str(_HERE), str(idle_seconds), *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if complaints is None else complaints,
        creationflags=_creation_flags(),
    )


def _creation_flags() -> int:
    """On Windows: no console window, and a lower priority."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0


def _complaints() -> IO[bytes] | None:
    """A file for what the process says on its error output; a pipe would fill up, since nobody reads it meanwhile."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return None
