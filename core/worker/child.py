"""The worker process' own side: takes calls from a pipe, one at a time, and sends the answers back.

It is started by :mod:`core.worker.process` with the parent's ``core`` in its place, and knows nothing of the bot.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BotpulseError
from core.worker.pipes import HELLO, argument, own_pipes, receive, send

TAKEN: Final = b"+"
"""Says that a call has arrived and is being worked on: from here on it is not simply asked again."""

_NICENESS: Final = 10
_BELOW_NORMAL: Final = 0x4000
_MOST_LINES: Final = 100
_LONGEST_LINE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be run: ``function(*arguments, **named)`` in ``folder``, logging what is at least ``level``."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    folder: str | None
    level: int


@dataclass(frozen=True, slots=True)
class RaisedError:
    """What was raised. ``arguments`` are the exception's own: its constructor may have made others of them."""

    error: BaseException
    arguments: tuple[Any, ...]
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> RaisedError:
        """Of an exception; one that can't be sent becomes a RuntimeError with its words."""
        trace = "".join(traceback.format_exception(error))
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # whatever a foreign object's own pickling raises
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return cls(error, error.args, trace)

    def raised(self) -> BaseException:
        """The exception again; where it is no fault that is expected, with the traceback over there as a note."""
        self.error.args = self.arguments
        if not isinstance(self.error, BotpulseError):
            self.error.add_note(f"In the worker process:\n{self.trace}")
        return self.error


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: a result or a failure, and what was logged: (logger, level, line)."""

    result: Any
    failure: RaisedError | None
    logged: tuple[tuple[str, int, str], ...]


def start() -> None:
    """Work as the command line says: how long to wait for a call, in seconds, and where modules may be, too."""
    _work(float(argument()))


def let_others_go_first() -> None:
    """Lower this process' own priority, for as long as it runs."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.SetPriorityClass.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        os.nice(_NICENESS)


def _work(idle_seconds: float) -> None:
    """Answer until the parent closes its end, or is gone, or has asked nothing for so long."""
    calls, answers = own_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the bot, which then ends us
    let_others_go_first()
    lines = _Lines()
    logging.getLogger().addHandler(lines)
    idle = _Idle(idle_seconds)
    try:
        answers.write(HELLO)
        answers.flush()
        while True:
            call = receive(calls)
            with idle.working:
                answers.write(TAKEN)
                answers.flush()
                send(answers, _answered(call, lines))
            idle.asked.set()
    except (EOFError, OSError):
        os._exit(0)  # nobody is left to hear what could be said


def _answered(message: bytes, lines: _Lines) -> bytes:
    try:
        call: Call = pickle.loads(message)
        logging.getLogger("core").setLevel(call.level)
        if call.folder is not None:
            os.chdir(call.folder)
        result = call.function(*call.arguments, **call.named)
        return pickle.dumps(Answer(result, None, lines.taken()), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps(Answer(None, RaisedError.of(error), lines.taken()))


class _Lines(logging.Handler):
    """Keeps what is logged until the answer takes it along."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._kept) < _MOST_LINES:
            self._kept.append((record.name, record.levelno, self.format(record)[:_LONGEST_LINE]))

    def taken(self) -> tuple[tuple[str, int, str], ...]:
        kept, self._kept = tuple(self._kept), []
        return kept


class _Idle:
    """Ends the process when nothing was asked for a while, but never while it works.

    A call that arrives in that very moment was not taken, and is asked again elsewhere.
    """

    def __init__(self, seconds: float) -> None:
        self.asked = threading.Event()
        self.working = threading.Lock()
        self._seconds = seconds
        threading.Thread(target=self._watch, name="idle", daemon=True).start()

    def _watch(self) -> None:
        while True:
            while self.asked.wait(self._seconds):
                self.asked.clear()
            if self.working.acquire(blocking=False):
                os._exit(0)
