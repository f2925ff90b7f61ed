"""Heavy work outside the bot's process: whatever is counted or drawn there, the bot's event loop never waits for it.

Pure Python in a thread holds the interpreter's lock for 5 ms at a time; in another process it holds another lock.
``multiprocessing`` is not used: to start a process it either runs the bot's script again, which most bots do not guard
against, or forks, with the locks of threads that are not there any more.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from core.errors import WorkerGone
from core.worker.child import Answer, Call
from core.worker.pipe import Link, NoProcess, WorkerEnded

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_ATTEMPTS = 2
_CLOSE_SECONDS = 5.0


class WorkerProcess:
    """Runs functions in a process of its own, one at a time.

    It starts with the first call, ends after ``idle_seconds`` without one, and with this process, however that ends.
    Where it ends in the middle of a call, the call is made once more in a new one. Where no process can be made (an
    executable without a Python beside it, a machine without memory) calls run in the thread that makes them.

    It may be used from any thread; a process that was forked off starts a worker of its own.
    """

    def __init__(self, *, idle_seconds: float = 300.0) -> None:
        self._idle_seconds = idle_seconds
        self._closed = False
        self._complained = False
        self._owner = os.getpid()
        self._turn = threading.Lock()
        self._slot = _Slot()
        weakref.finalize(self, _Slot.end, self._slot)  # at the interpreter's exit, too

    def call(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``function(*args, **kwargs)`` over there and return its result. It blocks: call it in a thread.

        The function is one of a module (not of the bot's script itself); arguments and result can be pickled. What the
        function raises is raised here, with its traceback as a note.

        Raises:
            WorkerGone: the process ended twice while it worked, or this was closed.
            TypeError: the function is the script's.
        """
        return self._call(_ATTEMPTS, function, args, kwargs)

    def call_once(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Like :meth:`call`, for a function that changes something: what was begun is not begun again.

        Raises:
            WorkerGone: the process ended while it worked, or this was closed.
            TypeError: the function is the script's.
        """
        return self._call(1, function, args, kwargs)

    def close(self, timeout: float = _CLOSE_SECONDS) -> None:
        """End the process; a call that is under way has ``timeout`` seconds to finish. It may be called twice."""
        self._closed = True
        self._notice_fork()
        mine = self._turn.acquire(timeout=timeout)
        try:
            self._slot.end(kill=not mine)
        finally:
            if mine:
                self._turn.release()

    def _call(self, attempts: int, function: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        if function.__module__ == "__main__":
            raise TypeError(f"{function.__qualname__} is part of the script itself: put it into a module")
        call = Call(function, args, kwargs, _folder(), logging.getLogger("core").getEffectiveLevel())
        message = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        self._notice_fork()
        with self._turn:
            try:
                data = self._asked(message, function.__qualname__, attempts)
            except NoProcess as reason:
                self._do_without(reason)
                data = None
        return function(*args, **kwargs) if data is None else _result(pickle.loads(data))

    def _asked(self, message: bytes, name: str, attempts: int) -> bytes:
        """The answer as it came; a process that ended while it waited for calls does not count."""
        reason = ""
        for _ in range(attempts):
            try:
                return self._asked_once(message)
            except WorkerEnded as ended:
                reason = str(ended)
            except NoProcess:
                if not reason and not self._closed:
                    raise
                break  # what took one process down is not to be run in the bot's
            if self._closed:
                break
            log.warning("the worker process ended while it ran %s: %s", name, reason)
        raise WorkerGone(name, "it was closed" if self._closed else reason)

    def _asked_once(self, message: bytes) -> bytes:
        if self._closed:
            raise WorkerEnded("it was closed")
        if self._slot.link is not None:
            try:
                return self._slot.link.ask(message)
            except WorkerEnded as ended:
                self._slot.end()
                if ended.taken:
                    raise
        try:
            return self._started().ask(message)
        except (WorkerEnded, NoProcess):
            self._slot.end()
            raise

    def _started(self) -> Link:
        """A new process. It is in the slot before it can be asked: one that is just starting ends with a close, too."""
        link = self._slot.link = Link(self._idle_seconds)
        if self._closed:  # the slot may have been looked into before
            link.end(kill=True)
            raise WorkerEnded("it was closed")
        link.await_hello()
        return link

    def _do_without(self, reason: NoProcess) -> None:
        if not self._complained:
            self._complained = True
            log.warning("no worker process (%s): the bot's own process counts and draws, and answers slower", reason)

    def _notice_fork(self) -> None:
        """In a process that was forked off, the locks and the worker are somebody else's."""
        if self._owner != os.getpid():
            self._owner, self._turn = os.getpid(), threading.Lock()
            self._slot.forget()


class _Slot:
    """Where the process is kept: apart, so that it can be ended when nobody has its owner any more."""

    def __init__(self) -> None:
        self.link: Link | None = None

    def end(self, *, kill: bool = False) -> None:
        link, self.link = self.link, None
        if link is not None:
            link.end(kill=kill)

    def forget(self) -> None:
        if self.link is not None:
            self.link.forget()
        self.link = None


def _result(answer: Answer) -> Any:
    for name, level, line in answer.logged:
        logging.getLogger(name).log(level, "%s", line)
    if answer.failure is not None:
        raise answer.failure.raised()
    return answer.result


def _folder() -> str | None:
    """Where relative paths are from; None where the folder is gone."""
    try:
        return os.getcwd()  # noqa: PTH109 - it goes over the wire as text
    except FileNotFoundError:
        return None
