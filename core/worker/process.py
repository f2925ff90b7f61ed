"""Heavy work outside the bot's process: whatever is counted or drawn there, the bot's event loop never waits for it.

Pure Python in a thread holds the interpreter's lock for 5 ms at a time; in another process it holds another lock.
``multiprocessing`` is not used: to start a process it either runs the bot's script again, which most bots do not guard
against, or forks, with the locks of threads that are not there any more.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, ParamSpec, TypeVar

from core.errors import WorkerGone
from core.worker import frozen
from core.worker.child import TAKEN, Answer, Call
from core.worker.pipes import HELLO, exactly, receive, send

_BOOT: Final = """
import gc
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
gc.disable()
for name in ("core", "resources"):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [str(Path(place, name)) for place in (sys.argv[1], *sys.argv[4:])]
module = import_module(sys.argv[2])
gc.freeze()
gc.enable()
module.start()
"""
"""Our packages are put in place by hand: what the bot has in folders of these names comes after them.
What modules are made of stays: to look for garbage in it while they are loaded would be time lost."""

_HERE: Final = Path(__file__).resolve().parents[2]
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 2.0
_COMPLAINT: Final = 2_000

_forgotten: Final[list[Link]] = []
"""Workers of the process that this one was forked from. To drop them would close and wait for what is not ours."""


_ATTEMPTS = 2
_CLOSE_SECONDS = 5.0


class NoProcess(Exception):
    """No worker process can be made here."""


class WorkerEnded(Exception):
    """The process ended before it answered. ``taken`` tells whether it had begun to work on the call."""

    def __init__(self, words: str, *, taken: bool = False) -> None:
        super().__init__(words)
        self.taken = taken


class Link:
    """A worker process that was started. The first that it says is hello: see :meth:`await_hello`.

    Args:
        module: of ``core``; its function ``start`` is what runs there.
        argument: what that finds in ``sys.argv[3]``.

    Raises:
        NoProcess: it could not be started.
    """

    def __init__(self, module: str, argument: str) -> None:
        self._owner = os.getpid()
        self._complaints = _complaints()
        try:
            self._process = _started(module, argument, self._complaints)
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
            words = str(error) or self.last_words()
            self.end()
            raise NoProcess(words) from error
        finally:
            limit.cancel()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def tell(self, message: bytes) -> None:
        """Send a message.

        Raises:
            OSError, ValueError: nobody reads any more, or it was ended meanwhile.
        """
        send(self._calls, message)

    def hear(self) -> bytes:
        """Wait for a message of a process that speaks by itself.

        Raises:
            EOFError, OSError, ValueError: the process ended instead.
        """
        return receive(self._answers)

    def kill(self) -> None:
        """End it at once, without waiting for that."""
        with suppress(OSError):
            self._process.kill()

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
            raise WorkerEnded(self.last_words(), taken=taken) from error

    def end(self, *, kill: bool = False, seconds: float | None = None) -> None:
        """Close the pipe, which ends a process that waits; one that goes on working is killed, with ``kill`` at once.

        It is given ``seconds`` to end, and as many once it was killed. May be called twice.
        """
        if self._owner != os.getpid():
            return
        limit = _END_SECONDS if seconds is None else seconds
        with suppress(OSError, ValueError):
            self._calls.close()
        if kill or not self._gone_within(limit):
            self.kill()
            if not self._gone_within(limit):
                return  # a hung disk holds it: whoever still reads from it would keep the pipe from being closed
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

    def last_words(self) -> str:
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
            with suppress(OSError, ValueError):  # another thread may be closing it, too: it ends the same process
                self._complaints.close()


def _started(module: str, argument: str, complaints: IO[bytes] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(module, argument),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if complaints is None else complaints,
        creationflags=_creation_flags(),
    )


def _command(module: str, argument: str) -> Sequence[str]:
    if frozen.is_frozen():
        return frozen.command(module, argument)
    if not sys.executable:
        raise FileNotFoundError("this program has no Python executable of its own")
    places = [str(Path(place).absolute()) for place in sys.path if place]
    return sys.executable, "-P", "-c", _BOOT, str(_HERE), module, argument, *places


def _creation_flags() -> int:
    """On Windows: no console window."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def _complaints() -> IO[bytes] | None:
    """A file for what the process says on its error output; a pipe would fill up, since nobody reads it meanwhile."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return None


log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


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
        weakref.finalize(self, _Slot.end, self._slot, final=True)  # at the interpreter's exit, too

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
            if self._closed or self._slot.over:
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
        link = self._slot.link = Link("core.worker.child", str(self._idle_seconds))
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

    link: Link | None = None
    over = False  # the owner is gone, or the interpreter ends

    def end(self, *, kill: bool = False, final: bool = False) -> None:
        link, self.link, self.over = self.link, None, self.over or final
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
